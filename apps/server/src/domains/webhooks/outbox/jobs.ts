import type { Db } from '#platform/db';
import type { Id, Instant } from '../model.ts';
import { GIVE_UP_HOURS } from '../retry.ts';
import { deleteOld, endExcess, endOverdue } from './store.ts';

/** How long events, deliveries and tries are kept. */
export const KEPT_DAYS = 7;
/** Deliveries that may wait for one receiver; of more the oldest are given up. */
const MOST_WAITING = 50_000;
/** Rows of one statement. */
const BATCH = 1_000;

/** Gives up what has waited too long or is too much, and forgets what is old; in batches, so that nobody waits for it. */
export async function sweepOutbox(db: Db, waiting: ReadonlyMap<Id, number>, now: Instant): Promise<void> {
  const tooOld = now.subtract({ hours: GIVE_UP_HOURS });
  await inBatches(() => endOverdue(db, { oldest: tooOld, limit: BATCH, now }));
  for (const [subscriptionId, many] of waiting)
    if (many > MOST_WAITING)
      await inBatches(() => endExcess(db, { subscriptionId, most: MOST_WAITING, limit: BATCH, now }));
  const kept = now.subtract({ hours: 24 * KEPT_DAYS });
  await inBatches(() => deleteOld(db, { oldest: kept, limit: BATCH }));
}

async function inBatches(batch: () => Promise<number>): Promise<void> {
  while ((await batch()) === BATCH);
}
