import type { Db } from '#platform/db';
import { forgetFailures, sweepSessions } from './store.ts';

/** Removes ended sessions and old counts of failed sign-ins; returns how many sessions. Daily is enough. */
export async function sweepAccess(db: Db, now: Temporal.Instant): Promise<number> {
  await forgetFailures(db, { before: now.subtract({ hours: 24 }) });
  return sweepSessions(db, now, now.subtract({ hours: 24 * 14 }));
}
