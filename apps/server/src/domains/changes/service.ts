import type { Databases } from '#platform/db';
import type { NewId } from '#platform/ids';
import { cleanChange } from './clean-change.ts';
import type { ChangeFilter, StoredChange, ToldChange } from './model.ts';
import { type RankedChange, rankChanges, type Trouble } from './rank.ts';
import { listChanges } from './search.ts';
import { saveChange } from './store.ts';

/** A change may be heard of, or be dated, a little after what it broke. */
const MINUTES_AFTER = 10;
/** The newest changes that are ranked. */
const MOST_RANKED = 500;

/** What people and machines have changed. */
export interface Changes {
  /** Stores what a sender told; resolves after the commit. What was told before is taken once. */
  record(integration: { readonly id: string }, told: readonly ToldChange[], now: Temporal.Instant): Promise<void>;
  /** What was changed in the hours before a trouble, and a little after, the nearest first. */
  near(trouble: Trouble, hours: number): Promise<readonly RankedChange[]>;
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
    async near(trouble, hours) {
      const since = trouble.at.subtract({ hours });
      const until = trouble.at.add({ minutes: MINUTES_AFTER });
      const found = await listChanges(db.reports, { since, until, before: null, limit: MOST_RANKED });
      return rankChanges(found, trouble);
    },
    list: (filter) => listChanges(db.reports, filter),
  };
}
