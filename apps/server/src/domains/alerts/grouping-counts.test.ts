import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyTraffic, type GroupTraffic, type KnownGroup, learn, newGroup, onlyCounts } from './grouping.ts';
import type { Severity } from './model.ts';

const severity = fc.integer({ min: 1, max: 5 }).map((n) => n as Severity);
const joined = fc.array(fc.record({ kind: fc.constantFrom('a', 'b', 'c', 'd'), severity }), { maxLength: 4 });
const traffic = fc.record({ joined, resolved: fc.integer({ min: 0, max: 2 }) });
const times = { groupWaitSeconds: 30, groupIntervalSeconds: 300 };
const START = 1_800_000_000_000;

describe('counting without reading', () => {
  it('is what applyTraffic would do, whenever memory allows it and a later flush is planned while something fires', () => {
    let met = 0;
    fc.assert(
      fc.property(
        fc.array(traffic, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        (script, stepSeconds) => {
          let group = newGroup(START);
          let known: KnownGroup | undefined;
          script.forEach((one: GroupTraffic, i) => {
            const nowMs = START + i * stepSeconds * 1000;
            const next = applyTraffic(group, one, times, nowMs).group;
            if (onlyCounts(known, one) && group.firing > 0 && group.flushAtMs !== null && group.flushAtMs > nowMs) {
              met += 1;
              expect(next).toEqual({
                ...group,
                firing: group.firing + one.joined.length,
                total: group.total + one.joined.length,
              });
            }
            known = learn(known, 'g', one);
            group = next;
            // Now and then the group is flushed, as its flush_at asks.
            if (group.flushAtMs !== null && group.flushAtMs <= nowMs)
              group = { ...group, decidedAtMs: nowMs, toldAtMs: nowMs, flushAtMs: null };
          });
        },
      ),
      { numRuns: 2_000 },
    );
    expect(met).toBeGreaterThan(100);
  });

  it('is refused for a new kind, a worse severity, and when somebody leaves', () => {
    const known = { id: 'g', kinds: new Map([['a', 3 as Severity]]) };
    const joins = (kind: string, worse: Severity, resolved = 0) =>
      onlyCounts(known, { joined: [{ kind, severity: worse }], resolved });
    expect([
      joins('a', 3),
      joins('a', 4),
      joins('a', 2),
      joins('b', 5),
      joins('a', 3, 1),
      onlyCounts(undefined, { joined: [], resolved: 0 }),
    ]).toEqual([true, true, false, false, false, false]);
  });
});
