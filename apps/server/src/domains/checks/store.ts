import { sql } from 'kysely';
import { type Db, type Trx, violatedConstraint } from '#platform/db';
import { AppError } from '#platform/errors';
import type { Heartbeat, HeartbeatState, Pulse } from './model.ts';

interface Row {
  id: string;
  integration_id: string;
  slug: string;
  name: string;
  interval_seconds: number;
  grace_seconds: number;
  severity: number;
  labels: Record<string, string>;
  matchers: string | null;
  paused: boolean;
  state: string;
  since: Temporal.Instant;
  reason: string | null;
  last_ping_at: Temporal.Instant | null;
  run_began_at: Temporal.Instant | null;
  last_run_seconds: number | null;
  last_message: string | null;
  wake_at: Temporal.Instant | null;
  tell_at: Temporal.Instant | null;
  version: number;
  created_at: Temporal.Instant;
}

const columns = sql`id, integration_id, slug, name, interval_seconds, grace_seconds, severity, labels, matchers, paused, state, since,
  reason, last_ping_at, run_began_at, last_run_seconds, last_message, wake_at, tell_at, version, created_at`;

function toHeartbeat(row: Row): Heartbeat {
  return {
    id: row.id,
    integrationId: row.integration_id,
    slug: row.slug,
    name: row.name,
    intervalSeconds: row.interval_seconds,
    graceSeconds: row.grace_seconds,
    severity: row.severity,
    labels: row.labels,
    matchers: row.matchers,
    paused: row.paused,
    state: row.state as HeartbeatState,
    since: row.since,
    reason: row.reason,
    lastPingAt: row.last_ping_at,
    runBeganAt: row.run_began_at,
    lastRunSeconds: row.last_run_seconds,
    lastMessage: row.last_message,
    wakeAt: row.wake_at,
    tellAt: row.tell_at,
    version: row.version,
    createdAt: row.created_at,
  };
}

/** All living heartbeats, by name. */
export async function listHeartbeats(db: Db): Promise<readonly Heartbeat[]> {
  const { rows } =
    await sql<Row>`SELECT ${columns} FROM heartbeats WHERE archived_at IS NULL ORDER BY name, id`.execute(db);
  return rows.map(toHeartbeat);
}

/** One living heartbeat, else HEARTBEAT_NOT_FOUND. `lock`: nobody else changes it before the transaction ends. */
export async function getHeartbeat(db: Db, id: string, { lock = false } = {}): Promise<Heartbeat> {
  const { rows } = await sql<Row>`
    SELECT ${columns} FROM heartbeats WHERE id = ${id} AND archived_at IS NULL ${lock ? sql`FOR UPDATE` : sql``}`.execute(
    db,
  );
  if (!rows[0]) throw new AppError('HEARTBEAT_NOT_FOUND');
  return toHeartbeat(rows[0]);
}

/** Locks heartbeats by id, in the order of their ids. */
export async function lockHeartbeats(trx: Trx, ids: readonly string[]): Promise<readonly Heartbeat[]> {
  const { rows } = await sql<Row>`
    SELECT ${columns} FROM heartbeats WHERE id = ANY(${ids}::uuid[]) AND archived_at IS NULL ORDER BY id FOR UPDATE`.execute(
    trx,
  );
  return rows.map(toHeartbeat);
}

/** Locks heartbeats that are missed by now; those that somebody else holds are theirs. */
export async function claimMissed(trx: Trx, now: Temporal.Instant, limit: number): Promise<readonly Heartbeat[]> {
  const { rows } = await sql<Row>`
    SELECT ${columns} FROM heartbeats WHERE wake_at <= ${now} AND archived_at IS NULL ORDER BY wake_at LIMIT ${limit}
       FOR UPDATE SKIP LOCKED`.execute(trx);
  return rows.map(toHeartbeat);
}

/** Takes heartbeats whose alert must be told, until `lease`: when we die meanwhile another tells. */
export async function claimUntold(
  db: Db,
  { now, lease, limit }: { readonly now: Temporal.Instant; readonly lease: Temporal.Instant; readonly limit: number },
): Promise<readonly Heartbeat[]> {
  const { rows } = await sql<Row>`
    UPDATE heartbeats SET tell_at = ${lease} WHERE id IN (
      SELECT id FROM heartbeats WHERE tell_at <= ${now} ORDER BY tell_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING ${columns}`.execute(db);
  return rows.map(toHeartbeat);
}

/** Its alert knows; unless it changed again while we told. */
export async function noteTold(db: Db, ids: readonly string[], lease: Temporal.Instant): Promise<void> {
  await sql`UPDATE heartbeats SET tell_at = NULL WHERE id = ANY(${ids}::uuid[]) AND tell_at = ${lease}`.execute(db);
}

/** When a heartbeat wants to be looked at; null when none does. */
export async function nextHeartbeatWake(db: Db): Promise<Temporal.Instant | null> {
  const { rows } = await sql<{ at: Temporal.Instant | null }>`
    SELECT LEAST((SELECT min(wake_at) FROM heartbeats WHERE wake_at IS NOT NULL),
                 (SELECT min(tell_at) FROM heartbeats WHERE tell_at IS NOT NULL)) AS at`.execute(db);
  return rows[0]?.at ?? null;
}

/** Writes pulses back in one statement. */
export async function savePulses(trx: Trx, pulses: readonly (Pulse & { readonly id: string })[]): Promise<void> {
  if (pulses.length === 0) return;
  const text = (at: Temporal.Instant | null) => at?.toString() ?? null;
  const rows = pulses.map((pulse) => ({
    id: pulse.id,
    state: pulse.state,
    since: text(pulse.since),
    reason: pulse.reason,
    ping: text(pulse.lastPingAt),
    began: text(pulse.runBeganAt),
    run: pulse.lastRunSeconds,
    message: pulse.lastMessage,
    wake: text(pulse.wakeAt),
    tell: text(pulse.tellAt),
  }));
  await sql`
    UPDATE heartbeats h SET state = r.state, since = r.since, reason = r.reason, last_ping_at = r.ping, run_began_at = r.began,
           last_run_seconds = r.run, last_message = r.message, wake_at = r.wake, tell_at = r.tell
      FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
        AS r(id uuid, state text, since timestamptz, reason text, ping timestamptz, began timestamptz, run int, message text, wake timestamptz, tell timestamptz)
     WHERE h.id = r.id`.execute(trx);
}

/** What people set of a heartbeat. */
export type HeartbeatFields = Pick<
  Heartbeat,
  'name' | 'intervalSeconds' | 'graceSeconds' | 'severity' | 'labels' | 'matchers' | 'paused'
>;

/** Adds a heartbeat that waits for its first ping; HEARTBEAT_SLUG_TAKEN when its address is in use. */
export async function insertHeartbeat(
  trx: Trx,
  draft: HeartbeatFields & { readonly id: string; readonly integrationId: string; readonly slug: string },
  now: Temporal.Instant,
): Promise<void> {
  await trx
    .insertInto('heartbeats')
    .values({
      id: draft.id,
      integration_id: draft.integrationId,
      slug: draft.slug,
      name: draft.name,
      interval_seconds: draft.intervalSeconds,
      grace_seconds: draft.graceSeconds,
      severity: draft.severity,
      labels: sql`${JSON.stringify(draft.labels)}::json`,
      matchers: draft.matchers,
      paused: draft.paused,
      since: now,
      created_at: now,
      updated_at: now,
    })
    .execute()
    .catch((error: unknown) => {
      if (violatedConstraint(error) !== 'heartbeats_slug_key') throw error;
      throw new AppError('HEARTBEAT_SLUG_TAKEN', {}, { cause: error });
    });
}

/** Changes what people set, of a heartbeat that is locked. */
export async function updateHeartbeat(
  trx: Trx,
  id: string,
  fields: HeartbeatFields,
  now: Temporal.Instant,
): Promise<void> {
  await trx
    .updateTable('heartbeats')
    .set({
      name: fields.name,
      interval_seconds: fields.intervalSeconds,
      grace_seconds: fields.graceSeconds,
      severity: fields.severity,
      labels: sql`${JSON.stringify(fields.labels)}::json`,
      matchers: fields.matchers,
      paused: fields.paused,
      updated_at: now,
      version: sql`version + 1`,
    })
    .where('id', '=', id)
    .execute();
}

/** Ends a heartbeat. */
export async function archiveHeartbeat(trx: Trx, id: string, now: Temporal.Instant): Promise<void> {
  await trx.updateTable('heartbeats').set({ archived_at: now, wake_at: null }).where('id', '=', id).execute();
}

const HEARD = 'checks.heard';

/** Notes that pings are listened to at this moment; answers the moment noted before. */
export async function noteHearing(db: Db, now: Temporal.Instant): Promise<Temporal.Instant | null> {
  const { rows } = await sql<{ before: string | null }>`
    WITH before AS (SELECT value ->> 0 AS at FROM settings WHERE key = ${HEARD})
    INSERT INTO settings (key, value, updated_at) VALUES (${HEARD}, json_build_array(${now.toString()}::text), ${now})
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
    RETURNING (SELECT at FROM before) AS before`.execute(db);
  const before = rows[0]?.before ?? null;
  return before === null ? null : Temporal.Instant.from(before);
}

/** Gives every heartbeat that would be missed before `leastGrace` from now, or its own grace, that much more time; answers how many. */
export async function giveTime(trx: Trx, now: Temporal.Instant, leastGraceSeconds: number): Promise<number> {
  const result = await trx
    .updateTable('heartbeats')
    .set({
      wake_at: sql`${now}::timestamptz + GREATEST(grace_seconds, ${leastGraceSeconds}::int) * interval '1 second'`,
    })
    .where(
      'wake_at',
      '<',
      sql<Temporal.Instant>`${now}::timestamptz + GREATEST(grace_seconds, ${leastGraceSeconds}::int) * interval '1 second'`,
    )
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}
