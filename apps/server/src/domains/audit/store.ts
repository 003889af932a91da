import { type Db, json, type Trx } from '#platform/db';
import { sql } from 'kysely';

/** One change as written: who, when, what, on which row. */
export interface AuditEntry {
  /** The actor as in logs: `user:<id>`, `system:<name>`. */
  readonly actor: string;
  readonly at: Temporal.Instant;
  /** `noun.verb`, e.g. `policy.changed`. */
  readonly kind: string;
  readonly subject: string | null;
  readonly payload: unknown;
}

/** Appends entries in the change's own transaction; a plain append, the sealer orders them later. */
export async function appendEntries(trx: Trx, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await trx
    .insertInto('audit_entries')
    .values(entries.map(({ actor, at, kind, subject, payload }) => ({ at, kind, subject, payload: json({ actor, change: payload }) })))
    .execute();
}

/** An entry as read back, with its place in the log. */
export interface StoredEntry extends AuditEntry {
  readonly xid: string;
  readonly id: number;
}

/** Which entries to list: newest first, before `before` when given. */
export interface AuditFilter {
  readonly before: { readonly at: Temporal.Instant; readonly id: number } | null;
  readonly limit: number;
  readonly subject?: string | undefined;
  readonly kind?: string | undefined;
  readonly actor?: string | undefined;
}

export async function listEntries(db: Db, filter: AuditFilter): Promise<readonly StoredEntry[]> {
  const { before } = filter;
  let query = db.selectFrom('audit_entries').select(['xid', 'id', 'at', 'kind', 'subject', 'payload']).orderBy('at', 'desc').orderBy('id', 'desc').limit(filter.limit);
  if (before) query = query.where(sql<boolean>`(at, id) < (${before.at}::timestamptz, ${before.id}::bigint)`);
  if (filter.subject) query = query.where('subject', '=', filter.subject);
  if (filter.kind) query = query.where('kind', 'like', `${filter.kind.replaceAll(/[\\%_]/g, '\\$&')}%`);
  if (filter.actor) query = query.where(sql<boolean>`payload ->> 'actor' = ${filter.actor}`);
  const rows = await query.execute();
  return rows.map((row) => {
    // An erased entry keeps its place and its hash, nothing else.
    const payload = (row.payload ?? { actor: 'erased', change: null }) as { actor: string; change: unknown };
    return { xid: row.xid, id: row.id, at: row.at, kind: row.kind, subject: row.subject, actor: payload.actor, payload: payload.change };
  });
}
