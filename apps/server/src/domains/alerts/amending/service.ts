import { inTransaction } from '#platform/db';
import { writeHints } from '#platform/hints';
import { cleanAnnotations } from '../annotations.ts';
import { lockGroups } from '../groups/store.ts';
import { cleanLabels } from '../labels.ts';
import type { AlertsDeps } from '../service.ts';
import { decideAgain, settleGroups } from '../groups/service.ts';
import { type AlertText, amend } from './amend.ts';
import { lockText, saveText } from './store.ts';

/** A change of an alert's text that its sender asks for. */
export interface TextChange {
  readonly integrationId: string;
  readonly alertId: string;
  /** The sender, as people read it. */
  readonly by: string;
  /** What is changed, in the sender's words. */
  readonly fields: readonly string[];
  readonly edit: (text: Pick<AlertText, 'labels' | 'annotations'>) => AlertText;
}

/** Changes the text of stored alerts. */
export interface Amending {
  /** Resolves after the commit; false when there is no such alert of this integration among those not long resolved. */
  amend(change: TextChange, now: Temporal.Instant): Promise<boolean>;
}

/** Builds it over what the alerts service is built on. */
export function createAmending(
  deps: Pick<AlertsDeps, 'db' | 'config' | 'acceptConfig' | 'decider' | 'muting' | 'wake'>,
): Amending {
  return {
    async amend(change, now) {
      const done = await decideAgain(deps, () =>
        inTransaction(deps.db.paging, async (trx) => {
          const stored = await lockText(trx, change);
          if (!stored) return null;
          const text = change.edit(stored);
          const labels = cleanLabels(text.labels);
          const amended = amend(
            stored,
            {
              // What cannot be a label any more leaves the old ones: the change of text is worth more than its labels.
              labels: labels.ok ? labels.labels : stored.labels,
              annotations: cleanAnnotations(text.annotations),
              severity: text.severity,
              by: change.by,
              fields: change.fields,
            },
            deps.acceptConfig.current(),
          );
          await saveText(trx, amended, now);
          const raised = amended.isRaised ? [{ kind: stored.kind, severity: amended.severity }] : [];
          const { byId: groups } = await lockGroups(trx, raised.length > 0 ? stored.groupIds : []);
          const traffic = new Map(stored.groupIds.map((id) => [id, { joined: [], resolved: 0, raised }]));
          // Other labels may make it a source of inhibition, or no longer one.
          const again = stored.status === 'firing' ? [{ id: change.alertId, labels: amended.labels }] : [];
          const changesMutes = await deps.muting.noteAlerts(trx, { opened: again, ended: [change.alertId] }, now);
          const wakeAt = await settleGroups(trx, { groups, traffic, deps, now });
          await writeHints(trx, [{ kind: 'alerts', ref: null, version: 0 }], now);
          return { wakeAt: changesMutes ? now : wakeAt };
        }),
      );
      if (!done) return false;
      deps.decider.committed();
      if (done.wakeAt) deps.wake(done.wakeAt);
      return true;
    },
  };
}
