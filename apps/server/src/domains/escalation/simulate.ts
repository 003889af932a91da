import { decideRun } from './decide-run.ts';
import type { Callee, Decision, Facts, Id, Instant, PageAction, Reason, Severity, Snapshot, Urgency } from './model.ts';
import { secondsBetween } from './snapshot.ts';

/** Wake-ups looked at; the longest policy (20 steps, 20 rounds) has 400. */
const MOST_WAKES = 420;
/** Calls after the rounds that are shown; they only repeat. */
const REPEATS_SHOWN = 2;

/** What would happen, were a page opened at this moment and nobody answered. */
export interface SimulationRequest {
  readonly snapshot: Snapshot;
  readonly at: Instant;
  readonly urgency: Urgency;
  readonly severity: Severity;
}

/** One moment of the simulated run: who would be called, who would be passed over and why. */
export interface SimulatedMoment {
  readonly at: Instant;
  readonly afterSeconds: number;
  readonly calls: readonly SimulatedCall[];
  readonly reasons: readonly Reason[];
  readonly alarms: readonly string[];
}

/** People and endpoints called together, under which round, step and reason. */
interface SimulatedCall {
  readonly round: number;
  readonly step: number;
  readonly users: readonly Callee[];
  readonly endpoints: readonly Id[];
  readonly reason: PageAction['reason'];
}

/**
 * Plays an unanswered run with the very functions that page, each wake-up against the facts of its own moment, until
 * the rounds are over and the repetition shows.
 */
export function simulate(request: SimulationRequest, factsAt: (at: Instant) => Facts): readonly SimulatedMoment[] {
  const { snapshot, at, urgency, severity } = request;
  const moments: SimulatedMoment[] = [];
  let decision = decideRun(
    null,
    { kind: 'begin', snapshot, urgency, severity, firstTarget: null, why: { kind: 'drill' } },
    factsAt(at),
  );
  moments.push(momentOf(decision, at, at));
  let repeats = 0;
  for (let wakes = 0; wakes < MOST_WAKES && repeats < REPEATS_SHOWN; wakes += 1) {
    const wakeAt = decision.wakeAt;
    if (wakeAt === null) break;
    decision = decideRun(decision.run, { kind: 'wake' }, factsAt(wakeAt));
    moments.push(momentOf(decision, wakeAt, at));
    if (decision.run?.phase === 'repeating') repeats += 1;
  }
  return moments;
}

function momentOf(decision: Decision, at: Instant, began: Instant): SimulatedMoment {
  const calls = decision.actions.flatMap((action) => (action.kind === 'page' ? [callOf(action)] : []));
  const alarms = decision.actions.flatMap((action) => (action.kind === 'alarm' ? [action.reason] : []));
  return { at, afterSeconds: secondsBetween(began, at), calls, reasons: decision.reasons, alarms };
}

function callOf({ round, step, users, endpoints, reason }: PageAction): SimulatedCall {
  return { round, step, users, endpoints, reason };
}
