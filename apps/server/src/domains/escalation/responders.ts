import { release } from './acknowledge.ts';
import type { By, Decision, Facts, Id, Run } from './model.ts';
import { byOf } from './model.ts';
import { takeNextStep } from './next-step.ts';
import { roundsAreOver, waitAfterPerson } from './snapshot.ts';
import { whyUnreachable } from './targets.ts';
import { become, callPerson, closeTurn, openTurn, record, wakeIn } from './turn.ts';
import { refused } from './unchanged.ts';

/**
 * The page goes to another person: they are called at once, it is theirs but not acknowledged, and the policy goes on
 * from where it was after the wait of the step. Refused when they cannot be reached: whoever has it keeps it.
 */
export function reassign(run: Run, event: By & { readonly to: Id }, facts: Facts): Decision {
  const { to, by } = event;
  const unreachable = whyUnreachable(to, run.urgency, facts);
  if (unreachable !== null) return refused(run, { kind: 'person-unreachable', userId: to, reason: unreachable });
  const turn = openTurn(run, facts);
  release(turn);
  become(turn, { holderId: to, phase: roundsAreOver(run) ? 'repeating' : 'escalating' });
  turn.actions.push({ kind: 'cancel-queued', reason: 'reassigned' });
  record(turn, 'reassigned', { to, ...byOf(event), wasHeldBy: run.holderId });
  callPerson(turn, to, { kind: 'reassigned', by });
  wakeIn(turn, waitAfterPerson(run.snapshot, run.step));
  return closeTurn(turn);
}

/** The next step at once. A held page is given up by that: nobody holds it any more. */
export function escalateNow(run: Run, event: By, facts: Facts): Decision {
  const turn = openTurn(run, facts);
  release(turn);
  turn.reasons.push({ kind: 'escalated-by-hand', by: event.by });
  record(turn, 'escalated-by-hand', { ...byOf(event), wasHeldBy: run.acknowledgedBy });
  takeNextStep(turn);
  return closeTurn(turn);
}

/** Calls one more person, whatever the phase; the run's timer and holder stay. Refused when they cannot be reached. */
export function addResponder(run: Run, event: By & { readonly user: Id }, facts: Facts): Decision {
  const { user, by } = event;
  const unreachable = whyUnreachable(user, run.urgency, facts);
  if (unreachable !== null) return refused(run, { kind: 'person-unreachable', userId: user, reason: unreachable });
  const turn = openTurn(run, facts);
  record(turn, 'responder-added', { user, ...byOf(event) });
  callPerson(turn, user, { kind: 'responder-added', by });
  return closeTurn(turn);
}

/**
 * Whether a page that is about to be sent is still wanted, asked right before the call. A held run wants only responders
 * that people asked for; an ended one none, except those of a run that a newer one of the same page replaced.
 */
export function isStillWanted(run: Pick<Run, 'phase' | 'endReason'>, reason: { readonly kind: string }): boolean {
  const asked = reason.kind === 'responder-added';
  switch (run.phase) {
    case 'escalating':
    case 'last-resort':
    case 'repeating':
      return true;
    case 'acknowledged':
    case 'snoozed':
      return asked;
    case 'ended':
      return asked && run.endReason?.kind === 'superseded';
  }
}
