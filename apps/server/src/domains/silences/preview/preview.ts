import {
  compileTree,
  type LabelView,
  match,
  type Matcher,
  type MatcherOp,
  type RouteOptions,
  withCatalog,
} from '#routing';
import type { AlertmanagerConfig } from '../alertmanager/model.ts';
import { type PlannedRoute, toRoutes } from '../alertmanager/to-routes.ts';
import { createSourceIndex } from '../inhibition.ts';
import type { Mute, Mutes, Silence } from '../model.ts';
import { compileMutes, mutedByIntervals, mutesOf } from '../mute.ts';

/** Most routes answered for all alerts together. */
const MOST_ROUTES = 50_000;
/** Most matchings of one alert with one route, silence or rule: about half a second in which nothing else is done. */
const MOST_WORK = 2_000_000;

/** A made-up alert. */
export type PreviewAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly startsAt: Temporal.Instant | null;
  readonly endsAt: Temporal.Instant | null;
};

/** What is looked at, as of `at`. */
export type PreviewAsked = {
  readonly config: AlertmanagerConfig;
  readonly silences: readonly Silence[];
  readonly alerts: readonly PreviewAlert[];
  readonly at: Temporal.Instant;
  /** Names an alert by its labels, as Alertmanager does. */
  readonly fingerprint: (labels: Readonly<Record<string, string>>) => string;
};

/** A matcher of Alertmanager's API v2 as ours. */
export function matcherOf(given: {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}): Matcher {
  const op: MatcherOp = given.isRegex ? (given.isEqual ? '=~' : '!~') : given.isEqual ? '=' : '!=';
  return { name: given.name, op, value: given.value };
}

type Seen = { readonly view: LabelView; readonly id: string; readonly fires: boolean };

/**
 * Where alerts would go by a configuration and what would mute them, decided by the functions that the engine decides
 * by. A text says why that would be too much.
 */
export function previewRouting({ config, silences, alerts, at, fingerprint }: PreviewAsked) {
  const planned = toRoutes(config);
  const work = (planned.length + silences.length + config.inhibitRules.length) * alerts.length;
  if (work > MOST_WORK) return `alerts times routes, silences and rules are more than ${MOST_WORK}`;
  const byId = new Map(planned.map((route) => [route.node.id, route]));
  const compiled = compileTree(planned.map(({ node }) => node));
  if (!compiled.ok)
    throw new Error(`a configuration that was read does not compile: ${JSON.stringify(compiled.faults)}`);
  const { inhibitRules, intervals } = config;
  const { mutes } = compileMutes({ silences, windows: [], inhibitRules, intervals });
  const seen = alerts.map((alert): Seen => {
    const view = withCatalog(withoutEmpty(alert.labels));
    return { view, id: fingerprint(view.labels), fires: firesAt(alert, at) };
  });
  const sources = createSourceIndex(mutes.inhibitRules);
  for (const { id, view, fires } of seen) if (fires) sources.add(id, view);
  const mutedRoute = rememberMuted(mutes, at);
  let left = MOST_ROUTES;
  const answers = seen.map(({ view }) => {
    const matches = left > 0 ? match(compiled.tree, view) : [];
    left -= matches.length;
    const routes = matches.slice(0, Math.max(0, left + matches.length)).map(({ routeId, options, groupLabels }) => {
      const route = byId.get(routeId) as PlannedRoute;
      return {
        receiver: route.receiver,
        path: [...route.path],
        continue: route.node.continue,
        groupBy: options.groupBy === 'all' ? ['...'] : [...options.groupBy],
        groupLabels: { ...groupLabels },
        groupWait: route.waits.groupWaitSeconds,
        groupInterval: route.waits.groupIntervalSeconds,
        repeatInterval: route.waits.repeatIntervalSeconds,
        mutedBy: mutedRoute(routeId, options),
      };
    });
    const { by } = mutesOf(mutes, { view, integrationId: null, intervals: null, sources }, at);
    return { labels: { ...view.labels }, routes, mutedBy: by.flatMap((mute) => shown(mute, config)) };
  });
  return left < 0 ? `these alerts take more than ${MOST_ROUTES} routes in all` : answers;
}

/** What mutes an alert on every route, as the answer has it. */
type ShownMute =
  | { readonly kind: 'silence'; readonly id: string; readonly sources: readonly string[]; readonly reason: string }
  | {
      readonly kind: 'inhibition';
      readonly rule: string;
      readonly sources: readonly string[];
      readonly reason: string;
    };

function shown(mute: Mute, { inhibitRules }: AlertmanagerConfig): readonly ShownMute[] {
  const { reason } = mute;
  switch (mute.kind) {
    case 'silence':
      return [{ kind: mute.kind, id: mute.id, sources: [], reason }];
    case 'inhibition': {
      const name = inhibitRules.find(({ id }) => id === mute.rule)?.name;
      return [{ kind: mute.kind, rule: name ?? mute.rule, sources: [...mute.sources], reason }];
    }
    case 'maintenance':
    case 'time-interval':
      return [];
  }
}

/** What mutes a route at `at`; decided once a route. */
function rememberMuted(mutes: Mutes, at: Temporal.Instant) {
  const known = new Map<string, { kind: 'time_interval'; name: string; reason: string }[]>();
  return (routeId: string, { muteTimeIntervals, activeTimeIntervals }: RouteOptions) => {
    const before = known.get(routeId);
    if (before !== undefined) return before;
    const names = { mute: muteTimeIntervals, active: activeTimeIntervals };
    const muted = mutedByIntervals(mutes.intervals, names, at).map(({ name, reason }) => ({
      kind: 'time_interval' as const,
      name,
      reason,
    }));
    known.set(routeId, muted);
    return muted;
  };
}

/** An alert without a start fires already, one without an end fires on; at its end it no longer does. */
function firesAt({ startsAt, endsAt }: PreviewAlert, at: Temporal.Instant): boolean {
  if (startsAt !== null && Temporal.Instant.compare(at, startsAt) < 0) return false;
  return endsAt === null || Temporal.Instant.compare(at, endsAt) < 0;
}

/** Without a prototype, so that no label name is found that was not sent. */
function withoutEmpty(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(labels)) if (value !== '') kept[name] = value;
  return kept;
}
