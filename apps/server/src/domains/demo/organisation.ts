/**
 * The demo organisation as plain data: Kestrel Market, a small shop with three teams. The names are those of the
 * screens' mock-ups; nobody here exists.
 */

export interface DemoPerson {
  readonly key: string;
  readonly name: string;
  readonly role: 'owner' | 'admin' | 'manager' | 'responder' | 'viewer';
  readonly zone: string;
}

export const people: readonly DemoPerson[] = [
  { key: 'maya', name: 'Maya Lindqvist', role: 'owner', zone: 'Europe/Lisbon' },
  { key: 'bo', name: 'Bo Tanaka', role: 'responder', zone: 'Europe/Stockholm' },
  { key: 'ines', name: 'Inês Carvalho', role: 'responder', zone: 'Europe/Lisbon' },
  { key: 'omar', name: 'Omar Haddad', role: 'manager', zone: 'Europe/Stockholm' },
  { key: 'priya', name: 'Priya Nair', role: 'responder', zone: 'Asia/Kolkata' },
  { key: 'sam', name: 'Sam Okafor', role: 'responder', zone: 'America/New_York' },
  { key: 'lena', name: 'Lena Vogt', role: 'viewer', zone: 'Europe/Berlin' },
];

export const teams = [
  { key: 'payments', name: 'Payments', members: ['maya', 'bo', 'ines'], lead: 'maya' },
  { key: 'platform', name: 'Platform', members: ['omar', 'priya', 'sam'], lead: 'omar' },
  { key: 'storefront', name: 'Storefront', members: ['ines', 'sam'], lead: 'ines' },
] as const;

/** One schedule a team; members take turns by the week or by the day, handing over at 09:00 or 17:00. */
export const schedules = [
  {
    team: 'payments',
    name: 'Payments, primary',
    zone: 'Europe/Stockholm',
    unit: 'weeks',
    handoffTime: '17:00',
    members: ['maya', 'bo', 'ines'],
  },
  {
    team: 'platform',
    name: 'Platform, around the sun',
    zone: 'UTC',
    unit: 'days',
    handoffTime: '09:00',
    members: ['omar', 'priya', 'sam'],
  },
  {
    team: 'storefront',
    name: 'Storefront, primary',
    zone: 'Europe/Lisbon',
    unit: 'weeks',
    handoffTime: '09:00',
    members: ['ines', 'sam'],
  },
] as const;

/** Who is called after the schedule, team by team: somebody of another team, so that it is never the same person. */
export const backups: Readonly<Record<string, string>> = { payments: 'omar', platform: 'maya', storefront: 'bo' };

/** What the shop is watched by; each kind once, so that any sender can be pointed here to try. */
export const integrations = [
  { kind: 'alertmanager', name: 'Prometheus of the shop' },
  { kind: 'alertmanager-webhook', name: 'Alertmanager of the warehouse' },
  { kind: 'grafana', name: 'Grafana' },
  { kind: 'pagerduty', name: 'Old PagerDuty senders' },
  { kind: 'opsgenie', name: 'Old Opsgenie senders' },
  { kind: 'victorops', name: 'Old VictorOps senders' },
  { kind: 'slack', name: 'Scripts that post to Slack' },
  { kind: 'cloudevents', name: 'Event bus' },
  { kind: 'github', name: 'GitHub deployments' },
  { kind: 'webhook', name: 'Build farm' },
  { kind: 'email', name: 'Mail of the backup jobs' },
  { kind: 'heartbeat', name: 'Nightly jobs' },
] as const;

export const services = [
  {
    key: 'checkout-api',
    name: 'Checkout API',
    team: 'payments',
    tier: 1,
    dependsOn: ['payments-db'],
    runbook: 'https://runbooks.example.org/checkout',
  },
  {
    key: 'payments-db',
    name: 'Payments database',
    team: 'payments',
    tier: 1,
    dependsOn: [],
    runbook: 'https://runbooks.example.org/payments-db',
  },
  {
    key: 'catalog-web',
    name: 'Catalogue site',
    team: 'storefront',
    tier: 2,
    dependsOn: ['search', 'image-cdn'],
    runbook: null,
  },
  { key: 'search', name: 'Search', team: 'storefront', tier: 2, dependsOn: [], runbook: null },
  { key: 'image-cdn', name: 'Image delivery', team: 'platform', tier: 3, dependsOn: [], runbook: null },
  { key: 'build-farm', name: 'Build farm', team: 'platform', tier: 4, dependsOn: [], runbook: null },
] as const;
