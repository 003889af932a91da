import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TryFailure, TryResult } from './model.ts';
import { afterTry, GIVE_UP_HOURS, type Standing, SWITCH_OFF_HOURS } from './retry.ts';

const T0 = Temporal.Instant.from('2026-03-10T12:00:00Z');
const yes: TryResult = { ok: true, status: 204, answer: '' };
const no = (reason: TryFailure, retryable: boolean, retryAfterSeconds: number | null = null): TryResult => ({
  ok: false,
  retryable,
  reason,
  status: null,
  detail: null,
  answer: null,
  retryAfterSeconds,
});
const fresh: Standing = { failures: 0, failingSince: null };
const failing = (failures: number, hours = 0): Standing => ({ failures, failingSince: T0.subtract({ hours }) });
const secondsTo = (at: Temporal.Instant) => T0.until(at).total('seconds');

describe('after a try', () => {
  test.each([
    ['a yes', yes, failing(7, 30), 'delivered', 0, 0, null],
    ['a first failure', no('server-error', true), fresh, 'waiting', 10, 1, null],
    ['a second', no('timeout', true), failing(1), 'waiting', 30, 2, null],
    ['a third', no('timeout', true), failing(2), 'waiting', 60, 3, null],
    ['a seventh', no('timeout', true), failing(6), 'waiting', 3_600, 7, null],
    ['a hundredth', no('timeout', true), failing(99), 'waiting', 3_600, 100, null],
    ['a wish for less than our own wait', no('busy', true, 3), fresh, 'waiting', 10, 1, null],
    ['a wish for more', no('busy', true, 120), fresh, 'waiting', 120, 1, null],
    ['a wish for ever', no('busy', true, 999_999_999), fresh, 'waiting', 3_600, 1, null],
    ['a refusal: the next delivery goes at once', no('refused', false), fresh, 'failed', 0, 1, null],
    ['410', no('gone', false), fresh, 'failed', 0, 1, 'gone'],
    ['our own stop says nothing of the receiver', no('aborted', true), failing(3, 200), 'waiting', 0, 3, null],
    [
      'a failure after nearly five days',
      no('timeout', true),
      failing(9, SWITCH_OFF_HOURS - 1),
      'waiting',
      3_600,
      10,
      null,
    ],
    ['a failure after five days', no('timeout', true), failing(9, SWITCH_OFF_HOURS), 'failed', 3_600, 10, 'failing'],
    ['a refusal after five days', no('refused', false), failing(9, SWITCH_OFF_HOURS), 'failed', 0, 10, 'failing'],
  ] as const)('%s', (_name, result, before, delivery, wait, failures, switchOff) => {
    const verdict = afterTry(result, { before, queuedAt: T0, now: T0 });
    expect({ ...verdict, wakeAt: secondsTo(verdict.wakeAt), standing: verdict.standing.failures }).toEqual({
      delivery,
      wakeAt: wait,
      standing: failures,
      switchOff,
    });
  });

  test('the first failure since a success is remembered, and a success forgets it', () => {
    expect(afterTry(no('timeout', true), { before: fresh, queuedAt: T0, now: T0 }).standing.failingSince).toEqual(T0);
    const before = failing(2, 5);
    expect(afterTry(no('timeout', true), { before, queuedAt: T0, now: T0 }).standing.failingSince).toEqual(
      before.failingSince,
    );
    expect(afterTry(yes, { before, queuedAt: T0, now: T0 }).standing.failingSince).toBeNull();
  });

  test('a delivery is given up when its next try would come after 48 hours, and not before', () => {
    const queuedAt = T0.subtract({ hours: GIVE_UP_HOURS }).add({ seconds: 11 });
    expect(afterTry(no('timeout', true), { before: fresh, queuedAt, now: T0 }).delivery).toBe('waiting');
    expect(afterTry(no('timeout', true), { before: fresh, queuedAt, now: T0.add({ seconds: 1 }) }).delivery).toBe(
      'failed',
    );
  });

  test('a receiver that only fails is tried at most 60 times in 48 hours, whatever it asks for, and never twice within 10 seconds', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat()), { minLength: 100, maxLength: 100 }), (wishes) => {
        let now = T0;
        let standing = fresh;
        let tries = 0;
        for (const wish of wishes) {
          const verdict = afterTry(no('busy', true, wish), { before: standing, queuedAt: T0, now });
          tries += 1;
          expect(now.until(verdict.wakeAt).total('seconds')).toBeGreaterThanOrEqual(10);
          expect(now.until(verdict.wakeAt).total('seconds')).toBeLessThanOrEqual(3_600);
          if (verdict.delivery === 'failed') break;
          ({ standing } = verdict);
          now = verdict.wakeAt;
        }
        expect(tries).toBeLessThanOrEqual(60);
        expect(T0.until(now).total('hours')).toBeGreaterThan(46);
      }),
    );
  });
});
