import type { Instant, Severity } from './facts.ts';

/** `SEV1` … `SEV5`. */
export function severityName(severity: Severity): string {
  return `SEV${severity}`;
}

/** Text as one line that can stand in a header or a heading: line breaks, control and direction characters become blanks. */
export function oneLine(text: string, longest = 200): string {
  const clean = text
    .replaceAll(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const letters = Array.from(clean);
  return letters.length <= longest ? clean : `${letters.slice(0, longest - 1).join('')}…`;
}

/** Text of several lines without control characters, cut at `longest` characters. */
export function plain(text: string, longest = 600): string {
  const clean = text.replaceAll(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu, '').trim();
  const letters = Array.from(clean);
  return letters.length <= longest ? clean : `${letters.slice(0, longest - 1).join('')}…`;
}

/** `1 alert`, `3 alerts`. */
export function count(many: number, one: string): string {
  return `${many} ${one}${many === 1 ? '' : 's'}`;
}

/** A span in its two largest units: `52 s`, `25 min 52 s`, `2 h 5 min`, `3 d 4 h`. */
export function span(from: Instant, to: Instant): string {
  const seconds = Math.max(0, Math.round((to.epochMilliseconds - from.epochMilliseconds) / 1000));
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = units.findIndex(([value]) => value > 0);
  if (first < 0) return '0 s';
  return units
    .slice(first, first + 2)
    .flatMap(([value, unit]) => (value > 0 ? [`${value} ${unit}`] : []))
    .join(' ');
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** Tells moments in one reader's zone; the zone is said once, with the first moment. */
export interface ReaderClock {
  /** `03:07:48 Lisbon`, with the date when it is not today: `Fri 20 Nov 23:07:48 Lisbon`. */
  named(at: Instant): string;
  /** The same without the zone. */
  time(at: Instant): string;
}

/** Builds a reader's clock. A zone that this machine does not know becomes UTC and says so. */
export function readerClock(zone: string, now: Instant): ReaderClock {
  const known = isZone(zone) ? zone : 'UTC';
  const today = now.toZonedDateTimeISO(known).toPlainDate();
  const time = (at: Instant) => {
    const local = at.toZonedDateTimeISO(known);
    const clock = local.toPlainTime().toString({ smallestUnit: 'second' });
    if (local.toPlainDate().equals(today)) return clock;
    return `${DAYS[local.dayOfWeek - 1]} ${local.day} ${MONTHS[local.month - 1]} ${clock}`;
  };
  const label = known.slice(known.lastIndexOf('/') + 1).replaceAll('_', ' ');
  return { time, named: (at) => `${time(at)} ${label}` };
}

function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}
