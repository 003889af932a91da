import { sql } from 'kysely';
import { type Db, json, type Trx } from '#platform/db';
import type { AuditEntry, LogEntry, Place, Seal, SealedLog } from './model.ts';

/** Appends entries in the change's own transaction; a plain append, the sealer orders them later. */
export async function appendEntries(trx: Trx, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await trx
    .insertInto('audit_entries')
    .values(
      entries.map(({ actor, at, kind, subject, payload }) => ({
        at,
        kind,
        subject,
        payload: json({ actor, change: payload }),
      })),
    )
    .execute();
}

// Order by `e.xid`: a bare `xid` in ORDER BY is the output column, a text, which would put 1000 before 999.
/** The columns that all sealed logs share, as `LogEntry` names them. */
const entryColumns = sql`xid::text, id, (extract(epoch FROM at) * 1000000)::bigint AS at, subject, kind, salt,
  payload::text AS payload, encode(erased_hash, 'hex') AS "erasedHash"`;
const sealColumns = sql`n, at, logs::text AS logs, encode(previous, 'hex') AS previous, encode(hash, 'hex') AS hash`;

/** The next entries of a log behind a place, in the log's order. */
export async function readEntries(
  db: Db,
  { log, after, limit }: { readonly log: SealedLog; readonly after: Place; readonly limit: number },
): Promise<readonly LogEntry[]> {
  const { rows } = await sql<LogEntry>`
    SELECT ${entryColumns} FROM ${sql.table(log)} AS e WHERE (e.xid, e.id) > (${after.xid}::xid8, ${after.id}::bigint)
     ORDER BY e.xid, e.id LIMIT ${limit}`.execute(db);
  return rows;
}

/**
 * The same, but only entries of transactions below every one that still runs: what is missing there will never come.
 * Rows and horizon are of one snapshot because they are of one statement. A writing transaction that hangs, in any
 * database of the server, holds all this back; `unsealedSince` shows it.
 */
export async function readSettledEntries(
  db: Db,
  { log, after, limit }: { readonly log: SealedLog; readonly after: Place; readonly limit: number },
): Promise<readonly LogEntry[]> {
  const { rows } = await sql<LogEntry>`
    SELECT ${entryColumns} FROM ${sql.table(log)} AS e WHERE (e.xid, e.id) > (${after.xid}::xid8, ${after.id}::bigint)
       AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY e.xid, e.id LIMIT ${limit}`.execute(db);
  return rows;
}

/** How many entries a log has behind a place. */
export async function countEntries(db: Db, log: SealedLog, after: Place): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) FROM ${sql.table(log)} AS e WHERE (e.xid, e.id) > (${after.xid}::xid8, ${after.id}::bigint)`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

/** When the first entry of a log behind a place was written; null when there is none. */
export async function firstEntryAt(db: Db, log: SealedLog, after: Place): Promise<Temporal.Instant | null> {
  const { rows } = await sql<{ at: Temporal.Instant }>`
    SELECT at FROM ${sql.table(log)} AS e WHERE (e.xid, e.id) > (${after.xid}::xid8, ${after.id}::bigint)
     ORDER BY e.xid, e.id LIMIT 1`.execute(db);
  return rows[0]?.at ?? null;
}

/** The seal with the highest number; null before the first. */
export async function readNewestSeal(db: Db): Promise<Seal | null> {
  const { rows } = await sql<Seal>`SELECT ${sealColumns} FROM seals ORDER BY n DESC LIMIT 1`.execute(db);
  return rows[0] ?? null;
}

/** The next seals behind number `n`, ascending. */
export async function readSeals(db: Db, n: number, limit: number): Promise<readonly Seal[]> {
  const { rows } = await sql<Seal>`SELECT ${sealColumns} FROM seals WHERE n > ${n} ORDER BY n LIMIT ${limit}`.execute(
    db,
  );
  return rows;
}

/** Stores a seal; false when its number is taken: two sealers that saw the same newest seal cannot both go on from it. */
export async function insertSeal(db: Db, { n, at, logs, previous, hash }: Seal): Promise<boolean> {
  const { rows } = await sql`
    INSERT INTO seals (n, at, logs, previous, hash)
    VALUES (${n}, ${at}, ${logs}::json, decode(${previous}, 'hex'), decode(${hash}, 'hex'))
    ON CONFLICT (n) DO NOTHING RETURNING n`.execute(db);
  return rows.length === 1;
}

/** Notes when a seal first left the box. */
export async function updateShipped(db: Db, n: number, at: Temporal.Instant): Promise<void> {
  await db.updateTable('seals').set({ shipped_at: at }).where('n', '=', n).where('shipped_at', 'is', null).execute();
}

/** The entry at a place, locked; null when there is none. */
export async function lockEntry(trx: Trx, log: SealedLog, { xid, id }: Place): Promise<LogEntry | null> {
  const { rows } = await sql<LogEntry>`
    SELECT ${entryColumns} FROM ${sql.table(log)} WHERE (xid, id) = (${xid}::xid8, ${id}::bigint) FOR UPDATE`.execute(
    trx,
  );
  return rows[0] ?? null;
}

/** Replaces an entry's payload and salt by the hash (hex) that stood for them. */
export async function updateErased(
  trx: Trx,
  { log, place, erasedHash }: { readonly log: SealedLog; readonly place: Place; readonly erasedHash: string },
): Promise<void> {
  await sql`
    UPDATE ${sql.table(log)} SET payload = NULL, salt = NULL, erased_hash = decode(${erasedHash}, 'hex')
     WHERE (xid, id) = (${place.xid}::xid8, ${place.id}::bigint)`.execute(trx);
}
