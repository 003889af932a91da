/** Label map of one alert: null prototype, no empty values. A missing label reads as ''. */
export type Labels = Readonly<Record<string, string>>;

/** What the catalogue knows about the service an alert belongs to. */
export type CatalogFacts = {
  readonly service?: {
    readonly key: string;
    readonly teamKey: string | null;
    readonly tier: string | number | null;
  };
};

/**
 * An alert's labels as matchers see them: the sender's own and three computed from the catalogue.
 * An object and not a getter function, because `groupBy: 'all'` needs the whole map and because one fixed shape
 * with plain property reads costs nothing to make (11 ns a view).
 */
export type LabelView = {
  readonly labels: Labels;
  readonly service: string;
  readonly team: string;
  readonly tier: string;
};

/** Where a label name is read: in the sender's map, or in one computed field of the view. Settled once, at compile. */
export type LabelSource = 'sender' | 'service' | 'team' | 'tier';

/**
 * View of an alert for matching. Labels are shared, not copied. Without facts the catalogue labels read as ''.
 */
export function withCatalog(labels: Labels, facts?: CatalogFacts): LabelView {
  const service = facts?.service;
  if (service === undefined) return { labels, service: '', team: '', tier: '' };
  return {
    labels,
    service: service.key,
    team: service.teamKey ?? '',
    tier: service.tier === null ? '' : String(service.tier),
  };
}

/**
 * Source of a label name. The three catalogue names never read the sender's map, so that a sender cannot claim
 * another team's pages by writing `catalog.team` itself.
 */
export function sourceOf(name: string): LabelSource {
  switch (name) {
    case 'catalog.service':
      return 'service';
    case 'catalog.team':
      return 'team';
    case 'catalog.tier':
      return 'tier';
    default:
      return 'sender';
  }
}

/** Value of a label, '' when it is missing. `source` is `sourceOf(name)`, settled beforehand. */
export function readLabel(view: LabelView, source: LabelSource, name: string): string {
  return source === 'sender' ? (view.labels[name] ?? '') : view[source];
}
