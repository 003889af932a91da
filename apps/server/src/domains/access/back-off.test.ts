import { expect, test } from 'vitest';
import { afterFailure, type BackOffSubject, type Failures, waitSeconds } from './back-off.ts';

const START = Temporal.Instant.from('2026-11-21T03:00:00Z');

/** Fails so often, waiting as long as asked each time; the waits met. */
function fail(
  subject: BackOffSubject,
  times: number,
): { readonly waits: readonly number[]; readonly stored: Failures; readonly now: Temporal.Instant } {
  let stored: Failures | null = null;
  let now = START;
  const waits: number[] = [];
  for (let i = 0; i < times; i += 1) {
    stored = afterFailure(subject, stored, now);
    const wait = waitSeconds(subject, stored, now, false);
    waits.push(wait);
    now = now.add({ seconds: wait });
  }
  return { waits, stored: stored as Failures, now };
}

test('a few tries are free, then each failure doubles the wait up to its most', () => {
  expect(fail('pair', 16).waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  expect(fail('account', 20).waits.at(-1)).toBe(30);
  expect(fail('address', 60).waits.at(-1)).toBe(300);
});

test('who signed in from here before does not wait for what others did to the account or from the address', () => {
  const { stored, now } = fail('account', 20);
  const again = afterFailure('account', stored, now);
  expect(waitSeconds('account', again, now, false)).toBe(30);
  expect(waitSeconds('account', again, now, true)).toBe(0);
  expect(waitSeconds('address', { ...again }, now, true)).toBe(0);
  expect(waitSeconds('pair', again, now, true)).toBe(30);
});

test('an hour without a failure forgets', () => {
  const { stored, now } = fail('pair', 16);
  expect(afterFailure('pair', stored, now.add({ minutes: 61 }))).toMatchObject({ failures: 1 });
});

test('colleagues who sign in at one moment from one address do not wait for each other', () => {
  const later = afterFailure('address', null, START.add({ milliseconds: 5 }));
  expect(waitSeconds('address', later, START, false)).toBe(0);
});
