import { type CatalogFacts, match, type RouteMatch, type RouteTree, withCatalog } from '#routing';
import { cleanAnnotations } from './annotations.ts';
import { groupTitleOf, kindOf, severityOf, titleOf } from './describe.ts';
import { labelHash, labelKey } from './identity.ts';
import type { Labels } from './labels.ts';
import type { InboundEvent, Severity } from './model.ts';

/** What the catalogue says about the service that an alert names. */
export interface ServiceFacts {
  readonly facts: CatalogFacts;
  readonly serviceId: string;
  readonly teamId: string | null;
}

/** The configuration that accepting decides by: the routing tree and the services by key. */
export interface AcceptConfig {
  readonly tree: RouteTree;
  readonly service: (key: string) => ServiceFacts | undefined;
}

/** Where one alert goes on one route: the group's key, or none where the route only records. */
export interface Destination {
  readonly match: RouteMatch;
  /** `route id / group hash`; null for record-only routes. */
  readonly groupKey: string | null;
  readonly groupHash: string;
}

/** An alert as it would open: described, with its destinations. */
export interface Described {
  readonly annotations: Labels;
  readonly kind: string;
  readonly title: string;
  readonly groupTitle: string;
  readonly severity: Severity;
  readonly serviceId: string | null;
  readonly teamId: string | null;
  readonly destinations: readonly Destination[];
}

/** Describes and routes a new alert: the same function serves intake, `explain` and the preview. */
export function describeAlert(
  event: Pick<InboundEvent, 'labels' | 'annotations' | 'integrationId' | 'severity'>,
  config: AcceptConfig,
): Described {
  const { labels } = event;
  const annotations = cleanAnnotations(event.annotations);
  const service = labels['service'] === undefined ? undefined : config.service(labels['service']);
  const matches = match(config.tree, withCatalog(labels, service?.facts));
  const title = titleOf(labels, annotations);
  let severity = event.severity ?? severityOf(labels);
  const destinations = matches.map((found): Destination => {
    if (found.options.severity !== null) severity = found.options.severity;
    const groupHash = labelHash(labelKey(found.groupLabels));
    return {
      match: found,
      groupKey: found.options.mode === 'record' ? null : `${found.routeId}/${groupHash}`,
      groupHash,
    };
  });
  return {
    annotations,
    kind: kindOf(labels, annotations, event.integrationId),
    title,
    groupTitle: groupTitleOf(labels, title),
    severity,
    serviceId: service?.serviceId ?? null,
    teamId: service?.teamId ?? null,
    destinations,
  };
}
