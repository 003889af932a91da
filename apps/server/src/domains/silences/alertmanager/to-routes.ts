import type { RouteNode, RouteOptions } from '#routing';
import type { AlertmanagerConfig, ConfigRoute } from './model.ts';

/** What a route starts from that nothing above it sets. */
const DEFAULTS = {
  groupBy: [],
  groupWaitSeconds: 30,
  groupIntervalSeconds: 300,
  repeatIntervalSeconds: 14_400,
} as const;

/** Longest wait or interval that the engine takes: one year. */
const MOST_SECONDS = 31_536_000;

/** Times of a route with everything inherited, exactly as the file has them. */
export type Waits = Pick<RouteOptions, 'groupWaitSeconds' | 'groupIntervalSeconds' | 'repeatIntervalSeconds'>;

/** A route of the file as one of ours, with what only the file knows. */
export type PlannedRoute = {
  readonly node: RouteNode;
  readonly written: ConfigRoute;
  /** The receiver in force, its own or inherited. */
  readonly receiver: string;
  /** Receivers and places from the root: `default`, `team-db[2]`. */
  readonly path: readonly string[];
  readonly waits: Waits;
};

/**
 * The routes of a configuration as nodes of the engine's tree, each after its parent. The engine counts whole seconds up
 * to a year; `waits` keeps times as written.
 */
export function toRoutes(config: AlertmanagerConfig): readonly PlannedRoute[] {
  const planned: PlannedRoute[] = [];
  const visit = (route: ConfigRoute, parent: PlannedRoute | null, position: number) => {
    const receiver = route.receiver ?? parent?.receiver ?? '';
    const waits = waitsOf(route, parent?.waits ?? DEFAULTS);
    const own: PlannedRoute = {
      written: route,
      receiver,
      path: parent === null ? [receiver] : [...parent.path, `${receiver}[${position}]`],
      waits,
      node: {
        id: parent === null ? 'root' : `${parent.node.id}.${position}`,
        parentId: parent?.node.id ?? null,
        position,
        name: receiver,
        matchers: route.matchers,
        continue: route.continue,
        options: parent === null ? { ...DEFAULTS, ...optionsOf(route) } : optionsOf(route),
      },
    };
    planned.push(own);
    route.routes.forEach((child, index) => visit(child, own, index));
  };
  visit(config.route, null, 0);
  return planned;
}

function waitsOf(route: ConfigRoute, above: Waits): Waits {
  return {
    groupWaitSeconds: route.groupWaitSeconds ?? above.groupWaitSeconds,
    groupIntervalSeconds: route.groupIntervalSeconds ?? above.groupIntervalSeconds,
    repeatIntervalSeconds: route.repeatIntervalSeconds ?? above.repeatIntervalSeconds,
  };
}

/** What a route sets itself. */
function optionsOf(route: ConfigRoute): Partial<RouteOptions> {
  const { groupBy, groupWaitSeconds, groupIntervalSeconds, repeatIntervalSeconds } = route;
  const { muteTimeIntervals, activeTimeIntervals } = route;
  const cut = (seconds: number, least: number) => Math.min(MOST_SECONDS, Math.max(least, Math.ceil(seconds)));
  return {
    ...(groupBy === null ? {} : { groupBy }),
    ...(groupWaitSeconds === null ? {} : { groupWaitSeconds: cut(groupWaitSeconds, 0) }),
    ...(groupIntervalSeconds === null ? {} : { groupIntervalSeconds: cut(groupIntervalSeconds, 1) }),
    ...(repeatIntervalSeconds === null ? {} : { repeatIntervalSeconds: cut(repeatIntervalSeconds, 1) }),
    ...(muteTimeIntervals.length === 0 ? {} : { muteTimeIntervals }),
    ...(activeTimeIntervals.length === 0 ? {} : { activeTimeIntervals }),
  };
}
