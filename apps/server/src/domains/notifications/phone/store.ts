import { sql } from 'kysely';
import { type Db, json, type Trx } from '#platform/db';
import { type Resealed, type Resealing, resealValue } from '#platform/reseal';
import type { Id, Instant, NotificationState } from '../model.ts';
import { aboutProvider, type PhoneSettings } from './model.ts';
import { DEFAULT_LIMITS } from './toll-guard.ts';

const KEY = 'phone';
/** Serialises codes and tests by phone: a quota that two may pass at one moment is none. */
const GUARD_LOCK = 0x70c511;
/** Receipts and replies are kept for this many days, as long as anybody asks again. */
const KEPT_DAYS = 30;

/** Reads who carries texts and calls; nobody, when nothing was set. */
export async function readPhoneSettings(db: Db): Promise<PhoneSettings> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', KEY).executeTakeFirst();
  return (
    (row?.value as PhoneSettings | undefined) ?? { providers: [], countries: [], guard: DEFAULT_LIMITS, version: 0 }
  );
}

/** Stores the setting over the version before it; false when that is no longer the stored one. */
export async function savePhoneSettings(trx: Trx, settings: PhoneSettings, now: Instant): Promise<boolean> {
  const value = json<unknown>(settings);
  const { numAffectedRows } = await sql`
    INSERT INTO settings (key, value, updated_at) VALUES (${KEY}, ${value}, ${now})
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
     WHERE (settings.value->>'version')::int = ${settings.version - 1}`.execute(trx);
  return numAffectedRows === 1n;
}

/** Seals anew the providers' secrets that an earlier key has sealed; a setting that somebody just changed is left for the next time. */
export async function resealPhone(db: Db, sealing: Resealing, now: Instant): Promise<Resealed> {
  const settings = await readPhoneSettings(db);
  const unreadable: string[] = [];
  const providers = settings.providers.map((provider) => {
    const before = Buffer.from(provider.sealed, 'base64');
    const after = resealValue(sealing, before, aboutProvider(provider.id));
    if (after === null) unreadable.push(aboutProvider(provider.id));
    return after === null || after === before ? provider : { ...provider, sealed: after.toString('base64') };
  });
  const changed = providers.filter((provider, i) => provider !== settings.providers[i]).length;
  if (changed === 0) return { resealed: 0, unreadable };
  const saved = await db
    .transaction()
    .execute((trx) => savePhoneSettings(trx, { ...settings, providers, version: settings.version + 1 }, now));
  return { resealed: saved ? changed : 0, unreadable };
}

/** One at a time asks for a code or test by phone, until the transaction ends. */
export async function lockGuard(trx: Trx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${GUARD_LOCK})`.execute(trx);
}

/** A provider's word about a message. */
export interface ReceiptRow {
  readonly provider: string;
  readonly sid: string;
  readonly status: string;
  readonly notificationId: Id;
  readonly detail: string | null;
  readonly at: Instant;
}

/** Keeps a receipt; false when it was there already, as a repeat. */
export async function insertReceipt(trx: Trx, row: ReceiptRow): Promise<boolean> {
  const { numAffectedRows } = await sql`
    INSERT INTO phone_receipts (provider, sid, status, notification_id, detail, at)
    VALUES (${row.provider}, ${row.sid}, ${row.status}, ${row.notificationId}, ${row.detail}, ${row.at}) ON CONFLICT DO NOTHING`.execute(
    trx,
  );
  return numAffectedRows === 1n;
}

/** Puts a receipt off, or, with null, ends its waiting. */
export async function deferReceipt(
  trx: Trx,
  { provider, sid, status }: Pick<ReceiptRow, 'provider' | 'sid' | 'status'>,
  wakeAt: Instant | null,
): Promise<void> {
  await sql`UPDATE phone_receipts SET wake_at = ${wakeAt} WHERE provider = ${provider} AND sid = ${sid} AND status = ${status}`.execute(
    trx,
  );
}

/** Receipts that wait for their sender's own outcome, claimed. */
export async function lockDueReceipts(trx: Trx, now: Instant): Promise<readonly ReceiptRow[]> {
  const { rows } = await sql<{
    provider: string;
    sid: string;
    status: string;
    notification_id: Id;
    detail: string | null;
    at: Instant;
  }>`
    SELECT provider, sid, status, notification_id, detail, at FROM phone_receipts
     WHERE wake_at <= ${now} ORDER BY wake_at LIMIT 20 FOR UPDATE SKIP LOCKED`.execute(trx);
  return rows.map(({ notification_id, ...row }) => ({ ...row, notificationId: notification_id }));
}

/** What a receipt is judged by. */
export interface ReceiptSubject {
  readonly id: Id;
  readonly state: NotificationState;
  readonly channel: string;
  readonly providerId: string | null;
  readonly receipt: string | null;
  readonly attempts: number;
  readonly groupId: Id | null;
  readonly runId: Id | null;
  /** The call reason's kind, which escalation is asked by. */
  readonly because: string;
  /** A key was pressed in it, or a text about it answered. */
  readonly answered: boolean;
}

const subjectColumns = sql`n.id, n.state, n.channel, n.provider_id AS "providerId", n.receipt, n.attempts, n.group_id AS "groupId", n.run_id AS "runId",
  coalesce(n.reason->'call'->>'kind', '') AS because, EXISTS (SELECT FROM phone_replies r WHERE r.notification_id = n.id) AS answered`;

/** Locks the notification that a receipt is about; null when there is none such by phone. */
export async function lockSubject(trx: Trx, id: Id): Promise<ReceiptSubject | null> {
  const { rows } = await sql<ReceiptSubject>`
    SELECT ${subjectColumns} FROM notifications n WHERE n.id = ${id} AND n.channel IN ('sms', 'voice') FOR UPDATE OF n`.execute(
    trx,
  );
  return rows[0] ?? null;
}

/** The same without a lock, for what has to be asked before. */
export async function readSubject(db: Db, id: Id): Promise<ReceiptSubject | null> {
  const { rows } = await sql<ReceiptSubject>`
    SELECT ${subjectColumns} FROM notifications n WHERE n.id = ${id} AND n.channel IN ('sms', 'voice')`.execute(db);
  return rows[0] ?? null;
}

/** Notes that a message has arrived. */
export async function storeArrival(
  trx: Trx,
  { id, words, at }: { readonly id: Id; readonly words: string; readonly at: Instant },
): Promise<void> {
  await trx.updateTable('notifications').set({ receipt: words, receipt_at: at }).where('id', '=', id).execute();
}

/** Begins an answer by phone; the stored one when the provider asks a second time. */
export async function beginReply(
  db: Db,
  reply: { readonly provider: string; readonly sid: string; readonly notificationId: Id | null; readonly at: Instant },
): Promise<{ readonly answer: string | null }> {
  await sql`
    INSERT INTO phone_replies (provider, sid, notification_id, at)
    VALUES (${reply.provider}, ${reply.sid}, ${reply.notificationId}, ${reply.at}) ON CONFLICT DO NOTHING`.execute(db);
  const row = await db
    .selectFrom('phone_replies')
    .select('answer')
    .where('provider', '=', reply.provider)
    .where('sid', '=', reply.sid)
    .executeTakeFirst();
  return { answer: row?.answer ?? null };
}

/** Keeps what was answered, and to whom. */
export async function storeReply(
  db: Db,
  reply: {
    readonly provider: string;
    readonly sid: string;
    readonly userId: Id | null;
    readonly wish: string;
    readonly answer: string;
  },
): Promise<void> {
  await db
    .updateTable('phone_replies')
    .set({ user_id: reply.userId, wish: reply.wish, answer: reply.answer })
    .where('provider', '=', reply.provider)
    .where('sid', '=', reply.sid)
    .execute();
}

/** Forgets what nobody asks about any more. */
export async function sweepPhone(db: Db, now: Instant): Promise<void> {
  const before = now.subtract({ hours: 24 * KEPT_DAYS });
  await sql`DELETE FROM phone_receipts WHERE at < ${before}`.execute(db);
  await sql`DELETE FROM phone_replies WHERE at < ${before}`.execute(db);
}
