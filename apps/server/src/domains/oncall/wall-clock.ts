/** A moment as whole microseconds since 1970-01-01T00:00Z. Numbers, because comparing Instants costs 0.5 µs each. */
export type Micros = number;

/** What a wall clock shows, as microseconds since it showed 1970-01-01 00:00. Wall days all have 24 hours. */
export type WallMicros = number;

export const MINUTE: Micros = 60_000_000;
export const HOUR: Micros = 60 * MINUTE;
export const DAY: Micros = 24 * HOUR;

/** Something that stays the same over [start, end), not always the longest such stretch. */
export type Stretch<T> = { readonly value: T; readonly start: Micros; readonly end: Micros };

/** The wall clock of one zone. Remembers the offsets it met, so keep one for a run of near-by questions. */
export type WallClock = {
  /** What the clock shows at a moment. */
  readonly read: (at: Micros) => WallMicros;
  /**
   * The moment at which the clock shows `wall`: the first of two (autumn); where it is skipped (spring) as
   * Temporal's `compatible`, so 02:30 in a gap of one hour is the moment shown as 03:30, and a time on a day
   * that does not exist (Apia, 2011-12-30) is that time on the next day. Never decreasing in steps of a day.
   */
  readonly momentOf: (wall: WallMicros) => Micros;
};

/** The whole microseconds of an instant; finer parts, which PostgreSQL does not keep either, are dropped. */
export function toMicros(instant: Temporal.Instant): Micros {
  return Number(instant.epochNanoseconds / 1000n);
}

/** The instant of a finite number of microseconds. */
export function toInstant(at: Micros): Temporal.Instant {
  return Temporal.Instant.fromEpochNanoseconds(BigInt(at) * 1000n);
}

/** `HH:MM` as a distance from midnight on the clock's face. */
export function timeOfDay(time: string): WallMicros {
  return (Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))) * MINUTE;
}

/** Midnight that begins a `YYYY-MM-DD`, as the clock's face has it, whether or not the zone has that moment. */
export function startOfDate(date: string): WallMicros {
  return Temporal.PlainDate.from(date).toZonedDateTime('UTC').epochMilliseconds * 1000;
}

type OffsetRun = { readonly from: Micros; readonly to: Micros; readonly offset: Micros };

/**
 * The wall clock of an IANA zone; throws RangeError for a name the runtime does not know.
 *
 * Within an offset's run, a day clear of its start, a reading is plain arithmetic: no earlier run can show the
 * same time, since no clock was put back by more than a day. Elsewhere Temporal decides. (Measured: 3 µs by
 * Temporal, 0.02 µs here; a year of a layer with daily active hours asks thousands of times.)
 */
export function wallClock(zone: string): WallClock {
  const runs: OffsetRun[] = [];
  const resolved = new Map<WallMicros, Micros>();
  const runAt = (at: Micros): OffsetRun => {
    const known = runs.find(({ from, to }) => from <= at && at < to);
    if (known !== undefined) return known;
    const run = runAround(zone, at);
    runs.push(run);
    return run;
  };
  return {
    read: (at) => at + runAt(at).offset,
    momentOf: (wall) => {
      const clear = runs.find(({ from, to, offset }) => from + DAY <= wall - offset && wall - offset < to);
      if (clear !== undefined) return wall - clear.offset;
      const moment = resolved.get(wall) ?? resolve(zone, wall);
      resolved.set(wall, moment);
      runAt(moment);
      return moment;
    },
  };
}

function resolve(zone: string, wall: WallMicros): Micros {
  const face = Temporal.Instant.fromEpochMilliseconds(wall / 1000)
    .toZonedDateTimeISO('UTC')
    .toPlainDateTime();
  return face.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds * 1000;
}

/** The stretch of one offset around a moment. `previous` is strictly before, hence asked one microsecond on. */
function runAround(zone: string, at: Micros): OffsetRun {
  const zoned = toInstant(at).toZonedDateTimeISO(zone);
  const next = zoned.getTimeZoneTransition('next');
  const previous = zoned.add({ microseconds: 1 }).getTimeZoneTransition('previous');
  return {
    from: previous === null ? Number.NEGATIVE_INFINITY : previous.epochMilliseconds * 1000,
    to: next === null ? Number.POSITIVE_INFINITY : next.epochMilliseconds * 1000,
    offset: zoned.offsetNanoseconds / 1000,
  };
}

/** The same function, answering from the last stretch it found while the question stays inside it. */
export function remember<T>(find: (at: Micros) => Stretch<T>): (at: Micros) => Stretch<T> {
  let last: Stretch<T> | undefined;
  return (at) => {
    if (last === undefined || at < last.start || at >= last.end) last = find(at);
    return last;
  };
}
