import { isZone } from './interval-parse.ts';
import { compileMatcher, type CompiledMatcher, firstRefusal, type LabelView } from '#routing';
import { momentText, toMicros } from './micros.ts';
import type {
  CompiledWindow,
  MaintenanceWindow,
  MonthDay,
  Mute,
  MuteFault,
  Recurrence,
  Recurring,
  WindowSpan,
} from './model.ts';
import { matcherFaults, type SilenceFault } from './silence.ts';

/** Longest one opening of a recurring window lasts: 31 days. */
export const LONGEST_OPENING_MINUTES: number = 31 * 1440;

/** Years looked ahead for a rare date: the fifth Sunday of a February comes back within 40. */
const HORIZON_YEARS = 45;

type Dated = Exclude<Recurrence, { kind: 'once' }>;

const answers = new WeakMap<MaintenanceWindow, { from: number; to: number; span: WindowSpan | null }>();

/**
 * The opening of a window that a moment is in, the one that ends last where two overlap; null when it is closed. The
 * last answer is remembered while it holds.
 */
export function windowAt(window: MaintenanceWindow, at: Temporal.Instant): WindowSpan | null {
  const asked = toMicros(at);
  const known = answers.get(window);
  if (known !== undefined && asked >= known.from && asked < known.to) return known.span;
  const span = findOpening(window, at);
  const next = nextWindow(window, at);
  const to = Math.min(
    span === null ? Number.POSITIVE_INFINITY : toMicros(span.endsAt),
    next === null ? Number.POSITIVE_INFINITY : toMicros(next.startsAt),
  );
  answers.set(window, { from: asked, to, span });
  return span;
}

function findOpening({ zone, recurrence }: MaintenanceWindow, at: Temporal.Instant): WindowSpan | null {
  if (recurrence.kind === 'once') return holds(recurrence, at) ? spanOf(recurrence) : null;
  const reach = Math.ceil(recurrence.durationMinutes / 1440) + 2;
  const today = at.toZonedDateTimeISO(zone).toPlainDate();
  let found: WindowSpan | null = null;
  for (const date of datesFrom(recurrence, today.subtract({ days: reach }))) {
    const span = openingOn(date, recurrence, zone);
    if (Temporal.Instant.compare(span.startsAt, at) > 0) break;
    if (holds(span, at)) found = span;
  }
  return found;
}

/** The first opening of a window that begins after a moment; null when there is none (within 45 years). */
export function nextWindow({ zone, recurrence }: MaintenanceWindow, at: Temporal.Instant): WindowSpan | null {
  const isAhead = ({ startsAt }: WindowSpan) => Temporal.Instant.compare(startsAt, at) > 0;
  if (recurrence.kind === 'once') return isAhead(recurrence) ? spanOf(recurrence) : null;
  const yesterday = at.toZonedDateTimeISO(zone).toPlainDate().subtract({ days: 1 });
  for (const date of datesFrom(recurrence, yesterday)) {
    const span = openingOn(date, recurrence, zone);
    if (isAhead(span)) return span;
  }
  return null;
}

const spanOf = ({ startsAt, endsAt }: WindowSpan): WindowSpan => ({ startsAt, endsAt });

const holds = ({ startsAt, endsAt }: WindowSpan, at: Temporal.Instant) =>
  Temporal.Instant.compare(startsAt, at) <= 0 && Temporal.Instant.compare(at, endsAt) < 0;

function openingOn(date: Temporal.PlainDate, { startTime, durationMinutes }: Recurring, zone: string): WindowSpan {
  const startsAt = date.toZonedDateTime({ timeZone: zone, plainTime: startTime }).toInstant();
  return { startsAt, endsAt: startsAt.add({ minutes: durationMinutes }) };
}

/** Local dates on which a window opens, from a date on, in order. */
function* datesFrom(recurrence: Dated, from: Temporal.PlainDate): Generator<Temporal.PlainDate> {
  const first = Temporal.PlainDate.from(recurrence.firstDate);
  const start = Temporal.PlainDate.compare(from, first) < 0 ? first : from;
  const horizon = start.add({ years: HORIZON_YEARS });
  const last = recurrence.lastDate === null ? horizon : Temporal.PlainDate.from(recurrence.lastDate);
  const all = recurrence.kind === 'weekly' ? weeklyDates(recurrence, start) : monthlyDates(recurrence, start);
  for (const date of all) {
    if (Temporal.PlainDate.compare(date, last) > 0 || Temporal.PlainDate.compare(date, horizon) > 0) return;
    // A month may be looked at whole; what lies before the start is passed over.
    if (Temporal.PlainDate.compare(date, start) >= 0) yield date;
  }
}

function* weeklyDates(
  { firstDate, every, weekdays }: Dated & { kind: 'weekly' },
  start: Temporal.PlainDate,
): Generator<Temporal.PlainDate> {
  const days = [...new Set(weekdays)].sort((a, b) => a - b);
  const firstWeek = mondayOf(Temporal.PlainDate.from(firstDate));
  const weeks = Math.floor(firstWeek.until(mondayOf(start), { largestUnit: 'days' }).days / 7);
  let monday = firstWeek.add({ days: 7 * every * Math.floor(weeks / every) });
  for (;;) {
    for (const day of days) yield monday.add({ days: day - 1 });
    monday = monday.add({ days: 7 * every });
  }
}

const mondayOf = (date: Temporal.PlainDate) => date.subtract({ days: date.dayOfWeek - 1 });

function* monthlyDates(
  { firstDate, every, on }: Dated & { kind: 'monthly' },
  start: Temporal.PlainDate,
): Generator<Temporal.PlainDate> {
  const firstMonth = Temporal.PlainDate.from(firstDate).with({ day: 1 });
  const months = (start.year - firstMonth.year) * 12 + start.month - firstMonth.month;
  const begin = every * Math.floor(months / every);
  for (let month = begin; month <= begin + HORIZON_YEARS * 12 + every; month += every) {
    const date = dayIn(firstMonth.add({ months: month }), on);
    if (date !== null) yield date;
  }
}

/** A day of the month that begins with `first`; null when this month has none. */
function dayIn(first: Temporal.PlainDate, on: MonthDay): Temporal.PlainDate | null {
  const length = first.daysInMonth;
  const day = on.kind === 'day' ? (on.day < 0 ? length + on.day + 1 : on.day) : weekdayIn(first, on);
  return day >= 1 && day <= length ? first.with({ day }) : null;
}

function weekdayIn(first: Temporal.PlainDate, { weekday, nth }: MonthDay & { kind: 'weekday' }): number {
  const earliest = 1 + ((weekday - first.dayOfWeek + 7) % 7);
  if (nth > 0) return earliest + 7 * (nth - 1);
  return earliest + 7 * Math.floor((first.daysInMonth - earliest) / 7);
}

/** What is wrong with a window; empty when nothing is. Paths are those of its fields. */
export function validateWindow(window: Omit<MaintenanceWindow, 'id'>): readonly SilenceFault[] {
  const faults: SilenceFault[] = [...matcherFaults(window.matchers)];
  const demand = (ok: boolean, path: string, message: string) => {
    if (!ok) faults.push({ path, message });
  };
  const { recurrence } = window;
  demand(window.name.trim() !== '', 'name', 'it needs a name');
  demand(window.comment.trim() !== '', 'comment', 'say why, for those who are not called');
  demand(isZone(window.zone), 'zone', 'write an IANA name such as Europe/Berlin');
  if (recurrence.kind === 'once') {
    const { startsAt, endsAt } = recurrence;
    const isLonger = Temporal.Instant.compare(startsAt.add({ hours: 366 * 24 }), endsAt) < 0;
    demand(Temporal.Instant.compare(startsAt, endsAt) < 0, 'recurrence.endsAt', 'it must end after it starts');
    demand(!isLonger, 'recurrence.endsAt', 'it may last 366 days');
    return faults;
  }
  const { startTime, durationMinutes, every, firstDate, lastDate } = recurrence;
  const isWhole = (n: number, least: number, most: number) => Number.isInteger(n) && n >= least && n <= most;
  demand(/^([01]\d|2[0-3]):[0-5]\d$/.test(startTime), 'recurrence.startTime', 'write 00:00 to 23:59');
  demand(
    isWhole(durationMinutes, 1, LONGEST_OPENING_MINUTES),
    'recurrence.durationMinutes',
    'one minute to 31 days (44640 minutes)',
  );
  demand(isWhole(every, 1, 52), 'recurrence.every', 'every 1 to 52');
  demand(isDate(firstDate), 'recurrence.firstDate', 'write a date such as 2026-11-21');
  demand(lastDate === null || isDate(lastDate), 'recurrence.lastDate', 'write a date such as 2026-11-21');
  demand(lastDate === null || lastDate >= firstDate, 'recurrence.lastDate', 'it lies before the first date');
  if (recurrence.kind === 'weekly') {
    const areDays = recurrence.weekdays.length > 0 && recurrence.weekdays.every((day) => isWhole(day, 1, 7));
    demand(areDays, 'recurrence.weekdays', 'at least one day, 1 (Monday) to 7');
  } else demand(isMonthDay(recurrence.on), 'recurrence.on', 'day 1 to 31 or -1 to -31, or weekday 1 to 7 with nth');
  return faults;
}

function isMonthDay(on: MonthDay): boolean {
  if (on.kind === 'day') return Number.isInteger(on.day) && on.day !== 0 && Math.abs(on.day) <= 31;
  return [1, 2, 3, 4, 5, 6, 7].includes(on.weekday) && [1, 2, 3, 4, 5, -1].includes(on.nth);
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  try {
    Temporal.PlainDate.from(text, { overflow: 'reject' });
    return true;
  } catch {
    // Temporal throws exactly when there is no such day, which is the answer asked for.
    return false;
  }
}

/** Compiles windows. One that cannot be used is left out and named: it mutes nothing. */
export function compileWindows(windows: readonly MaintenanceWindow[]): {
  windows: readonly CompiledWindow[];
  faults: MuteFault[];
} {
  const compiled: CompiledWindow[] = [];
  const faults: MuteFault[] = [];
  for (const window of windows) {
    // What people want to read is asked of who writes it; a stored window without it mutes all the same.
    const fault = validateWindow(window).find(({ path }) => path !== 'name' && path !== 'comment');
    const matchers: CompiledMatcher[] = [];
    for (const matcher of window.matchers) {
      const one = compileMatcher(matcher);
      if (one.ok) matchers.push(one.matcher);
    }
    if (fault === undefined) compiled.push({ window, matchers });
    else faults.push({ kind: 'maintenance', id: window.id, message: `${fault.path}: ${fault.message}` });
  }
  return { windows: compiled, faults };
}

/** The open windows that mute an alert. */
export function mutedByWindows(
  windows: readonly CompiledWindow[],
  view: LabelView,
  now: Temporal.Instant,
): readonly Extract<Mute, { kind: 'maintenance' }>[] {
  return windows.flatMap(({ window, matchers }) => {
    if (firstRefusal(matchers, view) !== null) return [];
    const span = windowAt(window, now);
    if (span === null) return [];
    const reason = `Maintenance ${window.name} until ${momentText(span.endsAt)}: ${window.comment}`;
    return [{ kind: 'maintenance', id: window.id, reason, endsAt: span.endsAt }];
  });
}
