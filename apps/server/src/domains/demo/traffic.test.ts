import { describe, expect, it } from 'vitest';
import { trafficAt } from './traffic.ts';

const at = (minutes: number) => Temporal.Instant.fromEpochMilliseconds(1_800_000 * 1_000 + minutes * 60_000);
const cycle = 45;

describe('demo traffic', () => {
  it('fires and resolves every episode once a cycle, by time alone', () => {
    const seen = new Map<string, { fires: number; resolves: number }>();
    for (let minute = 0; minute < cycle; minute += 1) {
      for (const alert of trafficAt(at(minute))) {
        const count = seen.get(alert.labels['alertname'] as string) ?? { fires: 0, resolves: 0 };
        const firing = Temporal.Instant.compare(Temporal.Instant.from(alert.endsAt), at(minute)) > 0;
        seen.set(alert.labels['alertname'] as string, {
          fires: count.fires + Number(firing),
          resolves: count.resolves + Number(!firing),
        });
      }
    }
    expect(seen.size).toBe(6);
    for (const { fires, resolves } of seen.values()) {
      expect(fires).toBeGreaterThanOrEqual(3);
      expect(resolves).toBe(5);
    }
  });

  it('keeps the start of an episode while it fires', () => {
    const starts = [0, 3, 8].map(
      (minute) =>
        trafficAt(at(minute + (cycle - ((at(0).epochMilliseconds / 60_000) % cycle)))).find(
          (alert) => alert.labels['alertname'] === 'CheckoutErrors',
        )?.startsAt,
    );
    expect(new Set(starts).size).toBe(1);
    expect(starts[0]).toBeDefined();
  });
});
