import { type RawBuilder, sql } from 'kysely';
import { type Db, json, type Trx } from '#platform/db';
import { textArray, uuidArray } from '#platform/pg-arrays';
import type { Sibling } from '../failover.ts';
import type { InterruptionState } from '../interruptions.ts';
import type {
  Id,
  Instant,
  NotificationEnd,
  NotificationKind,
  NotificationState,
  Severity,
  StoredReason,
  Urgency,
} from '../model.ts';
import type { PendingRow } from './plan.ts';

/** Rows looked at in one scan; who has more waiting is claimed whole anyway. */
const SCANNED = 5_000;
/** Serialises what follows failures: two methods that fail at once must not each leave it to the other. */
const FAILOVER_LOCK = 0x70c510;

/** Somebody (or a single row that belongs to nobody) with something due, the worst and longest due first. */
export interface DueParty {
  readonly userId: Id | null;
  /** The row, where there is no person. */
  readonly id: Id | null;
}

/** One scan of what is due. */
export interface DueScan {
  readonly parties: readonly DueParty[];
  readonly nextAt: Instant | null;
  readonly databaseTime: Instant;
  readonly configVersion: number;
}

/** Finds who has something due, without locking. */
export async function scanDue(
  db: Db,
  {
    now,
    limit,
    full,
    databaseNow,
  }: {
    readonly now: Instant;
    readonly limit: number;
    /** Channels that have no room now. */
    readonly full: readonly string[];
    readonly databaseNow: RawBuilder<Instant>;
  },
): Promise<DueScan> {
  const { rows } = await sql<{
    user_id: Id | null;
    row_id: Id | null;
    next_at: Instant | null;
    database_time: Instant;
    config_version: number;
  }>`
    WITH due AS (SELECT id, user_id, severity, wake_at FROM notifications WHERE wake_at <= ${now} AND channel <> ALL(${textArray(full)}::text[]) ORDER BY wake_at LIMIT ${SCANNED}),
         parties AS (SELECT user_id, CASE WHEN user_id IS NULL THEN id END AS row_id, min(severity) AS worst, min(wake_at) AS first
                       FROM due GROUP BY 1, 2 ORDER BY 3, 4 LIMIT ${limit})
    SELECT p.user_id, p.row_id, (SELECT min(wake_at) FROM notifications WHERE wake_at > ${now}) AS next_at,
           ${databaseNow} AS database_time, c.version AS config_version
      FROM config_version c LEFT JOIN parties p ON true ORDER BY p.worst, p.first`.execute(db);
  const first = rows[0];
  if (!first) throw new Error('config_version has no row: the schema is damaged');
  return {
    parties: rows
      .filter((row) => row.user_id !== null || row.row_id !== null)
      .map((row) => ({ userId: row.user_id, id: row.row_id })),
    nextAt: first.next_at,
    databaseTime: first.database_time,
    configVersion: first.config_version,
  };
}

/** Locks a person for the length of a claim; null when another sender has them. */
export async function lockPerson(trx: Trx, userId: Id): Promise<InterruptionState | null> {
  await sql`INSERT INTO interruptions (user_id) VALUES (${userId}) ON CONFLICT DO NOTHING`.execute(trx);
  const { rows } = await sql<{ last_at: Instant | null; marks: number }>`
    SELECT last_at, marks FROM interruptions WHERE user_id = ${userId} FOR UPDATE SKIP LOCKED`.execute(trx);
  const row = rows[0];
  return row ? { lastAt: row.last_at, marks: row.marks } : null;
}

interface RawRow {
  id: Id;
  kind: NotificationKind;
  group_id: Id | null;
  run_id: Id | null;
  round: number;
  step: number;
  user_id: Id | null;
  endpoint_id: Id | null;
  method_id: Id | null;
  channel: string;
  urgency: Urgency;
  severity: Severity;
  reason: StoredReason;
  state: 'queued' | 'leased';
  due_at: Instant;
  wake_at: Instant;
  attempts: number;
  carrier_id: Id | null;
  told: boolean;
}

const pendingColumns = sql`n.id, n.kind, n.group_id, n.run_id, n.round, n.step, n.user_id, n.endpoint_id, n.method_id, n.channel, n.urgency,
  n.severity, n.reason, n.state, n.due_at, n.wake_at, n.attempts, n.carrier_id`;

function toRow(raw: RawRow): PendingRow {
  return {
    id: raw.id,
    kind: raw.kind,
    groupId: raw.group_id,
    runId: raw.run_id,
    round: raw.round,
    step: raw.step,
    userId: raw.user_id,
    endpointId: raw.endpoint_id,
    methodId: raw.method_id,
    channel: raw.channel,
    urgency: raw.urgency,
    severity: raw.severity,
    reason: raw.reason,
    state: raw.state,
    dueAt: raw.due_at,
    wakeAt: raw.wake_at,
    attempts: raw.attempts,
    carrierId: raw.carrier_id,
    told: raw.told,
  };
}

/** Locks all that is due with a person; rows that somebody else holds just now (a cancel) are left to them. */
export async function lockRowsOf(trx: Trx, userId: Id, now: Instant): Promise<readonly PendingRow[]> {
  const { rows } = await sql<RawRow>`
    SELECT ${pendingColumns},
           n.kind = 'page' AND EXISTS (SELECT 1 FROM notifications t WHERE t.run_id = n.run_id AND t.round = n.round AND t.step = n.step
                                          AND t.user_id = n.user_id AND t.kind = 'page' AND t.sent_at IS NOT NULL) AS told
      FROM notifications n
     WHERE n.user_id = ${userId} AND n.wake_at IS NOT NULL AND n.due_at <= ${now} AND (n.state = 'queued' OR n.wake_at <= ${now})
     ORDER BY n.id FOR UPDATE OF n SKIP LOCKED`.execute(trx);
  return rows.map(toRow);
}

/** Locks one due row that belongs to no person. */
export async function lockSingle(trx: Trx, id: Id, now: Instant): Promise<PendingRow | null> {
  const { rows } = await sql<RawRow>`
    SELECT ${pendingColumns}, false AS told FROM notifications n WHERE n.id = ${id} AND n.wake_at <= ${now} FOR UPDATE SKIP LOCKED`.execute(
    trx,
  );
  return rows[0] ? toRow(rows[0]) : null;
}

/** Leases rows to this sender; each folded one with its carrier. */
export async function leaseRows(
  trx: Trx,
  claim: {
    readonly lease: Id;
    readonly until: Instant;
    readonly orders: readonly {
      readonly carrier: { readonly id: Id };
      readonly folded: readonly { readonly id: Id }[];
    }[];
  },
): Promise<void> {
  const pairs = claim.orders.flatMap(({ carrier, folded }) => [
    { id: carrier.id, carrier: null },
    ...folded.map((row) => ({ id: row.id, carrier: carrier.id })),
  ]);
  if (pairs.length === 0) return;
  await sql`
    UPDATE notifications n SET state = 'leased', lease = ${claim.lease}, wake_at = ${claim.until}, carrier_id = p.carrier
      FROM json_to_recordset(${JSON.stringify(pairs)}::text::json) AS p(id uuid, carrier uuid) WHERE n.id = p.id`.execute(
    trx,
  );
}

/** Groups this sender's own rows anew; what was cancelled meanwhile stays so. */
export async function regroupRows(
  trx: Trx,
  lease: Id,
  orders: readonly { readonly carrier: { readonly id: Id }; readonly folded: readonly { readonly id: Id }[] }[],
): Promise<void> {
  const pairs = orders.flatMap(({ carrier, folded }) => [
    { id: carrier.id, carrier: null },
    ...folded.map((row) => ({ id: row.id, carrier: carrier.id })),
  ]);
  await sql`
    UPDATE notifications n SET carrier_id = p.carrier
      FROM json_to_recordset(${JSON.stringify(pairs)}::text::json) AS p(id uuid, carrier uuid)
     WHERE n.id = p.id AND n.lease = ${lease} AND n.state = 'leased'`.execute(trx);
}

/** Puts off rows that may not go yet. */
export async function deferRows(trx: Trx, ids: readonly Id[], until: Instant): Promise<void> {
  if (ids.length === 0) return;
  await sql`UPDATE notifications SET wake_at = ${until}, carrier_id = NULL WHERE id = ANY(${uuidArray(ids)}::uuid[])`.execute(
    trx,
  );
}

/** Stores when a person was interrupted. */
export async function saveInterruption(trx: Trx, userId: Id, state: InterruptionState): Promise<void> {
  await sql`UPDATE interruptions SET last_at = ${state.lastAt}, marks = ${state.marks} WHERE user_id = ${userId}`.execute(
    trx,
  );
}

/** A message as stored: the text without its tokens, the tokens sealed, what the text stands on. */
export interface StoredMessage {
  readonly rendered: unknown;
  readonly facts: string;
  readonly nonce: string;
  /** Base64 of the sealed token, by page. */
  readonly tokens: Readonly<Record<Id, string>>;
}

/** The stored message of a notification; null before its first rendering. */
export async function readMessage(db: Db, id: Id): Promise<StoredMessage | null> {
  const row = await db.selectFrom('notifications').select('message').where('id', '=', id).executeTakeFirst();
  return (row?.message as StoredMessage | null | undefined) ?? null;
}

/** Which of a carrier's rows are still this sender's, locked by id. */
export async function lockLeased(trx: Trx, carrierId: Id, lease: Id): Promise<ReadonlySet<Id>> {
  const { rows } = await sql<{ id: Id }>`
    SELECT id FROM notifications WHERE (id = ${carrierId} OR carrier_id = ${carrierId}) AND lease = ${lease} AND state = 'leased'
     ORDER BY id FOR UPDATE`.execute(trx);
  return new Set(rows.map((row) => row.id));
}

/**
 * Notes that a try begins: counts it, renews the lease, stores the message when it is new, and writes down the digest
 * of the text that is about to be sent. The carrier's rows are locked by `lockLeased` in the same transaction.
 */
export async function beginTry(
  trx: Trx,
  begun: {
    readonly carrierId: Id;
    readonly lease: Id;
    readonly until: Instant;
    readonly now: Instant;
    readonly attempt: number;
    readonly text: string | null;
    readonly factsVersion: number | null;
    /** False: it is counted, but nobody is called. */
    readonly calls: boolean;
  },
): Promise<void> {
  await sql`
    UPDATE notifications SET attempts = attempts + 1, wake_at = ${begun.until}
     WHERE carrier_id = ${begun.carrierId} AND lease = ${begun.lease} AND state = 'leased'`.execute(trx);
  await sql`
    WITH stored AS (
      UPDATE notifications SET attempts = ${begun.attempt}, wake_at = ${begun.until},
             message = coalesce(${begun.text}::text::json, message), facts_version = coalesce(${begun.factsVersion}::bigint, facts_version)
       WHERE id = ${begun.carrierId} RETURNING id, message)
    INSERT INTO notification_attempts (notification_id, at, attempt, kind, detail)
    SELECT id, ${begun.now}::timestamptz, ${begun.attempt}::smallint, 'begun', 'sha256:' || encode(sha256(convert_to(message::text, 'UTF8')), 'hex')
      FROM stored WHERE ${begun.calls}::boolean`.execute(trx);
}

/** Cancels a carrier whose text would be untrue and puts a copy of it in its place, leased, with its folded rows. False when the copy could not be stored: then the old one stands. */
export async function replaceCarrier(
  trx: Trx,
  { oldId, newId, now }: { readonly oldId: Id; readonly newId: Id; readonly now: Instant },
): Promise<boolean> {
  await sql`SAVEPOINT replacing`.execute(trx);
  const end: NotificationEnd = { kind: 'cancelled', reason: 'facts-changed' };
  await sql`UPDATE notifications SET state = 'cancelled', wake_at = NULL, carrier_id = NULL, ended_at = ${now}, end_reason = ${json(end)} WHERE id = ${oldId}`.execute(
    trx,
  );
  const { rows } = await sql`
    INSERT INTO notifications (id, group_id, run_id, round, step, kind, user_id, endpoint_id, method_id, channel, urgency, severity,
                               state, reason, due_at, wake_at, lease, attempts, created_at)
    SELECT ${newId}::uuid, group_id, run_id, round, step, kind, user_id, endpoint_id, method_id, channel, urgency, severity,
           'leased', jsonb_set(reason::jsonb, '{replaces}', to_jsonb(id::text))::json, due_at, ${now}::timestamptz, lease, attempts, ${now}::timestamptz
      FROM notifications WHERE id = ${oldId}
    ON CONFLICT DO NOTHING RETURNING id`.execute(trx);
  if (rows.length === 0) {
    await sql`ROLLBACK TO SAVEPOINT replacing`.execute(trx);
    return false;
  }
  await sql`UPDATE notifications SET carrier_id = ${newId} WHERE carrier_id = ${oldId} AND wake_at IS NOT NULL`.execute(
    trx,
  );
  return true;
}

/** Stores links, hashed. */
export async function insertReplyTokens(
  trx: Trx,
  tokens: readonly { readonly hash: Buffer; readonly notificationId: Id; readonly groupId: Id; readonly userId: Id }[],
  now: Instant,
): Promise<void> {
  if (tokens.length === 0) return;
  await trx
    .insertInto('reply_tokens')
    .values(
      tokens.map((token) => ({
        token_hash: token.hash,
        notification_id: token.notificationId,
        group_id: token.groupId,
        user_id: token.userId,
        created_at: now,
      })),
    )
    .execute();
}

/** One line of a notification's history. */
export interface AttemptRow {
  readonly notificationId: Id;
  readonly at: Instant;
  readonly attempt: number;
  readonly kind: 'begun' | 'accepted' | 'retry' | 'refused' | 'receipt';
  readonly reason: string | null;
  readonly detail: string | null;
  readonly durationMs: number | null;
}

/** Appends to a notification's history. */
export async function insertAttempt(trx: Trx, row: AttemptRow): Promise<void> {
  await trx
    .insertInto('notification_attempts')
    .values({
      notification_id: row.notificationId,
      at: row.at,
      attempt: row.attempt,
      kind: row.kind,
      reason: row.reason,
      detail: row.detail?.slice(0, 500) ?? null,
      duration_ms: row.durationMs,
    })
    .execute();
}

/** Ends a carrier and what it told of; only what is still this sender's. */
export async function endRows(
  trx: Trx,
  ended: {
    readonly carrierId: Id;
    readonly lease: Id;
    readonly state: 'sent' | 'failed' | 'cancelled';
    readonly end: NotificationEnd;
    readonly providerId: string | null;
    readonly now: Instant;
  },
): Promise<void> {
  const { carrierId, lease, state, now } = ended;
  const sentAt = state === 'sent' ? now : null;
  const foldedEnd: NotificationEnd = state === 'sent' ? { kind: 'folded', carrier: carrierId } : ended.end;
  await sql`
    UPDATE notifications SET state = ${state}, wake_at = NULL, lease = NULL, sent_at = ${sentAt}, ended_at = ${now}, provider_id = ${ended.providerId},
           end_reason = CASE WHEN id = ${carrierId} THEN ${json(ended.end)} ELSE ${json(foldedEnd)} END
     WHERE (id = ${carrierId} OR carrier_id = ${carrierId}) AND lease = ${lease} AND state = 'leased'`.execute(trx);
}

/** Puts a carrier and what it tells of back into the queue. */
export async function requeueRows(
  trx: Trx,
  again: { readonly carrierId: Id; readonly lease: Id; readonly at: Instant },
): Promise<void> {
  await sql`
    UPDATE notifications SET state = 'queued', lease = NULL, wake_at = ${again.at}
     WHERE (id = ${again.carrierId} OR carrier_id = ${again.carrierId}) AND lease = ${again.lease} AND state = 'leased'`.execute(
    trx,
  );
}

/** A carrier that was sent and what it told of, locked by id. */
export async function lockSentRows(trx: Trx, carrierId: Id): Promise<readonly PendingRow[]> {
  const { rows } = await sql<RawRow>`
    SELECT ${pendingColumns}, false AS told FROM notifications n
     WHERE (n.id = ${carrierId} OR n.carrier_id = ${carrierId}) AND n.state = 'sent' ORDER BY n.id FOR UPDATE`.execute(
    trx,
  );
  return rows.map(toRow);
}

/** One at a time follows up failures. */
export async function lockFailover(trx: Trx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${FAILOVER_LOCK})`.execute(trx);
}

/** One call of one step, by all its notifications. */
export interface CallSiblings {
  readonly runId: Id;
  readonly round: number;
  readonly step: number;
  readonly own: readonly Sibling[];
  /** Somebody else of this step has been told, or is still to be tried. */
  readonly others: boolean;
}

/** All notifications of these calls: those of this person (or endpoint), and whether others of the step are told or under way. */
export async function readSiblings(trx: Trx, rows: readonly PendingRow[]): Promise<readonly CallSiblings[]> {
  const calls = [
    ...new Map(
      rows
        .filter((row) => row.kind === 'page' && row.runId !== null)
        .map((row) => [`${row.runId}/${row.round}/${row.step}`, row]),
    ).values(),
  ];
  if (calls.length === 0) return [];
  const asked = JSON.stringify(calls.map(({ runId, round, step }) => ({ run_id: runId, round, step })));
  const { rows: found } = await sql<{
    run_id: Id;
    round: number;
    step: number;
    who: Id;
    id: Id;
    method_id: Id;
    state: NotificationState;
    attempts: number;
    due_at: Instant;
  }>`
    SELECT n.run_id, n.round, n.step, coalesce(n.user_id, n.endpoint_id) AS who, n.id, coalesce(n.method_id, n.endpoint_id) AS method_id, n.state, n.attempts, n.due_at
      FROM json_to_recordset(${asked}::text::json) AS c(run_id uuid, round int, step int)
      JOIN notifications n ON n.run_id = c.run_id AND n.round = c.round AND n.step = c.step AND n.kind = 'page'`.execute(
    trx,
  );
  const me = calls[0]?.userId ?? calls[0]?.endpointId;
  return calls.map(({ runId, round, step }) => {
    const all = found.filter((row) => row.run_id === runId && row.round === round && row.step === step);
    const alive = (row: (typeof all)[number]) =>
      row.state === 'sent' || row.state === 'leased' || (row.state === 'queued' && row.attempts < 2);
    return {
      runId: runId as Id,
      round,
      step,
      own: all
        .filter((row) => row.who === me)
        .map((row) => ({
          id: row.id,
          methodId: row.method_id,
          state: row.state,
          attempts: row.attempts,
          dueAt: row.due_at,
        })),
      others: all.some((row) => row.who !== me && alive(row)),
    };
  });
}

/** Makes a queued notification due now, and says why. */
export async function bringForward(
  trx: Trx,
  ids: readonly Id[],
  input: { readonly why: StoredReason['broughtForward']; readonly now: Instant },
): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    UPDATE notifications SET due_at = ${input.now}, wake_at = ${input.now}, carrier_id = NULL,
           reason = jsonb_set(reason::jsonb, '{broughtForward}', ${JSON.stringify(input.why)}::text::jsonb)::json
     WHERE id = ANY(${uuidArray(ids)}::uuid[]) AND state = 'queued'`.execute(trx);
}
