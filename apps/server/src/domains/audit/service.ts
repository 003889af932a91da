import type { Databases, Trx } from '#platform/db';
import { appendEntries, type AuditEntry, type AuditFilter, listEntries, type StoredEntry } from './store.ts';

/** The audit log: who changed what. */
export interface Audit {
  /** Appends in the change's own transaction, so that no change is without its entry. */
  record(trx: Trx, entry: AuditEntry): Promise<void>;
  list(filter: AuditFilter): Promise<readonly StoredEntry[]>;
}

/** Builds the audit log. */
export function createAudit(deps: { readonly db: Databases }): Audit {
  return {
    record: (trx, entry) => appendEntries(trx, [entry]),
    list: (filter) => listEntries(deps.db.reports, filter),
  };
}
