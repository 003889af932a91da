import { type RawBuilder, sql } from 'kysely';
import type { Db, Trx } from '#platform/db';
import type { Id, Instant, StoredEvent, TryResult } from '../model.ts';
import { type StoredSubscription, subscriptionFrom } from '../subscriptions/store.ts';
import type { Standing } from '../retry.ts';

/** What is due, and when the next is. */
export interface Claim {
  readonly ids: readonly Id[];
  readonly databaseTime: Instant;
}

/**
 * Leases subscriptions that have something waiting and may be called now. NO KEY: nothing of the paging path refers to
 * these rows, and two processes pass each other by.
 */
export async function claimDue(
  trx: Trx,
  claim: {
    readonly now: Instant;
    readonly until: Instant;
    readonly lease: Id;
    readonly limit: number;
    readonly databaseNow: RawBuilder<Instant>;
  },
): Promise<Claim> {
  const { now, until, lease, limit, databaseNow } = claim;
  const { rows } = await sql<{ id: Id | null; at: Instant }>`
    WITH due AS (
      SELECT s.id FROM webhook_subscriptions s
       WHERE s.enabled AND s.archived_at IS NULL AND s.wake_at <= ${now}
         AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.subscription_id = s.id AND d.state = 'waiting')
       ORDER BY s.wake_at LIMIT ${limit} FOR NO KEY UPDATE SKIP LOCKED
    ), taken AS (
      UPDATE webhook_subscriptions s SET lease = ${lease}, wake_at = ${until} FROM due WHERE s.id = due.id RETURNING s.id
    )
    SELECT taken.id, ${databaseNow} AS at FROM (SELECT 1) AS one LEFT JOIN taken ON true`.execute(trx);
  return {
    ids: rows.flatMap((row) => (row.id === null ? [] : [row.id])),
    databaseTime: (rows[0] as { at: Instant }).at,
  };
}

/** When the first subscription that has something waiting may be called; leases count. */
export async function nextWake(db: Db): Promise<Instant | null> {
  const { rows } = await sql<{ at: Instant | null }>`
    SELECT min(s.wake_at) AS at FROM webhook_subscriptions s
     WHERE s.enabled AND s.archived_at IS NULL
       AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.subscription_id = s.id AND d.state = 'waiting')`.execute(
    db,
  );
  return rows[0]?.at ?? null;
}

/** The first waiting delivery of a leased subscription, with the subscription as it is now. */
export interface NextDelivery {
  readonly subscription: StoredSubscription;
  readonly id: number;
  readonly queuedAt: Instant;
  readonly attempts: number;
  readonly event: StoredEvent;
}

/** Null when nothing waits, the lease is another's, or the subscription was switched off meanwhile. */
export async function readNext(
  db: Db,
  { id, lease }: { readonly id: Id; readonly lease: Id },
): Promise<NextDelivery | null> {
  const subscription = await db
    .selectFrom('webhook_subscriptions')
    .selectAll()
    .where('id', '=', id)
    .where('lease', '=', lease)
    .where('enabled', '=', true)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  if (!subscription) return null;
  const row = await db
    .selectFrom('webhook_deliveries as d')
    .innerJoin('webhook_events as e', 'e.id', 'd.event_id')
    .select(['d.id', 'd.queued_at', 'd.attempts', 'd.event_id', 'e.type', 'e.at', 'e.page_id', 'e.agent', 'e.data'])
    .where('d.subscription_id', '=', id)
    .where('d.state', '=', 'waiting')
    .orderBy('d.id')
    .limit(1)
    .executeTakeFirst();
  if (!row) return null;
  return {
    subscription: subscriptionFrom(subscription),
    id: row.id,
    queuedAt: row.queued_at,
    attempts: row.attempts,
    event: {
      id: row.event_id,
      type: row.type,
      at: row.at,
      pageId: row.page_id,
      agent: row.agent as StoredEvent['agent'],
      data: row.data as StoredEvent['data'],
    },
  };
}

/** Locks a subscription whose lease is ours; null when another has taken it. */
export async function lockLeased(
  trx: Trx,
  { id, lease }: { readonly id: Id; readonly lease: Id },
): Promise<Standing | null> {
  const row = await trx
    .selectFrom('webhook_subscriptions')
    .select(['failures', 'failing_since'])
    .where('id', '=', id)
    .where('lease', '=', lease)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row ? { failures: row.failures, failingSince: row.failing_since } : null;
}

/** Writes how a try went. */
export async function insertTry(
  trx: Trx,
  tried: {
    readonly deliveryId: number;
    readonly attempt: number;
    readonly result: TryResult;
    readonly milliseconds: number;
    readonly now: Instant;
  },
): Promise<void> {
  const { deliveryId, attempt, result, milliseconds, now } = tried;
  await trx
    .insertInto('webhook_attempts')
    .values({
      delivery_id: deliveryId,
      at: now,
      attempt,
      duration_ms: Math.round(milliseconds),
      status: result.status,
      reason: result.ok ? null : result.reason,
      detail: result.ok ? null : result.detail,
      answer: result.answer,
    })
    .execute();
}

/** Writes where a delivery stands after a try. One that was put an end to meanwhile keeps that end. */
export async function updateDelivery(
  trx: Trx,
  after: {
    readonly id: number;
    readonly state: 'delivered' | 'waiting' | 'failed';
    readonly reason: string | null;
    readonly now: Instant;
  },
): Promise<void> {
  await trx
    .updateTable('webhook_deliveries')
    .set({
      state: after.state,
      reason: after.reason,
      attempts: sql`attempts + 1`,
      ended_at: after.state === 'waiting' ? null : after.now,
    })
    .where('id', '=', after.id)
    .where('state', '=', 'waiting')
    .execute();
}

/** Writes where a subscription stands after a try; `lease` null lets it go until `wakeAt`. */
export async function updateStanding(
  trx: Trx,
  after: {
    readonly id: Id;
    readonly standing: Standing;
    readonly delivered: boolean;
    readonly wakeAt: Instant;
    readonly lease: Id | null;
    readonly now: Instant;
  },
): Promise<void> {
  await trx
    .updateTable('webhook_subscriptions')
    .set({
      failures: after.standing.failures,
      failing_since: after.standing.failingSince,
      wake_at: after.wakeAt,
      lease: after.lease,
      ...(after.delivered ? { last_delivered_at: after.now } : {}),
    })
    .where('id', '=', after.id)
    .execute();
}

/** Lets go of a lease that found nothing to send. */
export async function release(
  db: Db,
  { id, lease }: { readonly id: Id; readonly lease: Id },
  now: Instant,
): Promise<void> {
  await db
    .updateTable('webhook_subscriptions')
    .set({ lease: null, wake_at: now })
    .where('id', '=', id)
    .where('lease', '=', lease)
    .execute();
}
