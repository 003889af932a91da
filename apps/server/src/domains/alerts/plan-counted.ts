import type { Described } from './describe-alert.ts';
import type { Waiting } from './flush-input.ts';
import type { Labels } from './labels.ts';
import type { RouteOptions } from '#routing';
import { countsIn, type KnownGroup } from './grouping.ts';
import type { InboundEvent, RoutedTo } from './model.ts';
import { newAlert } from './plan-flush.ts';
import type { NewAlert } from './store.ts';

/** What a counted flush is decided by: memory alone. The write that stands on it says whether memory was right. */
export interface CountedFacts {
  readonly describe: (event: InboundEvent) => Described;
  /** Open groups by key, as last seen. */
  readonly openGroups: ReadonlyMap<string, KnownGroup>;
  /** True when the database may hold a current alert of this key. */
  readonly knows: (key: string) => boolean;
  readonly newId: () => string;
  /** Whether an alert is known to be muted as it comes, on a route of these options. */
  readonly isMuted: (event: InboundEvent, options: RouteOptions) => boolean;
  /** Whether other alerts may be inhibited by it: then more is to be written. */
  readonly isSource: (labels: Labels) => boolean;
}

/** New alerts, and how many of them joined each group. */
export interface CountedPlan {
  readonly inserts: readonly NewAlert[];
  readonly joined: ReadonlyMap<string, { readonly count: number; readonly loud: boolean }>;
}

interface Joining {
  readonly group: KnownGroup;
  readonly groups: readonly string[];
  readonly routing: readonly RoutedTo[];
  readonly options: RouteOptions;
  count: number;
  loud: boolean;
}

/**
 * Decides a flush of new alerts that each join one group this process knows and change nothing of it but its counts:
 * the usual case of a storm. Null when it needs more than memory. `planFlush` would come to the same alerts.
 */
export function planCounted(items: readonly Waiting[], facts: CountedFacts): CountedPlan | null {
  const seen = new Set<string>();
  const joining = new Map<string, Joining>();
  const inserts: NewAlert[] = [];
  for (const { event, payload, key } of items) {
    if (event.status === 'resolved' || facts.knows(key) || facts.isSource(event.labels)) return null;
    seen.add(key);
    const described = facts.describe(event);
    const joins = joinedBy(described, joining, facts);
    if (joins === null || !countsIn(joins.group, described.kind, described.severity)) return null;
    joins.count += 1;
    joins.loud ||= !facts.isMuted(event, joins.options);
    const { groups, routing } = joins;
    inserts.push(newAlert(event, described, { id: facts.newId(), payloadId: payload.id, groups, routing }));
  }
  if (seen.size < items.length) return null;
  return {
    inserts,
    joined: new Map([...joining.values()].map(({ group, count, loud }) => [group.id, { count, loud }])),
  };
}

function joinedBy(described: Described, joining: Map<string, Joining>, facts: CountedFacts): Joining | null {
  const [only, another] = described.destinations;
  if (!only || another || only.groupKey === null) return null;
  const met = joining.get(only.groupKey);
  if (met) return met;
  const group = facts.openGroups.get(only.groupKey);
  if (!group) return null;
  const routing = [{ routeId: only.match.routeId, groupId: group.id }];
  const { options } = only.match;
  const joins: Joining = { group, groups: [group.id], routing, options, count: 0, loud: false };
  joining.set(only.groupKey, joins);
  return joins;
}
