import { match, type RouteMatch, type RouteVisit, withCatalog } from '#routing';
import { type AcceptConfig, type Described, describeAlert } from './describe-alert.ts';
import { fingerprint } from './fingerprint.ts';
import type { Labels } from './labels.ts';

/** An alert to be explained: one that is stored, or one that might come. */
export interface Explained {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly integrationId: string;
}

/** Every route looked at, and what came of it: by the very functions that intake runs. */
export interface Routed {
  readonly described: Described;
  readonly visits: readonly RouteVisit[];
  readonly fingerprint: string;
  /** No route below the root wanted it. */
  readonly unrouted: boolean;
}

/** Routes an alert with a trace. */
export function explainRouting(alert: Explained, config: AcceptConfig): Routed {
  const described = describeAlert(alert, config);
  const visits: RouteVisit[] = [];
  const key = alert.labels['service'];
  match(config.tree, withCatalog(alert.labels, key === undefined ? undefined : config.service(key)?.facts), visits);
  const unrouted = described.destinations.every(({ match: { reason } }) => reason.kind === 'fell-through');
  return { described, visits, fingerprint: fingerprint(alert.labels), unrouted };
}

/** An open group that an alert may join. */
export interface OpenGroup {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly firing: number;
}

/** The group that an alert would join on a route. */
export type WouldJoin =
  | {
      readonly kind: 'open-page';
      readonly id: string;
      readonly number: number;
      readonly title: string;
      readonly firing: number;
    }
  | { readonly kind: 'new-page'; readonly title: string; readonly labels: Labels; readonly waitSeconds: number }
  | { readonly kind: 'none' };

/** Which group an alert joins: the open one of its key, else a new one; none where the route only records. */
export function wouldJoin(
  destination: { readonly match: RouteMatch; readonly groupKey: string | null },
  open: ReadonlyMap<string, OpenGroup>,
  groupTitle: string,
): WouldJoin {
  if (destination.groupKey === null) return { kind: 'none' };
  const found = open.get(destination.groupKey);
  if (found) return { kind: 'open-page', id: found.id, number: found.number, title: found.title, firing: found.firing };
  const { groupLabels, options } = destination.match;
  return { kind: 'new-page', title: groupTitle, labels: groupLabels, waitSeconds: options.groupWaitSeconds };
}
