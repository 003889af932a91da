import { holdsOf } from './fold-page.ts';
import type { Violation } from './invariants.ts';
import type { Id, Instant, StoredFact } from './model.ts';

/** A call of a page that was begun, or one that is still queued (`at` null). */
export interface CallRow {
  readonly notificationId: Id;
  readonly runId: Id | null;
  /** Why escalation asked for it: its reason's kind. */
  readonly reason: string;
  readonly at: Instant | null;
}

/** A page with its calls and its facts, oldest first. */
export interface HeldRow {
  readonly groupId: Id;
  readonly events: readonly StoredFact[];
  /** Runs that are held now, as their rows say it, for the case that the fact is missing. */
  readonly held: readonly { readonly runId: Id; readonly since: Instant }[];
  readonly calls: readonly CallRow[];
}

/** Called although somebody has the page, because a person asked for it. */
const ASKED = 'responder-added';

/**
 * Invariant 4: after an acknowledgement nothing is begun until it expires, and nothing of that run stays queued.
 * `allowanceMs` covers a call whose sender looked before the acknowledgement's commit: the row knows when the request
 * was read, not when it was committed. Fails when a sender does not ask again right before it calls, or when the
 * acknowledgement did not cancel what was queued.
 */
export function checkHeld(row: HeldRow, allowanceMs: number): readonly Violation[] {
  const holds = holdsOf(row.events);
  return row.calls.flatMap((call): readonly Violation[] => {
    if (call.reason === ASKED) return [];
    const evidence = { groupId: row.groupId, runId: call.runId, begunAt: call.at?.toString() ?? null };
    const byRow = row.held.find(({ runId }) => runId === call.runId);
    if (call.at === null) {
      if (byRow === undefined) return [];
      return [{ id: call.notificationId, what: 'is queued although its run is held', evidence }];
    }
    const at = call.at.epochMilliseconds;
    const hold = holds.find(({ from, to }) => at > from + allowanceMs && at < to)?.from;
    const since = hold ?? byRow?.since.epochMilliseconds;
    if (since === undefined || at <= since + allowanceMs) return [];
    const heldFrom = Temporal.Instant.fromEpochMilliseconds(since).toString();
    return [
      { id: call.notificationId, what: 'was begun while somebody held the page', evidence: { ...evidence, heldFrom } },
    ];
  });
}

/** An alert's row as its changes determine it. Epoch milliseconds. */
export interface AlertShape {
  readonly status: string;
  readonly current: boolean;
  readonly startsAtMs: number;
  readonly severity: number;
  readonly openedAtMs: number;
  readonly resolvedAtMs: number | null;
  readonly resolvedBy: string | null;
}

/** An alert with the kinds of its changes, oldest first, and what folding them gives (null: not even opened). */
export interface AlertRow {
  readonly id: Id;
  readonly shape: AlertShape;
  readonly kinds: readonly string[];
  readonly folded: AlertShape | null;
}

/**
 * Invariant 5, of one alert: opened once. Fails when an event accepted twice opened again instead of counting. (Two
 * current alerts of one identity, and episodes that overlap, are found by `doubledIdentities` in adapters/stored-rows.ts.)
 */
export function checkOpenedOnce({ id, kinds }: AlertRow): readonly Violation[] {
  let open = false;
  for (const kind of kinds) {
    if (kind === 'opened' && open)
      return [{ id, what: 'opened twice without a resolve between', evidence: { changes: kinds } }];
    open = kind === 'opened' || (open && kind !== 'resolved');
  }
  return [];
}

/** Invariant 7, of one alert: folding its stored changes gives its row. Fails at an edit, a lost or an extra change. */
export function checkFolded({ id, shape, folded, kinds }: AlertRow): readonly Violation[] {
  if (folded === null) return [{ id, what: 'has no stored change that opened it', evidence: { changes: kinds } }];
  const fields = Object.keys(folded) as (keyof AlertShape)[];
  const differing = fields.filter((field) => folded[field] !== shape[field]);
  if (differing.length === 0) return [];
  const evidence = Object.fromEntries(differing.map((field) => [field, { row: shape[field], changes: folded[field] }]));
  return [{ id, what: `its row differs from its changes in ${differing.join(', ')}`, evidence }];
}
