import type { Id, Instant, NotificationKind, Severity } from './model.ts';

/** Between two interruptions of one person, seconds; also between two quiet messages. */
export const GAP_SECONDS = 60;
/** A storm begins at a mark at which this many pages wait for one person. */
export const STORM_PAGES = 5;
/** A storm is over when nothing new came for this long after its last mark; also its widest gap, seconds. */
export const STORM_QUIET_SECONDS = 300;
/** In a storm the marks are at 0, 1 and 3 minutes, then every 5: the gaps after the first, second and later marks. */
const STORM_GAPS_SECONDS = [60, 120] as const;

/** What is stored of a person: the last interruption, and how many marks this storm has had (0: no storm). */
export interface InterruptionState {
  readonly lastAt: Instant | null;
  readonly marks: number;
}

/** A notification of one person that is due and has not been tried yet. */
export interface Waiting {
  readonly id: Id;
  readonly kind: NotificationKind;
  /** The page it tells of; null for what belongs to none. */
  readonly groupId: Id | null;
  readonly methodId: Id;
  readonly severity: Severity;
  readonly dueAt: Instant;
  /** The person has already been told of this very call by another method (a rule with a delay). */
  readonly reminder: boolean;
  /** Another try of what has already been allowed: after a fault, or by the next method. */
  readonly continues: boolean;
}

/** What the person knows already. */
export interface Standing {
  readonly state: InterruptionState;
  /** When the last message went out by each method; a method that is missing has been silent for long. */
  readonly lastToldBy: ReadonlyMap<Id, Instant>;
  /** The worst severity among the pages that they were told of and that are still open, or that the last interruption named. */
  readonly toldSeverity: Severity | null;
}

/** One message to send: the notification that carries it, and those told by it. */
export interface Carrier {
  readonly id: Id;
  readonly methodId: Id;
  readonly folded: readonly Id[];
}

/** Why somebody is told now, or not yet. */
export type InterruptionReason =
  /** Not interrupted before, or not for a while. */
  | 'gap-is-over'
  /** Worse than anything open with them. */
  | 'severity-raised'
  /** A reminder, update or resolve: calm enough for it. */
  | 'follow-up'
  /** A test that the person asked for. */
  | 'asked'
  /** Another try of what has already been allowed. */
  | 'another-try'
  /** Interrupted less than a minute ago. */
  | 'wait-for-gap'
  /** Many pages: told together at the next mark. */
  | 'wait-for-storm-mark'
  | 'nothing-due';

/** What to do with all that waits for one person. Every notification of the input is in exactly one carrier or deferred. */
export interface InterruptionDecision {
  readonly carriers: readonly Carrier[];
  readonly deferred: readonly Id[];
  /** When the deferred are looked at again; null when none is. */
  readonly until: Instant | null;
  /** What to store; the same as before when this was no interruption. */
  readonly state: InterruptionState;
  readonly reason: InterruptionReason;
}

/**
 * Decides whether a person is told now. A page or alarm interrupts: at once when the gap since the last interruption
 * is over or when it is worse than anything open with them; else it waits for that mark. What continues an interruption
 * already allowed goes at once. Reminders, updates and resolves are no interruptions in themselves: they move no mark
 * and delay no page, come at most once a minute by one method, wait for the marks of a storm, and go with a page that
 * goes. Whenever a page goes, all that waits goes, folded into one message a method: nothing waits through two marks,
 * so nothing waits longer than the widest gap.
 */
export function decideInterruption(input: {
  readonly waiting: readonly Waiting[];
  readonly standing: Standing;
  readonly now: Instant;
}): InterruptionDecision {
  const { standing, now } = input;
  const asked = input.waiting.filter((one) => one.kind === 'test');
  const waiting = input.waiting.filter((one) => one.kind !== 'test');
  const loud = waiting.filter((one) => !one.continues && interrupts(one));
  const verdict = judge(loud, standing, now);
  const held = waiting.flatMap((one) => {
    const until = verdict.interrupts || one.continues ? null : interrupts(one) ? verdict.until : calmAt(one, standing);
    return until === null || notAfter(until, now) ? [] : [{ one, id: one.id, until }];
  });
  // What is no interruption in itself rides on any message that goes by its method anyway.
  const heldIds = new Set(held.map((wait) => wait.id));
  const going = new Set(waiting.filter((one) => !heldIds.has(one.id)).map((one) => one.methodId));
  const waits = held.filter(({ one }) => interrupts(one) || !going.has(one.methodId));
  const deferred = new Set(waits.map((one) => one.id));
  const told = waiting.filter((one) => !deferred.has(one.id));
  return {
    carriers: [...asked.map((one) => ({ id: one.id, methodId: one.methodId, folded: [] })), ...carriersOf(told)],
    deferred: [...deferred],
    until: waits.reduce<Instant | null>((first, one) => (first === null ? one.until : earlier(first, one.until)), null),
    state: verdict.interrupts
      ? nextState(
          waiting.filter((one) => !one.continues),
          standing.state,
          now,
        )
      : standing.state,
    reason: reasonOf({ verdict, waiting, asked: asked.length, waits: waits.length, standing }),
  };
}

function reasonOf(seen: {
  readonly verdict: Verdict;
  readonly waiting: readonly Waiting[];
  readonly asked: number;
  readonly waits: number;
  readonly standing: Standing;
}): InterruptionReason {
  const { verdict, waiting, asked, waits, standing } = seen;
  if (verdict.interrupts) return verdict.reason;
  if (waits > 0) return standing.state.marks > 0 ? 'wait-for-storm-mark' : 'wait-for-gap';
  if (waiting.length === 0) return asked > 0 ? 'asked' : 'nothing-due';
  return waiting.every((one) => one.continues) ? 'another-try' : 'follow-up';
}

/** The gap after the last interruption, seconds. */
export function gapSeconds({ marks }: InterruptionState): number {
  if (marks === 0) return GAP_SECONDS;
  return STORM_GAPS_SECONDS[marks - 1] ?? STORM_QUIET_SECONDS;
}

interface Verdict {
  readonly interrupts: boolean;
  readonly until: Instant | null;
  readonly reason: InterruptionReason;
}

function judge(loud: readonly Waiting[], { state, toldSeverity }: Standing, now: Instant): Verdict {
  if (loud.length === 0) return { interrupts: false, until: null, reason: 'nothing-due' };
  const mark = markOf(state);
  if (mark === null || notAfter(mark, now)) return { interrupts: true, until: null, reason: 'gap-is-over' };
  if (toldSeverity !== null && loud.some((one) => one.severity < toldSeverity)) {
    return { interrupts: true, until: null, reason: 'severity-raised' };
  }
  return { interrupts: false, until: mark, reason: state.marks > 0 ? 'wait-for-storm-mark' : 'wait-for-gap' };
}

function markOf(state: InterruptionState): Instant | null {
  return state.lastAt && after(state.lastAt, gapSeconds(state));
}

/** When something that does not interrupt may go on its own: a minute after the last message by its method; in a storm at its marks. */
function calmAt(one: Waiting, { state, lastToldBy }: Standing): Instant | null {
  const last = lastToldBy.get(one.methodId);
  return latest(state.marks > 0 ? markOf(state) : null, last ? after(last, GAP_SECONDS) : null);
}

/** Reminders, updates and resolves are no interruptions in themselves. */
function interrupts(one: Waiting): boolean {
  return one.kind === 'alarm' || (one.kind === 'page' && !one.reminder);
}

/**
 * A storm begins at a mark at which many pages wait; when they had to wait for it, the interruption before was the
 * storm's first mark and this is its second. It goes on until nothing new came for five minutes after a mark.
 */
function nextState(waiting: readonly Waiting[], state: InterruptionState, now: Instant): InterruptionState {
  const { lastAt, marks } = state;
  const oldest = waiting.filter(interrupts).reduce((first, one) => earlier(first, one.dueAt), now);
  const cameWithin = (seconds: number) => lastAt !== null && !notAfter(after(lastAt, seconds), oldest);
  if (marks > 0 && cameWithin(STORM_QUIET_SECONDS)) return { lastAt: now, marks: Math.min(marks + 1, 1000) };
  const pages = new Set(waiting.filter((one) => one.kind !== 'resolved').map((one) => one.groupId ?? one.id));
  if (pages.size < STORM_PAGES) return { lastAt: now, marks: 0 };
  return { lastAt: now, marks: cameWithin(gapSeconds(state)) ? 2 : 1 };
}

/** One message a method; the worst and oldest interruption carries it. */
function carriersOf(waiting: readonly Waiting[]): readonly Carrier[] {
  const byMethod = Map.groupBy(waiting.toSorted(byWeight), (one) => one.methodId);
  return [...byMethod].map(([methodId, rows]) => {
    const [first, ...rest] = rows.map((one) => one.id) as [Id, ...Id[]];
    return { id: first, methodId, folded: rest };
  });
}

function byWeight(a: Waiting, b: Waiting): number {
  const loudest = Number(interrupts(b)) - Number(interrupts(a));
  return loudest || a.severity - b.severity || Temporal.Instant.compare(a.dueAt, b.dueAt) || (a.id < b.id ? -1 : 1);
}

function after(at: Instant, seconds: number): Instant {
  return at.add({ seconds });
}

function notAfter(a: Instant, b: Instant): boolean {
  return Temporal.Instant.compare(a, b) <= 0;
}

function earlier(a: Instant, b: Instant): Instant {
  return notAfter(a, b) ? a : b;
}

function latest(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null || b === null) return a ?? b;
  return notAfter(a, b) ? b : a;
}
