/** A length of time as people say it, two units at most: `41 s`, `1 m 19 s`, `2 h 5 m`, `3 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} m${whole % 60 > 0 ? ` ${whole % 60} s` : ''}`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} m`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** How long ago a moment was. */
export function age(at: string, now: Temporal.Instant): string {
  return duration((now.epochMilliseconds - Temporal.Instant.from(at).epochMilliseconds) / 1000);
}

/** Time until a moment as a countdown: `03:41`, `1:03:41`, `2 d 4 h`; `now` when it is past. */
export function countdown(at: string, now: Temporal.Instant): string {
  const seconds = Math.ceil((Temporal.Instant.from(at).epochMilliseconds - now.epochMilliseconds) / 1000);
  if (seconds <= 0) return 'now';
  if (seconds >= 86_400) return duration(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return seconds < 3600 ? minutes : `${Math.floor(seconds / 3600)}:${minutes}`;
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A moment in a zone: `03:07:48` on the day of `now`, else with its date `Wed 21 Oct 03:07`. */
export function moment(at: string, zone: string, now: Temporal.Instant): string {
  const local = Temporal.Instant.from(at).toZonedDateTimeISO(zone);
  const today = now.toZonedDateTimeISO(zone);
  if (local.toPlainDate().equals(today.toPlainDate())) return local.toPlainTime().toString({ smallestUnit: 'second' });
  const year = local.year === today.year ? '' : ` ${local.year}`;
  const time = local.toPlainTime().toString({ smallestUnit: 'minute' });
  return `${DAYS[local.dayOfWeek - 1]} ${local.day} ${MONTHS[local.month - 1]}${year} ${time}`;
}

/** The same to the minute: `17:00` today, else `Fri 23 Oct 17:00`. */
export function minuteOf(at: string, zone: string, now: Temporal.Instant): string {
  const shown = moment(at, zone, now);
  return /^\d\d:\d\d:\d\d$/.test(shown) ? shown.slice(0, 5) : shown;
}

/** The line that names the zone, once for all times above it. */
export function zoneLine(zone: string, now: Temporal.Instant): string {
  const offset = now.toZonedDateTimeISO(zone).offset;
  return zone === 'UTC' ? 'Times in UTC.' : `Times in ${zone} (UTC${offset}).`;
}
