import type { Gap, Override, Schedule } from './model.ts';
import { shiftsBetween } from './shifts.ts';
import { mostPieces } from './span.ts';

/** What a schedule does otherwise than its author may think. */
export type ScheduleWarning =
  | { readonly kind: 'unknown-person' | 'inactive-person'; readonly path: string; readonly userId: string }
  | ({ readonly kind: 'coverage-gap' } & Gap);

/** Whether a person exists and takes part. */
export type PersonState = (userId: string) => 'active' | 'inactive' | null;

/** How far ahead a gap is looked for. */
const LOOK_AHEAD = { hours: 28 * 24 };
/** A schedule of more pieces in that time is not looked through on every reading. */
const MOST_LOOKED_AT = 5_000;

/** The warnings of a valid schedule as of `now`: people who cannot be called, and the first gap of the next four weeks. */
export function scheduleWarnings(
  schedule: Schedule,
  person: PersonState,
  now: Temporal.Instant,
): readonly ScheduleWarning[] {
  const members = schedule.layers.flatMap((layer, index) =>
    layer.rotation.members.flatMap((userId, place) =>
      userId === null ? [] : personWarnings(userId, `layers.${index}.rotation.members.${place}`, person),
    ),
  );
  const span = { from: now, to: now.add(LOOK_AHEAD) };
  if (mostPieces(schedule, span) > MOST_LOOKED_AT) return members;
  const [gap] = shiftsBetween(schedule, span.from, span.to).gaps;
  return gap === undefined ? members : [...members, { kind: 'coverage-gap', ...gap }];
}

/** The warnings of an override: who takes over cannot be called. */
export function overrideWarnings({ userId }: Override, person: PersonState): readonly ScheduleWarning[] {
  return personWarnings(userId, 'userId', person);
}

function personWarnings(userId: string, path: string, person: PersonState): readonly ScheduleWarning[] {
  const state = person(userId);
  if (state === 'active') return [];
  return [{ kind: state === null ? 'unknown-person' : 'inactive-person', path, userId }];
}
