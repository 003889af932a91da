import type { ChannelFailure, SendResult } from './adapters/channel.ts';
import type { Id, Instant, NotificationKind, NotificationState } from './model.ts';

/** Gaps before the second, third … try, seconds; the last one repeats. */
const BACK_OFF_SECONDS = [15, 30, 60, 120, 240, 300] as const;
/** A peer's own wish is honoured up to this, seconds: a page may not sleep because a receiver says so. */
export const LONGEST_RETRY_AFTER_SECONDS = 300;
/**
 * After this many failed tries the next method is called too, while this one goes on trying: a peer that is down is
 * passed over within 30 s (5 s + 15 s + 5 s).
 */
export const TRIES_BEFORE_NEXT_METHOD = 2;
/** Asked again after these tries too: a sender may have died in the second. Asking twice finds the same answer. */
const TRIES_UNTIL_NEXT_METHOD = 4;
/** A peer that wants to be left alone for longer than the first gap is passed over at once: its second try would come too late for the next method. */
const PATIENCE_SECONDS = BACK_OFF_SECONDS[0];
/** Tries in all. Pages go on for about four hours; what is quiet or asked for is worth less. */
const TRIES: Readonly<Record<NotificationKind, number>> = { page: 50, alarm: 50, update: 15, resolved: 15, test: 3 };

/** One try that has ended. `attempt` counts from 1. */
export interface Attempt {
  readonly kind: NotificationKind;
  readonly attempt: number;
  readonly result: SendResult;
  readonly now: Instant;
}

/** What becomes of the message after a try. */
export type AttemptVerdict =
  | { readonly kind: 'sent' }
  | { readonly kind: 'retry'; readonly at: Instant; readonly because: ChannelFailure }
  | { readonly kind: 'failed'; readonly end: 'refused' | 'gave-up'; readonly because: ChannelFailure };

/** Decides after a try. Our own stop is no fault of the channel: the same call is made again at once. */
export function afterAttempt({ kind, attempt, result, now }: Attempt): AttemptVerdict {
  if (result.ok) return { kind: 'sent' };
  const because = result.reason;
  if (because === 'aborted') return { kind: 'retry', at: now, because };
  if (!result.retryable) return { kind: 'failed', end: 'refused', because };
  if (attempt >= TRIES[kind]) return { kind: 'failed', end: 'gave-up', because };
  const wish = Math.min(Math.max(result.retryAfterSeconds ?? 0, 0), LONGEST_RETRY_AFTER_SECONDS);
  const gap = BACK_OFF_SECONDS[attempt - 1] ?? (BACK_OFF_SECONDS.at(-1) as number);
  return { kind: 'retry', at: now.add({ seconds: Math.max(gap, Math.ceil(wish)) }), because };
}

/**
 * Whether the next method is to be called for one notification of a failed message, by its own count of tries: when it
 * was refused, or from its second failed try on, or from the first when the second would come too late. Several are folded into one message, each with a count of its own.
 */
export function callsNext({ kind, attempt, result }: Omit<Attempt, 'now'>): boolean {
  if (result.ok || result.reason === 'aborted' || (kind !== 'page' && kind !== 'alarm')) return false;
  return (
    !result.retryable ||
    result.reason === 'circuit-open' ||
    ((attempt >= TRIES_BEFORE_NEXT_METHOD || isPutOff(result)) && attempt <= TRIES_UNTIL_NEXT_METHOD)
  );
}

function isPutOff({ retryAfterSeconds = 0 }: Extract<SendResult, { ok: false }>): boolean {
  return retryAfterSeconds > PATIENCE_SECONDS;
}

/** Another notification of the same call: same run, round, step and person. */
export interface Sibling {
  readonly id: Id;
  readonly methodId: Id;
  readonly state: NotificationState;
  readonly attempts: number;
  readonly dueAt: Instant;
}

/** A method by which the person can be reached now. */
export interface ReachableMethod {
  readonly id: Id;
  readonly channel: string;
}

/** Whom to call instead, and why nobody. */
export type NextMethod =
  /** The person's own next one is due now. */
  | { readonly kind: 'bring-forward'; readonly id: Id }
  /** A method that this step had not meant to use. */
  | { readonly kind: 'queue'; readonly methodId: Id; readonly channel: string }
  /** Another method has told them, or is just being tried: its own outcome decides. */
  | { readonly kind: 'none-needed'; readonly why: 'told-otherwise' | 'under-way' }
  /** Nothing is left: escalate now. */
  | { readonly kind: 'exhausted' };

/**
 * Chooses what follows a failed method: the person's next queued one, brought forward; else any other method that
 * this step has not used, on another channel first; else the step is exhausted.
 */
export function nextMethod(failed: {
  readonly channel: string;
  readonly siblings: readonly Sibling[];
  readonly reachable: readonly ReachableMethod[];
}): NextMethod {
  const { siblings } = failed;
  if (siblings.some((one) => one.state === 'sent')) return { kind: 'none-needed', why: 'told-otherwise' };
  if (siblings.some((one) => one.state === 'leased')) return { kind: 'none-needed', why: 'under-way' };
  const untried = siblings.filter((one) => one.state === 'queued' && one.attempts === 0).toSorted(byDue);
  if (untried[0]) return { kind: 'bring-forward', id: untried[0].id };
  const used = new Set(siblings.map((one) => one.methodId));
  const unused = failed.reachable.filter((method) => !used.has(method.id));
  const next = unused.find((method) => method.channel !== failed.channel) ?? unused[0];
  if (next) return { kind: 'queue', methodId: next.id, channel: next.channel };
  // Tried once and waiting for its second try: should that fail too, it asks this question again.
  if (siblings.some((one) => one.state === 'queued' && one.attempts < TRIES_BEFORE_NEXT_METHOD))
    return { kind: 'none-needed', why: 'under-way' };
  return { kind: 'exhausted' };
}

function byDue(a: Sibling, b: Sibling): number {
  return Temporal.Instant.compare(a.dueAt, b.dueAt) || (a.id < b.id ? -1 : 1);
}
