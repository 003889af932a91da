import type { Id, Instant, Payload, Phase } from './model.ts';
import { isOverdue, lateSeconds } from './model.ts';

/** One row that breaks an invariant: which, how, and what was found there. */
export interface Violation {
  readonly id: Id;
  readonly what: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

const violation = (id: Id, what: string, evidence: Violation['evidence']): readonly Violation[] => [
  { id, what, evidence },
];
const none: readonly Violation[] = [];

/** Ends of a run after which alerts may fire on without a call, because a person said so. */
const REASONS_NOT_TO_CALL = new Set(['ended-by-hand', 'resolved-by-hand']);

/** Whether a run's stored end is a reason for a firing page to call nobody. */
export function isReasonNotToCall(endReason: Payload | null): boolean {
  return typeof endReason?.['kind'] === 'string' && REASONS_NOT_TO_CALL.has(endReason['kind']);
}

/** A firing alert and one route of its own that pages, with the page it should have. */
export interface AccountedRow {
  readonly alertId: Id;
  readonly groupId: Id | null;
  readonly groupOpen: boolean | null;
  readonly wakeAt: Instant | null;
  readonly liveRun: boolean;
  /** Why the newest run ended; null when there is none or it lives. */
  readonly endReason: Payload | null;
  /** The page says that all of it is muted, and by what. */
  readonly muted: boolean;
}

/**
 * Invariant 1: every firing alert whose route pages has a live run, a wake-up that will decide it, or a stored reason
 * why not. A mute is a reason only together with the wake-up that asks again. Fails when a page was never opened or closed over a firing alert, when its wake-up was dropped, or when
 * nobody takes wake-ups.
 */
export function checkAccounted(row: AccountedRow, now: Instant): readonly Violation[] {
  const { alertId, groupId, groupOpen, wakeAt, liveRun, endReason, muted } = row;
  if (liveRun || isReasonNotToCall(endReason)) return none;
  if (wakeAt !== null && !isOverdue(wakeAt, now)) return none;
  const evidence = { groupId, wakeAt: wakeAt?.toString() ?? null, endReason };
  if (groupId === null || groupOpen === null)
    return violation(alertId, 'fires by a route that pages, but has no page', evidence);
  if (wakeAt !== null)
    return violation(alertId, `its wake-up is ${Math.floor(lateSeconds(wakeAt, now))} s late`, evidence);
  if (groupOpen && muted) return violation(alertId, 'is muted without a wake-up that asks again', evidence);
  const what = groupOpen ? 'has no live run, no wake-up and no stored reason' : 'still fires, but its page is closed';
  return violation(alertId, what, evidence);
}

/** A run with the wake-up of its page. */
export interface RunRow {
  readonly id: Id;
  readonly groupId: Id;
  readonly live: boolean;
  readonly phase: Phase;
  readonly endedAt: Instant | null;
  readonly endReason: Payload | null;
  readonly groupFound: boolean;
  readonly runAt: Instant | null;
  /** Live runs of the same page, this one included. */
  readonly liveOfGroup: number;
}

/**
 * Invariant 2: a live run has exactly one wake-up, and a run that is not live says when and why it ended. Fails when a
 * decision forgot to arm the page, when a page was lost under its run, or when two runs share one wake-up.
 */
export function checkRun(row: RunRow): readonly Violation[] {
  const { id, live, phase, endedAt, endReason, groupFound, runAt, liveOfGroup } = row;
  const evidence = { groupId: row.groupId, phase, runAt: runAt?.toString() ?? null };
  if (live !== (phase !== 'ended'))
    return violation(id, `is ${live ? 'live' : 'not live'} in phase ${phase}`, evidence);
  if (!live)
    return endedAt !== null && endReason !== null ? none : violation(id, 'ended without time or reason', evidence);
  if (!groupFound) return violation(id, 'is live, but its page is gone', evidence);
  if (runAt === null) return violation(id, 'is live without a wake-up', evidence);
  if (liveOfGroup > 1)
    return violation(id, `shares its page's wake-up with ${liveOfGroup - 1} other live run`, evidence);
  return endedAt === null ? none : violation(id, 'is live, but has ended', evidence);
}

/** A notification with what its attempts say. Digests are SHA-256 of the message's stored text, hex. */
export interface NotificationRow {
  readonly id: Id;
  readonly state: string;
  readonly wakeAt: Instant | null;
  readonly lease: Id | null;
  readonly sentAt: Instant | null;
  readonly endReason: Payload | null;
  readonly carrierId: Id | null;
  readonly carrierState: string | null;
  readonly attempts: number;
  readonly messageDigest: string | null;
  readonly begun: number;
  readonly accepted: number;
  /** What each begun call said it would send (`sha256:…` in its detail); empty where the sender does not say. */
  readonly begunDigests: readonly string[];
}

/**
 * Invariant 3: a notification is in exactly one state, and every column agrees with it. Fails when a sender marked a
 * row sent without the provider's yes, lost a lease's owner, ended a row without saying why, or let the provider take it
 * twice with our knowledge. (Two rows of one call are found by `duplicateCalls` in adapters/stored-rows.ts.)
 */
export function checkNotification(row: NotificationRow): readonly Violation[] {
  const what = stateFault(row);
  const { id, state, wakeAt, lease, sentAt, carrierId, accepted } = row;
  if (what === null) return none;
  return violation(id, what, {
    state,
    wakeAt: wakeAt?.toString() ?? null,
    lease,
    sentAt: sentAt?.toString() ?? null,
    carrierId,
    accepted,
  });
}

function stateFault(row: NotificationRow): string | null {
  const { state, wakeAt, lease, sentAt, endReason, carrierId, carrierState, accepted } = row;
  const pending = state === 'queued' || state === 'leased';
  if (pending !== (wakeAt !== null)) return pending ? 'waits without a wake-up' : 'has ended, but will wake';
  if (accepted > 1) return `was taken by the provider ${accepted} times`;
  if (pending) {
    if (sentAt !== null) return 'waits, but was sent';
    if (accepted > 0) return 'waits, but the provider has taken it';
    return state === 'leased' && lease === null ? 'is leased to nobody' : null;
  }
  if (state !== 'sent') {
    if (sentAt !== null) return `is ${state}, but was sent`;
    return endReason === null ? `is ${state} without a reason` : null;
  }
  if (sentAt === null) return 'is sent without a time';
  if (carrierId !== null) return carrierState === 'sent' ? null : 'is told by a message that was not sent';
  return accepted === 0 ? 'is sent, but no provider has taken it' : null;
}

/**
 * Invariant 10: a notification is rendered at its first claim and stored; a retry sends the stored text. Fails when a
 * call was begun or ended well with no stored message, or when two tries of one row name different texts.
 */
export function checkMessage(row: NotificationRow): readonly Violation[] {
  const { id, state, carrierId, messageDigest, begun, begunDigests, attempts } = row;
  const evidence = { state, attempts, messageDigest, begunDigests };
  if (carrierId !== null) return none;
  if (messageDigest === null && (state === 'sent' || begun > 0))
    return violation(id, 'was called for without a stored message', evidence);
  if (new Set(begunDigests).size > 1) return violation(id, 'was sent with different texts', evidence);
  const differs = messageDigest !== null && begunDigests.some((digest) => digest !== messageDigest);
  return differs ? violation(id, 'stores another text than the one that was sent', evidence) : none;
}
