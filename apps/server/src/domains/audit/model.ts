/** One change that a person, key or process made, as written to the audit log. */
export interface AuditEntry {
  /** `user:<id>`, `system:<name>` or `anonymous`; never a name or an address. */
  readonly actor: string;
  readonly at: Temporal.Instant;
  /** What was done, e.g. `user.deactivated`. */
  readonly kind: string;
  /** The row it was done to. */
  readonly subject: string | null;
  /** What changed. No secrets, no names of people: they stay erasable in their own rows. */
  readonly payload: unknown;
}

/** An audit entry as read back, with its place in the log. */
export interface StoredAuditEntry extends AuditEntry {
  readonly xid: string;
  readonly id: number;
  /** True when the payload was erased; the seals still verify. */
  readonly erased: boolean;
}

/** What a list of audit entries is narrowed to. */
export interface AuditFilter {
  readonly subject?: string | undefined;
  readonly kind?: string | undefined;
  readonly actor?: string | undefined;
}

/** The sealed logs, by table. All have the shape (xid, id, at, subject, kind, payload, salt, erased_hash). */
export const sealedLogs = ['audit_entries', 'alert_events', 'page_events'] as const;

/** Name of a sealed log. */
export type SealedLog = (typeof sealedLogs)[number];
