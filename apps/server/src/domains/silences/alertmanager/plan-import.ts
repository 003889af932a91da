import { formatMatchers } from '#routing';
import { formatIntervalSpec } from '../interval-parse.ts';
import type { TimeInterval } from '../model.ts';
import type { AlertmanagerConfig, ConfigReceiver } from './model.ts';
import { type PlannedRoute, toRoutes } from './to-routes.ts';

/** Longest name of a route or of a time interval. */
const LONGEST_NAME = 120;

const isUsable = ({ name, specs }: TimeInterval) => name.length <= LONGEST_NAME && specs.length > 0;

/**
 * What an import would make: one route for each of the file's, the root's under our own root. A receiver without
 * integrations is Alertmanager's way to drop alerts: its routes record and call nobody.
 */
export function planImport(config: AlertmanagerConfig) {
  const planned = toRoutes(config);
  const silent = new Set(
    config.receivers.filter(({ integrations }) => integrations.length === 0).map(({ name }) => name),
  );
  const usable = new Set(config.intervals.filter(isUsable).map(({ name }) => name));
  const byId = new Map(planned.map((route) => [route.node.id, route]));
  const leadTo = Map.groupBy(planned, ({ receiver }) => receiver);
  return {
    routes: planned.map((route) => {
      const above = route.node.parentId === null ? undefined : byId.get(route.node.parentId);
      return routeOf(route, above, { silent, usable });
    }),
    timeIntervals: config.intervals.filter(isUsable).map(({ name, specs }) => ({
      name,
      timeIntervals: specs.map((spec) => plain(formatIntervalSpec(spec))),
    })),
    inhibitRules: config.inhibitRules.map(({ id, name, sourceMatchers, targetMatchers, equal }) => ({
      key: id,
      name,
      sourceMatchers: [...sourceMatchers],
      targetMatchers: [...targetMatchers],
      equal: [...equal],
    })),
    receivers: config.receivers.map(({ name, integrations }) => ({
      name,
      integrations: [...integrations],
      routes: leadTo.get(name)?.length ?? 0,
    })),
    notMapped: [...receiversLeft(config.receivers), ...othersLeft(config, planned)],
  };
}

function routeOf(
  route: PlannedRoute,
  above: PlannedRoute | undefined,
  { silent, usable }: { readonly silent: ReadonlySet<string>; readonly usable: ReadonlySet<string> },
) {
  const { node, receiver } = route;
  const isSilent = silent.has(receiver);
  const changes = above === undefined ? isSilent : isSilent !== silent.has(above.receiver);
  const mode = isSilent ? ({ mode: 'record', policy: null } as const) : PAGING;
  return {
    key: node.id,
    parentKey: node.parentId,
    name: nameOf(route),
    receiver,
    matchers: [...node.matchers],
    matcherText: formatMatchers(node.matchers).slice(1, -1),
    continue: node.continue,
    options: { ...node.options, ...intervalsOf(route, usable), ...(changes ? mode : {}) },
  };
}

function intervalsOf({ node: { options } }: PlannedRoute, usable: ReadonlySet<string>) {
  const { muteTimeIntervals: mute, activeTimeIntervals: active } = options;
  return {
    ...(mute && { muteTimeIntervals: mute.filter((name) => usable.has(name)) }),
    ...(active && { activeTimeIntervals: active.filter((name) => usable.has(name)) }),
  };
}

const PAGING = { mode: 'page', policy: { kind: 'service-owner' } } as const;

function nameOf({ node, receiver, path }: PlannedRoute): string {
  const name = node.parentId === null ? `Alertmanager: ${receiver}` : receiver === '' ? path.join(' / ') : receiver;
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1).toWellFormed()}…`;
}

function receiversLeft(receivers: readonly ConfigReceiver[]) {
  return receivers
    .filter(({ integrations }) => integrations.length > 0)
    .map(({ name, integrations }) => ({
      what: `receiver ${name}`,
      why: `its integrations stay behind (${integrations.map(({ kind, count }) => (count > 1 ? `${count} × ${kind}` : kind)).join(', ')}); its routes call whom an escalation policy names`,
    }));
}

function othersLeft(config: AlertmanagerConfig, planned: readonly PlannedRoute[]) {
  const left: { what: string; why: string }[] = [];
  const say = (when: boolean, what: string, why: string) => when && left.push({ what, why });
  const cut = planned.filter(({ node, written }) =>
    (['groupWaitSeconds', 'groupIntervalSeconds', 'repeatIntervalSeconds'] as const).some(
      (name) => written[name] !== null && written[name] !== node.options[name],
    ),
  );
  const labelled = planned.filter(({ written }) => written.labelNames.length > 0);
  const globals = config.globals.filter((name) => name !== 'resolve_timeout');
  for (const interval of config.intervals) {
    if (!isUsable(interval))
      say(true, `time interval ${interval.name}`, 'it has no times, or a name over 120 characters');
  }
  say(config.templates.length > 0, 'templates', 'messages are written here, one for each channel');
  say(globals.length > 0, `global: ${globals.join(', ')}`, 'they belong to the receivers');
  say(
    config.globals.includes('resolve_timeout'),
    'global: resolve_timeout',
    `set it on the integration (${config.resolveTimeoutSeconds} s)`,
  );
  say(labelled.length > 0, 'labels of routes', 'routes attach no labels here');
  for (const { path } of cut) say(true, `times of ${path.join(' / ')}`, 'they become whole seconds, from 1 to a year');
  return left;
}

/** Mutable copies, as the contract has them. */
function plain(text: ReturnType<typeof formatIntervalSpec>) {
  const { times, weekdays, days_of_month, months, years, location } = text;
  return {
    ...(times && { times: times.map((time) => ({ ...time })) }),
    ...(weekdays && { weekdays: [...weekdays] }),
    ...(days_of_month && { days_of_month: [...days_of_month] }),
    ...(months && { months: [...months] }),
    ...(years && { years: [...years] }),
    ...(location !== undefined && { location }),
  };
}
