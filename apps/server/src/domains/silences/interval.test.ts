import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IntervalText, parseIntervalSpec } from './interval-parse.ts';
import { isWithin, nextChange } from './interval.ts';
import type { InclusiveRange, IntervalSpec, TimeInterval } from './model.ts';

const interval = (...texts: readonly IntervalText[]): TimeInterval => ({
  name: 'test',
  specs: texts.map((text) => {
    const parsed = parseIntervalSpec(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    return parsed.spec;
  }),
});
const at = (text: string) => Temporal.Instant.from(text);

describe('a moment is in an interval', () => {
  test.each<[string, IntervalText, string, boolean]>([
    ['always without fields', {}, '2026-01-01T00:00Z', true],
    ['never with an empty list', { times: [] }, '2026-01-01T00:00Z', false],
    ['from the minute it starts', { times: [{ start_time: '09:00', end_time: '17:00' }] }, '2026-01-01T09:00Z', true],
    ['to before its end', { times: [{ start_time: '09:00', end_time: '17:00' }] }, '2026-01-01T16:59:59.999Z', true],
    ['not at its end', { times: [{ start_time: '09:00', end_time: '17:00' }] }, '2026-01-01T17:00Z', false],
    ['on Sunday', { weekdays: ['sunday'] }, '2026-11-22T12:00Z', true],
    ['not on Saturday', { weekdays: ['sunday:friday'] }, '2026-11-21T12:00Z', false],
    ['on the last day of February', { days_of_month: ['-1'] }, '2026-02-28T12:00Z', true],
    ['on the last day of a leap year’s', { days_of_month: ['-1'] }, '2028-02-28T12:00Z', false],
    ['on what there is of the 29th to 31st', { days_of_month: ['25:31'] }, '2026-02-28T12:00Z', true],
    ['not when the month is too short', { days_of_month: ['31'] }, '2026-06-30T12:00Z', false],
    ['from the 15th to the last', { days_of_month: ['15:-1'] }, '2026-06-30T12:00Z', true],
    ['counted from the end of a short month', { days_of_month: ['-31:-1'] }, '2026-02-01T12:00Z', true],
    ['in the month', { months: ['november'] }, '2026-11-30T23:59Z', true],
    ['not after the year', { years: ['2024:2025'] }, '2026-01-01T00:00Z', false],
    ['by the clock of its zone', { weekdays: ['sunday'], location: 'Asia/Kathmandu' }, '2026-11-21T18:15Z', true],
    ['not a minute earlier', { weekdays: ['sunday'], location: 'Asia/Kathmandu' }, '2026-11-21T18:14Z', false],
  ])('%s', (_rule, text, moment, expected) => {
    expect(isWithin(interval(text), at(moment))).toBe(expected);
  });
});

describe('the next change', () => {
  const NIGHT = { times: [{ start_time: '02:30', end_time: '03:30' }], location: 'Europe/Berlin' };
  test.each<[string, readonly IntervalText[], string, string | null]>([
    ['never comes without fields', [{}], '2026-01-01T00:00Z', null],
    ['never comes for what cannot be', [{ months: ['2'], days_of_month: ['30'] }], '2026-01-01T00:00Z', null],
    ['never comes after the last year', [{ years: ['2020:2025'] }], '2026-01-01T00:00Z', null],
    ['is the first year far ahead', [{ years: ['2040'] }], '2026-01-01T00:00Z', '2040-01-01T00:00:00Z'],
    [
      'is a rare day far ahead',
      [{ months: ['february'], days_of_month: ['29'], weekdays: ['monday'] }],
      '2026-01-01T00:00Z',
      '2044-02-29T00:00:00Z',
    ],
    ['is the end of a range of years', [{ years: ['2020:2030'] }], '2026-01-01T00:00Z', '2031-01-01T00:00:00Z'],
    ['is Saturday for work days', [{ weekdays: ['monday:friday'] }], '2026-11-18T00:00Z', '2026-11-21T00:00:00Z'],
    [
      'passes over midnight where both days hold',
      [
        {
          times: [
            { start_time: '00:00', end_time: '06:00' },
            { start_time: '22:00', end_time: '24:00' },
          ],
        },
      ],
      '2026-11-18T23:00Z',
      '2026-11-19T06:00:00Z',
    ],
    [
      'passes over entries that hand over',
      [{ weekdays: ['saturday'] }, { weekdays: ['sunday'] }, { times: [{ start_time: '00:00', end_time: '01:00' }] }],
      '2026-11-21T12:00Z',
      '2026-11-23T01:00:00Z',
    ],
    [
      'never comes where entries hand over for ever',
      [{ weekdays: ['sunday:tuesday'] }, { weekdays: ['wednesday:saturday'] }],
      '2026-11-21T12:00Z',
      null,
    ],
    ['is the jump itself where it starts in the gap', [NIGHT], '2026-03-29T00:59Z', '2026-03-29T01:00:00Z'],
    ['begins at the first 02:30 of two', [NIGHT], '2026-10-25T00:00Z', '2026-10-25T00:30:00Z'],
    ['lets go when the clock jumps back out of it', [NIGHT], '2026-10-25T00:45Z', '2026-10-25T01:00:00Z'],
    ['and begins again at the second 02:30', [NIGHT], '2026-10-25T01:15Z', '2026-10-25T01:30:00Z'],
  ])('%s', (_rule, texts, from, expected) => {
    expect(nextChange(interval(...texts), at(from))?.toString() ?? null).toBe(expected);
  });

  test('is remembered only while it lies ahead, and not for what lies before', () => {
    const hours = interval({ times: [{ start_time: '09:00', end_time: '17:00' }] });
    const ask = (moment: string) => nextChange(hours, at(moment))?.toString();
    expect(ask('2026-11-20T10:00Z')).toBe('2026-11-20T17:00:00Z');
    expect(ask('2026-11-20T16:59Z')).toBe('2026-11-20T17:00:00Z');
    expect(ask('2026-11-20T17:00Z')).toBe('2026-11-21T09:00:00Z');
    expect(ask('2026-11-20T08:00Z')).toBe('2026-11-20T09:00:00Z');
  });
});

/** Nights on which clocks jump, a date comes twice, or nothing happens. */
const NIGHTS: readonly (readonly [zone: string, date: string])[] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Asia/Kathmandu', '2028-02-29'],
  ['America/St_Johns', '2006-10-29'],
  ['America/Santiago', '2026-09-06'],
  ['Pacific/Apia', '2011-12-30'],
];

const range = (least: number, most: number) =>
  fc
    .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
    .map(([a, b]): InclusiveRange => ({ begin: Math.min(a, b), end: Math.max(a, b) }));
const list = <T>(item: fc.Arbitrary<T>) => fc.option(fc.array(item, { maxLength: 2 }), { freq: 2 });
const minute = fc.oneof(fc.constantFrom(0, 1, 30, 60, 90, 120, 150, 180, 1439), fc.integer({ min: 0, max: 1439 }));
const times = fc.tuple(minute, minute).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) + 1 }));

const specsNear = (zone: string, date: string) => {
  const { day, month, year } = Temporal.PlainDate.from(date);
  const spec: fc.Arbitrary<IntervalSpec> = fc.record({
    times: fc.option(fc.array(times, { maxLength: 3 }), { freq: 6 }),
    weekdays: list(range(0, 6)),
    daysOfMonth: list(
      fc.oneof(range(Math.max(1, day - 2), Math.min(31, day + 2)), range(-4, -1), fc.constant({ begin: 29, end: -1 })),
    ),
    months: fc.option(
      fc.array(
        range(1, 12).map((each) => ({ begin: Math.min(each.begin, month), end: each.end })),
        { maxLength: 2 },
      ),
      { freq: 3 },
    ),
    years: fc.option(fc.constant([{ begin: year - 1, end: year }]), { freq: 3 }),
    location: fc.constantFrom(zone, zone, zone, null),
  });
  return fc.array(spec, { minLength: 1, maxLength: 3 });
};

/** The definition said plainly, one moment at a time. */
function plainly(specs: readonly IntervalSpec[], moment: Temporal.Instant): boolean {
  return specs.some((spec) => {
    const local = moment.toZonedDateTimeISO(spec.location ?? 'UTC');
    const some = (ranges: readonly InclusiveRange[] | null, n: number) =>
      ranges === null || ranges.some(({ begin, end }) => begin <= n && n <= end);
    const inTimes =
      spec.times === null ||
      spec.times.some(
        ({ start, end }) => start <= local.hour * 60 + local.minute && local.hour * 60 + local.minute < end,
      );
    const fromEnd = local.day - local.daysInMonth - 1;
    const inDays =
      spec.daysOfMonth === null ||
      spec.daysOfMonth.some(
        ({ begin, end }) => (begin > 0 ? local.day : fromEnd) >= begin && (end > 0 ? local.day : fromEnd) <= end,
      );
    return (
      inTimes &&
      inDays &&
      some(spec.weekdays, local.dayOfWeek % 7) &&
      some(spec.months, local.month) &&
      some(spec.years, local.year)
    );
  });
}

let changes = 0;

test.each(NIGHTS)(
  'in %s around %s every minute is in it as the definition says, and changes are where they are',
  (zone, date) => {
    const length = 2 * 1440;
    fc.assert(
      fc.property(specsNear(zone, date), fc.integer({ min: -1500, max: 0 }), (specs, start) => {
        const one: TimeInterval = { name: 'x', specs };
        const from = at(`${date}T00:00Z`).add({ minutes: start });
        const truth = Array.from({ length }, (_, i) => plainly(specs, from.add({ minutes: i })));
        expect(Array.from({ length }, (_, i) => isWithin(one, from.add({ minutes: i })))).toEqual(truth);
        let asked = 0;
        while (asked < length) {
          const change = truth.findIndex((value, i) => i > asked && value !== truth[asked]);
          const found = nextChange(one, from.add({ minutes: asked }));
          const minutes = found === null ? Number.POSITIVE_INFINITY : from.until(found).total('minutes');
          if (change < 0) {
            expect(minutes).toBeGreaterThanOrEqual(length);
            break;
          }
          expect(minutes).toBe(change);
          changes += 1;
          asked = change;
        }
      }),
      { numRuns: 10 },
    );
  },
);

test('the nights above had changes to find', () => {
  // Drawn at random: around 150; hardly any would say that the draw has lost its point.
  expect(changes).toBeGreaterThan(20);
});
