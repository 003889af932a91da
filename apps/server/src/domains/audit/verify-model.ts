import type { LogEntry, Place, Seal, SealedLog, SealHead } from './model.ts';

/** Where the verifier reads from: pages in order, so that a log of any length is checked in constant memory. */
export interface SealSource {
  newestSeal(): Promise<Seal | null>;
  /** The next seals behind number `n`, ascending; none at the end. */
  sealsAfter(n: number): Promise<readonly Seal[]>;
  /** The next entries behind a place, in the log's order; none at the end. One statement, so one moment. */
  entriesAfter(log: SealedLog, place: Place, limit: number): Promise<readonly LogEntry[]>;
  countAfter(log: SealedLog, place: Place): Promise<number>;
}

/** What is wrong, in the order of the chain. */
type SealFaultKind =
  /** As many entries as were sealed, but not the same: one was edited, two were swapped, or one was exchanged. */
  | 'entry-changed'
  | 'entry-missing'
  | 'entry-added'
  /** The seal does not have its own hash: somebody edited it. Its range is not checked, for it cannot be trusted. */
  | 'seal-changed'
  /** The numbers leap: this many seals before this one are gone. */
  | 'seal-missing'
  /** The seal is not chained to the one before it: one of the two was exchanged. */
  | 'seal-unchained'
  /** The chain ends before the seal that is known outside. */
  | 'tail-cut'
  /** The chain has that seal's number, but it is another: the tail was cut off and sealed anew. */
  | 'tail-replaced';

/** One fault. */
export interface SealFault {
  readonly what: SealFaultKind;
  /** The seal that shows it; for a cut tail, the one known outside. */
  readonly seal: number;
  /** Null when the seal itself is at fault. */
  readonly log: SealedLog | null;
  /** The last transaction of the range at fault: a root says that its range is wrong, not which entry. */
  readonly xid: string | null;
  /** The entry, when the range holds one only; else null. */
  readonly id: number | null;
  /** The range: behind the first place, up to the second. */
  readonly between: readonly [Place, Place] | null;
  /** How many entries were sealed there and how many are stored, in the week at fault. */
  readonly counts: { readonly sealed: number; readonly stored: number } | null;
}

/** What a verification found. */
export interface SealReport {
  /** Entries that are as they were sealed. */
  readonly sealed: number;
  /** Of these, entries whose payload was erased; the audit log should say who asked for each. */
  readonly erased: number;
  /** Entries behind the newest seal: too young to be sealed, no fault. */
  readonly unsealed: number;
  /** Sealed entries that retention dropped, no fault. */
  readonly retired: number;
  readonly newest: SealHead | null;
  readonly faults: readonly SealFault[];
  /** Faults beyond those listed. */
  readonly moreFaults: number;
}

/** What to verify against. */
export interface VerifyQuestion {
  /** A seal that left the box: without it a tail that was cut off, seals and all, cannot be seen. */
  readonly shippedHead: SealHead | null;
  /**
   * By log the first Monday whose week retention cannot have dropped yet. Retention drops a week's partition whole, and
   * seals sum by week. So: a sealed week before this Monday of which nothing is left is retired; one of which a part is
   * left, and any later week that is not complete, is a fault. (Who lengthens the retention hears of the weeks dropped
   * before as missing until they would have been dropped anyway.)
   */
  readonly keptFrom: Readonly<Record<SealedLog, string>>;
}
