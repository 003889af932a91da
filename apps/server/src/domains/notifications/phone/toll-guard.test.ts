import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quotaPrefix } from './countries.ts';
import {
  DEFAULT_LIMITS,
  type GuardLimits,
  judgeMessage,
  judgeNumber,
  judgePages,
  type PastMessage,
} from './toll-guard.ts';

const now = Temporal.Instant.from('2026-11-21T03:00:00Z');
const ago = (minutes: number) => now.subtract({ minutes });
const limits: GuardLimits = { ...DEFAULT_LIMITS, perNumberPerDay: 2, perPrefixPerHour: 3, totalPerHour: 5 };
const past = (...all: readonly (readonly [string, number])[]): readonly PastMessage[] =>
  all.map(([number, minutes]) => ({ number, at: ago(minutes) }));
const [ann, bo, cy, jamaica] = ['+491701234567', '+491701234568', '+491701234569', '+18765550123'];

describe('a number', () => {
  test.each([
    [ann, [], null],
    ['0170 1234567', [], 'not-a-number'],
    ['+979123456789', [], 'premium'],
    ['+2101234567', [], 'unknown-prefix'],
    [ann, ['+43', '+49'], null],
    [jamaica, ['+49'], 'not-allowed'],
    ['+499001234567', ['+49'], 'premium'],
  ])('%s with the list %j: %s', (number, allow, why) => expect(judgeNumber(number, { allow })).toBe(why));
});

describe('a code or test', () => {
  test('passes while there is room', () => {
    expect(judgeMessage(ann, { limits, past: [], now })).toEqual({ kind: 'pass' });
    expect(judgeMessage(ann, { limits, past: past([ann, 1], [bo, 1]), now })).toEqual({ kind: 'pass' });
  });
  test('is refused for a number that is refused', () => {
    expect(judgeMessage('+979123456789', { limits, past: [], now })).toEqual({ kind: 'refused', why: 'premium' });
  });
  test('waits for its number, its prefix, and all, and says until when', () => {
    expect(judgeMessage(ann, { limits, past: past([ann, 100], [ann, 10]), now })).toEqual({
      kind: 'later',
      quota: 'number',
      at: ago(100).add({ hours: 24 }),
    });
    expect(judgeMessage(ann, { limits, past: past([bo, 50], [cy, 40], [bo, 30]), now })).toEqual({
      kind: 'later',
      quota: 'prefix',
      at: ago(50).add({ hours: 1 }),
    });
    const others = past(
      ['+33612345678', 5],
      ['+33612345679', 6],
      ['+31612345678', 7],
      ['+31612345679', 8],
      [jamaica, 9],
    );
    expect(judgeMessage(ann, { limits, past: others, now })).toMatchObject({ kind: 'later', quota: 'total' });
  });
  test('of another island of one calling code is counted on its own', () => {
    const islands = past(['+18765550124', 1], ['+18765550125', 1], ['+18765550126', 1]);
    expect(judgeMessage(jamaica, { limits, past: islands, now })).toMatchObject({ quota: 'prefix' });
    expect(judgeMessage('+14155552671', { limits, past: islands, now })).toEqual({ kind: 'pass' });
  });
  test('never exceeds a quota, whoever asks in whatever order', () => {
    const numbers = [ann, bo, cy, jamaica, '+18765550124', '+33612345678'];
    const asks = fc.array(fc.record({ number: fc.constantFrom(...numbers), gap: fc.integer({ min: 0, max: 1800 }) }), {
      maxLength: 120,
    });
    fc.assert(
      fc.property(asks, (all) => {
        const sent: PastMessage[] = [];
        let at = now;
        for (const { number, gap } of all) {
          at = at.add({ seconds: gap });
          const verdict = judgeMessage(number, { limits, past: sent, now: at });
          if (verdict.kind === 'pass') sent.push({ number, at });
          // When it says "later", there is room at that moment.
          if (verdict.kind === 'later') {
            const then = judgeMessage(number, { limits, past: sent, now: verdict.at });
            expect(then.kind === 'later' && then.quota === verdict.quota).toBe(false);
          }
        }
        for (const one of sent) {
          const within = (hours: number, same: (other: PastMessage) => boolean) =>
            sent.filter(
              (other) =>
                same(other) &&
                Temporal.Instant.compare(other.at, one.at) <= 0 &&
                Temporal.Instant.compare(other.at, one.at.subtract({ hours })) > 0,
            ).length;
          expect(within(24, (other) => other.number === one.number)).toBeLessThanOrEqual(limits.perNumberPerDay);
          expect(within(1, (other) => quotaPrefix(other.number) === quotaPrefix(one.number))).toBeLessThanOrEqual(
            limits.perPrefixPerHour,
          );
          expect(within(1, () => true)).toBeLessThanOrEqual(limits.totalPerHour);
        }
      }),
    );
  });
});

test('many pages to one prefix within an hour are told of, never held back', () => {
  const sent = past(
    ...Array.from({ length: 201 }, () => [jamaica as string, 5] as const),
    [ann as string, 5],
    [ann as string, 90],
  );
  expect(judgePages(sent, { limits: DEFAULT_LIMITS, now })).toEqual([{ prefix: '+1876', pages: 201 }]);
  expect(judgePages(sent.slice(1), { limits: DEFAULT_LIMITS, now })).toEqual([]);
});
