import type { Databases } from '#platform/db';
import type { NewId } from '#platform/ids';
import { cleanChange } from './clean-change.ts';
import type { ChangeFilter, StoredChange, ToldChange } from './model.ts';
import { listChanges } from './search.ts';
import { saveChange } from './store.ts';

/** What people and machines have changed. */
export interface Changes {
  /** Stores what a sender told; resolves after the commit. What was told before is taken once. */
  record(integration: { readonly id: string }, told: readonly ToldChange[], now: Temporal.Instant): Promise<void>;
  /** Changes, the newest first. */
  list(filter: ChangeFilter): Promise<readonly StoredChange[]>;
}

/** Builds the service. Over the connections of reports: a storm of builds may not starve a page. */
export function createChanges({ db, newId }: { readonly db: Databases; readonly newId: NewId }): Changes {
  return {
    async record(integration, told, now) {
      for (const one of told) {
        const change = cleanChange(one, now.epochMilliseconds);
        await saveChange(db.reports, { ...change, id: newId(), integrationId: integration.id }, now);
      }
    },
    list: (filter) => listChanges(db.reports, filter),
  };
}
