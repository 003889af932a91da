import { sql } from 'kysely';
import type { Db } from '#platform/db';
import { type StoredWindow, toWindow } from './store.ts';

/** How long a window that has ended is listed. */
const SHOWN_AFTER_END = { hours: 24 * 30 };
/** How far ahead windows of calendars are listed among the others; a calendar shows all of its own. */
const CALENDARS_SHOWN_AHEAD = { hours: 24 * 7 };

/** Names of the routes that name a time interval, read across routing: one in use is not removed. At most 20. */
export async function readIntervalUses(db: Db, name: string): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT r.name FROM routes r WHERE r.archived_at IS NULL AND EXISTS (
      SELECT 1 FROM (VALUES (r.options -> 'muteTimeIntervals'), (r.options -> 'activeTimeIntervals')) AS o(names),
                    json_array_elements_text(CASE WHEN json_typeof(o.names) = 'array' THEN o.names ELSE '[]' END) AS used
       WHERE used = ${name}) ORDER BY r.name LIMIT 20`.execute(db);
  return rows.map((row) => row.name);
}

/** How many windows there are that have not been removed; those of calendars are bounded by the calendar. */
export async function countWindows(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM maintenance_windows WHERE archived_at IS NULL AND ended_at IS NULL AND calendar_id IS NULL`.execute(
    db,
  );
  return rows[0]?.n ?? 0;
}

/** Windows that are or may yet be open, and those that ended lately; the newest first. */
export async function listWindows(db: Db, now: Temporal.Instant): Promise<readonly StoredWindow[]> {
  const since = now.subtract(SHOWN_AFTER_END);
  const rows = await db
    .selectFrom('maintenance_windows')
    .selectAll()
    .where('archived_at', 'is', null)
    .where(sql<boolean>`(ended_at IS NULL OR ended_at > ${since})`)
    .where(sql<boolean>`(recurrence ->> 'kind' <> 'once' OR (recurrence ->> 'endsAt')::timestamptz > ${since})`)
    .where(
      sql<boolean>`(calendar_id IS NULL OR (recurrence ->> 'startsAt')::timestamptz < ${now.add(CALENDARS_SHOWN_AHEAD)})`,
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.map(toWindow);
}

/** One window that has not been removed; null when there is none. */
export async function findWindow(db: Db, id: string): Promise<StoredWindow | null> {
  const query = db.selectFrom('maintenance_windows').selectAll().where('id', '=', id);
  const row = await query.where('archived_at', 'is', null).executeTakeFirst();
  return row ? toWindow(row) : null;
}
