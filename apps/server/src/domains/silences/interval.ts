import { toMicros } from './micros.ts';
import type { InclusiveRange, IntervalSpec, MinuteRange, TimeInterval } from './model.ts';

/** A spec made ready: whole days and always-true fields are null, so that searches skip over them. */
type Calendar = {
  readonly zone: string;
  readonly times: readonly MinuteRange[] | null;
  readonly weekdays: ReadonlySet<number> | null;
  readonly daysOfMonth: readonly InclusiveRange[] | null;
  readonly months: ReadonlySet<number> | null;
  readonly years: readonly InclusiveRange[] | null;
};

/** Years looked ahead: the 29th of February on a given weekday comes back within 40. */
const HORIZON_YEARS = 45;
/** Changes of single specs followed for one answer, so that specs that hand over for ever end the search. */
const MOST_STEPS = 400;
const DAY_MINUTES = 1440;

const calendars = new WeakMap<IntervalSpec, Calendar>();
const stretches = new WeakMap<TimeInterval, { from: number; to: number; next: Temporal.Instant | null }>();

/** Whether a moment is in an interval. */
export function isWithin({ specs }: TimeInterval, at: Temporal.Instant): boolean {
  return specs.some((spec) => holds(calendarOf(spec), at));
}

/**
 * The next moment at which `isWithin` changes; null when none is found within 45 years (or within 400 changes of
 * single specs that never let go together). The last answer is remembered: asking again before it costs nothing.
 */
export function nextChange(interval: TimeInterval, at: Temporal.Instant): Temporal.Instant | null {
  const asked = toMicros(at);
  const known = stretches.get(interval);
  if (known !== undefined && asked >= known.from && asked < known.to) return known.next;
  const next = findChange(interval.specs.map(calendarOf), at);
  stretches.set(interval, { from: asked, to: next === null ? Number.POSITIVE_INFINITY : toMicros(next), next });
  return next;
}

function findChange(specs: readonly Calendar[], from: Temporal.Instant): Temporal.Instant | null {
  const within = specs.some((spec) => holds(spec, from));
  let at = from;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    // In: nothing changes before every spec that holds has let go. Out: before the first one takes hold.
    const holding = within ? specs.filter((spec) => holds(spec, at)) : specs;
    const flips = holding.map((spec) => nextFlip(spec, at));
    const next = within ? latestOrNever(flips) : earliest(flips);
    if (next === null) return null;
    if (specs.some((spec) => holds(spec, next)) !== within) return next;
    at = next;
  }
  return null;
}

/** The next moment at which one spec changes. */
function nextFlip(spec: Calendar, at: Temporal.Instant): Temporal.Instant | null {
  const current = holds(spec, at);
  let date: Temporal.PlainDate | null = at.toZonedDateTimeISO(spec.zone).toPlainDate();
  const horizon = date.year + HORIZON_YEARS;
  let after = at;
  while (date !== null && date.year <= horizon) {
    for (const candidate of candidatesAround(spec, date)) {
      if (Temporal.Instant.compare(candidate, after) <= 0) continue;
      if (holds(spec, candidate) !== current) return candidate;
      after = candidate;
    }
    const tomorrow: Temporal.PlainDate = date.add({ days: 1 });
    date = current && spec.times !== null ? tomorrow : nextDate(spec, tomorrow, !current, horizon);
  }
  return null;
}

/**
 * Moments near a local date at which a spec can change, in order: days begin, times begin and end, clocks jump. The
 * days beside it are looked at too, since a clock put back over midnight shows a date again.
 */
function candidatesAround(spec: Calendar, date: Temporal.PlainDate): readonly Temporal.Instant[] {
  const found: Temporal.Instant[] = [];
  const edges = new Set([0, ...(spec.times ?? []).flatMap(({ start, end }) => [start, end])]);
  for (const offset of [-1, 0, 1]) {
    const day = date.add({ days: offset });
    for (const minute of edges) {
      if (minute === DAY_MINUTES) continue;
      const wall = day.toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 });
      for (const disambiguation of ['earlier', 'later'] as const) {
        found.push(wall.toZonedDateTime(spec.zone, { disambiguation }).toInstant());
      }
    }
  }
  const end = date.add({ days: 2 }).toZonedDateTime(spec.zone);
  let jump = date.subtract({ days: 1 }).toZonedDateTime(spec.zone).getTimeZoneTransition('next');
  while (jump !== null && Temporal.ZonedDateTime.compare(jump, end) < 0) {
    found.push(jump.toInstant());
    jump = jump.getTimeZoneTransition('next');
  }
  return found.sort(Temporal.Instant.compare);
}

/** The first date from `from` on whose day fields hold (or, with `wanted` false, do not); times are not asked. */
function nextDate(
  spec: Calendar,
  from: Temporal.PlainDate,
  wanted: boolean,
  horizon: number,
): Temporal.PlainDate | null {
  let date = from;
  while (date.year <= horizon) {
    const year = inRanges(spec.years, date.year);
    const month = spec.months?.has(date.month) ?? true;
    const matches = year && month && dayHolds(spec, date);
    if (matches === wanted) return date;
    if (wanted ? !year : spec.months === null && isWholeMonth(spec))
      date = date.with({ month: 1, day: 1 }).add({ years: 1 });
    else if (wanted ? !month : isWholeMonth(spec)) date = date.with({ day: 1 }).add({ months: 1 });
    else date = date.add({ days: 1 });
  }
  return null;
}

const isWholeMonth = ({ weekdays, daysOfMonth }: Calendar) => weekdays === null && daysOfMonth === null;

function holds(spec: Calendar, at: Temporal.Instant): boolean {
  const local = at.toZonedDateTimeISO(spec.zone);
  if (spec.times !== null) {
    const minute = local.hour * 60 + local.minute;
    if (!spec.times.some(({ start, end }) => minute >= start && minute < end)) return false;
  }
  if (!inRanges(spec.years, local.year) || !(spec.months?.has(local.month) ?? true)) return false;
  return dayHolds(spec, local);
}

type Day = { readonly day: number; readonly dayOfWeek: number; readonly daysInMonth: number };

function dayHolds({ weekdays, daysOfMonth }: Calendar, { day, dayOfWeek, daysInMonth }: Day): boolean {
  if (weekdays !== null && !weekdays.has(dayOfWeek % 7)) return false;
  if (daysOfMonth === null) return true;
  const fromStart = (n: number) => (n < 0 ? daysInMonth + n + 1 : n);
  return daysOfMonth.some(({ begin, end }) => day >= fromStart(begin) && day <= fromStart(end));
}

const inRanges = (ranges: readonly InclusiveRange[] | null, n: number) =>
  ranges === null || ranges.some(({ begin, end }) => n >= begin && n <= end);

function calendarOf(spec: IntervalSpec): Calendar {
  const known = calendars.get(spec);
  if (known !== undefined) return known;
  const made: Calendar = {
    zone: spec.location ?? 'UTC',
    times: coversDay(spec.times) ? null : spec.times,
    weekdays: setOf(spec.weekdays, 0, 6),
    daysOfMonth: coversMonth(spec.daysOfMonth) ? null : spec.daysOfMonth,
    months: setOf(spec.months, 1, 12),
    years: spec.years,
  };
  calendars.set(spec, made);
  return made;
}

/** Numbers within the bounds that the ranges hold; null when that is all of them. */
function setOf(ranges: readonly InclusiveRange[] | null, least: number, most: number): ReadonlySet<number> | null {
  const held = new Set<number>();
  for (let n = least; n <= most; n += 1) if (inRanges(ranges, n)) held.add(n);
  return held.size === most - least + 1 ? null : held;
}

function coversDay(times: readonly MinuteRange[] | null): boolean {
  if (times === null) return true;
  let covered = 0;
  for (const { start, end } of [...times].sort((a, b) => a.start - b.start)) {
    if (start <= covered) covered = Math.max(covered, end);
  }
  return covered >= DAY_MINUTES;
}

function coversMonth(days: readonly InclusiveRange[] | null): boolean {
  const calendar = { weekdays: null, daysOfMonth: days } as Calendar;
  return [28, 29, 30, 31].every((daysInMonth) =>
    Array.from({ length: daysInMonth }, (_, i) => i + 1).every((day) =>
      dayHolds(calendar, { day, dayOfWeek: 1, daysInMonth }),
    ),
  );
}

function earliest(moments: readonly (Temporal.Instant | null)[]): Temporal.Instant | null {
  const known = moments.filter((moment) => moment !== null).sort(Temporal.Instant.compare);
  return known[0] ?? null;
}

function latestOrNever(moments: readonly (Temporal.Instant | null)[]): Temporal.Instant | null {
  const known = moments.filter((moment) => moment !== null).sort(Temporal.Instant.compare);
  return known.length < moments.length ? null : (known.at(-1) ?? null);
}
