import type { Action, Callee, Decision, Facts, Id, LedgerKind, PageReason, Reason, Run, Target } from './model.ts';
import { after } from './snapshot.ts';
import { whomToCall } from './targets.ts';

/** One decision in the making: the run as it becomes, what is asked for, why. Local to one call of `decideRun`. */
export interface Turn {
  readonly facts: Facts;
  run: Run;
  readonly actions: Action[];
  readonly reasons: Reason[];
  /** People and endpoints called in this decision; nobody is called twice in one. */
  readonly called: Set<Id>;
}

/** Opens a decision that changes the run; its version rises at once, so that calls outside the plan can be numbered by it. */
export function openTurn(run: Run, facts: Facts): Turn {
  return { facts, run: { ...run, version: run.version + 1 }, actions: [], reasons: [], called: new Set() };
}

/** Closes it: the changed run with all that was asked for. */
export function closeTurn(turn: Turn): Decision {
  const { run, actions, reasons } = turn;
  return { outcome: 'changed', run, actions, wakeAt: run.wakeAt, reasons };
}

/** Changes fields of the run. */
export function become(turn: Turn, fields: Partial<Run>): void {
  turn.run = { ...turn.run, ...fields };
}

/** Arms the run's only wake-up, `seconds` from now. */
export function wakeIn(turn: Turn, seconds: number): void {
  become(turn, { wakeAt: after(turn.facts.now, seconds) });
}

/** Writes a fact to the page's ledger. */
export function record(turn: Turn, kind: LedgerKind, payload: Readonly<Record<string, unknown>>): void {
  turn.actions.push({ kind: 'ledger', entry: { kind, payload: { ...payload, runVersion: turn.run.version } } });
}

/** The (round, step) and reason under which targets are called. */
export interface Call {
  readonly targets: readonly Target[];
  readonly step: number;
  readonly reason: PageReason;
}

/** What a call reached: people, only endpoints (no human ear), or nobody. */
export type Reached = 'people' | 'endpoints' | 'nobody';

/**
 * Calls whoever can be reached behind the targets. Those passed over are recorded with the reason. Somebody who was
 * called earlier in this same decision counts as reached and is not called again.
 */
export function callTargets(turn: Turn, call: Call): Reached {
  const { users, endpoints, skipped } = whomToCall(call.targets, turn.run.urgency, turn.facts);
  const { round } = turn.run;
  if (users.length + endpoints.length === 0) {
    turn.reasons.push({ kind: 'step-empty', round, step: call.step, skipped });
    record(turn, 'step-skipped', { round, step: call.step, skipped });
    return 'nobody';
  }
  for (const one of skipped) record(turn, 'target-skipped', { round, step: call.step, ...one });
  page(turn, call, { users, endpoints });
  return users.length > 0 ? 'people' : 'endpoints';
}

function page(turn: Turn, call: Call, whom: { users: readonly Callee[]; endpoints: readonly Id[] }): void {
  const users = whom.users.filter((callee) => !turn.called.has(callee.userId));
  const endpoints = whom.endpoints.filter((endpoint) => !turn.called.has(endpoint));
  if (users.length + endpoints.length === 0) return;
  for (const id of [...users.map((callee) => callee.userId), ...endpoints]) turn.called.add(id);
  const at = { round: turn.run.round, step: call.step };
  turn.actions.push({ kind: 'page', users, endpoints, ...at, reason: call.reason });
  turn.reasons.push(call.reason);
  record(turn, 'called', { ...at, users, endpoints, reason: call.reason });
}

/**
 * Calls one reachable person outside the plan, under a step number of its own (see the coordinates in model.ts). The
 * caller has checked that the person can be reached, and makes at most one such call a decision.
 */
export function callPerson(turn: Turn, userId: Id, reason: PageReason): void {
  const step = -(turn.run.version + 1);
  page(turn, { targets: [], step, reason }, { users: [{ userId, via: { kind: 'user', id: userId } }], endpoints: [] });
}
