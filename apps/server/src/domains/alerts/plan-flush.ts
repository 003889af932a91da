import type { RouteOptions } from '#routing';
import { cleanAnnotations } from './annotations.ts';
import type { Described } from './describe-alert.ts';
import type { GroupTraffic } from './grouping.ts';
import { type AlertEvent, decideLifecycle, mergedEnd, type Transition } from './lifecycle.ts';
import type { AlertChange, AlertState, InboundEvent, RoutedTo } from './model.ts';
import type { AlertUpdate, NewAlert } from './store.ts';

/**
 * A resolve by timeout waits this long after `endsAt`: two flush intervals of the repeat cache (a sighting may still
 * be in memory) and a margin for a sender that came late. Milliseconds.
 */
export const EXPIRY_MARGIN_MS = 45_000;

/** Everything one identity sent in one flush, in order, and what is stored of it. */
export interface IdentityEvents {
  readonly key: string;
  readonly identity: string;
  readonly events: readonly { readonly event: InboundEvent; readonly payloadId: string }[];
  readonly stored: AlertState | null;
}

/** What a flush is decided by besides the events. */
export interface FlushFacts {
  readonly nowMs: number;
  readonly newId: () => string;
  readonly describe: (event: InboundEvent) => Described;
  /** The id of the open group of a key (`route id/group hash`). */
  readonly groupIdOf: (groupKey: string) => string;
  /** Whether an alert is muted on a route as it comes; left out, nobody asks. */
  readonly isMuted?: (event: InboundEvent, options: RouteOptions) => boolean;
}

/** Writes and group traffic that a flush decided. */
export interface FlushPlan {
  /** Alerts that are stored, before the inserts (a held alert must let go before its successor opens). */
  readonly updates: AlertUpdate[];
  readonly inserts: NewAlert[];
  /** Alerts just inserted that changed again in the same flush. */
  readonly lateUpdates: AlertUpdate[];
  /** Mutable while planning: what joined and left each group. */
  readonly traffic: Map<string, { joined: GroupTraffic['joined'][number][]; resolved: number }>;
  /** The alert each identity ends with, for the repeat cache. */
  readonly outcomes: Map<string, AlertState | null>;
}

/** Decides a whole flush: folds each identity's events over its stored alert. Pure but for the ids it draws. */
export function planFlush(identities: readonly IdentityEvents[], facts: FlushFacts): FlushPlan {
  const plan: FlushPlan = { updates: [], inserts: [], lateUpdates: [], traffic: new Map(), outcomes: new Map() };
  for (const identity of identities) planIdentity(identity, facts, plan);
  return plan;
}

interface Working {
  state: AlertState;
  readonly isNew: boolean;
  changes: AlertChange[];
  sightings: number;
  annotations: unknown;
}

function planIdentity(identity: IdentityEvents, facts: FlushFacts, plan: FlushPlan): void {
  let working: Working | null = identity.stored && start(identity.stored, false);
  for (const { event, payloadId } of identity.events) {
    const transition = decideLifecycle(working?.state ?? null, toAlertEvent(event, facts), facts.nowMs);
    if (working) applyTransition(working, transition, event, facts.nowMs);
    if (working) countResolved(transition, working.state, plan);
    if (transition.opens) {
      if (working) finish(working, plan);
      working = open({ event, payloadId }, facts, plan);
    }
  }
  if (working) finish(working, plan);
  plan.outcomes.set(identity.key, working?.state.current ? working.state : null);
}

function toAlertEvent(event: InboundEvent, facts: FlushFacts): AlertEvent {
  const { startsAtMs, endsAtMs, endsAtIsTimeout } = event;
  if (event.status === 'resolved') return { kind: 'resolved', startsAtMs, endsAtMs };
  return { kind: 'firing', startsAtMs, endsAtMs, endsAtIsTimeout, severity: facts.describe(event).severity };
}

const start = (state: AlertState, isNew: boolean): Working => ({
  state,
  isNew,
  changes: [],
  sightings: 0,
  annotations: undefined,
});

/** Applies a transition to the working state; shared with the sweeper and resolve by hand. */
export function nextState(state: AlertState, transition: Transition, nowMs: number): AlertState {
  let next = state;
  for (const change of transition.changes) {
    if (change.kind === 'began-earlier') next = { ...next, startsAtMs: change.startsAtMs };
    else if (change.kind === 'resolved')
      next = { ...next, status: 'resolved', current: change.current, resolvedAtMs: nowMs, resolvedBy: change.by };
    else if (change.kind === 'released') next = { ...next, current: false };
  }
  return next;
}

function applyTransition(working: Working, transition: Transition, event: InboundEvent, nowMs: number): void {
  working.state = nextState(working.state, transition, nowMs);
  working.changes.push(...transition.changes);
  if (!transition.seen) return;
  working.sightings += 1;
  if (!event.keepsText) working.annotations = event.annotations;
  // The two fields and no more: a repeat with a later startsAt is the same episode, which began when it began.
  const { endsAtMs, endsAtIsTimeout } = mergedEnd(working.state, event);
  working.state = { ...working.state, endsAtMs, endsAtIsTimeout };
}

function countResolved(transition: Transition, state: AlertState, plan: FlushPlan): void {
  if (!transition.changes.some((change) => change.kind === 'resolved')) return;
  for (const groupId of state.groupIds) trafficOf(plan, groupId).resolved += 1;
}

/** Counts the alerts that left each group, for callers outside a flush of events. */
export function trafficOf(
  plan: Pick<FlushPlan, 'traffic'>,
  groupId: string,
): { joined: GroupTraffic['joined'][number][]; resolved: number } {
  let traffic = plan.traffic.get(groupId);
  if (!traffic) plan.traffic.set(groupId, (traffic = { joined: [], resolved: 0 }));
  return traffic satisfies GroupTraffic;
}

interface Opening {
  readonly event: InboundEvent;
  readonly payloadId: string;
}

/** The row of an alert that opens with this event. */
export function newAlert(
  event: InboundEvent,
  described: Described,
  at: {
    readonly id: string;
    readonly payloadId: string;
    readonly groups: readonly string[];
    readonly routing: readonly RoutedTo[];
  },
): NewAlert {
  const { startsAtMs, endsAtMs } = event;
  return {
    id: at.id,
    integration: event.integrationId,
    identity: event.identity,
    kind: described.kind,
    title: described.title,
    severity: described.severity,
    labels: event.labels,
    annotations: described.annotations,
    url: event.generatorUrl,
    service: described.serviceId,
    team: described.teamId,
    starts: startsAtMs,
    ends: endsAtMs,
    timeout: event.endsAtIsTimeout,
    groups: at.groups,
    routing: at.routing,
    wake: endsAtMs + EXPIRY_MARGIN_MS,
    payloadId: at.payloadId,
  };
}

function open({ event, payloadId }: Opening, facts: FlushFacts, plan: FlushPlan): Working {
  const described = facts.describe(event);
  const routing: RoutedTo[] = described.destinations.map(({ match, groupKey }) => ({
    routeId: match.routeId,
    groupId: groupKey === null ? null : facts.groupIdOf(groupKey),
    // A group keeps the reason of its route once for all its alerts; what is only recorded keeps its own.
    ...(groupKey === null ? { reason: match.reason } : {}),
  }));
  const groupIds = [...new Set(routing.flatMap(({ groupId }) => (groupId === null ? [] : [groupId])))];
  const { kind, severity } = described;
  for (const groupId of groupIds) {
    const muted = facts.isMuted !== undefined && isMutedIn(groupId, { event, described, facts });
    trafficOf(plan, groupId).joined.push(muted ? { kind, severity, muted } : { kind, severity });
  }
  const { startsAtMs, endsAtMs, endsAtIsTimeout } = event;
  const id = facts.newId();
  plan.inserts.push(newAlert(event, described, { id, payloadId, groups: groupIds, routing }));
  return start(
    {
      id,
      status: 'firing',
      current: true,
      startsAtMs,
      endsAtMs,
      endsAtIsTimeout,
      resolvedAtMs: null,
      resolvedBy: null,
      groupIds,
      kind,
      severity,
      version: 1,
    },
    true,
  );
}

/** Whether an alert is muted as it joins a group: on every route by which it does. */
function isMutedIn(
  groupId: string,
  {
    event,
    described,
    facts,
  }: { readonly event: InboundEvent; readonly described: Described; readonly facts: FlushFacts },
): boolean {
  const { isMuted } = facts;
  if (!isMuted) return false;
  return described.destinations.every(
    ({ match, groupKey }) =>
      groupKey === null || facts.groupIdOf(groupKey) !== groupId || isMuted(event, match.options),
  );
}

function finish(working: Working, plan: FlushPlan): void {
  if (working.changes.length === 0 && working.sightings === 0) return;
  const annotations = working.annotations === undefined ? null : cleanAnnotations(working.annotations);
  const update = toUpdate(working.state, working.changes, { sightings: working.sightings, annotations });
  (working.isNew ? plan.lateUpdates : plan.updates).push(update);
}

/** The row to write for a state and its new changes. A row that is not current needs no sweep. */
export function toUpdate(
  state: AlertState,
  changes: readonly AlertChange[],
  seen: Pick<AlertUpdate, 'sightings' | 'annotations'> = { sightings: 0, annotations: null },
): AlertUpdate {
  return {
    id: state.id,
    status: state.status,
    current: state.current,
    starts: state.startsAtMs,
    ends: state.endsAtMs,
    timeout: state.endsAtIsTimeout,
    resolved: state.resolvedAtMs,
    by: state.resolvedBy,
    wake: state.current ? state.endsAtMs + EXPIRY_MARGIN_MS : null,
    changes,
    ...seen,
  };
}
