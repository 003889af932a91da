import { withCatalog } from '#routing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileWindows, mutedByWindows, nextWindow, validateWindow, windowAt } from './maintenance.ts';
import type { MaintenanceWindow, Recurrence, Weekday } from './model.ts';

const at = (text: string) => Temporal.Instant.from(text);
const window = (recurrence: Recurrence, zone = 'Europe/Berlin'): MaintenanceWindow => ({
  id: 'w1',
  name: 'Patch night',
  matchers: [{ name: 'service', op: '=', value: 'db' }],
  zone,
  recurrence,
  comment: 'kernels',
  createdBy: 'ann',
});
const WEEKLY = {
  kind: 'weekly',
  every: 1,
  weekdays: [7],
  startTime: '02:30',
  durationMinutes: 240,
  firstDate: '2026-01-01',
  lastDate: null,
} as const satisfies Recurrence;
const MONTHLY = { ...WEEKLY, kind: 'monthly', on: { kind: 'day', day: -1 } } as const;

const openings = (one: MaintenanceWindow, from: string, count: number): readonly string[] => {
  const found: string[] = [];
  let now = at(from);
  for (let i = 0; i < count; i += 1) {
    const span = nextWindow(one, now);
    if (span === null) break;
    found.push(span.startsAt.toString());
    now = span.startsAt;
  }
  return found;
};

describe('openings', () => {
  test.each<[string, Recurrence, string, readonly string[]]>([
    [
      'keep their local time over a change of clocks; what is skipped opens later',
      WEEKLY,
      '2026-03-22T00:00Z',
      ['2026-03-22T01:30:00Z', '2026-03-29T01:30:00Z', '2026-04-05T00:30:00Z'],
    ],
    [
      'begin at the first of two',
      WEEKLY,
      '2026-10-18T12:00Z',
      ['2026-10-25T00:30:00Z', '2026-11-01T01:30:00Z', '2026-11-08T01:30:00Z'],
    ],
    [
      'every second week counts from the week of the first date',
      { ...WEEKLY, every: 2, weekdays: [1, 7], firstDate: '2026-01-03' },
      '2026-01-01T00:00Z',
      ['2026-01-04T01:30:00Z', '2026-01-12T01:30:00Z', '2026-01-18T01:30:00Z'],
    ],
    [
      'end after the last date',
      { ...WEEKLY, lastDate: '2026-01-11' },
      '2026-01-01T00:00Z',
      ['2026-01-04T01:30:00Z', '2026-01-11T01:30:00Z'],
    ],
    [
      'on the last day of each month',
      MONTHLY,
      '2028-01-15T00:00Z',
      ['2028-01-31T01:30:00Z', '2028-02-29T01:30:00Z', '2028-03-31T00:30:00Z'],
    ],
    [
      'leave out months that are too short',
      { ...MONTHLY, on: { kind: 'day', day: 31 } },
      '2026-01-15T00:00Z',
      ['2026-01-31T01:30:00Z', '2026-03-31T00:30:00Z', '2026-05-31T00:30:00Z'],
    ],
    [
      'on the second Tuesday of every third month',
      { ...MONTHLY, every: 3, on: { kind: 'weekday', weekday: 2, nth: 2 } },
      '2026-01-01T00:00Z',
      ['2026-01-13T01:30:00Z', '2026-04-14T00:30:00Z', '2026-07-14T00:30:00Z'],
    ],
    [
      'on the last Sunday',
      { ...MONTHLY, on: { kind: 'weekday', weekday: 7, nth: -1 } },
      '2026-01-01T00:00Z',
      ['2026-01-25T01:30:00Z', '2026-02-22T01:30:00Z', '2026-03-29T01:30:00Z'],
    ],
    [
      'on a fifth Friday where there is one',
      { ...MONTHLY, on: { kind: 'weekday', weekday: 5, nth: 5 } },
      '2026-01-01T00:00Z',
      ['2026-01-30T01:30:00Z', '2026-05-29T00:30:00Z', '2026-07-31T00:30:00Z'],
    ],
    [
      'once is once',
      { kind: 'once', startsAt: at('2026-02-01T00:00Z'), endsAt: at('2026-02-02T00:00Z') },
      '2026-01-01T00:00Z',
      ['2026-02-01T00:00:00Z'],
    ],
    [
      'never come on a day that is not',
      { ...MONTHLY, every: 12, firstDate: '2026-02-01', on: { kind: 'day', day: 30 } },
      '2026-01-01T00:00Z',
      [],
    ],
  ])('%s', (_rule, recurrence, from, expected) => {
    expect(openings(window(recurrence), from, 3)).toEqual(expected);
  });

  test('last as long as they say, also in the night of the change', () => {
    const long = window({ ...WEEKLY, startTime: '01:00' });
    expect(windowAt(long, at('2026-03-29T03:59:59Z'))?.endsAt.toString()).toBe('2026-03-29T04:00:00Z');
    expect(windowAt(long, at('2026-03-29T04:00:00Z'))).toBeNull();
    expect(windowAt(long, at('2026-10-25T02:59:59Z'))?.startsAt.toString()).toBe('2026-10-24T23:00:00Z');
  });

  test('that overlap: the one that ends last', () => {
    const daily = window({ ...WEEKLY, weekdays: [1, 2, 3, 4, 5, 6, 7], durationMinutes: 30 * 60 });
    expect(windowAt(daily, at('2026-06-10T02:00Z'))?.endsAt.toString()).toBe('2026-06-11T06:30:00Z');
    expect(windowAt(daily, at('2026-06-10T00:00Z'))?.endsAt.toString()).toBe('2026-06-10T06:30:00Z');
  });
});

test('an open window mutes what it matches, and says why', () => {
  const { windows } = compileWindows([window(WEEKLY)]);
  const now = at('2026-06-07T01:00Z');
  expect(mutedByWindows(windows, withCatalog({ service: 'db' }), now)).toEqual([
    {
      kind: 'maintenance',
      id: 'w1',
      reason: 'Maintenance Patch night until 2026-06-07 04:30 UTC: kernels',
      endsAt: at('2026-06-07T04:30Z'),
    },
  ]);
  expect(mutedByWindows(windows, withCatalog({ service: 'web' }), now)).toEqual([]);
  expect(mutedByWindows(windows, withCatalog({ service: 'db' }), at('2026-06-07T05:00Z'))).toEqual([]);
});

test.each<[string, Partial<MaintenanceWindow>, readonly string[]]>([
  ['nothing wrong', {}, []],
  ['no name, no reason', { name: ' ', comment: '' }, ['name', 'comment']],
  ['an offset for a zone', { zone: '+02:00' }, ['zone']],
  ['matchers for everything', { matchers: [{ name: 'a', op: '=', value: '' }] }, ['matchers']],
  ['no days', { recurrence: { ...WEEKLY, weekdays: [] } }, ['recurrence.weekdays']],
  ['a time that is none', { recurrence: { ...WEEKLY, startTime: '24:00' } }, ['recurrence.startTime']],
  ['no length', { recurrence: { ...WEEKLY, durationMinutes: 0 } }, ['recurrence.durationMinutes']],
  ['never again', { recurrence: { ...WEEKLY, every: 0 } }, ['recurrence.every']],
  ['a day that is none', { recurrence: { ...WEEKLY, firstDate: '2026-02-30' } }, ['recurrence.firstDate']],
  ['ends before it begins', { recurrence: { ...WEEKLY, lastDate: '2025-12-31' } }, ['recurrence.lastDate']],
  ['a day of no month', { recurrence: { ...MONTHLY, on: { kind: 'day', day: 32 } } }, ['recurrence.on']],
  [
    'one-off that ends before it begins',
    { recurrence: { kind: 'once', startsAt: at('2026-02-02T00:00Z'), endsAt: at('2026-02-01T00:00Z') } },
    ['recurrence.endsAt'],
  ],
])('a window with %s', (_what, changes, paths) => {
  const one = { ...window(WEEKLY), ...changes };
  expect(validateWindow(one).map(({ path }) => path)).toEqual(paths);
  const usable = paths.every((path) => path === 'name' || path === 'comment');
  expect(compileWindows([one]).faults).toHaveLength(usable ? 0 : 1);
});

/** Nights on which clocks jump, a date is missing, or nothing happens. */
const NIGHTS: readonly (readonly [zone: string, date: string])[] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Asia/Kathmandu', '2028-02-29'],
  ['America/Santiago', '2026-09-06'],
];
const DAYS_BEFORE = 12;
const DAYS_AFTER = 3;

/** What the clock of a zone showed, minute by minute: its date and minute of the day. */
function watchClock(zone: string, from: Temporal.Instant, minutes: number) {
  return Array.from({ length: minutes }, (_, i) => {
    const local = from.add({ minutes: i }).toZonedDateTimeISO(zone);
    return {
      day: local.toPlainDate().toString(),
      minute: local.hour * 60 + local.minute,
      offset: local.offsetNanoseconds,
    };
  });
}

/** Index of the minute at which the window opens on a date: when the clock shows it, else as much later as it jumped. */
function openingIn(log: ReturnType<typeof watchClock>, day: string, minute: number): number {
  const shown = log.findIndex((reading) => reading.day === day && reading.minute === minute);
  if (shown >= 0) return shown;
  const jump = log.findIndex((reading) => reading.day > day || (reading.day === day && reading.minute > minute));
  const before = log[jump - 1];
  if (before === undefined) return -1;
  const days = before.day === day ? 0 : 1;
  return jump - 1 + days * 1440 + minute - before.minute;
}

function opensOn(recurrence: Exclude<Recurrence, { kind: 'once' }>, date: Temporal.PlainDate): boolean {
  const first = Temporal.PlainDate.from(recurrence.firstDate);
  if (Temporal.PlainDate.compare(date, first) < 0) return false;
  if (recurrence.lastDate !== null && date.toString() > recurrence.lastDate) return false;
  if (recurrence.kind === 'weekly') {
    let weeks = 0;
    for (let day = first; !day.equals(date); day = day.add({ days: 1 })) if (day.dayOfWeek === 7) weeks += 1;
    return recurrence.weekdays.includes(date.dayOfWeek as Weekday) && weeks % recurrence.every === 0;
  }
  if (((date.year - first.year) * 12 + date.month - first.month) % recurrence.every !== 0) return false;
  const { on } = recurrence;
  if (on.kind === 'day') return on.day === date.day || on.day === date.day - date.daysInMonth - 1;
  if (date.dayOfWeek !== on.weekday) return false;
  return on.nth === -1 ? date.add({ days: 7 }).month !== date.month : Math.ceil(date.day / 7) === on.nth;
}

let opened = 0;
test.each(NIGHTS)('in %s around %s every minute is as the oracle says', (zone, date) => {
  const from = at(`${date}T00:00Z`).subtract({ hours: 24 * DAYS_BEFORE });
  const minutes = (DAYS_BEFORE + DAYS_AFTER) * 1440;
  const log = watchClock(zone, from, minutes);
  const night = Temporal.PlainDate.from(date);
  const near = fc.integer({ min: -1, max: 1 }).map((days) => night.add({ days }));
  const common = {
    every: fc.integer({ min: 1, max: 2 }),
    startTime: fc
      .constantFrom(0, 15, 30, 60, 90, 119, 120, 145, 150, 179, 180, 1439)
      .map((n) => `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`),
    durationMinutes: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constantFrom(1440, 3000)),
    firstDate: fc.integer({ min: -40, max: 1 }).map((days) => night.add({ days }).toString()),
    lastDate: fc.option(fc.constant(night.add({ days: 1 }).toString()), { freq: 2 }),
  };
  const recurrence = fc.oneof(
    fc.record({
      kind: fc.constant('weekly' as const),
      weekdays: fc.array(
        fc.oneof(
          near.map(({ dayOfWeek }) => dayOfWeek as Weekday),
          fc.integer({ min: 1, max: 7 }) as fc.Arbitrary<Weekday>,
        ),
        { minLength: 1, maxLength: 4 },
      ),
      ...common,
    }),
    fc.record({
      kind: fc.constant('monthly' as const),
      on: fc.oneof(
        near.map(({ day }) => ({ kind: 'day' as const, day })),
        near.map(({ day, daysInMonth }) => ({ kind: 'day' as const, day: day - daysInMonth - 1 })),
        near.map(({ day, dayOfWeek }) => ({
          kind: 'weekday' as const,
          weekday: dayOfWeek as Weekday,
          nth: Math.ceil(day / 7) as 1 | 2 | 3 | 4 | 5,
        })),
        near.map(({ dayOfWeek }) => ({ kind: 'weekday' as const, weekday: dayOfWeek as Weekday, nth: -1 as const })),
      ),
      ...common,
    }),
  );
  fc.assert(
    fc.property(recurrence, (rule) => {
      const one = window(rule, zone);
      const starts = new Set<number>();
      const open = new Uint8Array(minutes);
      for (let day = -DAYS_BEFORE; day <= DAYS_AFTER; day += 1) {
        const on = night.add({ days: day });
        const [hour, minute] = rule.startTime.split(':').map(Number) as [number, number];
        if (!opensOn(rule, on)) continue;
        const start = openingIn(log, on.toString(), hour * 60 + minute);
        if (start < 0) continue;
        starts.add(start);
        open.fill(1, start, start + rule.durationMinutes);
      }
      // Openings from before the log are not in it: their length bounds where comparing begins.
      const begin = 3 * 1440;
      const ahead = [...starts].sort((a, b) => a - b);
      for (let i = begin; i < minutes; i += 1) {
        const span = windowAt(one, from.add({ minutes: i }));
        if ((span !== null) !== (open[i] === 1))
          expect({ minute: i, open: span !== null }).toEqual({ minute: i, open: open[i] === 1 });
      }
      for (let i = begin; i < minutes - 1440; i += 97) {
        const next = ahead.find((start) => start > i);
        if (next === undefined) continue;
        opened += 1;
        expect(nextWindow(one, from.add({ minutes: i }))?.startsAt.toString()).toBe(
          from.add({ minutes: next }).toString(),
        );
      }
    }),
    { numRuns: 15 },
  );
});

test('the nights above had openings to find', () => {
  expect(opened).toBeGreaterThan(500);
});
