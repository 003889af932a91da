import { finalLine, type Slot } from './final-line.ts';
import type { Gap, Schedule, Shift, Shifts } from './model.ts';
import { sameShift } from './who.ts';
import { type Micros, type Stretch, toInstant, toMicros } from './wall-clock.ts';

/**
 * The final schedule over [from, to): shifts and gaps, cut at both ends, neighbours that are equal merged.
 * Each piece is found from the one before, so the cost follows the number of changes, not of minutes. A year
 * was measured at 0.1 ms for a weekly layer (53 shifts), 3 ms for four layers with active hours (1,215 pieces),
 * 12 ms for four layers of hourly turns (4,955); callers bound the interval.
 */
export function shiftsBetween(schedule: Schedule, from: Temporal.Instant, to: Temporal.Instant): Shifts {
  const line = finalLine(schedule);
  const shifts: Shift[] = [];
  const gaps: Gap[] = [];
  for (const { value, start, end } of merged(line.at, toMicros(from), toMicros(to))) {
    const interval = { from: toInstant(start), to: toInstant(end) };
    if (value === null) gaps.push({ ...interval, reason: line.gapReason(start) });
    else shifts.push({ ...value, ...interval });
  }
  return { shifts, gaps };
}

function* merged(lineAt: (at: Micros) => Stretch<Slot>, from: Micros, to: Micros): Generator<Stretch<Slot>> {
  let start = from;
  for (let at = from; at < to; ) {
    const { value, end } = lineAt(at);
    const next = end < to ? lineAt(end).value : undefined;
    if (next === undefined || !sameShift(value, next)) {
      yield { value, start, end: Math.min(end, to) };
      start = end;
    }
    at = end;
  }
}
