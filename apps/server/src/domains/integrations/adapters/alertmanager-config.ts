import { stringify } from 'yaml';
import { type CompiledRoute, formatMatcher, type Matcher, type RouteOptions, type RouteTree } from '#routing';
import { formatIntervalSpec, type InhibitRule, type TimeInterval } from '#silences';

/** Receiver names as Alertmanager's clients see them, by route: the route's name, numbered where two would be alike. */
export function receiverNames(tree: RouteTree): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const visit = (route: CompiledRoute) => {
    let name = route.name;
    for (let n = 2; taken.has(name); n += 1) name = `${route.name} (${n})`;
    taken.add(name);
    names.set(route.id, name);
    route.children.forEach(visit);
  };
  visit(tree.root);
  return names;
}

/**
 * Our tree as an Alertmanager configuration: `amtool config routes` reads it from `/api/v2/status`. Each route is its
 * own receiver; what it calls stays here, so there is no secret in it. Options stand where they differ from the parent's.
 * What the catalogue says of an alert is written `catalog_service`: one dot in a name, and an amtool before 0.27 reads
 * nothing of the whole tree.
 */
export function alertmanagerConfig(
  tree: RouteTree,
  resolveTimeoutSeconds: number,
  { intervals, rules }: ShownMutes = { intervals: new Map(), rules: [] },
): string {
  const names = receiverNames(tree);
  // One that does not exist would have a reader refuse the whole file; it mutes nothing.
  const known = (wanted: readonly string[]) => wanted.filter((name) => intervals.has(name));
  const render = (route: CompiledRoute, inherited: RouteOptions | null): object => ({
    receiver: names.get(route.id),
    ...differing(route.options, inherited),
    ...(route.texts.length > 0 ? { matchers: route.texts.map(withoutDot) } : {}),
    ...(inherited !== null && route.continue ? { continue: true } : {}),
    ...named('mute_time_intervals', known(route.options.muteTimeIntervals)),
    ...named('active_time_intervals', known(route.options.activeTimeIntervals)),
    ...(route.children.length > 0 ? { routes: route.children.map((child) => render(child, route.options)) } : {}),
  });
  const receivers = [...names.values()].map((name) => ({ name }));
  const config = {
    global: { resolve_timeout: seconds(resolveTimeoutSeconds) },
    route: render(tree.root, null),
    ...named('inhibit_rules', rules.map(ruleOf)),
    receivers,
    ...named('time_intervals', [...intervals.values()].map(intervalOf)),
  };
  return stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** No sender's label is ever meant by these names, so a name of theirs is not lost. */
const withoutDot = (text: string) => text.replace(/^catalog\.(?=(?:service|team|tier)(?:[=!]|$))/, 'catalog_');

/** What else mutes, as far as Alertmanager's file has words for it. */
export interface ShownMutes {
  readonly intervals: ReadonlyMap<string, TimeInterval>;
  readonly rules: readonly InhibitRule[];
}

const named = (key: string, items: readonly unknown[]) => (items.length === 0 ? {} : { [key]: items });

const textsOf = (matchers: readonly Matcher[]) => matchers.map((matcher) => withoutDot(formatMatcher(matcher)));

const ruleOf = ({ sourceMatchers, targetMatchers, equal }: InhibitRule) => ({
  source_matchers: textsOf(sourceMatchers),
  target_matchers: textsOf(targetMatchers),
  ...named('equal', equal.map(withoutDot)),
});

const intervalOf = ({ name, specs }: TimeInterval) => ({ name, time_intervals: specs.map(formatIntervalSpec) });

const seconds = (count: number) => `${count}s`;

function differing(own: RouteOptions, inherited: RouteOptions | null): object {
  const sameGroups = inherited !== null && JSON.stringify(own.groupBy) === JSON.stringify(inherited.groupBy);
  return {
    ...(sameGroups ? {} : { group_by: own.groupBy === 'all' ? ['...'] : [...new Set(own.groupBy.map(withoutDot))] }),
    ...(own.groupWaitSeconds === inherited?.groupWaitSeconds ? {} : { group_wait: seconds(own.groupWaitSeconds) }),
    ...(own.groupIntervalSeconds === inherited?.groupIntervalSeconds
      ? {}
      : { group_interval: seconds(own.groupIntervalSeconds) }),
    ...(own.repeatIntervalSeconds === inherited?.repeatIntervalSeconds
      ? {}
      : { repeat_interval: seconds(own.repeatIntervalSeconds) }),
  };
}
