import type { DisabledReason, Instant, TryResult } from './model.ts';

/** Waits between tries of a receiver that fails, seconds; then the last one again and again. */
const WAITS = [10, 30, 60, 300, 900, 1_800, 3_600] as const;
/** The longest wait, also when a receiver asks for more. */
const LONGEST_WAIT = 3_600;
/** A delivery is given up this long after it was queued. */
export const GIVE_UP_HOURS = 48;
/** A receiver that took nothing for this long is switched off. */
export const SWITCH_OFF_HOURS = 5 * 24;

/** Where a subscription stands before a try. */
export interface Standing {
  /** Tries in a row that failed. */
  readonly failures: number;
  readonly failingSince: Instant | null;
}

/** What follows from a try: for the delivery, for its subscription, and when the receiver may be called next. */
export interface TryVerdict {
  readonly delivery: 'delivered' | 'waiting' | 'failed';
  readonly standing: Standing;
  readonly wakeAt: Instant;
  readonly switchOff: Exclude<DisabledReason, 'by-hand'> | null;
}

/**
 * Decides what follows from a try. The wait belongs to the receiver, not to the delivery: while it fails nothing else
 * is sent to it, so its deliveries keep their order and a thousand that wait do not become a thousand tries.
 */
export function afterTry(
  result: TryResult,
  { before, queuedAt, now }: { readonly before: Standing; readonly queuedAt: Instant; readonly now: Instant },
): TryVerdict {
  if (result.ok)
    return { delivery: 'delivered', standing: { failures: 0, failingSince: null }, wakeAt: now, switchOff: null };
  // We stopped: that says nothing about the receiver.
  if (result.reason === 'aborted') return { delivery: 'waiting', standing: before, wakeAt: now, switchOff: null };
  const standing = { failures: before.failures + 1, failingSince: before.failingSince ?? now };
  const switchOff =
    result.reason === 'gone' ? 'gone' : isOver(standing.failingSince, SWITCH_OFF_HOURS, now) ? 'failing' : null;
  if (!result.retryable) return { delivery: 'failed', standing, wakeAt: now, switchOff };
  const wakeAt = now.add({ seconds: waitOf(standing.failures, result.retryAfterSeconds) });
  const givesUp = switchOff !== null || isOver(queuedAt, GIVE_UP_HOURS, wakeAt);
  return { delivery: givesUp ? 'failed' : 'waiting', standing, wakeAt, switchOff };
}

function waitOf(failures: number, asked: number | null): number {
  const own = WAITS[Math.min(failures, WAITS.length) - 1] ?? LONGEST_WAIT;
  return Math.min(Math.max(own, asked ?? 0), LONGEST_WAIT);
}

const isOver = (since: Instant, hours: number, now: Instant) =>
  Temporal.Instant.compare(since.add({ hours }), now) <= 0;
