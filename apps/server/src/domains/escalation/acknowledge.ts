import type { By, Decision, Facts, Instant, Run } from './model.ts';
import { byOf, hasNoHolder, isHeld } from './model.ts';
import { startAgain, takeNextStep } from './next-step.ts';
import { after, notAfter, secondsBetween } from './snapshot.ts';
import type { Turn } from './turn.ts';
import { become, closeTurn, openTurn, record } from './turn.ts';
import { refused, unchanged } from './unchanged.ts';

/** The longest snooze, seconds (7 days): a longer quiet is a silence with an owner and a comment. */
export const LONGEST_SNOOZE_SECONDS = 7 * 86_400;

/**
 * A person takes the page: what is queued is cancelled and the run rests until the acknowledgement expires. A second
 * acknowledge is harmless and extends nothing: the answer says who was first; another person is noted as helper.
 *
 * A sender's acknowledge stops the calls alike, but makes no holder. The first person who acknowledges after it takes
 * the page as if it were free.
 */
export function acknowledge(run: Run, event: By & { readonly at: Instant }, facts: Facts): Decision {
  const { by, at, sender } = event;
  const mayTakeOver = sender === undefined && hasNoHolder(run);
  if (isHeld(run) && run.acknowledgedBy !== null && run.acknowledgedAt !== null && !mayTakeOver) {
    const first = { first: run.acknowledgedBy, firstAt: run.acknowledgedAt };
    if (first.first === by || sender !== undefined)
      return unchanged(run, { kind: 'already-acknowledged', by, at: first.firstAt });
    const turn = openTurn(run, facts);
    turn.reasons.push({ kind: 'helper-joined', ...first, helper: by });
    record(turn, 'helper-joined', { ...first, helper: by });
    return closeTurn(turn);
  }
  const turn = openTurn(run, facts);
  const quietUntil = after(at, run.snapshot.ackTimeoutSeconds);
  become(turn, {
    phase: 'acknowledged',
    holderId: sender === undefined ? by : run.holderId,
    acknowledgedBy: by,
    acknowledgedAt: at,
    quietUntil,
    wakeAt: quietUntil,
  });
  turn.actions.push({ kind: 'cancel-queued', reason: 'acknowledged' });
  turn.reasons.push({ kind: 'acknowledged', by });
  record(turn, 'acknowledged', { ...byOf(event), at, quietUntil });
  return closeTurn(turn);
}

/** The page is given back: it escalates at once, an acknowledged one from the first step, a snoozed one where it was. */
export function unacknowledge(run: Run, event: By, facts: Facts): Decision {
  if (!isHeld(run)) return unchanged(run, { kind: 'not-held' });
  const wasAcknowledged = run.acknowledgedBy !== null;
  const turn = openTurn(run, facts);
  release(turn);
  become(turn, { holderId: null });
  turn.reasons.push({ kind: 'unacknowledged', by: event.by });
  record(turn, 'unacknowledged', { ...byOf(event), wasHeldBy: run.holderId });
  if (wasAcknowledged) startAgain(turn, null);
  else takeNextStep(turn);
  return closeTurn(turn);
}

/**
 * Quiet until a moment that a person chose, at most `LONGEST_SNOOZE_SECONDS` ahead. Who snoozes a page that nobody
 * holds becomes its holder: they are told of what joins, and a first of its kind calls them. A sender never does.
 */
export function snooze(run: Run, event: By & { readonly until: Instant }, facts: Facts): Decision {
  const { until, by, sender } = event;
  if (notAfter(until, facts.now)) return refused(run, { kind: 'snooze-in-the-past' });
  if (secondsBetween(facts.now, until) > LONGEST_SNOOZE_SECONDS) {
    return refused(run, { kind: 'snooze-too-long', maximumSeconds: LONGEST_SNOOZE_SECONDS });
  }
  const turn = openTurn(run, facts);
  const takesOver = sender === undefined && run.acknowledgedBy !== null && hasNoHolder(run);
  const takes = sender === undefined && (run.acknowledgedBy === null || takesOver);
  if (takesOver) release(turn);
  become(turn, { phase: 'snoozed', holderId: takes ? by : run.holderId, quietUntil: until, wakeAt: until });
  turn.actions.push({ kind: 'cancel-queued', reason: 'snoozed' });
  turn.reasons.push({ kind: 'snoozed', by, until });
  record(turn, 'snoozed', { ...byOf(event), until, ...(takesOver ? { takenOverFrom: run.acknowledgedBy } : {}) });
  return closeTurn(turn);
}

/** The acknowledgement has run out unanswered: the next round, the holder first. */
export function expireAcknowledgement(turn: Turn): void {
  const { holderId, acknowledgedBy, acknowledgedAt } = turn.run;
  release(turn);
  turn.reasons.push({ kind: 'acknowledgement-expired', holder: holderId });
  record(turn, 'acknowledgement-expired', { holder: holderId, acknowledgedBy, acknowledgedAt });
  startAgain(turn, 'acknowledgement-expired');
}

/** The snooze is over: where it was, against the present; an acknowledged page as if its acknowledgement had expired. */
export function endSnooze(turn: Turn): void {
  const wasAcknowledged = turn.run.acknowledgedBy !== null;
  release(turn);
  turn.reasons.push({ kind: 'snooze-ended' });
  record(turn, 'snooze-ended', { holder: turn.run.holderId, wasAcknowledged });
  if (wasAcknowledged) startAgain(turn, 'snooze-ended');
  else takeNextStep(turn);
}

/** Nobody holds the run any more. The holder's name stays, as whom to call first. */
export function release(turn: Turn): void {
  become(turn, { acknowledgedBy: null, acknowledgedAt: null, quietUntil: null });
}

/**
 * Whether an ended run's acknowledgement or snooze would still hold: the page resolved or was muted, and fires again. A
 * sender's does not: what it triggers anew is a new alert to it, and nobody would be told.
 */
export function isHoldStanding(before: Run, now: Instant): boolean {
  const why = before.endReason?.kind;
  const isQuiet = before.quietUntil !== null && !notAfter(before.quietUntil, now);
  return (why === 'resolved' || why === 'muted') && isQuiet && !hasNoHolder(before);
}

/** Carries the hold of the run before over to the new one, until the same moment, and tells the holder. */
export function keepHold(turn: Turn, before: Run): void {
  const { holderId, acknowledgedBy, acknowledgedAt, quietUntil } = before;
  if (quietUntil === null) return;
  const phase = acknowledgedBy === null ? 'snoozed' : 'acknowledged';
  become(turn, { phase, holderId, acknowledgedBy, acknowledgedAt, quietUntil, wakeAt: quietUntil });
  turn.reasons.push({ kind: 'hold-kept', holder: holderId, until: quietUntil });
  record(turn, 'hold-kept', { holder: holderId, acknowledgedBy, until: quietUntil });
  if (holderId !== null) turn.actions.push({ kind: 'tell-update', userId: holderId });
}
