import { sql } from 'kysely';
import type { Db } from '#platform/db';
import type { AuditFilter, StoredEntry } from './model.ts';

/** Audit entries, newest first. */
export async function listEntries(db: Db, filter: AuditFilter): Promise<readonly StoredEntry[]> {
  const { before } = filter;
  let query = db
    .selectFrom('audit_entries')
    .select(['xid', 'id', 'at', 'kind', 'subject', 'payload'])
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit);
  if (before) query = query.where(sql<boolean>`(at, id) < (${before.at}::timestamptz, ${before.id}::bigint)`);
  if (filter.subject) query = query.where('subject', '=', filter.subject);
  if (filter.kind) query = query.where('kind', 'like', `${filter.kind.replaceAll(/[\\%_]/g, '\\$&')}%`);
  if (filter.actor) query = query.where(sql<boolean>`payload ->> 'actor' = ${filter.actor}`);
  const rows = await query.execute();
  return rows.map((row) => {
    // An erased entry keeps its place and its hash, nothing else.
    const payload = (row.payload ?? { actor: 'erased', change: null }) as { actor: string; change: unknown };
    const { xid, id, at, kind, subject } = row;
    return { xid, id, at, kind, subject, actor: payload.actor, payload: payload.change };
  });
}
