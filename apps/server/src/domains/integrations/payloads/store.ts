import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '#platform/db';
import type { Refusal } from '../model.ts';

/** A request as it is stored; its id and moment are those of what the alerts of it name. */
export interface StoredRequest {
  readonly id: string;
  /** Whole milliseconds: the intake stores no finer. */
  readonly at: Temporal.Instant;
  readonly integrationId: string;
  readonly contentType: string | null;
  readonly body: Buffer;
}

/** Dead letters of one integration kept whole; of what comes on top only the beginning is. */
const MOST_WHOLE = 1_000;
const KEPT_BYTES = 4_096;
const CUT: Refusal = {
  index: null,
  pointer: null,
  reason: `more than ${MOST_WHOLE} requests wait to be understood: only the beginning of this one is kept`,
};

/**
 * Keeps what could not be understood of a request: beside it when its good items stored it already, else with it. A
 * sender that sends nothing else may not fill the disk: beyond a thousand each is listed, but cut.
 */
export async function keepRefused(db: Db, request: StoredRequest, refused: readonly Refusal[]): Promise<void> {
  const { id, at, integrationId, contentType, body } = request;
  const reasons = JSON.stringify(refused);
  await sql`
    WITH waiting AS (
      SELECT count(*) >= ${MOST_WHOLE}::int AS many FROM (
        SELECT 1 FROM event_payloads WHERE integration_id = ${integrationId} AND refused IS NOT NULL LIMIT ${MOST_WHOLE}) AS capped)
    INSERT INTO event_payloads (id, integration_id, at, content_type, body, refused)
    SELECT ${id}::uuid, ${integrationId}::uuid, ${at}::timestamptz, ${contentType}::text,
           CASE WHEN many THEN substring(${body}::bytea FROM 1 FOR ${KEPT_BYTES}::int) ELSE ${body}::bytea END,
           CASE WHEN many THEN ${JSON.stringify([...refused, CUT])}::text::json ELSE ${reasons}::text::json END FROM waiting
    ON CONFLICT (id, at) DO UPDATE SET refused = ${reasons}::text::json`.execute(db);
}

/** Notes that a request was read again, and what still is not understood of it. */
export async function noteReplay(
  db: Db,
  key: Pick<StoredRequest, 'id' | 'at'>,
  outcome: { readonly refused: readonly Refusal[]; readonly now: Temporal.Instant },
): Promise<void> {
  const left = outcome.refused.length > 0 ? JSON.stringify(outcome.refused) : null;
  await sql`
    UPDATE event_payloads SET replayed_at = ${outcome.now}, refused = ${left}::text::json
     WHERE id = ${key.id} AND at = ${key.at}`.execute(db);
}

/** A delivery that is signed with its date or id. */
export interface DeliveryKey {
  readonly integrationId: string;
  /** What no other delivery has. */
  readonly key: string;
}

const digestOf = ({ key }: DeliveryKey) => hash('sha256', key, 'buffer');

/** Whether a delivery was taken before. */
export async function wasTaken(db: Db, delivery: DeliveryKey): Promise<boolean> {
  const row = await db
    .selectFrom('taken_deliveries')
    .select('expires_at')
    .where('integration_id', '=', delivery.integrationId)
    .where('digest', '=', digestOf(delivery))
    .executeTakeFirst();
  return row !== undefined;
}

/** Remembers a delivery until its date is too old to be taken again. */
export async function noteTaken(db: Db, delivery: DeliveryKey, expiresAt: Temporal.Instant): Promise<void> {
  await db
    .insertInto('taken_deliveries')
    .values({ integration_id: delivery.integrationId, digest: digestOf(delivery), expires_at: expiresAt })
    .onConflict((conflict) => conflict.columns(['integration_id', 'digest']).doNothing())
    .execute();
}

/** How long a thread of mail is remembered after its last mail was taken. */
const THREAD_DAYS = 30;

/** The identity of the alert that these mails of an integration were about: that of the first which is known. */
export async function identityOfThread(
  db: Db,
  integrationId: string,
  messageIds: readonly string[],
): Promise<string | null> {
  if (messageIds.length === 0) return null;
  const hashes = messageIds.map(hashOfMessage);
  const { rows } = await sql<{ identity: string }>`
    SELECT encode(identity, 'hex') AS identity FROM mail_threads
     WHERE integration_id = ${integrationId} AND message_hash = ANY(${hashes}::bytea[])
     ORDER BY array_position(${hashes}::bytea[], message_hash) LIMIT 1`.execute(db);
  return rows[0]?.identity ?? null;
}

/** Remembers which alert a mail was about. */
export async function noteThread(
  db: Db,
  mail: { readonly integrationId: string; readonly messageId: string; readonly identity: string },
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    INSERT INTO mail_threads (integration_id, message_hash, identity, at)
    VALUES (${mail.integrationId}, ${hashOfMessage(mail.messageId)}, decode(${mail.identity}, 'hex'), ${now})
    ON CONFLICT (integration_id, message_hash) DO UPDATE SET at = excluded.at`.execute(db);
}

const hashOfMessage = (messageId: string) => hash('sha256', messageId, 'buffer');

/** Forgets deliveries that are too old to be taken, and threads that have ended long ago. */
export async function sweepPayloads(db: Db, now: Temporal.Instant): Promise<void> {
  await db.deleteFrom('taken_deliveries').where('expires_at', '<', now).execute();
  await db
    .deleteFrom('mail_threads')
    .where('at', '<', now.subtract({ hours: 24 * THREAD_DAYS }))
    .execute();
}
