import type { Decision, EndReason, Facts, Run } from './model.ts';
import type { Turn } from './turn.ts';
import { become, closeTurn, openTurn, record } from './turn.ts';

/** Ends the run for good and takes its wake-up away. The only place where a run stops waking. */
export function endRun(turn: Turn, why: EndReason): void {
  become(turn, { phase: 'ended', wakeAt: null, endedAt: turn.facts.now, endReason: why });
  turn.reasons.push({ kind: 'ended', why });
  record(turn, 'run-ended', { why });
}

/** Ends the run because of the alerts or a person, and cancels what is queued; a resolve tells those really told. */
export function endBecause(run: Run, why: EndReason, facts: Facts): Decision {
  const turn = openTurn(run, facts);
  endRun(turn, why);
  turn.actions.push({ kind: 'cancel-queued', reason: why.kind });
  if (why.kind === 'resolved' || why.kind === 'resolved-by-hand') turn.actions.push({ kind: 'tell-resolved' });
  return closeTurn(turn);
}
