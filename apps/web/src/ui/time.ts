/** A length of time as people say it, two units at most: `41 s`, `1 m 19 s`, `2 h 5 m`, `3 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 600 && whole % 60 > 0) return `${Math.floor(whole / 60)} m ${whole % 60} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} m`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} m`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** Epoch milliseconds of a moment as the API writes it. */
export function msOf(at: string): number {
  return Date.parse(at);
}

/** How long ago a moment was. */
export function age(at: string, nowMs: number): string {
  return duration((nowMs - msOf(at)) / 1000);
}

/** Time left as digits of constant width: `03:41`, `1:03:41`; from a day on in words. Never below `00:00`. */
export function countdown(at: string, nowMs: number): string {
  const seconds = Math.max(0, Math.ceil((msOf(at) - nowMs) / 1000));
  if (seconds >= 86_400) return duration(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const tail = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return seconds < 3600 ? tail : `${Math.floor(seconds / 3600)}:${tail}`;
}

/** Whether a countdown is in its last minute, and is drawn so. */
export function isSoon(at: string, nowMs: number): boolean {
  return msOf(at) - nowMs < 60_000;
}

/** How times are written for this reader: their zone, 24 hours. */
export interface TimeWords {
  readonly zone: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, kind: 'second' | 'minute' | 'day' | 'offset'): Intl.DateTimeFormat {
  const key = `${zone}/${kind}`;
  const known = formats.get(key);
  if (known) return known;
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const options: Intl.DateTimeFormatOptions =
    kind === 'second'
      ? { ...clock, second: '2-digit' }
      : kind === 'minute'
        ? clock
        : kind === 'day'
          ? { weekday: 'short', day: 'numeric', month: 'short' }
          : { timeZoneName: 'shortOffset' };
  const made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
  formats.set(key, made);
  return made;
}

/** A moment on the wall clock: `03:07:48` today, else with its day `Wed, 21 Oct 03:07`. */
export function moment(at: string, nowMs: number, { zone }: TimeWords): string {
  const ms = msOf(at);
  const day = format(zone, 'day');
  if (day.format(ms) === day.format(nowMs) && Math.abs(nowMs - ms) < 2 * 86_400_000)
    return format(zone, 'second').format(ms);
  return `${day.format(ms).replace(',', '')} ${format(zone, 'minute').format(ms)}`;
}

/** A moment that is far enough for minutes: `17:00` today, `Fri 23 Oct 17:00` otherwise. */
export function dayTime(at: string, nowMs: number, { zone }: TimeWords): string {
  const ms = msOf(at);
  const day = format(zone, 'day');
  const clock = format(zone, 'minute').format(ms);
  return day.format(ms) === day.format(nowMs) && Math.abs(nowMs - ms) < 2 * 86_400_000
    ? clock
    : `${day.format(ms).replace(',', '')} ${clock}`;
}

/** The sentence that names the zone, once a page: `Times in Europe/Lisbon (GMT+1).` */
export function zoneSentence(nowMs: number, { zone }: TimeWords): string {
  const offset = format(zone, 'offset')
    .formatToParts(nowMs)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const name = zone.replaceAll('_', ' ');
  return offset === undefined || offset === name
    ? `Times in ${name}.`
    : `Times in ${name} (${offset.replace('GMT', 'UTC')}).`;
}
