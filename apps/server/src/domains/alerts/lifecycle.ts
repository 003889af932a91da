import type { AlertChange, AlertState, LifecycleReason, Severity } from './model.ts';

/** What can happen to an alert. `expire` is the sweeper's, `hand` a person's; the others come from the source. */
export type AlertEvent =
  | {
      readonly kind: 'firing';
      readonly startsAtMs: number;
      readonly endsAtMs: number;
      readonly endsAtIsTimeout: boolean;
      readonly severity: Severity;
    }
  | { readonly kind: 'resolved'; readonly startsAtMs: number; readonly endsAtMs: number }
  | { readonly kind: 'expire'; readonly marginMs: number }
  | { readonly kind: 'hand'; readonly by: `user:${string}` | `system:${string}` };

/** The outcome of one event: what happens to the present alert, and whether a new one opens beside it. */
export interface Transition {
  readonly reason: LifecycleReason;
  /** Changes of the present alert, to be stored and applied. */
  readonly changes: readonly AlertChange[];
  /** A new alert opens (the present one, if any, is no longer current). */
  readonly opens: Extract<AlertChange, { kind: 'opened' }> | null;
  /** The event counts as a sighting: count, last-seen and the newest end move. */
  readonly seen: boolean;
}

const nothing = (reason: LifecycleReason, seen = false): Transition => ({ reason, changes: [], opens: null, seen });

/**
 * Decides what an event does to the current alert of its identity (null: none).
 *
 * | present         | firing                    | resolved           | expire (past end + margin) | hand          |
 * |-----------------|---------------------------|--------------------|----------------------------|---------------|
 * | none            | opens                     | ignored            | ignored                    | ignored       |
 * | firing          | repeat; earlier start wins| resolved by source | resolved by expiry         | held          |
 * | held (by hand)  | stays; opens if it began  | released           | released                   | ignored       |
 * |                 | after the hand's resolve  |                    |                            |               |
 *
 * A resolve that ended before the present episode began belongs to an earlier one and is ignored. Two replicas of one
 * source send different startsAt for one episode: only a start after the hand's resolve is a new episode.
 */
export function decideLifecycle(present: AlertState | null, event: AlertEvent, nowMs: number): Transition {
  if (!present?.current) return withoutAlert(event);
  return present.status === 'firing' ? whileFiring(present, event, nowMs) : whileHeld(present, event, nowMs);
}

function withoutAlert(event: AlertEvent): Transition {
  if (event.kind === 'firing') return { ...nothing('opened'), opens: opening(event) };
  return nothing(event.kind === 'resolved' ? 'resolve-without-alert' : 'already-resolved');
}

function whileFiring(present: AlertState, event: AlertEvent, nowMs: number): Transition {
  switch (event.kind) {
    case 'firing': {
      if (event.startsAtMs >= present.startsAtMs) return nothing('repeated', true);
      return { ...nothing('began-earlier', true), changes: [{ kind: 'began-earlier', startsAtMs: event.startsAtMs }] };
    }
    case 'resolved': {
      if (endedBefore(present, event)) return nothing('resolve-of-earlier-episode');
      return { ...nothing('resolved-by-source', true), changes: [{ kind: 'resolved', by: 'source', current: false }] };
    }
    case 'expire': {
      if (present.endsAtMs + event.marginMs > nowMs) return nothing('not-yet-expired');
      return { ...nothing('expired'), changes: [{ kind: 'resolved', by: 'expiry', current: false }] };
    }
    case 'hand':
      return { ...nothing('resolved-by-hand'), changes: [{ kind: 'resolved', by: event.by, current: true }] };
  }
}

function whileHeld(present: AlertState, event: AlertEvent, nowMs: number): Transition {
  switch (event.kind) {
    case 'firing': {
      if (event.startsAtMs <= (present.resolvedAtMs ?? nowMs)) return nothing('held-by-hand', true);
      return {
        reason: 'opened-after-hand-resolve',
        changes: [{ kind: 'released', by: 'source' }],
        opens: opening(event),
        seen: false,
      };
    }
    case 'resolved':
      if (endedBefore(present, event)) return nothing('resolve-of-earlier-episode');
      return { ...nothing('released-by-source', true), changes: [{ kind: 'released', by: 'source' }] };
    case 'expire': {
      if (present.endsAtMs + event.marginMs > nowMs) return nothing('not-yet-expired');
      return { ...nothing('expired'), changes: [{ kind: 'released', by: 'expiry' }] };
    }
    case 'hand':
      return nothing('already-resolved');
  }
}

/** A source repeats its resolves: one that ended before this episode began is about an earlier one. */
function endedBefore(present: AlertState, event: { readonly startsAtMs: number; readonly endsAtMs: number }): boolean {
  return event.startsAtMs < present.startsAtMs && event.endsAtMs < present.startsAtMs;
}

function opening(event: Extract<AlertEvent, { kind: 'firing' }>): Extract<AlertChange, { kind: 'opened' }> {
  return { kind: 'opened', startsAtMs: event.startsAtMs, severity: event.severity };
}

/** The end that stands after a sighting: an end that the source named beats a timeout of ours, else the newest. */
export function mergedEnd(
  present: Pick<AlertState, 'endsAtMs' | 'endsAtIsTimeout'>,
  seen: Pick<AlertState, 'endsAtMs' | 'endsAtIsTimeout'>,
): Pick<AlertState, 'endsAtMs' | 'endsAtIsTimeout'> {
  if (present.endsAtIsTimeout !== seen.endsAtIsTimeout) {
    const named = present.endsAtIsTimeout ? seen : present;
    // A named end that has passed says nothing about a source that goes on without naming one.
    const unnamed = present.endsAtIsTimeout ? present : seen;
    return named === seen || named.endsAtMs >= unnamed.endsAtMs ? named : unnamed;
  }
  return seen.endsAtMs >= present.endsAtMs ? seen : present;
}
