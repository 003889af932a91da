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

/**
 * The page resolves while it is muted: those who were told of it before are told of this too, and once only, since the
 * run has then ended by resolve.
 */
export function resolveMuted(run: Run, facts: Facts): Decision {
  const turn = openTurn(run, facts);
  const why = { kind: 'resolved' } as const;
  become(turn, { endReason: why });
  turn.reasons.push({ kind: 'ended', why });
  record(turn, 'run-ended', { why });
  turn.actions.push({ kind: 'cancel-queued', reason: why.kind }, { kind: 'tell-resolved' });
  return closeTurn(turn);
}
