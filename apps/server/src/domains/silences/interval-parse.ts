import type { InclusiveRange, IntervalSpec, MinuteRange } from './model.ts';

/** One entry of a time interval in Alertmanager's text forms. */
export type IntervalText = {
  readonly times?: readonly { readonly start_time: string; readonly end_time: string }[] | undefined;
  readonly weekdays?: readonly string[] | undefined;
  readonly days_of_month?: readonly string[] | undefined;
  readonly months?: readonly string[] | undefined;
  readonly years?: readonly string[] | undefined;
  readonly location?: string | undefined;
};

/** A refused text: where in the entry (`weekdays.0`), and why. */
export type IntervalFault = { readonly path: string; readonly message: string };

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const TIME = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;
const INTEGER = /^[+-]?\d{1,15}$/;

const refuse = (message: string) => ({ ok: false, message }) as const;
const taken = <T>(value: T) => ({ ok: true, value }) as const;

/** Reads one entry; every fault is named with its place. */
export function parseIntervalSpec(
  text: IntervalText,
): { ok: true; spec: IntervalSpec } | { ok: false; faults: readonly IntervalFault[] } {
  const faults: IntervalFault[] = [];
  const all = <I, T>(
    path: string,
    items: readonly I[] | undefined,
    read: (item: I) => Read<T>,
  ): readonly T[] | null => {
    if (items === undefined) return null;
    return items.flatMap((item, index) => {
      const one = read(item);
      if (one.ok) return [one.value];
      faults.push({ path: `${path}.${index}`, message: one.message });
      return [];
    });
  };
  const location = parseLocation(text.location ?? 'UTC');
  if (!location.ok) faults.push({ path: 'location', message: location.message });
  const spec: IntervalSpec = {
    times: all('times', text.times, ({ start_time, end_time }) => parseTimes(start_time, end_time)),
    weekdays: all('weekdays', text.weekdays, parseWeekdays),
    daysOfMonth: all('days_of_month', text.days_of_month, parseDaysOfMonth),
    months: all('months', text.months, parseMonths),
    years: all('years', text.years, parseYears),
    location: location.ok ? location.value : null,
  };
  return faults.length === 0 ? { ok: true, spec } : { ok: false, faults };
}

/** The text forms of an entry; reading them again gives the same entry. */
export function formatIntervalSpec(spec: IntervalSpec): IntervalText {
  const ranges = (list: readonly InclusiveRange[], name: (n: number) => string) =>
    list.map(({ begin, end }) => (begin === end ? name(begin) : `${name(begin)}:${name(end)}`));
  const { times, weekdays, daysOfMonth, months, years, location } = spec;
  return {
    ...(times && { times: times.map(({ start, end }) => ({ start_time: timeText(start), end_time: timeText(end) })) }),
    ...(weekdays && { weekdays: ranges(weekdays, (day) => WEEKDAYS[day] ?? String(day)) }),
    ...(daysOfMonth && { days_of_month: ranges(daysOfMonth, String) }),
    ...(months && { months: ranges(months, (month) => MONTHS[month - 1] ?? String(month)) }),
    ...(years && { years: ranges(years, String) }),
    ...(location !== null && { location }),
  };
}

/** `HH:MM` to `HH:MM`, the end exclusive; 24:00 is the end of the day. */
export function parseTimes(startText: string, endText: string): Read<MinuteRange> {
  if (startText === '' || endText === '') return refuse('both start_time and end_time are needed');
  const start = minuteOf(startText);
  const end = minuteOf(endText);
  if (start === null) return refuse(`${startText} is no time; write 00:00 to 24:00`);
  if (end === null) return refuse(`${endText} is no time; write 00:00 to 24:00`);
  if (start >= end) return refuse('the start time must be before the end time');
  return taken({ start, end });
}

function minuteOf(text: string): number | null {
  const parts = TIME.exec(text);
  if (parts === null) return null;
  return parts[1] === undefined ? 1440 : Number(parts[1]) * 60 + Number(parts[2]);
}

function timeText(minute: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** `monday` or `monday:friday`; the week begins on Sunday. */
export function parseWeekdays(text: string): Read<InclusiveRange> {
  const range = rangeOf(text, (name) => indexIn(WEEKDAYS, name), 'weekday');
  if (!range.ok) return range;
  return range.value.begin <= range.value.end
    ? range
    : refuse('the last day is before the first; weeks begin on Sunday');
}

/** `5`, `1:5`, `-3:-1`: -1 is the last day of the month. */
export function parseDaysOfMonth(text: string): Read<InclusiveRange> {
  const range = rangeOf(text, integerOf, 'day of the month');
  if (!range.ok) return range;
  const { begin, end } = range.value;
  for (const day of [begin, end]) {
    if (day === 0 || day < -31 || day > 31) return refuse(`${day} is no day of a month; write 1 to 31 or -1 to -31`);
  }
  if (begin < 0 && end > 0) return refuse('when the first day is counted from the end, the last one must be too');
  // In the shortest month the end would still lie before the beginning: nothing would ever be in it.
  const fromStart = (day: number) => (day < 0 ? 28 + day : day);
  if (fromStart(begin) > fromStart(end)) return refuse(`day ${end} is always before day ${begin}`);
  return range;
}

/** `may`, `5`, `may:july`, `5:7`. */
export function parseMonths(text: string): Read<InclusiveRange> {
  const range = rangeOf(text, (name) => orNull(indexIn(MONTHS, name), 1) ?? integerOf(name), 'month');
  if (!range.ok) return range;
  return range.value.begin <= range.value.end ? range : refuse('the last month is before the first');
}

/** `2026` or `2026:2028`. */
export function parseYears(text: string): Read<InclusiveRange> {
  const range = rangeOf(text, integerOf, 'year');
  if (!range.ok) return range;
  return range.value.begin <= range.value.end ? range : refuse('the last year is before the first');
}

/**
 * An IANA name, in the case that the zone database uses. Empty is UTC, and so is `Local`: the clock of the machine
 * where Alertmanager happened to run is not ours to know.
 */
export function parseLocation(text: string): Read<string | null> {
  if (text === '' || text === 'UTC' || text === 'Local') return taken(null);
  return isZone(text) ? taken(text) : refuse(`${text} is no time zone; write an IANA name such as Europe/Berlin`);
}

/** Whether a zone is known by exactly this IANA name. Offsets are none: they know no daylight saving. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId === name;
  } catch {
    // Temporal throws exactly when it does not know the name, which is the answer asked for.
    return false;
  }
}

function rangeOf(text: string, read: (member: string) => number | null, what: string): Read<InclusiveRange> {
  const members = text.toLowerCase().split(':');
  if (members.length > 2) return refuse(`${text} is no range; write one ${what} or two with a colon between`);
  const numbers: number[] = [];
  for (const member of members) {
    const number = read(member);
    if (number === null) return refuse(`${member === '' ? 'nothing' : member} is no ${what}`);
    numbers.push(number);
  }
  const [begin, end = begin] = numbers as [number, number?];
  return taken({ begin, end });
}

const integerOf = (text: string): number | null => (INTEGER.test(text) ? Number(text) : null);
const indexIn = (names: readonly string[], name: string): number | null => orNull(names.indexOf(name), 0);
const orNull = (index: number | null, add: number): number | null => (index === null || index < 0 ? null : index + add);
