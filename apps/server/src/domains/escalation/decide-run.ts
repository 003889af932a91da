import {
  acknowledge,
  endSnooze,
  expireAcknowledgement,
  isHoldStanding,
  keepHold,
  snooze,
  unacknowledge,
} from './acknowledge.ts';
import { endBecause, resolveMuted } from './end.ts';
import { alertsJoined } from './joined.ts';
import type { Decision, Facts, Run, RunEvent } from './model.ts';
import { isLive } from './model.ts';
import { callHolderFirst, passOverFailedCall, takeNextStep } from './next-step.ts';
import { addResponder, escalateNow, reassign } from './responders.ts';
import { notAfter, secondsBetween } from './snapshot.ts';
import { closeTurn, openTurn, record } from './turn.ts';
import { unchanged } from './unchanged.ts';

/** A wake-up this late (seconds) is said and stored: an outage, not jitter. */
const LATE_AFTER_SECONDS = 5;

/**
 * Decides what one event means for a page's run: who is called, what is cancelled, when it wakes next, and why.
 *
 * Pure: `facts` are the present, loaded before. A live run always leaves with exactly one wake-up; only resolve, mute, a
 * person's hand or a newer run of the same page end it. Everything else that makes no sense (a wake-up too early, an
 * acknowledge of an ended run) changes nothing and says so; no event throws.
 */
export function decideRun(run: Run | null, event: RunEvent, facts: Facts): Decision {
  if (event.kind === 'begin') {
    return run !== null && isLive(run) ? unchanged(run, { kind: 'already-live' }) : begin(run, event, facts);
  }
  if (run === null) return unchanged(null, { kind: 'no-run' });
  if (!isLive(run)) {
    const tells = event.kind === 'all-resolved' && run.endReason?.kind === 'muted';
    return tells ? resolveMuted(run, facts) : unchanged(run, { kind: 'already-ended' });
  }
  switch (event.kind) {
    case 'wake':
      return wake(run, facts);
    case 'acknowledge':
      return acknowledge(run, event, facts);
    case 'unacknowledge':
      return unacknowledge(run, event, facts);
    case 'snooze':
      return snooze(run, event, facts);
    case 'reassign':
      return reassign(run, event, facts);
    case 'escalate-now':
      return escalateNow(run, event, facts);
    case 'add-responder':
      return addResponder(run, event, facts);
    case 'call-failed':
      return passOverFailedCall(run, event, facts);
    case 'alerts-joined':
      return alertsJoined(run, event, facts);
    case 'all-resolved':
      return endBecause(run, { kind: 'resolved' }, facts);
    case 'resolved-by-hand':
      return endBecause(run, { kind: 'resolved-by-hand', by: event.by }, facts);
    case 'muted':
      return endBecause(run, { kind: 'muted' }, facts);
    case 'end':
      return endBecause(run, { kind: 'ended-by-hand', by: event.by }, facts);
  }
}

type Begin = Extract<RunEvent, { kind: 'begin' }>;

/**
 * A new run: the first target, if any (the holder of the run before), else the first step, now. When the page fires
 * again while somebody still holds it (`before` ended by resolve or mute, its quiet time is not over), the hold stays
 * and the holder is told; only something new calls them, so a flapping alert does not wake who is at work on it.
 */
function begin(before: Run | null, event: Begin, facts: Facts): Decision {
  const { snapshot, urgency, severity, firstTarget, why } = event;
  const turn = openTurn(newRun(event, facts), facts);
  turn.reasons.push({ kind: 'started', why });
  const { policyId, policyVersion } = snapshot;
  record(turn, 'run-started', { why, policyId, policyVersion, urgency, severity, firstTarget });
  if (before !== null && why.kind === 'route-pages' && isHoldStanding(before, facts.now)) keepHold(turn, before);
  else if (!callHolderFirst(turn, why.kind)) takeNextStep(turn);
  return closeTurn(turn);
}

function newRun(event: Begin, facts: Facts): Run {
  const { snapshot, urgency, severity, firstTarget, why } = event;
  return {
    snapshot,
    phase: 'escalating',
    round: 0,
    step: -1,
    urgency,
    severity,
    holderId: firstTarget,
    acknowledgedBy: null,
    acknowledgedAt: null,
    quietUntil: null,
    wakeAt: facts.now,
    startedAt: facts.now,
    startReason: why,
    endedAt: null,
    endReason: null,
    version: 0,
  };
}

/**
 * The run's wake-up is due. However late it is, one step is taken, against the present: nothing is caught up, since a
 * burst of old steps would wake people for moments that are over.
 */
function wake(run: Run, facts: Facts): Decision {
  if (run.wakeAt !== null && !notAfter(run.wakeAt, facts.now)) return unchanged(run, { kind: 'not-due' });
  const turn = openTurn(run, facts);
  const lateSeconds = run.wakeAt === null ? 0 : secondsBetween(run.wakeAt, facts.now);
  if (lateSeconds >= LATE_AFTER_SECONDS) {
    turn.reasons.push({ kind: 'late', seconds: lateSeconds });
    record(turn, 'woken-late', { dueAt: run.wakeAt, seconds: lateSeconds });
  }
  if (run.phase === 'acknowledged') expireAcknowledgement(turn);
  else if (run.phase === 'snoozed') endSnooze(turn);
  else takeNextStep(turn);
  return closeTurn(turn);
}
