import { type AcceptConfig, fingerprint, type FiringAlert, labelKey } from '#alerts';
import type { Db } from '#platform/db';
import type { DoorAnswer, DoorRequest } from '#platform/http/door';
import { type LabelView, match, type RouteMatch, type RouteOptions, withCatalog } from '#routing';
import { mutedByIntervals, type MutesInUse, type Muting } from '#silences';
import type { Integration } from '../model.ts';
import { alertmanagerConfig, receiverNames } from './alertmanager-config.ts';
import type { AlertmanagerRead } from './alertmanager-doors.ts';
import { type AlertmanagerQuery, readAlertmanagerQuery, type ShownStatus } from './alertmanager-query.ts';

/** What the reading half of Alertmanager's API v2 needs. */
export interface AlertmanagerReadsDeps {
  /** The firing alerts of one integration, in parts. */
  readonly firingAlerts: (integrationId: string) => AsyncIterable<readonly FiringAlert[]>;
  readonly acceptConfig: { current(): AcceptConfig };
  /** What mutes an alert, asked of the engine's own functions. */
  readonly muting: Pick<Muting, 'evaluate'>;
  readonly mutes: () => Pick<MutesInUse, 'any' | 'mutes'>;
  readonly db: Db;
  readonly clock: { now(): Temporal.Instant };
  readonly version: string;
  readonly startedAt: Temporal.Instant;
}

/** The reading doors: a key sees the alerts of its own integration. Receivers are our routes, by name. */
export function alertmanagerReads(deps: AlertmanagerReadsDeps): readonly AlertmanagerRead[] {
  const well = () => ({ status: 200, contentType: 'text/plain; charset=utf-8', body: 'OK' });
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
  ];
}

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
  readonly status: ShownStatus;
}

async function collect(
  deps: AlertmanagerReadsDeps,
  integration: Integration,
  query: AlertmanagerQuery,
): Promise<readonly Listed[]> {
  const { tree, service } = deps.acceptConfig.current();
  const names = receiverNames(tree);
  const listed: Listed[] = [];
  const now = deps.clock.now();
  for await (const part of deps.firingAlerts(integration.id)) {
    const wanted = part.flatMap((alert) => {
      const view = viewOf(alert, service);
      if (!query.accepts(view)) return [];
      const matches = match(tree, view);
      const receivers = matches.map(({ routeId }) => names.get(routeId) ?? routeId);
      return query.receives(receivers) ? [{ alert, view, matches, receivers }] : [];
    });
    const statuses = await statusesOf(deps, integration.id, { views: wanted.map(({ view }) => view), now });
    wanted.forEach(({ alert, matches, receivers }, i) => {
      const shown = statuses[i] ?? ACTIVE;
      if (query.wants(shown))
        listed.push({ fingerprint: fingerprint(alert.labels), alert, matches, receivers, status: shown });
    });
  }
  return listed.sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
}

const ACTIVE: ShownStatus = { silencedBy: [], inhibitedBy: [], mutedBy: [] };

/** What suppresses each of these alerts on every route. Maintenance stands among the silences, whose words it has. */
async function statusesOf(
  deps: AlertmanagerReadsDeps,
  integrationId: string,
  { views, now }: { readonly views: readonly LabelView[]; readonly now: Temporal.Instant },
): Promise<readonly ShownStatus[]> {
  if (!deps.mutes().any || views.length === 0) return [];
  const { muted, labelsOf } = await deps.muting.evaluate(
    deps.db,
    views.map((view) => ({ view, integrationId, intervals: null })),
    { now, lock: false },
  );
  return muted.map(({ by }) => ({
    silencedBy: by.flatMap((mute) => (mute.kind === 'silence' || mute.kind === 'maintenance' ? [mute.id] : [])),
    inhibitedBy: [
      ...new Set(
        by.flatMap((mute) =>
          mute.kind === 'inhibition' ? mute.sources.map((id) => fingerprint(labelsOf(id) ?? {})) : [],
        ),
      ),
    ],
    mutedBy: [],
  }));
}

function viewOf({ labels }: FiringAlert, service: AcceptConfig['service']): LabelView {
  const key = labels['service'];
  return withCatalog(labels, key === undefined ? undefined : service(key)?.facts);
}

/** An alert as wire-formats.md section 1 says: every array is there, also when it is empty. */
function toWire({ fingerprint: shown, alert, receivers, status }: Listed) {
  const isSuppressed = status.silencedBy.length + status.inhibitedBy.length + status.mutedBy.length > 0;
  return {
    annotations: alert.annotations,
    endsAt: time(alert.endsAtMs),
    fingerprint: shown,
    receivers: receivers.map((name) => ({ name })),
    startsAt: time(alert.startsAtMs),
    status: {
      inhibitedBy: status.inhibitedBy,
      mutedBy: status.mutedBy,
      silencedBy: status.silencedBy,
      state: isSuppressed ? 'suppressed' : 'active',
    },
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
  const mutedBy = memoMutedBy(deps, deps.clock.now());
  for (const listed of await collect(deps, integration, read.query)) {
    listed.matches.forEach(({ routeId, groupLabels, options }, i) => {
      const receiver = listed.receivers[i] as string;
      const intervals = mutedBy(routeId, options);
      if (!read.query.receives([receiver]) || (!read.query.muted && intervals.length > 0)) return;
      const wire = toWire({ ...listed, status: { ...listed.status, mutedBy: intervals } });
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

/** The time intervals that mute a route now, each route asked once. */
function memoMutedBy(
  deps: AlertmanagerReadsDeps,
  now: Temporal.Instant,
): (routeId: string, options: RouteOptions) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (routeId, { muteTimeIntervals: mute, activeTimeIntervals: active }) => {
    let names = known.get(routeId);
    if (!names) {
      names = mutedByIntervals(deps.mutes().mutes.intervals, { mute, active }, now).map(({ name }) => name);
      known.set(routeId, names);
    }
    return names;
  };
}

function listReceivers(deps: AlertmanagerReadsDeps): DoorAnswer {
  return answer(
    200,
    [...receiverNames(deps.acceptConfig.current().tree).values()].map((name) => ({ name })),
  );
}

function status(deps: AlertmanagerReadsDeps, integration: Integration): DoorAnswer {
  const { mutes } = deps.mutes();
  return answer(200, {
    cluster: { peers: [], status: 'disabled' },
    config: {
      original: alertmanagerConfig(deps.acceptConfig.current().tree, integration.resolveTimeoutSeconds, {
        intervals: mutes.intervals,
        rules: mutes.inhibitRules.map(({ rule }) => rule),
      }),
    },
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
