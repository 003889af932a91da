import { type RawBuilder, sql } from 'kysely';

/** Beyond this difference between our clock and the database's, a tick decides nothing (design.md section 3). */
const TRUSTED_DRIFT_MS = 2_000;

/**
 * The one source of time. Each request, job or tick reads it once and passes `now` down, into SQL too.
 * Instants are whole microseconds, PostgreSQL's precision: nanoseconds would change in a round trip.
 */
export interface Clock {
  now(): Temporal.Instant;
  /** The same moment as whole epoch milliseconds, for the hot intake path. */
  epochMs(): number;
  /** SQL for the database's own clock; a claim returns it so that `agrees` can be asked. */
  databaseNow(): RawBuilder<Temporal.Instant>;
  /** True when the database's clock, just read, is within 2 s of ours; false re-anchors (the tick must decide nothing). */
  agrees(databaseTime: Temporal.Instant): boolean;
  /** Resolves at `until` or when the signal aborts, whichever is first. Never rejects. */
  sleep(until: Temporal.Instant, signal: AbortSignal): Promise<void>;
}

/** Production's clock: the database's, carried by the monotonic one. It never steps back. */
export interface AnchoredClock extends Clock {
  /** Takes a reading of the database's clock: `databaseTime` was answered between the two monotonic moments (ms). */
  anchor(databaseTime: Temporal.Instant, sentMs: number, answeredMs: number): void;
  /** The monotonic clock's reading, for the two moments of `anchor`. */
  monotonicMs(): number;
  /** How far the last anchor moved the clock, in milliseconds; a metric. */
  lastShiftMs(): number;
}

/** Builds the production clock, anchored to this machine's time until the first database reading arrives. */
export function createClock(): AnchoredClock {
  let anchorMicros = BigInt(Math.round(performance.timeOrigin * 1000));
  let latest = 0n;
  let shift = 0;
  const carried = () => anchorMicros + BigInt(Math.round(performance.now() * 1000));
  const micros = () => {
    const at = carried();
    if (at > latest) latest = at;
    return latest;
  };
  const anchorTo = (databaseMicros: bigint, atMs: number) => {
    const before = anchorMicros;
    anchorMicros = databaseMicros - BigInt(Math.round(atMs * 1000));
    shift = Number(anchorMicros - before) / 1000;
    // A step back of hours (a mended database clock) must not freeze time for hours: only small steps are smoothed.
    if (shift < -TRUSTED_DRIFT_MS) latest = 0n;
  };
  return {
    now: () => new Temporal.Instant(micros() * 1000n),
    epochMs: () => Number(micros() / 1000n),
    databaseNow: () => sql<Temporal.Instant>`clock_timestamp()`,
    agrees(databaseTime) {
      const databaseMicros = databaseTime.epochNanoseconds / 1000n;
      if (Math.abs(Number(databaseMicros - micros())) / 1000 <= TRUSTED_DRIFT_MS) return true;
      anchorTo(databaseMicros, performance.now());
      return false;
    },
    sleep: (until, signal) =>
      sleepUntil(() => Number(until.epochNanoseconds / 1_000_000n) - Number(micros() / 1000n), signal),
    anchor: (databaseTime, sentMs, answeredMs) =>
      anchorTo(databaseTime.epochNanoseconds / 1000n, (sentMs + answeredMs) / 2),
    monotonicMs: () => performance.now(),
    lastShiftMs: () => shift,
  };
}

function sleepUntil(remainingMs: () => number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const ms = Math.max(0, Math.min(remainingMs(), 2 ** 31 - 1));
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** A clock that stands still until it is set, for stories; its database clock can be made to disagree. */
export interface ManualClock extends Clock {
  set(at: Temporal.Instant): void;
  /** The database's clock shows this much more than ours (ms); `agrees` then moves our clock to it. */
  skewDatabase(ms: number): void;
}

/** Builds a manual clock that shows `start`. */
export function createManualClock(start: Temporal.Instant): ManualClock {
  let at = start;
  let skewMs = 0;
  const databaseTime = () => at.add({ milliseconds: skewMs });
  return {
    now: () => at,
    epochMs: () => at.epochMilliseconds,
    databaseNow: () => sql<Temporal.Instant>`${databaseTime()}::timestamptz`,
    agrees(seen) {
      if (Math.abs(seen.epochMilliseconds - at.epochMilliseconds) <= TRUSTED_DRIFT_MS) return true;
      at = seen;
      skewMs = 0;
      return false;
    },
    sleep: (_until, signal) =>
      signal.aborted
        ? Promise.resolve()
        : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
    set(next) {
      at = next;
    },
    skewDatabase(ms) {
      skewMs = ms;
    },
  };
}

/** The later of two instants: after a lock, `at = later(now, last event of that row)`. */
export function later(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) >= 0 ? a : b;
}

/** The earliest of the given instants, nulls aside; null when there is none. */
export function earliest(instants: readonly (Temporal.Instant | null)[]): Temporal.Instant | null {
  let first: Temporal.Instant | null = null;
  for (const at of instants) if (at && (!first || Temporal.Instant.compare(at, first) < 0)) first = at;
  return first;
}

/**
 * Epoch milliseconds of an RFC 3339 text, NaN when it is none or its date does not exist. Fractions beyond the
 * millisecond are cut. Read by character codes: 0.1 µs, where a regular expression took 1.1.
 */
export function parseRfc3339(text: string): number {
  const separators =
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON;
  if (!separators || (text.charCodeAt(10) | 32) !== LETTER_T) return Number.NaN;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  // Date.UTC would read the years 0 to 99 as 1900 to 1999; nothing fires then.
  if (
    !(
      year >= 100 &&
      month >= 1 &&
      month <= 12 &&
      day >= 1 &&
      day <= daysIn(year, month) &&
      hour <= 23 &&
      minute <= 59 &&
      second <= 60
    )
  )
    return Number.NaN;
  let at = 19;
  let ms = 0;
  if (text.charCodeAt(at) === DOT) {
    const from = ++at;
    while (isDigit(text.charCodeAt(at))) at += 1;
    if (at === from) return Number.NaN;
    ms = Number(text.slice(from, Math.min(at, from + 3)).padEnd(3, '0'));
  }
  return Date.UTC(year, month - 1, day, hour, minute, second) + ms - zoneOffsetMs(text, at);
}

const DASH = 45;
const COLON = 58;
const DOT = 46;
const LETTER_T = 116;

const isDigit = (code: number) => code >= 48 && code <= 57;

/** The whole number that `count` digits write; NaN when one is no digit. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i += 1) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return Number.NaN;
    value = value * 10 + code - 48;
  }
  return value;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The offset that stands at `at` and ends the text, in milliseconds; NaN when it is none. */
function zoneOffsetMs(text: string, at: number): number {
  if (text.length === at + 1 && (text.charCodeAt(at) | 32) === 122) return 0;
  const sign = text[at] === '-' ? -1 : text[at] === '+' ? 1 : Number.NaN;
  if (text.length !== at + 6 || text.charCodeAt(at + 3) !== COLON) return Number.NaN;
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  return hours <= 23 && minutes <= 59 ? sign * (hours * 60 + minutes) * 60_000 : Number.NaN;
}
