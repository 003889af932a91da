import type { Severity } from './model.ts';

/** A kind of alert seen in a group: the first of each is never lost in a crowd. */
export interface KindSeen {
  readonly severity: Severity;
  readonly firstAtMs: number;
  /** False until a flush has told the response stage of it. */
  readonly told: boolean;
}

/** The state of an alert group that grouping decides by. */
export interface GroupState {
  readonly openedAtMs: number;
  readonly firing: number;
  readonly total: number;
  readonly severity: Severity;
  readonly kinds: Readonly<Record<string, KindSeen>>;
  /** The last flush; null until the first one. */
  readonly decidedAtMs: number | null;
  /** The last flush that found something firing after an opening or a refire. */
  readonly toldAtMs: number | null;
  readonly resolvedAtMs: number | null;
  readonly flushAtMs: number | null;
}

/** Why a group is to be flushed at its flush_at. */
export type FlushReason =
  | 'wait-after-opening'
  | 'first-of-kind'
  | 'severity-raised'
  | 'alerts-joined'
  | 'refired'
  | 'all-resolved'
  | 'closing';

/** What a flush found; the response stage decides by it. */
export interface GroupChange {
  readonly cause: 'opened' | 'joined' | 'refired' | 'all-resolved' | 'closed' | 'nothing';
  /** Kinds that no flush has told of yet. */
  readonly newKinds: readonly string[];
  /** The group's severity when it rose since the last flush, else null. */
  readonly severityRaisedTo: Severity | null;
  readonly firing: number;
}
