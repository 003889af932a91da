import { sql } from 'kysely';
import { type Db, json, type Trx } from '#platform/db';
import type { Id, Instant, NewEvent } from '../model.ts';

/** An event with the subscriptions that want it. */
export interface Addressed {
  readonly id: Id;
  readonly event: NewEvent;
  readonly to: readonly Id[];
}

/** Writes events and their deliveries in the transaction of the fact: one statement, whatever their number. */
export async function insertEvents(trx: Trx, addressed: readonly Addressed[], now: Instant): Promise<void> {
  const events = addressed.map(({ id, event: { type, at, pageId, agent, data } }) => ({
    id,
    type,
    at: at.toString({ smallestUnit: 'microsecond' }),
    page_id: pageId,
    agent,
    data,
  }));
  const deliveries = addressed.flatMap(({ id, to }) => to.map((subscription) => ({ event: id, subscription })));
  await sql`
    WITH told AS (
      INSERT INTO webhook_events (id, type, at, page_id, agent, data)
      SELECT * FROM json_to_recordset(${json(events)}) AS e(id uuid, type text, at timestamptz, page_id uuid, agent json, data json)
      RETURNING id
    )
    INSERT INTO webhook_deliveries (subscription_id, event_id, queued_at)
    SELECT d.subscription, told.id, ${now}
      FROM ROWS FROM (json_to_recordset(${json(deliveries)}) AS (event uuid, subscription uuid)) WITH ORDINALITY AS d(event, subscription, place)
      JOIN told ON told.id = d.event ORDER BY d.place`.execute(trx);
}

/** Puts deliveries that have ended back into the queue, at their old place; returns how many. */
export async function requeue(
  trx: Trx,
  which: { readonly subscriptionId: Id } & ({ readonly id: number } | { readonly failedSince: Instant }),
  now: Instant,
): Promise<number> {
  const result = await trx
    .updateTable('webhook_deliveries')
    .set({ state: 'waiting', queued_at: now, ended_at: null, reason: null })
    .where('subscription_id', '=', which.subscriptionId)
    .where((eb) =>
      'id' in which
        ? eb.and([eb('id', '=', which.id), eb('state', '<>', 'waiting')])
        : eb.and([eb('state', '=', 'failed'), eb('ended_at', '>=', which.failedSince)]),
    )
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Ends what waits for a subscription that is switched off. */
export async function endWaiting(trx: Trx, subscriptionId: Id, now: Instant): Promise<void> {
  await trx
    .updateTable('webhook_deliveries')
    .set({ state: 'failed', reason: 'switched-off', ended_at: now })
    .where('subscription_id', '=', subscriptionId)
    .where('state', '=', 'waiting')
    .execute();
}

/** Ends what has waited since before `oldest`, in batches that hold no lock for long; returns how many of this batch. */
export async function endOverdue(
  db: Db,
  { oldest, limit, now }: { readonly oldest: Instant; readonly limit: number; readonly now: Instant },
): Promise<number> {
  const { numAffectedRows } = await sql`
    UPDATE webhook_deliveries SET state = 'failed', reason = coalesce(reason, 'too-old'), ended_at = ${now}
     WHERE id IN (
       SELECT id FROM webhook_deliveries WHERE state = 'waiting' AND queued_at < ${oldest} ORDER BY queued_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)`.execute(
    db,
  );
  return Number(numAffectedRows ?? 0n);
}

/** Ends the oldest of what waits for one subscription beyond `most`; returns how many of this batch. */
export async function endExcess(
  db: Db,
  excess: { readonly subscriptionId: Id; readonly most: number; readonly limit: number; readonly now: Instant },
): Promise<number> {
  const { subscriptionId, most, limit, now } = excess;
  const { numAffectedRows } = await sql`
    UPDATE webhook_deliveries SET state = 'failed', reason = 'too-many', ended_at = ${now}
     WHERE id IN (
       SELECT id FROM webhook_deliveries WHERE subscription_id = ${subscriptionId} AND state = 'waiting' AND id <= (
         SELECT id FROM webhook_deliveries WHERE subscription_id = ${subscriptionId} AND state = 'waiting'
          ORDER BY id DESC OFFSET ${most} LIMIT 1)
       ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** Forgets events from before `oldest` with their deliveries and tries, unless one still waits; returns how many of this batch. */
export async function deleteOld(
  db: Db,
  { oldest, limit }: { readonly oldest: Instant; readonly limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM webhook_events WHERE id IN (
      SELECT e.id FROM webhook_events e
       WHERE e.at < ${oldest}
         AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.id AND d.state = 'waiting')
       ORDER BY e.at LIMIT ${limit})`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
