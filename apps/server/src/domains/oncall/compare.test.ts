import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareShifts } from './compare.ts';
import type { Shifts } from './model.ts';
import { shiftsBetween } from './shifts.ts';
import { annAndBo, at, layer, override, schedule } from './testkit.ts';

const [from, to] = [at('2026-01-05T00:00Z'), at('2026-01-07T00:00Z')];
const lines = (before: Shifts, after: Shifts): readonly string[] =>
  compareShifts(before, after).map(
    (change) => `${change.from} ${change.to} ${change.beforeUserId} > ${change.afterUserId} ${change.reason}`,
  );
const shiftsOf = (change: Parameters<typeof schedule>[0]) => shiftsBetween(schedule(change), from, to);

describe('what changes for people', () => {
  test('nothing, where the same people are on call at the same times', () => {
    expect(lines(shiftsOf({}), shiftsOf({}))).toEqual([]);
  });

  test('nothing, where the same person is on call for another reason', () => {
    const [before, after] = [shiftsOf({ layers: [layer()] }), shiftsOf({ layers: [layer({ id: 'other' })] })];
    expect(lines(before, after)).toEqual([]);
  });

  test('an override hands over, and hands back at its end', () => {
    expect(lines(shiftsOf({}), shiftsOf({ overrides: [override()] }))).toEqual([
      '2026-01-05T12:00:00Z 2026-01-05T18:00:00Z ann > cy handed-over',
    ]);
  });

  test('a layer that ends leaves nobody; the two people it had are two changes', () => {
    expect(lines(shiftsOf({}), shiftsOf({ layers: [{ ...annAndBo, endsAt: at('2026-01-05T12:00Z') }] }))).toEqual([
      '2026-01-05T12:00:00Z 2026-01-06T09:00:00Z ann > null uncovered',
      '2026-01-06T09:00:00Z 2026-01-07T00:00:00Z bo > null uncovered',
    ]);
  });

  test('a gap that is filled is covered, in one piece over the hand-offs of its reason', () => {
    expect(lines(shiftsOf({ layers: [] }), shiftsOf({ layers: [layer()] }))).toEqual([
      '2026-01-05T00:00:00Z 2026-01-07T00:00:00Z null > ann covered',
    ]);
  });

  test('patching the old line with the changes gives the new line, hour by hour', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => from.add({ hours: hour }));
    const line = fc.array(fc.constantFrom('ann', 'bo', null), { minLength: 24, maxLength: 24 });
    const because = { kind: 'layer', id: 'x' } as const;
    const shiftsFrom = (people: readonly (string | null)[]): Shifts => {
      const pieces = people.map((userId, hour) => ({
        userId,
        from: hours[hour] as Temporal.Instant,
        to: from.add({ hours: hour + 1 }),
      }));
      return {
        shifts: pieces.flatMap(({ userId, ...span }) => (userId === null ? [] : [{ userId, because, ...span }])),
        gaps: pieces.flatMap(({ userId, ...span }) => (userId ? [] : [{ reason: 'no-layers' as const, ...span }])),
      };
    };
    fc.assert(
      fc.property(line, line, (before, after) => {
        const changes = compareShifts(shiftsFrom(before), shiftsFrom(after));
        const patched = before.map((userId, hour) => {
          const moment = hours[hour] as Temporal.Instant;
          const change = changes.find(
            (each) => Temporal.Instant.compare(each.from, moment) <= 0 && Temporal.Instant.compare(moment, each.to) < 0,
          );
          if (change !== undefined) expect(change.beforeUserId).toBe(userId);
          return change === undefined ? userId : change.afterUserId;
        });
        expect(patched).toEqual(after);
        expect(changes.every(({ beforeUserId, afterUserId }) => beforeUserId !== afterUserId)).toBe(true);
      }),
    );
  });
});
