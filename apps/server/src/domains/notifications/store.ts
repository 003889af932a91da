import { sql } from 'kysely';
import { type Db, type Trx, toPostgres } from '#platform/db';
import { uuidArray } from '#platform/pg-arrays';
import type { CancelReason, Id, Instant, NotificationKind, Severity, StoredReason, Urgency } from './model.ts';

/** A notification as it is queued. */
export interface NewNotification {
  readonly id: Id;
  readonly groupId: Id | null;
  readonly runId: Id | null;
  readonly round: number;
  readonly step: number;
  readonly kind: NotificationKind;
  readonly userId: Id | null;
  readonly endpointId: Id | null;
  readonly methodId: Id | null;
  readonly channel: string;
  readonly urgency: Urgency;
  readonly severity: Severity;
  readonly reason: StoredReason;
  readonly dueAt: Instant;
}

/** Queues notifications in one statement; a call that has a row already keeps that row. Returns how many were new. */
export async function insertNotifications(trx: Trx, rows: readonly NewNotification[], now: Instant): Promise<number> {
  if (rows.length === 0) return 0;
  const texts = JSON.stringify(rows.map((row) => ({ ...row, dueAt: toPostgres(row.dueAt) })));
  const result = await sql`
    INSERT INTO notifications (id, group_id, run_id, round, step, kind, user_id, endpoint_id, method_id, channel, urgency, severity,
                               state, reason, due_at, wake_at, created_at)
    SELECT id, "groupId", "runId", round, step, kind, "userId", "endpointId", "methodId", channel, urgency, severity,
           'queued', reason, "dueAt", "dueAt", ${now}::timestamptz
      FROM json_to_recordset(${texts}::text::json)
        AS r(id uuid, "groupId" uuid, "runId" uuid, round int, step int, kind text, "userId" uuid, "endpointId" uuid, "methodId" uuid,
             channel text, urgency text, severity smallint, reason json, "dueAt" timestamptz)
    ON CONFLICT DO NOTHING`.execute(trx);
  return Number(result.numAffectedRows ?? 0);
}

/**
 * Cancels the calls and updates of runs that have not ended, rows locked by id. What a cancelled carrier told of
 * besides belongs to other pages: it waits on its own again. Returns how many were cancelled.
 */
export async function cancelOfRuns(
  trx: Trx,
  { runIds, reason, now }: { readonly runIds: readonly Id[]; readonly reason: CancelReason; readonly now: Instant },
): Promise<number> {
  const { rows } = await sql<{ id: Id }>`
    WITH doomed AS (SELECT id, state FROM notifications
                     WHERE run_id = ANY(${uuidArray(runIds)}::uuid[]) AND state IN ('queued', 'leased') AND kind IN ('page', 'update')
                     ORDER BY id FOR UPDATE)
    UPDATE notifications n
       SET state = 'cancelled', wake_at = NULL, ended_at = ${now}, end_reason = json_build_object('kind', 'cancelled', 'reason', ${reason}::text, 'underWay', d.state = 'leased')
      FROM doomed d WHERE n.id = d.id
    RETURNING n.id`.execute(trx);
  if (rows.length > 0) await freeFolded(trx, { carriers: rows.map((row) => row.id), now });
  return rows.length;
}

/** What these carriers told of besides waits on its own again, from now. */
export async function freeFolded(
  trx: Trx,
  { carriers, now }: { readonly carriers: readonly Id[]; readonly now: Instant },
): Promise<void> {
  await sql`
    WITH freed AS (SELECT id FROM notifications WHERE carrier_id = ANY(${uuidArray(carriers)}::uuid[]) AND wake_at IS NOT NULL ORDER BY id FOR UPDATE)
    UPDATE notifications n SET state = 'queued', carrier_id = NULL, lease = NULL, wake_at = ${now} FROM freed f WHERE n.id = f.id`.execute(
    trx,
  );
}

/** One way by which somebody was really told of a page. */
export interface ToldWay {
  readonly groupId: Id;
  readonly userId: Id | null;
  readonly endpointId: Id | null;
  readonly methodId: Id | null;
  readonly channel: string;
  readonly urgency: Urgency;
  readonly severity: Severity;
}

/**
 * The ways by which people and endpoints were told of these pages since they were last told of a resolve. A call that
 * was under way when it was cancelled counts: it may have arrived, and a resolve too many is better than a page left open.
 */
export async function readToldWays(trx: Trx, groupIds: readonly Id[]): Promise<readonly ToldWay[]> {
  const { rows } = await sql<{
    group_id: Id;
    user_id: Id | null;
    endpoint_id: Id | null;
    method_id: Id | null;
    channel: string;
    urgency: Urgency;
    severity: Severity;
  }>`
    SELECT DISTINCT ON (n.group_id, n.user_id, n.endpoint_id, n.method_id)
           n.group_id, n.user_id, n.endpoint_id, n.method_id, n.channel, n.urgency, n.severity
      FROM notifications n
     WHERE n.group_id = ANY(${uuidArray(groupIds)}::uuid[]) AND n.kind IN ('page', 'update')
       AND (n.sent_at IS NOT NULL OR (n.state = 'cancelled' AND n.attempts > 0 AND n.end_reason->>'underWay' = 'true')
            OR (n.state = 'cancelled' AND EXISTS (SELECT 1 FROM notification_attempts a WHERE a.notification_id = n.id AND a.kind = 'accepted')))
       AND NOT EXISTS (SELECT 1 FROM notifications r
                        WHERE r.group_id = n.group_id AND r.kind = 'resolved' AND r.created_at >= n.created_at
                          AND r.user_id IS NOT DISTINCT FROM n.user_id AND r.endpoint_id IS NOT DISTINCT FROM n.endpoint_id
                          AND r.method_id IS NOT DISTINCT FROM n.method_id)
     ORDER BY n.group_id, n.user_id, n.endpoint_id, n.method_id, n.created_at DESC`.execute(trx);
  return rows.map((row) => ({
    groupId: row.group_id,
    userId: row.user_id,
    endpointId: row.endpoint_id,
    methodId: row.method_id,
    channel: row.channel,
    urgency: row.urgency,
    severity: row.severity,
  }));
}

/** The methods by which a person was told of a page, the last one first. */
export async function readToldMethods(
  trx: Trx,
  { groupId, userId }: { readonly groupId: Id; readonly userId: Id },
): Promise<readonly Id[]> {
  const { rows } = await sql<{ method_id: Id }>`
    SELECT method_id FROM notifications
     WHERE group_id = ${groupId} AND user_id = ${userId} AND kind = 'page' AND sent_at IS NOT NULL AND method_id IS NOT NULL
     GROUP BY method_id ORDER BY max(sent_at) DESC`.execute(trx);
  return rows.map((row) => row.method_id);
}

/** True when an update of this page to this person is queued and not yet rendered: it will say the newest anyway. */
export async function hasWaitingUpdate(
  trx: Trx,
  { groupId, userId }: { readonly groupId: Id; readonly userId: Id },
): Promise<boolean> {
  const { rows } = await sql`
    SELECT 1 FROM notifications
     WHERE group_id = ${groupId} AND user_id = ${userId} AND kind = 'update' AND state = 'queued' AND attempts = 0 LIMIT 1`.execute(
    trx,
  );
  return rows.length > 0;
}

/** The links of these pages are dead from now on. */
export async function killReplyTokens(trx: Trx, groupIds: readonly Id[], now: Instant): Promise<void> {
  await sql`UPDATE reply_tokens SET dead_at = ${now} WHERE group_id = ANY(${uuidArray(groupIds)}::uuid[]) AND dead_at IS NULL`.execute(
    trx,
  );
}

/** A link as stored. */
export interface ReplyToken {
  readonly notificationId: Id;
  readonly groupId: Id;
  readonly userId: Id;
  readonly deadAt: Instant | null;
  /** Why escalation called, for "why me?". */
  readonly reason: StoredReason | null;
}

/** Finds a link by the hash of its token. */
export async function findReplyToken(db: Db, hash: Buffer): Promise<ReplyToken | null> {
  const { rows } = await sql<{
    notification_id: Id;
    group_id: Id;
    user_id: Id;
    dead_at: Instant | null;
    reason: StoredReason | null;
  }>`
    SELECT t.notification_id, t.group_id, t.user_id, t.dead_at, n.reason
      FROM reply_tokens t LEFT JOIN notifications n ON n.id = t.notification_id WHERE t.token_hash = ${hash}`.execute(
    db,
  );
  const row = rows[0];
  return row
    ? {
        notificationId: row.notification_id,
        groupId: row.group_id,
        userId: row.user_id,
        deadAt: row.dead_at,
        reason: row.reason,
      }
    : null;
}

/** Who has been told of a page so far, by which channels, oldest first. */
export async function readPagedSoFar(
  db: Db,
  groupId: Id,
): Promise<readonly { readonly userId: Id; readonly channels: readonly string[] }[]> {
  const { rows } = await sql<{ user_id: Id; channels: string[] }>`
    SELECT user_id, json_agg(DISTINCT channel) AS channels FROM notifications
     WHERE group_id = ${groupId} AND kind = 'page' AND user_id IS NOT NULL AND (sent_at IS NOT NULL OR (state = 'leased' AND attempts > 0))
     GROUP BY user_id ORDER BY min(created_at) LIMIT 20`.execute(db);
  return rows.map((row) => ({ userId: row.user_id, channels: row.channels }));
}
