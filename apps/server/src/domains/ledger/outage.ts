import type { Instant } from './model.ts';
import { lateSeconds } from './model.ts';

/** A database that is away this long (seconds) is told by the emergency channel. */
export const SILENT_SECONDS = 60;
/** Failed looks before anything is told: a node that was frozen may fail once at its first look after the thaw. */
const LEAST_FAILURES = 3;
/** Seconds until a message that nobody took is tried again. */
const RETRY_SECONDS = 30;

/** What this process knows of the database. Lives in memory: it must work when nothing else does. */
export interface OutageState {
  /** When the first failed look of this outage began; null while the database answers. */
  readonly since: Instant | null;
  readonly failures: number;
  /** The outage that was told and whose end has not been: its beginning. */
  readonly told: Instant | null;
  /** When to try again to tell what nobody took. */
  readonly retryAt: Instant | null;
}

/** The database has answered so far. */
export const noOutage: OutageState = { since: null, failures: 0, told: null, retryAt: null };

/** One look at the database. */
export interface Look {
  readonly ok: boolean;
  readonly at: Instant;
}

export type OutageReason =
  | 'database-answers'
  | 'not-long-enough'
  | 'gone-for-60-s'
  | 'told-already'
  | 'back'
  | 'waits-to-try-again';

/** What a look means: what to say, if anything, and why. */
export interface OutageDecision {
  readonly state: OutageState;
  readonly speak: { readonly what: 'gone' | 'back'; readonly since: Instant } | null;
  readonly reason: OutageReason;
}

/**
 * Decides what one look at the database means: after 60 s without it this node speaks once, and once more when it is
 * back. Call `spoken` with whether anybody took the message; until then it stays owed.
 */
export function decideOutage(state: OutageState, look: Look): OutageDecision {
  return look.ok ? whenAnswering(state, look.at) : whenSilent(state, look.at);
}

function whenAnswering(state: OutageState, at: Instant): OutageDecision {
  const well = { ...state, since: null, failures: 0 };
  if (state.told === null) return { state: noOutage, speak: null, reason: 'database-answers' };
  if (isBefore(at, state.retryAt)) return { state: well, speak: null, reason: 'waits-to-try-again' };
  return { state: well, speak: { what: 'back', since: state.told }, reason: 'back' };
}

function whenSilent(state: OutageState, at: Instant): OutageDecision {
  const since = state.since ?? at;
  const silent = { ...state, since, failures: state.failures + 1 };
  if (state.told !== null) return { state: silent, speak: null, reason: 'told-already' };
  if (silent.failures < LEAST_FAILURES || lateSeconds(since, at) < SILENT_SECONDS)
    return { state: silent, speak: null, reason: 'not-long-enough' };
  if (isBefore(at, state.retryAt)) return { state: silent, speak: null, reason: 'waits-to-try-again' };
  return { state: silent, speak: { what: 'gone', since }, reason: 'gone-for-60-s' };
}

const isBefore = (at: Instant, other: Instant | null) => other !== null && Temporal.Instant.compare(at, other) < 0;

/** The state after something was said: whether at least one way took it. */
export function spoken(
  state: OutageState,
  outcome: { readonly what: 'gone' | 'back'; readonly since: Instant; readonly ok: boolean; readonly at: Instant },
): OutageState {
  if (!outcome.ok) return { ...state, retryAt: outcome.at.add({ seconds: RETRY_SECONDS }) };
  return { ...state, told: outcome.what === 'gone' ? outcome.since : null, retryAt: null };
}
