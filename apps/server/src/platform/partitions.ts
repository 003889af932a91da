import { sql } from 'kysely';
import type { Db } from './db.ts';

/** A table partitioned by week on its `at`, and for how many days its partitions are kept (null: for ever). */
export interface PartitionedTable {
  readonly table: 'alert_events' | 'page_events' | 'audit_entries' | 'event_payloads' | 'notification_attempts';
  readonly keepDays: number | null;
}

/** Default retention (design.md section 3): payloads 7 days, events and attempts 400 days, audit 3 years. */
export const partitionedTables: readonly PartitionedTable[] = [
  { table: 'event_payloads', keepDays: 7 },
  { table: 'alert_events', keepDays: 400 },
  { table: 'page_events', keepDays: 400 },
  { table: 'notification_attempts', keepDays: 400 },
  { table: 'audit_entries', keepDays: 1_096 },
];

/** Weeks made ahead. Each table also has a DEFAULT partition, so that a write never fails for want of one. */
const WEEKS_AHEAD = 2;

/** The Monday 00:00 UTC at or before an instant. */
export function weekStart(at: Temporal.Instant): Temporal.PlainDate {
  const day = at.toZonedDateTimeISO('UTC').toPlainDate();
  return day.subtract({ days: day.dayOfWeek - 1 });
}

/** Makes the partitions of this week and the next ones, and drops whole partitions past their time. Safe to repeat. */
export async function maintainPartitions(db: Db, now: Temporal.Instant): Promise<void> {
  for (const { table, keepDays } of partitionedTables) {
    for (let week = 0; week <= WEEKS_AHEAD; week += 1)
      await makePartition(db, table, weekStart(now).add({ weeks: week }));
    if (keepDays !== null) await dropBefore(db, table, now.subtract({ hours: 24 * keepDays }));
  }
}

async function makePartition(db: Db, table: string, monday: Temporal.PlainDate): Promise<void> {
  const name = `${table}_${monday.toString().replaceAll('-', '')}`;
  const exists = await sql<{ found: boolean }>`SELECT to_regclass(${name}) IS NOT NULL AS found`.execute(db);
  if (exists.rows[0]?.found) return;
  const from = `${monday.toString()}T00:00:00Z`;
  const to = `${monday.add({ weeks: 1 }).toString()}T00:00:00Z`;
  await db
    .transaction()
    .execute(async (trx) => {
      // Attaching takes a short exclusive lock on the DEFAULT partition: never wait for it behind a long reader.
      await sql`SET LOCAL lock_timeout = '2s'`.execute(trx);
      await sql`CREATE TABLE IF NOT EXISTS ${sql.table(name)} PARTITION OF ${sql.table(table)} FOR VALUES FROM (${sql.lit(from)}) TO (${sql.lit(to)})`.execute(
        trx,
      );
    })
    .catch((error: unknown) => {
      // 42P07/42710: another process made it. 23514: rows of that week are in DEFAULT already and stay there.
      if (!['42P07', '42710', '23514'].includes((error as { code?: string }).code ?? '')) throw error;
    });
}

async function dropBefore(db: Db, table: string, before: Temporal.Instant): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = to_regclass(${table}) AND c.relname ~ ${`^${table}_\\d{8}$`}`.execute(db);
  for (const { name } of rows) {
    const stamp = name.slice(-8);
    const monday = Temporal.PlainDate.from(`${stamp.slice(0, 4)}-${stamp.slice(4, 6)}-${stamp.slice(6)}`);
    const ends = monday.add({ weeks: 1 }).toZonedDateTime('UTC').toInstant();
    if (Temporal.Instant.compare(ends, before) > 0) continue;
    await db.transaction().execute(async (trx) => {
      await sql`SET LOCAL lock_timeout = '2s'`.execute(trx);
      await sql`DROP TABLE IF EXISTS ${sql.table(name)}`.execute(trx);
    });
  }
}
