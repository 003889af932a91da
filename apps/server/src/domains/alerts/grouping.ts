import type { RouteOptions } from '#routing';
import type { FlushReason, GroupChange, GroupState, KindSeen } from './group-model.ts';
import type { Severity } from './model.ts';

/** Kinds a group remembers one by one; later ones are counted but not first of their kind. */
export const KINDS_REMEMBERED = 200;

/** The times of a route that grouping waits by. */
export type GroupTimes = Pick<RouteOptions, 'groupWaitSeconds' | 'groupIntervalSeconds'>;

/** Alerts that joined or left a group in one intake flush. */
export interface GroupTraffic {
  readonly joined: readonly {
    readonly kind: string;
    readonly severity: Severity;
    /** Known to be muted as it came; left out when it is not, or nobody asked. */
    readonly muted?: true;
  }[];
  readonly resolved: number;
  /** Firing members that were made worse: counted nowhere, but told like a joining one. */
  readonly raised?: readonly { readonly kind: string; readonly severity: Severity }[];
}

/** A group after traffic, and when it is to be flushed next, and why. */
export interface Grouped {
  readonly group: GroupState;
  readonly reason: FlushReason | null;
}

/** What a process remembers of an open group: kinds with the worst severity it saw stored. The stored ones are these or worse. */
export interface KnownGroup {
  readonly id: string;
  readonly kinds: ReadonlyMap<string, Severity>;
}

/**
 * True when traffic changes nothing of a group but its counts, as long as a flush is planned and something fires: nobody
 * leaves, no kind is new, none is worse than it was seen. `applyTraffic` would then keep kinds, severity and flush_at as
 * they are, so the counts may be raised without reading the row (intake/store.ts `writeCounted` holds the other half of the
 * condition). This is the usual case of a storm, and what made single events cost a third less.
 */
export function onlyCounts(known: KnownGroup | undefined, traffic: GroupTraffic): boolean {
  if (!known || traffic.resolved > 0 || traffic.joined.length === 0) return false;
  return traffic.joined.every(({ kind, severity }) => countsIn(known, kind, severity));
}

/** True when an alert that joins is of a kind that the group has, and no worse than it: no worse than its group, then. */
export function countsIn(known: KnownGroup, kind: string, severity: Severity): boolean {
  const seen = known.kinds.get(kind);
  return seen !== undefined && severity >= seen;
}

/** What is known of a group after traffic was stored: only ever more kinds, only ever worse. */
export function learn(known: KnownGroup | undefined, id: string, traffic: GroupTraffic | undefined): KnownGroup {
  // What came and went in one flush may have been stored as never seen (see `untold`).
  if (!traffic || traffic.resolved > 0) return known ?? { id, kinds: new Map() };
  if (onlyCounts(known, traffic)) return known as KnownGroup;
  const kinds = new Map(known?.kinds);
  for (const alert of traffic.joined) {
    const seen = kinds.get(alert.kind);
    if (seen === undefined || alert.severity < seen) kinds.set(alert.kind, alert.severity);
  }
  return { id, kinds };
}

/** The state of a group that opens at this moment, before its first alert is counted. */
export function newGroup(nowMs: number): GroupState {
  return {
    openedAtMs: nowMs,
    firing: 0,
    total: 0,
    severity: 5,
    kinds: {},
    decidedAtMs: null,
    toldAtMs: null,
    resolvedAtMs: null,
    flushAtMs: null,
  };
}

/**
 * Counts alerts in and out of a group and decides its next flush. The result depends on the set of alerts, not on
 * their order.
 * - Before the first flush: `wait` after opening.
 * - A first of its kind or a raised severity: at once. Any other that joins: `interval` after the last flush.
 * - The last firing alert resolved: at once, to tell it; the group stays open `interval` longer (decideFlush).
 * - A refire in that time: at once if the last telling is `interval` old, else when it is, so that a flapping
 *   alert pages at most once per `interval`.
 */
export function applyTraffic(group: GroupState, traffic: GroupTraffic, options: GroupTimes, nowMs: number): Grouped {
  const firing = Math.max(0, group.firing + traffic.joined.length - traffic.resolved);
  const kinds: Record<string, KindSeen> = { ...group.kinds };
  let known = Object.keys(kinds).length;
  let severity = group.severity;
  let firstOfKind = false;
  const { raised = [] } = traffic;
  for (const alert of byKind(raised.length > 0 ? [...traffic.joined, ...raised] : traffic.joined)) {
    severity = Math.min(severity, alert.severity) as Severity;
    const seen = kinds[alert.kind];
    if (!seen) {
      if (known >= KINDS_REMEMBERED) continue;
      known += 1;
      firstOfKind = true;
      kinds[alert.kind] = { severity: alert.severity, firstAtMs: nowMs, told: false };
    } else if (alert.severity < seen.severity) kinds[alert.kind] = { ...seen, severity: alert.severity };
  }
  // What opened and resolved in one flush was told to nobody: when it really fires it must still count as new.
  const untold = firing === 0 && group.decidedAtMs !== null;
  const next: GroupState = {
    ...group,
    firing,
    total: group.total + traffic.joined.length,
    severity: untold ? group.severity : severity,
    kinds: untold ? group.kinds : kinds,
    resolvedAtMs: firing > 0 ? null : (group.resolvedAtMs ?? nowMs),
  };
  const flush = nextFlush(
    group,
    next,
    { firstOfKind, raised: severity < group.severity, joined: traffic.joined.length + raised.length },
    options,
    nowMs,
  );
  return { group: { ...next, flushAtMs: flush?.atMs ?? group.flushAtMs }, reason: flush?.reason ?? null };
}

/** Sorted, so that which kinds are remembered does not depend on the order of arrival. */
function byKind(joined: GroupTraffic['joined']): GroupTraffic['joined'] {
  return joined.length > 1 ? [...joined].sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0)) : joined;
}

interface Arrivals {
  readonly firstOfKind: boolean;
  readonly raised: boolean;
  readonly joined: number;
}

function nextFlush(
  before: GroupState,
  after: GroupState,
  arrivals: Arrivals,
  options: GroupTimes,
  nowMs: number,
): { readonly atMs: number; readonly reason: FlushReason } | null {
  if (before.decidedAtMs === null) {
    return before.flushAtMs === null
      ? { atMs: nowMs + options.groupWaitSeconds * 1000, reason: 'wait-after-opening' }
      : null;
  }
  if (after.firing === 0) return before.firing > 0 ? { atMs: nowMs, reason: 'all-resolved' } : null;
  if (arrivals.joined === 0) return null;
  const interval = options.groupIntervalSeconds * 1000;
  if (before.firing === 0 && before.resolvedAtMs !== null) {
    const earliest = Math.max(nowMs, (before.toldAtMs ?? 0) + interval);
    return { atMs: arrivals.raised || arrivals.firstOfKind ? nowMs : earliest, reason: 'refired' };
  }
  if (arrivals.firstOfKind) return { atMs: nowMs, reason: 'first-of-kind' };
  if (arrivals.raised) return { atMs: nowMs, reason: 'severity-raised' };
  const atMs = Math.max(nowMs, before.decidedAtMs + interval);
  return before.flushAtMs !== null && before.flushAtMs <= atMs ? null : { atMs, reason: 'alerts-joined' };
}

/** What a due flush found and the group after it; `closes` when its time is over. */
export interface Flushed {
  readonly group: GroupState;
  readonly change: GroupChange;
  readonly closes: boolean;
}

/**
 * Flushes a due group. `told` is how the group stood after the flush before: whether it was firing then, and its
 * severity, and how many had joined it by then: a flush that finds nothing new tells nothing. A group with nothing firing stays open until `interval` after its last alert resolved, then closes.
 */
export function decideFlush(
  group: GroupState,
  told: { readonly firing: boolean; readonly severity: Severity; readonly total?: number } | null,
  options: GroupTimes,
  nowMs: number,
): Flushed {
  const newKinds = Object.entries(group.kinds)
    .filter(([, seen]) => !seen.told)
    .map(([kind]) => kind);
  const severityRaisedTo = told && group.severity < told.severity ? group.severity : null;
  const kinds = Object.fromEntries(Object.entries(group.kinds).map(([kind, seen]) => [kind, { ...seen, told: true }]));
  const base = { ...group, decidedAtMs: nowMs, flushAtMs: null };
  if (group.firing > 0) {
    const cause = !told
      ? 'opened'
      : !told.firing
        ? 'refired'
        : newKinds.length > 0 || severityRaisedTo || group.total > (told.total ?? 0)
          ? 'joined'
          : 'nothing';
    const tells = cause === 'opened' || cause === 'refired';
    return {
      group: { ...base, kinds, toldAtMs: tells ? nowMs : group.toldAtMs },
      change: { cause, newKinds, severityRaisedTo, firing: group.firing },
      closes: false,
    };
  }
  const closesAtMs = (group.resolvedAtMs ?? nowMs) + options.groupIntervalSeconds * 1000;
  const closes = nowMs >= closesAtMs;
  const cause = closes ? 'closed' : told?.firing ? 'all-resolved' : 'nothing';
  return {
    group: { ...base, flushAtMs: closes ? null : closesAtMs },
    change: { cause, newKinds: [], severityRaisedTo: null, firing: 0 },
    closes,
  };
}
