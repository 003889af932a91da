import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatIntervalSpec, isZone, type IntervalText, parseIntervalSpec } from './interval-parse.ts';

const read = (text: IntervalText) => {
  const parsed = parseIntervalSpec(text);
  return parsed.ok ? parsed.spec : parsed.faults.map(({ path, message }) => `${path}: ${message}`);
};
const EMPTY = { times: null, weekdays: null, daysOfMonth: null, months: null, years: null, location: null };

test('reads every field in each of its forms', () => {
  const text: IntervalText = {
    times: [
      { start_time: '00:00', end_time: '09:30' },
      { start_time: '17:05', end_time: '24:00' },
    ],
    weekdays: ['Monday:FRIDAY', 'sunday'],
    days_of_month: ['1:5', '-3:-1', '31', '15:-1', '+7'],
    months: ['january:march', '5:may', '12'],
    years: ['2026', '2028:2030'],
    location: 'Europe/Berlin',
  };
  expect(read(text)).toEqual({
    times: [
      { start: 0, end: 570 },
      { start: 1025, end: 1440 },
    ],
    weekdays: [
      { begin: 1, end: 5 },
      { begin: 0, end: 0 },
    ],
    daysOfMonth: [
      { begin: 1, end: 5 },
      { begin: -3, end: -1 },
      { begin: 31, end: 31 },
      { begin: 15, end: -1 },
      { begin: 7, end: 7 },
    ],
    months: [
      { begin: 1, end: 3 },
      { begin: 5, end: 5 },
      { begin: 12, end: 12 },
    ],
    years: [
      { begin: 2026, end: 2026 },
      { begin: 2028, end: 2030 },
    ],
    location: 'Europe/Berlin',
  });
});

test('what is left out bounds nothing, an empty list holds nothing', () => {
  expect(read({})).toEqual(EMPTY);
  expect(read({ times: [], months: [] })).toEqual({ ...EMPTY, times: [], months: [] });
});

test.each<[IntervalText, string]>([
  [{ times: [{ start_time: '9:00', end_time: '10:00' }] }, 'times.0: 9:00 is no time'],
  [{ times: [{ start_time: '09:00', end_time: '24:01' }] }, 'times.0: 24:01 is no time'],
  [{ times: [{ start_time: '09:00', end_time: '' }] }, 'times.0: both start_time and end_time'],
  [{ times: [{ start_time: '10:00', end_time: '10:00' }] }, 'times.0: the start time must be before'],
  [{ times: [{ start_time: '22:00', end_time: '06:00' }] }, 'times.0: the start time must be before'],
  [{ weekdays: ['monday', 'friday:monday'] }, 'weekdays.1: the last day is before'],
  [{ weekdays: ['mon'] }, 'weekdays.0: mon is no weekday'],
  [{ weekdays: ['1:5'] }, 'weekdays.0: 1 is no weekday'],
  [{ weekdays: ['monday:'] }, 'weekdays.0: nothing is no weekday'],
  [{ weekdays: ['monday:tuesday:friday'] }, 'weekdays.0: monday:tuesday:friday is no range'],
  [{ days_of_month: ['0'] }, 'days_of_month.0: 0 is no day'],
  [{ days_of_month: ['1:32'] }, 'days_of_month.0: 32 is no day'],
  [{ days_of_month: ['-32'] }, 'days_of_month.0: -32 is no day'],
  [{ days_of_month: ['-5:5'] }, 'days_of_month.0: when the first day is counted from the end'],
  [{ days_of_month: ['-1:-5'] }, 'days_of_month.0: day -5 is always before day -1'],
  [{ days_of_month: ['28:-2'] }, 'days_of_month.0: day -2 is always before day 28'],
  [{ months: ['may:april'] }, 'months.0: the last month is before'],
  [{ months: ['mai'] }, 'months.0: mai is no month'],
  [{ years: ['2027:2026'] }, 'years.0: the last year is before'],
  [{ years: ['this'] }, 'years.0: this is no year'],
  [{ location: 'Mars/Base' }, 'location: Mars/Base is no time zone'],
  [{ location: 'europe/berlin' }, 'location: europe/berlin is no time zone'],
  [{ location: '+02:00' }, 'location: +02:00 is no time zone'],
])('refuses %j and says where', (text, fault) => {
  expect(read(text)).toEqual([expect.stringContaining(fault)]);
});

test('old names of zones are zones', () => {
  expect(['US/Eastern', 'Asia/Calcutta', 'EST5EDT', 'Etc/GMT+5', 'UTC'].map(isZone)).not.toContain(false);
});

test('every fault is named at once', () => {
  expect(read({ weekdays: ['x'], months: ['y'], location: 'z' })).toHaveLength(3);
});

test('written out and read again it is the same', () => {
  const range = (least: number, most: number) =>
    fc
      .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
      .map(([a, b]) => ({ begin: Math.min(a, b), end: Math.max(a, b) }));
  const list = <T>(item: fc.Arbitrary<T>) => fc.option(fc.array(item, { maxLength: 3 }));
  const spec = fc.record({
    times: list(range(0, 1439).map(({ begin, end }) => ({ start: begin, end: end + 1 }))),
    weekdays: list(range(0, 6)),
    daysOfMonth: list(fc.oneof(range(1, 31), range(-28, -1))),
    months: list(range(1, 12)),
    years: list(range(2000, 2100)),
    location: fc.constantFrom(null, 'Europe/Berlin', 'Asia/Kathmandu'),
  });
  fc.assert(
    fc.property(spec, (one) => {
      expect(read(formatIntervalSpec(one))).toEqual(one);
    }),
  );
});
