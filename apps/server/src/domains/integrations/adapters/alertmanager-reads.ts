import { type AcceptConfig, fingerprint, type FiringAlert, labelKey } from '#alerts';
import type { DoorAnswer, DoorRequest } from '#platform/http/door';
import { type LabelView, match, type RouteMatch, withCatalog } from '#routing';
import type { Integration } from '../model.ts';
import { alertmanagerConfig, receiverNames } from './alertmanager-config.ts';
import type { AlertmanagerRead } from './alertmanager-doors.ts';
import { type AlertmanagerQuery, readAlertmanagerQuery } from './alertmanager-query.ts';

/** What the reading half of Alertmanager's API v2 needs. */
export interface AlertmanagerReadsDeps {
  /** The firing alerts of one integration, in parts. */
  readonly firingAlerts: (integrationId: string) => AsyncIterable<readonly FiringAlert[]>;
  readonly acceptConfig: { current(): AcceptConfig };
  readonly version: string;
  readonly startedAt: Temporal.Instant;
}

/** The reading doors: a key sees the alerts of its own integration. Receivers are our routes, by name. */
export function alertmanagerReads(deps: AlertmanagerReadsDeps): readonly AlertmanagerRead[] {
  const well = () => ({ status: 200, contentType: 'text/plain; charset=utf-8', body: 'OK' });
  const noSilence = () => answer(404, 'silence not found');
  return [
    {
      method: 'GET',
      path: '/api/v2/alerts',
      summary: 'List alerts (Alertmanager API v2)',
      handle: (integration, request) => listAlerts(deps, integration, request),
    },
    {
      method: 'GET',
      path: '/api/v2/alerts/groups',
      summary: 'List alerts by group (Alertmanager API v2)',
      handle: (integration, request) => listGroups(deps, integration, request),
    },
    {
      method: 'GET',
      path: '/api/v2/receivers',
      summary: 'List receivers (Alertmanager API v2)',
      handle: () => listReceivers(deps),
    },
    {
      method: 'GET',
      path: '/api/v2/status',
      summary: 'Show version and configuration (Alertmanager API v2)',
      handle: (integration) => status(deps, integration),
    },
    { method: 'GET', path: '/-/healthy', summary: 'Whether we live (Alertmanager)', handle: well },
    { method: 'GET', path: '/-/ready', summary: 'Whether we serve (Alertmanager)', handle: well },
    {
      method: 'GET',
      path: '/api/v2/silences',
      summary: 'List silences (Alertmanager API v2): none yet',
      handle: () => answer(200, []),
    },
    {
      method: 'POST',
      path: '/api/v2/silences',
      summary: 'Make a silence (Alertmanager API v2): refused for now',
      handle: () => answer(400, NO_SILENCES),
    },
    {
      method: 'GET',
      path: '/api/v2/silence/:id',
      summary: 'Show a silence (Alertmanager API v2): none yet',
      handle: noSilence,
    },
    {
      method: 'DELETE',
      path: '/api/v2/silence/:id',
      summary: 'End a silence (Alertmanager API v2): none yet',
      handle: noSilence,
    },
  ];
}

const NO_SILENCES = 'Tocsin takes no silences yet: nothing was silenced';

const answer = (code: number, body: unknown): DoorAnswer => ({
  status: code,
  contentType: 'application/json',
  body: `${JSON.stringify(body)}\n`,
});
const time = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString({ fractionalSecondDigits: 3 });

/** An alert that passed the query, with where it goes by the tree of now. */
interface Listed {
  readonly fingerprint: string;
  readonly alert: FiringAlert;
  readonly matches: readonly RouteMatch[];
  readonly receivers: readonly string[];
}

async function collect(
  deps: AlertmanagerReadsDeps,
  integration: Integration,
  query: AlertmanagerQuery,
): Promise<readonly Listed[]> {
  const { tree, service } = deps.acceptConfig.current();
  const names = receiverNames(tree);
  const listed: Listed[] = [];
  // Nothing is suppressed yet: every firing alert is active.
  if (!query.active) return listed;
  for await (const part of deps.firingAlerts(integration.id)) {
    for (const alert of part) {
      const view = viewOf(alert, service);
      if (!query.accepts(view)) continue;
      const matches = match(tree, view);
      const receivers = matches.map(({ routeId }) => names.get(routeId) ?? routeId);
      if (query.receives(receivers)) listed.push({ fingerprint: fingerprint(alert.labels), alert, matches, receivers });
    }
  }
  return listed.sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
}

function viewOf({ labels }: FiringAlert, service: AcceptConfig['service']): LabelView {
  const key = labels['service'];
  return withCatalog(labels, key === undefined ? undefined : service(key)?.facts);
}

/** An alert as wire-formats.md section 1 says: every array is there, also when it is empty. */
function toWire({ fingerprint: shown, alert, receivers }: Listed) {
  return {
    annotations: alert.annotations,
    endsAt: time(alert.endsAtMs),
    fingerprint: shown,
    receivers: receivers.map((name) => ({ name })),
    startsAt: time(alert.startsAtMs),
    status: { inhibitedBy: [], mutedBy: [], silencedBy: [], state: 'active' },
    updatedAt: time(alert.lastSeenMs),
    ...(alert.generatorUrl === null ? {} : { generatorURL: alert.generatorUrl }),
    labels: alert.labels,
  };
}

async function listAlerts(
  deps: AlertmanagerReadsDeps,
  integration: Integration,
  request: DoorRequest,
): Promise<DoorAnswer> {
  const read = readAlertmanagerQuery(request.query);
  if (!read.ok) return answer(400, read.reason);
  return answer(200, (await collect(deps, integration, read.query)).map(toWire));
}

/** One group for each route and its group labels, as Alertmanager's dispatcher has them. */
async function listGroups(
  deps: AlertmanagerReadsDeps,
  integration: Integration,
  request: DoorRequest,
): Promise<DoorAnswer> {
  const read = readAlertmanagerQuery(request.query);
  if (!read.ok) return answer(400, read.reason);
  const groups = new Map<string, { labels: FiringAlert['labels']; receiver: string; alerts: object[] }>();
  for (const listed of await collect(deps, integration, read.query)) {
    const wire = toWire(listed);
    listed.matches.forEach(({ routeId, groupLabels }, i) => {
      const receiver = listed.receivers[i] as string;
      if (!read.query.receives([receiver])) return;
      const key = `${routeId}/${labelKey(groupLabels)}`;
      const group = groups.get(key);
      if (group) group.alerts.push(wire);
      else groups.set(key, { labels: groupLabels, receiver, alerts: [wire] });
    });
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  return answer(
    200,
    sorted.map(([, { labels, receiver, alerts }]) => ({
      alerts,
      labels,
      receiver: { name: receiver },
      routeLabels: {},
    })),
  );
}

function listReceivers(deps: AlertmanagerReadsDeps): DoorAnswer {
  return answer(
    200,
    [...receiverNames(deps.acceptConfig.current().tree).values()].map((name) => ({ name })),
  );
}

function status(deps: AlertmanagerReadsDeps, integration: Integration): DoorAnswer {
  return answer(200, {
    cluster: { peers: [], status: 'disabled' },
    config: { original: alertmanagerConfig(deps.acceptConfig.current().tree, integration.resolveTimeoutSeconds) },
    uptime: deps.startedAt.toString({ fractionalSecondDigits: 3 }),
    versionInfo: {
      branch: 'HEAD',
      buildDate: '',
      buildUser: 'tocsin',
      goVersion: '',
      revision: '',
      version: deps.version,
    },
  });
}
