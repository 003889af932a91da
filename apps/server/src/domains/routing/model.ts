import type { Labels } from './label-view.ts';
import type { Matcher } from './matcher.ts';

/** What a route does with an alert: call people, open a ticket, or only record it. */
export type RouteMode = 'page' | 'ticket' | 'record';

/** Who is called: a named escalation policy, the policy of the service's owner, or nobody. */
export type RoutePolicy = { readonly kind: 'policy'; readonly id: string } | { readonly kind: 'service-owner' } | null;

/** Settings of a route. A child inherits each one it does not set itself, but for the time intervals. */
export type RouteOptions = {
  readonly mode: RouteMode;
  readonly policy: RoutePolicy;
  readonly urgency: 'high' | 'low';
  /** Severity override (SEV1…SEV5); null keeps the alert's own. */
  readonly severity: 1 | 2 | 3 | 4 | 5 | null;
  /** Labels whose values make one group; 'all' puts each distinct label set in a group of its own. */
  readonly groupBy: readonly string[] | 'all';
  /** Time before a new group is first decided; 0 decides in the accepting transaction. */
  readonly groupWaitSeconds: number;
  /** Time between decisions on a group that changed, and how long it stays open after its last alert resolved. */
  readonly groupIntervalSeconds: number;
  /** Time until an unchanged group is told again. */
  readonly repeatIntervalSeconds: number;
  /** Names of time intervals in which the route calls nobody. A node's own: children do not inherit them. */
  readonly muteTimeIntervals: readonly string[];
  /** Names of time intervals outside which it calls nobody; none: it calls at any time. A node's own too. */
  readonly activeTimeIntervals: readonly string[];
};

/** Options the root starts from. An imported Alertmanager tree sets its own (30 s, 5 min, 4 h, no labels) on its root. */
export const defaultRouteOptions: RouteOptions = {
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
};

/** One stored routing node. Siblings are asked in ascending `position`, equal positions by id. */
export type RouteNode = {
  readonly id: string;
  readonly parentId: string | null;
  readonly position: number;
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** Whether siblings further right are asked too after this node matched. */
  readonly continue: boolean;
  readonly options: Partial<RouteOptions>;
};

/** Why a set of nodes is no routing tree. */
export type RouteFaultReason =
  | 'no-root'
  | 'several-roots'
  | 'duplicate-id'
  | 'orphan'
  | 'cycle'
  | 'too-deep'
  | 'root-has-matchers'
  | 'bad-matcher'
  | 'bad-option';

/** One reason a tree was refused, with the node to blame (null when the whole is). */
export type RouteFault = {
  readonly reason: RouteFaultReason;
  readonly routeId: string | null;
  readonly message: string;
};

/**
 * Why a route got an alert. 'matched': its own and its ancestors' matchers, as canonical text, said yes.
 * 'fell-through': no node below the root wanted it, only the root caught it.
 */
export type RouteReason =
  | { readonly kind: 'matched'; readonly by: readonly string[] }
  | { readonly kind: 'fell-through' };

/** A route that takes an alert, with everything decided for it. */
export type RouteMatch = {
  readonly routeId: string;
  /** Ids from the root to this route, both included. */
  readonly path: readonly string[];
  readonly options: RouteOptions;
  /** The labels that name the alert's group; a missing label is left out, names ascend. */
  readonly groupLabels: Labels;
  readonly reason: RouteReason;
};

/** One node the search looked at: it matched, or its first matcher that said no and the value that matcher saw. */
export type RouteVisit = {
  readonly routeId: string;
  readonly name: string;
  /** 0 is the root. */
  readonly depth: number;
  readonly outcome:
    | { readonly kind: 'matched'; readonly by: readonly string[] }
    | { readonly kind: 'refused'; readonly by: string; readonly label: string; readonly actual: string };
};
