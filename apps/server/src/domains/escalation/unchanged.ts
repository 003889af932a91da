import type { Decision, NoChangeReason, Reason, RefusalReason, Run } from './model.ts';

/** The event changes nothing, and says why. */
export function unchanged(
  run: Run | null,
  reason: NoChangeReason | Extract<Reason, { kind: 'already-acknowledged' | 'joined-unanswered' }>,
): Decision {
  return { outcome: 'unchanged', run, actions: [], wakeAt: run?.wakeAt ?? null, reasons: [reason] };
}

/** The person's wish cannot be granted; nothing has changed. */
export function refused(run: Run, reason: RefusalReason): Decision {
  return { outcome: 'refused', run, actions: [], wakeAt: run.wakeAt, reasons: [reason] };
}
