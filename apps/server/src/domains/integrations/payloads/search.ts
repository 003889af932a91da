import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#platform/db';
import type { Refusal } from '../model.ts';
import type { StoredRequest } from './store.ts';

/** Bytes of a dead letter's body that are shown. */
const SHOWN_BYTES = 4_096;
/** Dead letters of one integration counted at most. */
const MOST_COUNTED = 1_000;

/** A request of which something was not understood, its body bounded. */
export interface DeadLetter {
  readonly id: string;
  readonly at: Temporal.Instant;
  readonly contentType: string | null;
  readonly bytes: number;
  readonly head: Buffer;
  readonly refused: readonly Refusal[];
  readonly replayedAt: Temporal.Instant | null;
}

/** The newest dead letters of an integration, below a moment and id. */
export async function listDeadLetters(
  db: Db,
  input: {
    readonly integrationId: string;
    readonly before: readonly [at: Temporal.Instant, id: string] | null;
    readonly limit: number;
  },
): Promise<readonly DeadLetter[]> {
  const { integrationId, before, limit } = input;
  const after = before
    ? sql`AND at <= ${before[0]}::timestamptz AND (at, id) < (${before[0]}::timestamptz, ${before[1]}::uuid)`
    : sql``;
  const { rows } = await sql<DeadLetter>`
    SELECT id, at, content_type AS "contentType", octet_length(body) AS bytes,
           substring(body FROM 1 FOR ${SHOWN_BYTES}::int) AS head, refused, replayed_at AS "replayedAt"
      FROM event_payloads WHERE integration_id = ${integrationId} AND refused IS NOT NULL ${after}
     ORDER BY at DESC, id DESC LIMIT ${limit}`.execute(db);
  return rows;
}

/** How many dead letters each integration has, up to a thousand; those without any are left out. */
export async function countDeadLetters(
  db: Db,
  integrationIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (integrationIds.length === 0) return new Map();
  const { rows } = await sql<{ id: string; n: number }>`
    SELECT i.id, c.n FROM unnest(${integrationIds}::uuid[]) AS i(id) CROSS JOIN LATERAL (
      SELECT count(*)::int AS n FROM (
        SELECT 1 FROM event_payloads p WHERE p.integration_id = i.id AND p.refused IS NOT NULL LIMIT ${MOST_COUNTED}) AS capped) AS c
     WHERE c.n > 0`.execute(db);
  return new Map(rows.map(({ id, n }) => [id, n]));
}

/** A stored request whole, with what was not understood of it. */
export interface WholeRequest extends StoredRequest {
  readonly refused: readonly Refusal[] | null;
}

/** One stored request of an integration; null when it is gone or another's. */
export async function findRequest(db: Db, integrationId: string, id: string): Promise<WholeRequest | null> {
  const [found] = await readRequests(db, sql`integration_id = ${integrationId} AND id = ${id}`, 1);
  return found ?? null;
}

/** The newest requests of an integration, whole. */
export async function newestRequests(db: Db, integrationId: string, limit: number): Promise<readonly WholeRequest[]> {
  return readRequests(db, sql`integration_id = ${integrationId}`, limit);
}

/** Ids of the dead letters of an integration since a moment, the oldest first: replayed, they come in their order. */
export async function deadLettersSince(
  db: Db,
  input: { readonly integrationId: string; readonly since: Temporal.Instant; readonly limit: number },
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM event_payloads
     WHERE integration_id = ${input.integrationId} AND refused IS NOT NULL AND at >= ${input.since}
     ORDER BY at, id LIMIT ${input.limit}`.execute(db);
  return rows.map(({ id }) => id);
}

async function readRequests(db: Db, where: RawBuilder<unknown>, limit: number): Promise<readonly WholeRequest[]> {
  const { rows } = await sql<WholeRequest>`
    SELECT id, integration_id AS "integrationId", at, content_type AS "contentType", body, refused
      FROM event_payloads WHERE ${where} ORDER BY at DESC, id DESC LIMIT ${limit}`.execute(db);
  return rows;
}

/** Whether an alert of this identity fires. Reads the alerts domain's table: one row by its unique key. */
export async function isFiring(db: Db, integrationId: string, identity: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT 1 FROM alerts WHERE integration_id = ${integrationId} AND identity = decode(${identity}, 'hex')
       AND current AND status = 'firing'`.execute(db);
  return rows.length > 0;
}
