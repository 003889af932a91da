import type { AlarmReason, CallFailed, Decision, Facts, PageReason, Run, Target } from './model.ts';
import { isHeld } from './model.ts';
import { LEAST_WAIT_SECONDS, roundsAreOver, waitAfterPerson, waitAfterStep } from './snapshot.ts';
import { whomToCall, whyUnreachable } from './targets.ts';
import type { Turn } from './turn.ts';
import { become, callPerson, callTargets, closeTurn, openTurn, record, wakeIn } from './turn.ts';
import { unchanged } from './unchanged.ts';

/**
 * Takes the next step of the policy now, and arms the wake-up after it.
 *
 * A step that reaches nobody is passed over at once, and so is the wait after it; after a step with a delay of 0 the
 * next follows at once. Both end: a second pass is begun at once only when nobody was called in this decision and some
 * step of the first pass was not tried, so at most 2n steps are looked at. When a whole pass reached nobody, further
 * rounds would ask the same question again: the last resort is called at once.
 */
export function takeNextStep(turn: Turn): void {
  if (roundsAreOver(turn.run)) return repeat(turn, { lastResortWasEmpty: false });
  const { steps, rounds } = turn.run.snapshot;
  become(turn, { phase: 'escalating' });
  let empty = 0;
  for (;;) {
    if (turn.run.step + 1 >= steps.length) {
      if (turn.called.size > 0) return wakeIn(turn, LEAST_WAIT_SECONDS);
      if (turn.run.round + 1 >= rounds || empty >= steps.length) return callLastResort(turn);
      beginRound(turn);
    }
    const step = turn.run.step + 1;
    const reached = callStep(turn, step);
    become(turn, { step });
    if (reached === 'nobody') empty += 1;
    else if (waitAfterStep(turn.run.snapshot, step) > 0) return wakeIn(turn, waitAfterStep(turn.run.snapshot, step));
  }
}

/**
 * Starts the policy again from its first step, as the next round. With `holderFirst` the last holder is called first
 * and has the wait of the first step; when they cannot be reached the policy starts at once.
 */
export function startAgain(turn: Turn, holderFirst: HolderFirst['because'] | null): void {
  beginRound(turn);
  if (holderFirst === null || !callHolderFirst(turn, holderFirst)) takeNextStep(turn);
}

type HolderFirst = Extract<PageReason, { kind: 'holder-first' }>;

/** Calls the last holder; false when there is none or they cannot be reached (recorded with the reason). */
export function callHolderFirst(turn: Turn, because: HolderFirst['because']): boolean {
  const { holderId, urgency, snapshot } = turn.run;
  if (holderId === null) return false;
  const unreachable = whyUnreachable(holderId, urgency, turn.facts);
  if (unreachable !== null) {
    const target: Target = { kind: 'user', id: holderId };
    record(turn, 'target-skipped', { target, userId: holderId, reason: unreachable, holder: true });
    return false;
  }
  become(turn, { phase: 'escalating' });
  callPerson(turn, holderId, { kind: 'holder-first', because });
  wakeIn(turn, waitAfterPerson(snapshot, turn.run.step));
  return true;
}

/**
 * Every method of those called has failed: the next step is taken now, not after the wait for an answer that cannot
 * come. Only for the newest call, so that each call is passed over once; a responder who was added moves nothing. When
 * the rounds are over already, another repeat would fail the same way: an alarm goes out by another way instead.
 */
export function passOverFailedCall(run: Run, call: CallFailed, facts: Facts): Decision {
  const { round, step, because } = call;
  if (isHeld(run) || !isNewestCall(run, call)) return unchanged(run, { kind: 'call-is-over' });
  const turn = openTurn(run, facts);
  turn.reasons.push({ kind: 'call-failed', round, step });
  record(turn, 'call-failed', { round, step, because });
  if (run.phase === 'repeating') raiseAlarm(turn, 'nobody-told');
  else takeNextStep(turn);
  return closeTurn(turn);
}

function isNewestCall(run: Run, { round, step, because }: CallFailed): boolean {
  if (round !== run.round) return false;
  if (because === 'holder-first') return run.step === -1;
  if (because === 'reassigned') return step === -(run.version + 1);
  return because !== 'responder-added' && (step === run.step || run.phase === 'repeating');
}

function beginRound(turn: Turn): void {
  become(turn, { round: turn.run.round + 1, step: -1 });
  record(turn, 'round-started', { round: turn.run.round });
}

function callStep(turn: Turn, step: number) {
  const targets = turn.run.snapshot.steps[step]?.targets ?? [];
  return callTargets(turn, { targets, step, reason: { kind: 'policy-step', round: turn.run.round, step } });
}

function callLastResort(turn: Turn): void {
  const { snapshot, round } = turn.run;
  const step = snapshot.steps.length;
  become(turn, { step, phase: 'last-resort' });
  const reached = callTargets(turn, { targets: snapshot.lastResort, step, reason: { kind: 'last-resort', round } });
  if (reached === 'people') wakeIn(turn, snapshot.repeatIntervalSeconds);
  else repeat(turn, { lastResortWasEmpty: true });
}

/**
 * After the rounds: the last step again, as a round of its own, and again every repeat interval. Where it reaches no
 * person (only a webhook, or nobody) the last resort is called too, else the first step that reaches one. When there is
 * no person anywhere an alarm goes out by another way, and the run stays live and asks again.
 */
function repeat(turn: Turn, { lastResortWasEmpty }: { readonly lastResortWasEmpty: boolean }): void {
  const { steps, lastResort, repeatIntervalSeconds } = turn.run.snapshot;
  const round = turn.run.round + 1;
  become(turn, { round, step: steps.length, phase: 'repeating' });
  record(turn, 'round-started', { round });
  const reason: PageReason = { kind: 'repeat', round };
  const last = { targets: steps.at(-1)?.targets ?? [], step: Math.max(steps.length - 1, 0), reason };
  const others = steps.slice(0, -1).map((step, index) => ({ targets: step.targets, step: index, reason }));
  const resort = { targets: lastResort, step: steps.length, reason };
  const reached =
    (steps.length > 0 && callTargets(turn, last) === 'people') ||
    [...(lastResortWasEmpty ? [] : [resort]), ...others].some(
      (call) => reachesPeople(turn, call.targets) && callTargets(turn, call),
    );
  if (!reached) raiseAlarm(turn, 'nobody-at-all');
  else if (lastResortWasEmpty) raiseAlarm(turn, 'last-resort-empty');
  wakeIn(turn, repeatIntervalSeconds);
}

function reachesPeople(turn: Turn, targets: readonly Target[]): boolean {
  return whomToCall(targets, turn.run.urgency, turn.facts).users.length > 0;
}

function raiseAlarm(turn: Turn, alarm: AlarmReason): void {
  turn.actions.push({ kind: 'alarm', reason: alarm });
  turn.reasons.push({ kind: 'nobody', alarm });
  record(turn, 'nobody-reached', { alarm, round: turn.run.round });
}
