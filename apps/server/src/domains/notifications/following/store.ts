import { sql } from 'kysely';
import { json, type Trx } from '#platform/db';
import { uuidArray } from '#platform/pg-arrays';
import type { Id, Instant, NotificationEnd } from '../model.ts';

/** Ends what was sent as failed: it has not arrived, so it was never told. */
export async function failSentRows(
  trx: Trx,
  { ids, end, now }: { readonly ids: readonly Id[]; readonly end: NotificationEnd; readonly now: Instant },
): Promise<void> {
  await sql`
    UPDATE notifications SET state = 'failed', sent_at = NULL, receipt = NULL, receipt_at = NULL, ended_at = ${now}, end_reason = ${json(end)}
     WHERE id = ANY(${uuidArray(ids)}::uuid[]) AND state = 'sent'`.execute(trx);
}
