/** Reads across alerts and escalation: what was sent to a number and is still open. Read-only. */
import { sql } from 'kysely';
import type { Db } from '#platform/db';
import { uuidArray } from '#platform/pg-arrays';
import type { Id, Instant } from '../model.ts';
import type { SentPage } from './replies.ts';
import type { PastMessage } from './toll-guard.ts';

/** A reply to something older is a mistake more likely than a wish. */
const ANSWERABLE_HOURS = 24 * 7;
/** Pages looked at for one number: the newest. */
const MOST_PAGES = 50;

interface RawPage {
  group_id: Id;
  number: number;
  title: string;
  user_id: Id;
  sent_at: Instant;
  open: boolean;
}

const pageColumns = sql`n.group_id, g.number, g.title, n.user_id, coalesce(n.sent_at, n.due_at) AS sent_at,
  EXISTS (SELECT FROM escalation_runs r WHERE r.group_id = g.id AND r.live) AND g.firing_count > 0 AS open`;

function toPage(row: RawPage): SentPage {
  return {
    groupId: row.group_id,
    number: row.number,
    title: row.title,
    userId: row.user_id,
    sentAt: row.sent_at,
    open: row.open,
  };
}

/**
 * The pages that were sent by these methods lately, the newest first. A message that is just being sent counts: the
 * answer may be faster than the provider's yes.
 */
export async function readSentPages(
  db: Db,
  { methods, now }: { readonly methods: readonly { readonly id: Id; readonly userId: Id }[]; readonly now: Instant },
): Promise<readonly SentPage[]> {
  const { rows } = await sql<RawPage>`
    SELECT * FROM (
      SELECT DISTINCT ON (n.group_id) ${pageColumns}
        FROM notifications n JOIN alert_groups g ON g.id = n.group_id
       WHERE n.user_id = ANY(${uuidArray(methods.map(({ userId }) => userId))}::uuid[])
         AND n.method_id = ANY(${uuidArray(methods.map(({ id }) => id))}::uuid[])
         AND n.created_at > ${now.subtract({ hours: ANSWERABLE_HOURS })} AND n.kind IN ('page', 'update')
         AND (n.sent_at IS NOT NULL OR n.attempts > 0)
       ORDER BY n.group_id, coalesce(n.sent_at, n.due_at) DESC) AS told
     ORDER BY sent_at DESC LIMIT ${MOST_PAGES}`.execute(db);
  return rows.map(toPage);
}

/** The pages that one call told of, worst first. */
export async function readPagesOfCall(db: Db, notificationId: Id): Promise<readonly SentPage[]> {
  const { rows } = await sql<RawPage & { severity: number }>`
    SELECT * FROM (
      SELECT DISTINCT ON (n.group_id) ${pageColumns}, g.severity
        FROM notifications n JOIN alert_groups g ON g.id = n.group_id
       WHERE (n.id = ${notificationId} OR n.carrier_id = ${notificationId}) AND n.channel = 'voice' AND n.user_id IS NOT NULL
         AND n.kind IN ('page', 'update')
       ORDER BY n.group_id) AS told
     ORDER BY severity, number LIMIT ${MOST_PAGES}`.execute(db);
  return rows.map(toPage);
}

/** Codes and tests by phone within the last day. */
export async function readTests(db: Db, now: Instant): Promise<readonly PastMessage[]> {
  const { rows } = await sql<{ number: string; at: Instant }>`
    SELECT m.address AS number, n.created_at AS at FROM notifications n JOIN contact_methods m ON m.id = n.method_id
     WHERE n.kind = 'test' AND n.channel IN ('sms', 'voice') AND n.created_at > ${now.subtract({ hours: 24 })}`.execute(
    db,
  );
  return rows;
}

/** Everything but codes and tests that left by phone within the last hour. */
export async function readPhonePages(db: Db, now: Instant): Promise<readonly PastMessage[]> {
  const { rows } = await sql<{ number: string; at: Instant }>`
    SELECT m.address AS number, n.sent_at AS at FROM notifications n JOIN contact_methods m ON m.id = n.method_id
     WHERE n.channel IN ('sms', 'voice') AND n.sent_at > ${now.subtract({ hours: 1 })}
       AND n.kind <> 'test' AND n.carrier_id IS NULL`.execute(db);
  return rows;
}
