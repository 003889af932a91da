import { sql } from 'kysely';
import type { Db } from '#platform/db';
import type { AuditFilter, StoredAuditEntry } from './model.ts';

interface Row {
  readonly xid: string;
  readonly id: number;
  readonly at: Temporal.Instant;
  readonly subject: string | null;
  readonly kind: string;
  readonly payload: { readonly actor: string; readonly what: unknown } | null;
  readonly erased_hash: Buffer | null;
}

/** Audit entries, newest first, after a place in the log. */
export async function listAuditEntries(
  db: Db,
  filter: AuditFilter & { readonly limit: number; readonly before: readonly [xid: string, id: number] | null },
): Promise<readonly StoredAuditEntry[]> {
  const { rows } = await sql<Row>`
    SELECT xid::text, id, at, subject, kind, payload, erased_hash FROM audit_entries
     WHERE (${filter.subject ?? null}::uuid IS NULL OR subject = ${filter.subject ?? null}::uuid)
       AND (${filter.kind ?? null}::text IS NULL OR kind = ${filter.kind ?? null}::text)
       AND (${filter.actor ?? null}::text IS NULL OR payload->>'actor' = ${filter.actor ?? null}::text)
       AND (${filter.before === null} OR (xid, id) < (${filter.before?.[0] ?? '0'}::xid8, ${filter.before?.[1] ?? 0}::bigint))
     ORDER BY xid DESC, id DESC LIMIT ${filter.limit}`.execute(db);
  return rows.map(({ xid, id, at, subject, kind, payload, erased_hash }) => {
    return { xid, id, at, subject, kind, actor: payload?.actor ?? 'erased', payload: payload?.what ?? null, erased: erased_hash !== null };
  });
}
