import type { Restriction } from './model.ts';
import { DAY, type Micros, remember, type Stretch, timeOfDay, type WallClock } from './wall-clock.ts';

/** The wall clock's first Monday, 1970-01-05: where weekly hours count from. */
const FIRST_MONDAY = 4 * DAY;

/** Occurrences looked at on either side: one for hours that began before, one for a skipped or repeated day. */
const REACH = 2;

type Window = { readonly start: Micros; readonly end: Micros };

/**
 * Whether a layer is in its active hours, and the stretch over which that holds. No restriction: always.
 *
 * Hours open and close at the moments of their two wall times, as hand-offs do: 22:00–06:00 is one unbroken
 * stretch also on the night that has 02:30 twice, and hours that follow each other on the clock leave no hole.
 * Hours that lie in a skipped hour may shrink to nothing that day; what follows them then starts earlier.
 */
export function activeHours(restrictions: readonly Restriction[], clock: WallClock): (at: Micros) => Stretch<boolean> {
  if (restrictions.length === 0) {
    return () => ({ value: true, start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY });
  }
  const finders = restrictions.map((restriction) => windowsOf(restriction, clock));
  return remember((at) => stretchAt(finders, at));
}

function stretchAt(finders: readonly ((at: Micros) => readonly Window[])[], at: Micros): Stretch<boolean> {
  let start = Number.NEGATIVE_INFINITY;
  let end = Number.POSITIVE_INFINITY;
  for (const windowsAround of finders) {
    const windows = windowsAround(at);
    // Between the first opening and the last, these are all the windows there are.
    start = Math.max(start, windows[0]?.start ?? at);
    end = Math.min(end, windows.at(-1)?.start ?? at);
    for (const window of windows) {
      if (window.start >= window.end) continue;
      if (window.start <= at && at < window.end) return { value: true, ...window };
      if (window.end <= at) start = Math.max(start, window.end);
      else end = Math.min(end, window.start);
    }
  }
  return { value: false, start, end };
}

/** The occurrences of one restriction near a moment, in order. */
function windowsOf(restriction: Restriction, clock: WallClock): (at: Micros) => readonly Window[] {
  const { base, length, period } = shapeOf(restriction);
  return (at) => {
    const middle = Math.floor((clock.read(at) - base) / period);
    const found: Window[] = [];
    for (let index = middle - REACH; index <= middle + REACH; index += 1) {
      const opens = base + index * period;
      found.push({ start: clock.momentOf(opens), end: clock.momentOf(opens + length) });
    }
    return found;
  };
}

function shapeOf(restriction: Restriction): { base: number; length: number; period: number } {
  const from = timeOfDay(restriction.from);
  const to = timeOfDay(restriction.to);
  switch (restriction.kind) {
    case 'daily':
      return { base: from, length: wrapped(to - from, DAY), period: DAY };
    case 'weekly': {
      const opens = (restriction.fromWeekday - 1) * DAY + from;
      const closes = (restriction.toWeekday - 1) * DAY + to;
      return { base: FIRST_MONDAY + opens, length: wrapped(closes - opens, 7 * DAY), period: 7 * DAY };
    }
  }
}

function wrapped(length: number, period: number): number {
  return length < 0 ? length + period : length;
}
