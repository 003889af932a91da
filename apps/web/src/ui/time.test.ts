import { expect, test } from 'vitest';
import { age, countdown, dayTime, duration, isSoon, moment, zoneSentence } from './time.ts';

const now = Date.parse('2026-10-21T02:09:07Z');
const lisbon = { zone: 'Europe/Lisbon' };

test.each([
  [-3, '0 s'],
  [41, '41 s'],
  [79, '1 m 19 s'],
  [599, '9 m 59 s'],
  [754, '12 m'],
  [7530, '2 h 5 m'],
  [273_600, '3 d 4 h'],
])('%d seconds are said as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test('a countdown keeps its width, stops at zero, and reddens in its last minute', () => {
  expect(countdown('2026-10-21T02:12:48Z', now)).toBe('03:41');
  expect(countdown('2026-10-21T03:12:48Z', now)).toBe('1:03:41');
  expect(countdown('2026-10-21T02:09:00Z', now)).toBe('00:00');
  expect(countdown('2026-10-24T02:09:07Z', now)).toBe('3 d 0 h');
  expect([isSoon('2026-10-21T02:10:06Z', now), isSoon('2026-10-21T02:10:07Z', now)]).toEqual([true, false]);
});

test('a moment is a time of day today, and carries its day otherwise', () => {
  expect(moment('2026-10-21T02:07:48.212Z', now, lisbon)).toBe('03:07:48');
  expect(moment('2026-10-20T22:59:00Z', now, lisbon)).toBe('Tue 20 Oct 23:59');
  expect(dayTime('2026-10-23T16:00:00Z', now, lisbon)).toBe('Fri 23 Oct 17:00');
  expect(age('2026-10-21T02:07:48Z', now)).toBe('1 m 19 s');
});

test('the zone is named with its offset of the day', () => {
  expect(zoneSentence(now, lisbon)).toBe('Times in Europe/Lisbon (UTC+1).');
  expect(zoneSentence(Date.parse('2026-12-01T00:00:00Z'), { zone: 'America/New_York' })).toBe(
    'Times in America/New York (UTC-5).',
  );
});
