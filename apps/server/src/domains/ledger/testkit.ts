import type {
  GroupFacts,
  Instant,
  NotificationFacts,
  PageFacts,
  Payload,
  RunFacts,
  SnapshotFacts,
  StoredFact,
} from './model.ts';
import type { NextLookup } from './next.ts';

/** Builders of stored facts for the tests of this folder: a page of Ann's, opened at 03:00. */
export const START = Temporal.Instant.from('2026-11-21T03:00:00Z');

/** `seconds` after the page opened. */
export const after = (seconds: number): Instant => START.add({ milliseconds: Math.round(seconds * 1000) });

const PEOPLE: Readonly<Record<string, string>> = { ann: 'Ann', bo: 'Bo' };

/** Names by id; the schedule `primary` is Bo's. */
export const lookup: NextLookup = {
  person: (id) => PEOPLE[id] ?? id,
  thing: (kind, id) => `${kind} ${id}`,
  clock: (at) => at.toString().slice(11, 19),
  peopleOf: (target) => (target.kind === 'user' ? [target.id] : target.id === 'primary' ? ['bo'] : []),
};

/** Ann, after 5 minutes Bo by his schedule; two rounds, then the boss. */
export const snapshot: SnapshotFacts = {
  policyId: 'policy',
  policyName: 'Payments',
  policyVersion: 1,
  steps: [
    { delaySeconds: 300, targets: [{ kind: 'user', id: 'ann' }] },
    { delaySeconds: 300, targets: [{ kind: 'schedule', id: 'primary' }] },
  ],
  rounds: 2,
  repeatIntervalSeconds: 1800,
  ackTimeoutSeconds: 1800,
  lastResort: [{ kind: 'user', id: 'boss' }],
};

export function run(fields: Partial<RunFacts> = {}): RunFacts {
  return {
    id: 'run',
    live: true,
    phase: 'escalating',
    snapshot,
    round: 0,
    step: 0,
    urgency: 'high',
    holderId: null,
    acknowledgedBy: null,
    acknowledgedAt: null,
    quietUntil: null,
    startedAt: START,
    startReason: { kind: 'route-pages' },
    endedAt: null,
    endReason: null,
    ...fields,
  };
}

export function group(fields: Partial<GroupFacts> = {}): GroupFacts {
  return {
    id: 'group',
    number: 7,
    title: 'Checkout errors',
    severity: 1,
    open: true,
    routeId: 'payments',
    mode: 'page',
    urgency: 'high',
    routeReason: { kind: 'matched', by: ['tier="1"'] },
    labels: {},
    serviceId: null,
    teamId: null,
    firing: 1,
    total: 1,
    openedAt: START,
    resolvedAt: null,
    closedAt: null,
    decidedAt: START,
    flushAt: null,
    runAt: after(300),
    mutedBy: null,
    version: 1,
    ...fields,
  };
}

let lastId = 0;

export function fact(kind: string, payload: Payload = {}, seconds = 0): StoredFact {
  lastId += 1;
  return { id: lastId, at: after(seconds), kind, payload: { runId: 'run', ...payload } };
}

/** The fact that Ann was called by the first step. */
export const calledAnn = () =>
  fact('called', {
    round: 0,
    step: 0,
    users: [{ userId: 'ann', via: { kind: 'user', id: 'ann' } }],
    endpoints: [],
    reason: { kind: 'policy-step', round: 0, step: 0 },
  });

export function notification(fields: Partial<NotificationFacts> = {}): NotificationFacts {
  return {
    id: 'notification',
    runId: 'run',
    round: 0,
    step: 0,
    kind: 'page',
    userId: 'ann',
    endpointId: null,
    channel: 'email',
    methodLabel: 'work',
    state: 'sent',
    reason: { kind: 'policy-step', round: 0, step: 0 },
    dueAt: START,
    wakeAt: null,
    createdAt: START,
    sentAt: after(0.4),
    receiptAt: null,
    receipt: null,
    endedAt: after(0.4),
    endReason: null,
    carrierId: null,
    attempts: [],
    ...fields,
  };
}

/** A page that travelled as it should: accepted, routed, grouped, Ann called and told, unanswered. */
export function page(fields: Partial<PageFacts> = {}): PageFacts {
  return {
    group: group(),
    opening: { at: START, receivedAt: after(-0.009), integration: 'Prometheus' },
    lastResolvedBy: null,
    events: [fact('run-started', { why: { kind: 'route-pages' } }), calledAnn()],
    runs: [run()],
    notifications: [notification()],
    ...fields,
  };
}
