import { endRun } from './end.ts';
import type { AlertsJoined, Decision, Facts, Run, StartReason } from './model.ts';
import { hasNoHolder, isHeld } from './model.ts';
import { startAgain } from './next-step.ts';
import type { Turn } from './turn.ts';
import { become, closeTurn, openTurn, record } from './turn.ts';
import { unchanged } from './unchanged.ts';

/**
 * Alerts came into a page that has a live run.
 *
 * Held: the holder is told; a first of its kind or a higher severity ends the held run and begins a new one, the holder
 * first. So does anything that joins a page which rests by a sender's word alone: there is nobody to tell. Not held: people are being called already, and the next call names what joined; when the route now asks for
 * high urgency the policy starts again at once, since those called so far may have been told by slow ways only.
 */
export function alertsJoined(run: Run, event: AlertsJoined, facts: Facts): Decision {
  const severity = worse(run, event);
  const urgency = event.urgency === 'high' ? 'high' : run.urgency;
  const why = whyNew(run, event);
  if (event.count <= 0 && why === null && severity === run.severity && urgency === run.urgency) {
    return unchanged(run, { kind: 'nothing-joined' });
  }
  if (isHeld(run) && why !== null) {
    const turn = openTurn(run, facts);
    recordJoined(turn, event);
    turn.reasons.push({ kind: 'superseded', why });
    endRun(turn, { kind: 'superseded' });
    turn.actions.push({ kind: 'start-new-run', firstTarget: run.holderId, urgency, severity, why });
    return closeTurn(turn);
  }
  const turn = openTurn(run, facts);
  recordJoined(turn, event);
  become(turn, { severity, urgency });
  if (isHeld(run)) {
    turn.reasons.push({ kind: 'joined-held', holder: run.holderId, count: event.count });
    if (run.holderId !== null) turn.actions.push({ kind: 'tell-update', userId: run.holderId });
  } else {
    turn.reasons.push({ kind: 'joined-unanswered', count: event.count });
    if (urgency !== run.urgency) {
      turn.reasons.push({ kind: 'urgency-raised' });
      turn.actions.push({ kind: 'cancel-queued', reason: 'urgency-raised' });
      startAgain(turn, null);
    }
  }
  return closeTurn(turn);
}

function worse(run: Run, event: AlertsJoined): Run['severity'] {
  return event.severityRaisedTo !== null && event.severityRaisedTo < run.severity
    ? event.severityRaisedTo
    : run.severity;
}

/** A new run only for what the holder cannot know yet: a higher severity, a higher urgency, a first of its kind; anything where there is no holder. */
function whyNew(run: Run, event: AlertsJoined): StartReason | null {
  const severity = worse(run, event);
  if (severity !== run.severity) return { kind: 'severity-raised', to: severity };
  if (event.urgency === 'high' && run.urgency === 'low') return { kind: 'urgency-raised' };
  if (event.newKinds.length > 0) return { kind: 'new-kind', kinds: event.newKinds };
  return isHeld(run) && hasNoHolder(run) && event.count > 0 ? { kind: 'nobody-holds' } : null;
}

function recordJoined(turn: Turn, event: AlertsJoined): void {
  const { count, newKinds, severityRaisedTo } = event;
  record(turn, 'alerts-joined', { count, newKinds, severityRaisedTo });
}
