import type { WordedFault } from './draft.ts';
import { isBefore, isCalculable } from './instants.ts';
import type { Layer, Schedule } from './model.ts';

/** The time that a screen asks for: [from, to). */
export type Span = { readonly from: Temporal.Instant; readonly to: Temporal.Instant };

/** Longest time that one answer covers. */
export const LONGEST_SPAN_DAYS = 366;
/** More pieces than this are not calculated for one answer: 0.1 to 0.2 s, in which nobody else is served. */
export const MOST_PIECES = 50_000;

const HOURS_OF = { hours: 1, days: 24, weeks: 168 } as const;

/** What is wrong with an asked time; `prefix` stands before the names `from` and `to`. */
export function spanFaults({ from, to }: Span, prefix: string): readonly WordedFault[] {
  const outside = (name: string, at: Temporal.Instant): readonly WordedFault[] =>
    isCalculable(at) ? [] : [{ path: prefix + name, message: 'lies outside the years 1970 to 2199' }];
  if (!isBefore(from, to)) return [{ path: `${prefix}to`, message: 'is not after from' }];
  const tooLong = hoursOf({ from, to }) > LONGEST_SPAN_DAYS * 24;
  const long = tooLong ? [{ path: `${prefix}to`, message: `is more than ${LONGEST_SPAN_DAYS} days after from` }] : [];
  return [...outside('from', from), ...outside('to', to), ...long];
}

/** What is wrong with asking a valid schedule for this time: more pieces than one answer may hold. */
export function sizeFaults(schedule: Schedule, span: Span, prefix: string): readonly WordedFault[] {
  if (mostPieces(schedule, span) <= MOST_PIECES) return [];
  return [{ path: `${prefix}to`, message: 'covers too many shifts for one answer; ask for a shorter time' }];
}

/** An upper bound of the pieces that the layers and overrides of a valid schedule fall into over a time. */
export function mostPieces({ layers, overrides }: Schedule, span: Span): number {
  return layers.reduce((sum, layer) => sum + mostOfLayer(layer, hoursOf(span)), 2 * overrides.length + 1);
}

function mostOfLayer({ rotation, restrictions }: Layer, hours: number): number {
  const turns = hours / (rotation.length * HOURS_OF[rotation.unit]) + 2;
  // An opening and a closing a day or week; a day may have 23 hours.
  const openings = restrictions.reduce((sum, { kind }) => sum + 2 * (hours / (kind === 'daily' ? 23 : 167) + 2), 0);
  return turns + openings;
}

function hoursOf({ from, to }: Span): number {
  return (to.epochMilliseconds - from.epochMilliseconds) / 3_600_000;
}
