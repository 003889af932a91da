import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InboundEvent } from '#alerts';
import type { ToldChange } from '#changes';
import { createManualClock } from '#platform/clock';
import { createIds } from '#platform/ids';
import { bytes, storableOnly } from './hostile-testkit.ts';
import { pagerdutyDoors } from './pagerduty-doors.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300);
const clock = createManualClock(Temporal.Instant.from('2026-11-21T10:00:00Z'));
const doors = pagerdutyDoors({
  clock,
  newId: createIds(clock),
  integrations: {
    byKey: () => ({ id: 'i', name: 'I', kind: 'pagerduty' }),
    take: async (_integration: unknown, events: readonly InboundEvent[]) => {
      storableOnly(events);
      return [];
    },
  },
  onRefused: () => {},
  pages: { act: async () => 'done' },
  changes: {
    record: async (_integration: unknown, told: readonly ToldChange[]) => {
      for (const { summary } of told) expect(summary.length).toBeLessThanOrEqual(1_024);
    },
  },
} as never);

const PATHS = [
  ['/v2/enqueue', 'trigger'],
  ['/v2/change/enqueue', 'change'],
  ['/generic/2010-04-15/create_event.json', 'v1-trigger'],
] as const;

test.each(PATHS)('whatever is sent to %s is answered in the form of the protocol', async (url, sample) => {
  const text = readFileSync(join(import.meta.dirname, '../../../../testdata/pagerduty', `${sample}.json`), 'utf8');
  const good = JSON.parse(text) as object;
  const door = doors.find((one) => one.url === url);
  const answered = async (body: Buffer) => {
    const request = { params: {}, query: new URLSearchParams(), headers: {}, body, address: '::1' };
    const answer = await door?.handle({ ...request, headers: { 'x-routing-key': 'k' } });
    expect([200, 202, 400]).toContain(answer?.status);
    const told = JSON.parse(answer?.body ?? '');
    if (answer?.status === 400)
      expect(told).toEqual({
        status: expect.any(String),
        message: expect.any(String),
        errors: expect.arrayContaining([expect.any(String)]),
      });
    else expect(told.status).toBe('success');
    return answer?.status;
  };
  const whole = Buffer.from(JSON.stringify(good));
  expect(await answered(whole)).toBeLessThan(300);
  for (let at = 0; at < whole.length; at += 1) expect(await answered(whole.subarray(0, at))).toBe(400);
  await fc.assert(
    fc.asyncProperty(bytes(good), async (body) => {
      await answered(body);
    }),
    { numRuns },
  );
});
