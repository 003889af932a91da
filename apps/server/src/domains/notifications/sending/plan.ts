import {
  type Carrier,
  decideInterruption,
  type InterruptionReason,
  type InterruptionState,
  type Standing,
  type Waiting,
} from '../interruptions.ts';
import type { Id, Instant, NotificationKind, Severity, StoredReason, Urgency } from '../model.ts';

/** A notification that has not ended, as the sender reads it. */
export interface PendingRow {
  readonly id: Id;
  readonly kind: NotificationKind;
  readonly groupId: Id | null;
  readonly runId: Id | null;
  readonly round: number;
  readonly step: number;
  readonly userId: Id | null;
  readonly endpointId: Id | null;
  readonly methodId: Id | null;
  readonly channel: string;
  readonly urgency: Urgency;
  readonly severity: Severity;
  readonly reason: StoredReason;
  readonly state: 'queued' | 'leased';
  readonly dueAt: Instant;
  readonly wakeAt: Instant;
  readonly attempts: number;
  readonly carrierId: Id | null;
  /** The person has been told of this very call by another method. */
  readonly told: boolean;
}

/** One message to send now. `stored`: the same rows as at the try before, so its stored text still fits. */
export interface SendOrder {
  readonly carrier: PendingRow;
  readonly folded: readonly PendingRow[];
  readonly stored: boolean;
  /** A sender died with it: the very same call is made again, whatever has changed since. */
  readonly crashed: boolean;
}

/** What a pass does for one person. */
export interface PersonPlan {
  readonly orders: readonly SendOrder[];
  readonly deferred: readonly Id[];
  readonly until: Instant | null;
  readonly state: InterruptionState;
  readonly reason: InterruptionReason;
}

/**
 * Plans one person's messages from all that is due with them (no row of it is another sender's: leased ones are past
 * their lease). What a dead sender held goes again as it was. As soon as one failing notification of a method may be
 * tried again, or something new goes by it, all failing ones of that method go with it: when a provider comes back there is one message, not many.
 */
export function planPerson(input: {
  readonly rows: readonly PendingRow[];
  readonly standing: Standing;
  readonly now: Instant;
}): PersonPlan {
  const { standing, now } = input;
  const byId = new Map(input.rows.map((row) => [row.id, row]));
  // Told by a carrier that has ended meanwhile: it waits on its own again.
  const rows = input.rows.map((row) =>
    row.carrierId !== null && !byId.has(row.carrierId) ? { ...row, carrierId: null } : row,
  );
  const groups = bundles(rows);
  const crashed = groups.filter(({ carrier }) => carrier.state === 'leased');
  const failing = groups.filter(({ carrier }) => carrier.state === 'queued' && carrier.attempts > 0);
  const fresh = groups.filter(({ carrier }) => carrier.state === 'queued' && carrier.attempts === 0);
  const decide = (again: readonly Bundle[]) => decideInterruption({ waiting: waitingOf(again, fresh), standing, now });
  const due = methodsOf(failing.filter(({ carrier }) => notAfter(carrier.wakeAt, now)));
  // What goes by a method now takes along what has failed by it and still waits for its next try.
  const leaving = decide([]).carriers.filter((carrier) => byId.get(carrier.id)?.kind !== 'test');
  const going = new Set([...due, ...leaving.map((carrier) => carrier.methodId)]);
  const again = failing.filter(({ carrier }) => going.has(methodOf(carrier)));
  const decision = decide(again);
  const before = new Map(
    again.map((bundle) => [keyOf([bundle.carrier.id, ...bundle.folded.map((row) => row.id)]), bundle]),
  );
  return {
    orders: [
      ...crashed.map((bundle) => ({ ...bundle, stored: true, crashed: true })),
      ...decision.carriers.map((carrier) => orderOf(carrier, byId, before)),
    ],
    deferred: decision.deferred,
    until: decision.until,
    state: decision.state,
    reason: decision.reason,
  };
}

function methodsOf(bundles: readonly Bundle[]): readonly string[] {
  return bundles.map(({ carrier }) => methodOf(carrier));
}

function methodOf(row: PendingRow): string {
  return row.methodId ?? row.channel;
}

function waitingOf(again: readonly Bundle[], fresh: readonly Bundle[]): readonly Waiting[] {
  return [
    ...again.flatMap(({ carrier, folded }) => [carrier, ...folded].map((row) => asWaiting(row, true))),
    ...fresh.flatMap(({ carrier, folded }) => [carrier, ...folded].map((row) => asWaiting(row, continues(row)))),
  ];
}

interface Bundle {
  readonly carrier: PendingRow;
  readonly folded: readonly PendingRow[];
}

/** Each carrier with what it tells of; a row that nothing carries is a carrier of its own. */
function bundles(rows: readonly PendingRow[]): readonly Bundle[] {
  const folded = Map.groupBy(rows, (row) => row.carrierId);
  return (folded.get(null) ?? []).map((carrier) => ({ carrier, folded: folded.get(carrier.id) ?? [] }));
}

function orderOf(carrier: Carrier, byId: ReadonlyMap<Id, PendingRow>, before: ReadonlyMap<string, Bundle>): SendOrder {
  const same = before.get(keyOf([carrier.id, ...carrier.folded]));
  if (same) return { ...same, stored: true, crashed: false };
  const row = (id: Id) => byId.get(id) as PendingRow;
  return { carrier: row(carrier.id), folded: carrier.folded.map(row), stored: false, crashed: false };
}

function keyOf(ids: readonly Id[]): string {
  return ids.toSorted().join();
}

function asWaiting(row: PendingRow, again: boolean): Waiting {
  const { id, kind, groupId, severity, dueAt } = row;
  return {
    id,
    kind,
    groupId,
    methodId: row.methodId ?? row.channel,
    severity,
    dueAt,
    reminder: row.told,
    continues: again,
  };
}

/** Queued or brought forward because another method of the same call failed: the person is still to be told of it. */
function continues({ reason }: PendingRow): boolean {
  return reason.queued.kind === 'failover' || reason.broughtForward !== undefined;
}

function notAfter(a: Instant, b: Instant): boolean {
  return Temporal.Instant.compare(a, b) <= 0;
}
