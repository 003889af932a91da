/** One change as written: who, when, what, on which row. */
export interface AuditEntry {
  /** The actor as in logs: `user:<id>`, `system:<name>`; never a name or an address. */
  readonly actor: string;
  readonly at: Temporal.Instant;
  /** `noun.verb`, e.g. `policy.changed`. */
  readonly kind: string;
  readonly subject: string | null;
  /** What changed. No secrets, no names of people: they stay erasable in their own rows. */
  readonly payload: unknown;
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

/**
 * The sealed logs, by table. All have the columns xid, id, at, subject, kind, payload, salt, erased_hash; audit reads
 * the other domains' by these columns alone and writes none of them but the last three, when it erases.
 */
export const sealedLogs = ['audit_entries', 'alert_events', 'page_events'] as const;

/** Name of a sealed log. */
export type SealedLog = (typeof sealedLogs)[number];

/** Where an entry stands in its log: logs are ordered by transaction, then by id. */
export interface Place {
  /** Transaction number (xid8), a whole number as text. */
  readonly xid: string;
  readonly id: number;
}

/** An entry of any sealed log as it is sealed: texts as stored, nothing parsed. */
export interface LogEntry extends Place {
  /** Epoch microseconds. */
  readonly at: number;
  readonly subject: string | null;
  readonly kind: string;
  readonly payload: string | null;
  readonly salt: string | null;
  /** Hex; stands for the payload once that was erased. */
  readonly erasedHash: string | null;
}

/** The Merkle root over those entries of a sealed range whose `at` lies in one week: what retention drops as one. */
export interface WeekSum {
  /** The week's Monday (UTC), e.g. `2026-11-16`; the same weeks as the partitions. */
  readonly monday: string;
  readonly count: number;
  /** Hex. */
  readonly root: string;
}

/** The part of one log that one seal covers: everything behind `after`, up to and with `to`. */
export interface LogRange {
  readonly after: Place;
  readonly to: Place;
  readonly weeks: readonly WeekSum[];
}

/** One link of the seal chain, as stored. Hashes are hex. */
export interface Seal {
  /** 1 for the first, then without gap. */
  readonly n: number;
  readonly at: Temporal.Instant;
  /** The ranges of all logs as the JSON text that was hashed. */
  readonly logs: string;
  readonly previous: string;
  readonly hash: string;
}

/** What leaves the box of a seal: enough to prove later that the tail behind it was cut off or replaced. */
export interface SealHead {
  readonly n: number;
  readonly hash: string;
}

/** What a sealing pass did. */
export type SealOutcome =
  | { readonly sealed: true; readonly head: SealHead; readonly entries: number }
  | { readonly sealed: false; readonly reason: 'nothing-new' | 'too-soon' | 'another-was-first' };

/** What erasing an entry's payload did. */
export type EraseOutcome = 'erased' | 'erased-before' | 'no-such-entry';
