import type { StoredRun } from './group-decision.ts';
import type { Reason } from './model.ts';

/** A stored run as the wire shows it (contracts: escalationRun): moments as text, the snapshot as its counts. */
export function runOnTheWire({ id, run }: StoredRun) {
  const { snapshot } = run;
  return {
    id,
    phase: run.phase,
    round: run.round,
    step: run.step,
    steps: snapshot.steps.length,
    rounds: snapshot.rounds,
    policyId: snapshot.policyId,
    policyVersion: snapshot.policyVersion,
    urgency: run.urgency,
    severity: run.severity,
    holderId: run.holderId,
    acknowledgedBy: run.acknowledgedBy,
    acknowledgedAt: run.acknowledgedAt?.toString() ?? null,
    quietUntil: run.quietUntil?.toString() ?? null,
    wakeAt: run.wakeAt?.toString() ?? null,
    startedAt: run.startedAt.toString(),
    startReason: run.startReason,
    endedAt: run.endedAt?.toString() ?? null,
    endReason: run.endReason,
  };
}

/** Reasons as the wire shows them: moments as text. */
export function reasonsOnTheWire(reasons: readonly Reason[]): readonly { readonly kind: string }[] {
  return JSON.parse(JSON.stringify(reasons)) as readonly { readonly kind: string }[];
}

/** Why nothing came of a wish, in a word; null when it is harmless (the page had ended, somebody was first). */
export function refusalOf(
  reasons: readonly Reason[],
): Extract<Reason, { kind: 'person-unreachable' | 'snooze-in-the-past' | 'snooze-too-long' }> | null {
  for (const reason of reasons) {
    if (
      reason.kind === 'person-unreachable' ||
      reason.kind === 'snooze-in-the-past' ||
      reason.kind === 'snooze-too-long'
    )
      return reason;
  }
  return null;
}
