import type { WordedFault } from './draft.ts';
import { isBefore, isCalculable } from './instants.ts';
import type { Override } from './model.ts';

/** What a person asks for, times read; no start means at once. */
export type OverrideRequest = Pick<Override, 'userId' | 'replacesUserId' | 'endsAt'> & {
  readonly startsAt: Temporal.Instant | null;
};

/** The moment, and what the schedule's overrides are under its lock. */
export type OverrideMoment = {
  readonly id: string;
  readonly now: Temporal.Instant;
  /** When the newest override of the schedule was made; null when it has none. */
  readonly newestCreatedAt: Temporal.Instant | null;
};

/**
 * The override that a request becomes. It changes what will be, never what was, so a past start becomes now; and it is
 * the newest also where another process's clock ran ahead, so that it wins where it overlaps.
 */
export function planOverride(request: OverrideRequest, { id, now, newestCreatedAt }: OverrideMoment): Override {
  const { userId, replacesUserId, endsAt } = request;
  const startsAt = request.startsAt === null || isBefore(request.startsAt, now) ? now : request.startsAt;
  const createdAt =
    newestCreatedAt === null || isBefore(newestCreatedAt, now) ? now : newestCreatedAt.add({ microseconds: 1 });
  return { id, userId, replacesUserId, startsAt, endsAt, createdAt };
}

/** What is wrong with an override that was planned. */
export function overrideFaults(override: Override): readonly WordedFault[] {
  const { userId, replacesUserId, startsAt, endsAt } = override;
  const outside = (path: string, at: Temporal.Instant): readonly WordedFault[] =>
    isCalculable(at) ? [] : [{ path, message: 'lies outside the years 1970 to 2199' }];
  return [
    ...(userId === replacesUserId ? [{ path: 'replacesUserId', message: 'is the person who takes over' }] : []),
    ...outside('startsAt', startsAt),
    ...outside('endsAt', endsAt),
    ...(isBefore(startsAt, endsAt) ? [] : [{ path: 'endsAt', message: 'is not after its start and after now' }]),
  ];
}

/** What deleting an override does: what has begun is kept, as history. */
export type OverrideEnd =
  | { readonly outcome: 'removed'; readonly reason: 'not-begun' }
  | { readonly outcome: 'ended'; readonly reason: 'running'; readonly endsAt: Temporal.Instant }
  | { readonly outcome: 'unchanged'; readonly reason: 'already-ended' };

/** Decides what deleting an override does at `now`. A second delete finds it ended and changes nothing. */
export function endOverride({ startsAt, endsAt }: Override, now: Temporal.Instant): OverrideEnd {
  if (!isBefore(now, endsAt)) return { outcome: 'unchanged', reason: 'already-ended' };
  if (!isBefore(startsAt, now)) return { outcome: 'removed', reason: 'not-begun' };
  return { outcome: 'ended', reason: 'running', endsAt: now };
}
