// One night: Wed 21 Oct 2026, checkout fails. 02:09:07 in UTC, 03:09:07 in Lisbon.
export const NOW = Temporal.Instant.from('2026-10-21T02:09:07Z');
export const PAGE = '0197f3a2-1111-7000-8000-000000000012';
export const ALERT = '0197f3a2-2222-7000-8000-000000000001';
const MAYA = '0197f3a2-3333-7000-8000-000000000001';
const BO = '0197f3a2-3333-7000-8000-000000000002';
const ROUTE = '00000000-0000-7000-8000-000000000001';
const INTEGRATION = '0197f3a2-4444-7000-8000-000000000001';

export const user = {
  id: MAYA,
  email: 'maya@example.org',
  name: 'Maya Lindqvist',
  role: 'responder',
  timeZone: 'Europe/Lisbon',
  active: true,
  hasPassword: true,
  version: 1,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
} as const;

export const otherUser = { ...user, id: BO, name: 'Bo Tanaka' } as const;

const page = {
  id: PAGE,
  number: 12,
  title: 'Checkout errors 12.4 %, burning budget 14×',
  severity: 1,
  state: 'firing',
  phase: 'escalating',
  urgency: 'high',
  service: { id: INTEGRATION, name: 'checkout-api' },
  team: null,
  openedAt: '2026-10-21T02:07:48.212Z',
  ageSeconds: 79,
  resolvedAt: null,
  holder: null,
  acknowledgedAt: null,
  quietUntil: null,
  counts: { firing: 14, total: 14 },
  mine: true,
  next: {
    kind: 'step',
    at: '2026-10-21T02:12:48Z',
    to: [{ id: BO, name: 'Bo Tanaka' }],
    sentence: 'Escalates to Bo Tanaka at 03:12:48.',
  },
  version: 3,
} as const;

const held = {
  ...page,
  state: 'acknowledged',
  phase: 'acknowledged',
  holder: { id: MAYA, name: 'Maya Lindqvist' },
  acknowledgedAt: '2026-10-21T02:09:07Z',
  quietUntil: '2026-10-21T02:39:07Z',
  next: {
    kind: 'acknowledgement-expires',
    at: '2026-10-21T02:39:07Z',
    to: [{ id: MAYA, name: 'Maya Lindqvist' }],
    sentence: 'Quiet until 03:39:07, then it asks Maya Lindqvist again.',
  },
} as const;

const resolved = {
  ...page,
  id: '0197f3a2-1111-7000-8000-000000000010',
  number: 10,
  // Written by a stranger: turns the reading direction and would set the window's title.
  title: 'Login p95 1.9 s \u001b]0;owned\u0007 \u202egnp.exe 決済',
  severity: 3,
  state: 'resolved',
  phase: 'ended',
  service: null,
  openedAt: '2026-10-21T01:36:00Z',
  resolvedAt: '2026-10-21T01:43:00Z',
  mine: false,
  next: null,
} as const;

export const pages = [
  page,
  {
    ...held,
    id: '0197f3a2-1111-7000-8000-000000000011',
    number: 11,
    title: 'Order events lag 94 s behind',
    severity: 2,
    openedAt: '2026-10-21T01:56:40Z',
  },
  resolved,
];

export const heldPage = {
  page: held,
  labels: { service: 'checkout-api' },
  route: { id: ROUTE, name: 'Everything' },
  policy: null,
  chain: { links: [], stored: 0, missing: 0 },
  members: [],
};

export const acknowledged = {
  outcome: 'changed',
  reasons: [{ kind: 'acknowledged', by: MAYA }],
  pageId: PAGE,
  version: 4,
  run: null,
} as const;

export const alerts = [
  {
    id: ALERT,
    state: 'firing',
    title: 'Checkout errors 12.4 %',
    severity: 1,
    kind: 'CheckoutBurnFast',
    labels: { alertname: 'CheckoutBurnFast', service: 'checkout-api' },
    serviceId: null,
    teamId: null,
    integrationId: INTEGRATION,
    startsAt: '2026-10-21T02:07:40Z',
    openedAt: '2026-10-21T02:07:48Z',
    lastSeenAt: '2026-10-21T02:09:00Z',
    resolvedAt: null,
    resolvedBy: null,
    heldByHand: false,
    count: 3,
    pageIds: [PAGE],
  },
];

const call = (afterSeconds: number, userId: string) => ({
  at: '2026-10-21T02:09:07Z',
  afterSeconds,
  calls: [
    {
      round: 0,
      step: 0,
      users: [{ userId, via: { kind: 'user', id: userId } }],
      endpoints: [],
      reason: { kind: 'policy-step' },
    },
  ],
  reasons: [],
  alarms: [],
});

export const explained = {
  alert: {
    title: 'Checkout errors',
    kind: 'CheckoutBurnFast',
    severity: 1,
    serviceId: null,
    teamId: null,
    fingerprint: '0011223344556677',
  },
  visits: [
    { routeId: ROUTE, name: 'Everything', depth: 0, outcome: { kind: 'matched', by: [] } },
    {
      routeId: PAGE,
      name: 'storefront',
      depth: 1,
      outcome: { kind: 'refused', by: 'team="storefront"', label: 'team', actual: '' },
    },
    { routeId: ALERT, name: 'payments', depth: 1, outcome: { kind: 'matched', by: ['service=~"checkout.*"'] } },
  ],
  destinations: [
    {
      routeId: ALERT,
      routeNames: ['Everything', 'payments'],
      options: {
        mode: 'page',
        policy: { kind: 'service-owner' },
        urgency: 'high',
        severity: null,
        groupBy: ['alertname', 'service'],
        groupWaitSeconds: 0,
        groupIntervalSeconds: 300,
        repeatIntervalSeconds: 14_400,
        muteTimeIntervals: [],
        activeTimeIntervals: [],
      },
      reason: { kind: 'matched', by: ['service=~"checkout.*"'] },
      joins: { kind: 'open-page', id: PAGE, number: 12, title: 'Checkout errors 12.4 %', firing: 14 },
      called: [call(0, MAYA), call(300, BO)],
      mutedBy: [],
    },
  ],
  unrouted: false,
  configVersion: 7,
};

export const onCall = {
  at: '2026-10-21T02:09:07Z',
  nextCursor: null,
  items: [
    {
      scheduleId: PAGE,
      name: 'Payments',
      teamId: null,
      zone: 'Europe/Stockholm',
      users: [{ userId: MAYA, because: { kind: 'layer', id: ALERT }, since: null, until: '2026-10-23T16:00:00Z' }],
      gap: false,
      reason: 'layer',
      until: '2026-10-23T16:00:00Z',
    },
    {
      scheduleId: ALERT,
      name: 'Warehouse',
      teamId: null,
      zone: 'Europe/Stockholm',
      users: [],
      gap: true,
      reason: 'outside-active-hours',
      until: '2026-10-21T05:00:00Z',
    },
  ],
};

const invariant = { violations: [], more: 0, complete: true };
export const report = {
  at: '2026-10-21T02:09:07Z',
  ok: true,
  complete: true,
  invariants: [
    { invariant: '1', name: 'Every firing alert has a run, a wake-up or a reason', checked: 14, ...invariant },
    { invariant: 'seals', name: 'What was sealed is what is stored', checked: 1200, ...invariant },
  ],
};

export const brokenReport = {
  ...report,
  ok: false,
  complete: false,
  invariants: [
    {
      ...report.invariants[0],
      violations: [
        { id: ALERT, what: 'has no live run, no wake-up and no stored reason', evidence: { groupId: PAGE } },
      ],
      more: 2,
      complete: false,
    },
    report.invariants[1],
  ],
};
