import type { VendorAct } from '#integrations';
import type { By, Instant, RunEvent } from '../model.ts';

/** What a sender's act means for a run. A note moves none. */
export function eventOfAct(act: Exclude<VendorAct, { kind: 'note' }>, by: By, at: Instant): RunEvent {
  switch (act.kind) {
    case 'acknowledge':
      return { kind: 'acknowledge', ...by, at };
    case 'unacknowledge':
      return { kind: 'unacknowledge', ...by };
    case 'snooze':
      return { kind: 'snooze', ...by, until: act.until };
    case 'escalate':
      return { kind: 'escalate-now', ...by };
    case 'reassign':
      return { kind: 'reassign', ...by, to: act.userId };
    case 'add-responder':
      return { kind: 'add-responder', ...by, user: act.userId };
  }
}
