import {
  type CompiledMatcher,
  compileMatcher,
  firstRefusal,
  type LabelView,
  type Matcher,
  readLabel,
  sourceOf,
} from '#routing';
import type { CompiledInhibitRule, InhibitRule, Mute, MuteFault } from './model.ts';

/** Most sources named for one rule and alert; there may be more. */
export const MOST_SOURCES = 20;

type Inhibition = Extract<Mute, { kind: 'inhibition' }>;

/** Compiles rules. One that cannot be used is left out and named: it mutes nothing. */
export function compileInhibitRules(rules: readonly InhibitRule[]): {
  rules: readonly CompiledInhibitRule[];
  faults: MuteFault[];
} {
  const compiled: CompiledInhibitRule[] = [];
  const faults: MuteFault[] = [];
  for (const rule of rules) {
    const source = compileAll(rule.sourceMatchers);
    const target = compileAll(rule.targetMatchers);
    if (typeof source === 'string') faults.push({ kind: 'inhibition', id: rule.id, message: `source: ${source}` });
    else if (typeof target === 'string') faults.push({ kind: 'inhibition', id: rule.id, message: `target: ${target}` });
    else compiled.push({ rule, source, target, keyOf: keyReader(rule.equal) });
  }
  return { rules: compiled, faults };
}

function compileAll(matchers: readonly Matcher[]): readonly CompiledMatcher[] | string {
  const compiled: CompiledMatcher[] = [];
  for (const matcher of matchers) {
    const one = compileMatcher(matcher);
    if (!one.ok) return one.error.message;
    compiled.push(one.matcher);
  }
  return compiled;
}

/** Values with their lengths, so that no two lists make the same key whatever they hold. Missing reads as ''. */
function keyReader(equal: readonly string[]): (view: LabelView) => string {
  const labels = [...new Set(equal)].map((name) => ({ name, source: sourceOf(name) }));
  return (view) => {
    let key = '';
    for (const { name, source } of labels) {
      const value = readLabel(view, source, name);
      key += `${value.length}:${value}`;
    }
    return key;
  };
}

/** Sources with the same `equal` values under one rule. `twoSided` ones are themselves targets of it. */
type Shelf = { readonly plain: Set<string>; readonly twoSided: Set<string> };

/** What an alert may be inhibited by: kept in step with the firing alerts, asked once per rule and alert. */
export interface SourceIndex {
  /** Adds a firing alert under its id, or replaces it. */
  add(id: string, view: LabelView): void;
  /** Takes an alert out that no longer fires; unknown ids are ignored. */
  remove(id: string): void;
  /** Whether an alert is a source of any rule: its start and end are news for others. */
  has(id: string): boolean;
  /** How many alerts are a source of some rule. */
  readonly size: number;
  /** What inhibits an alert, in the order of the rules. */
  sourcesFor(view: LabelView): readonly Inhibition[];
}

/**
 * An index of firing sources by rule and `equal` values, so that ten thousand sources cost one Map look-up a rule. An
 * alert that matches both sides of a rule is not inhibited by one that does too, hence never by itself.
 */
export function createSourceIndex(rules: readonly CompiledInhibitRule[]): SourceIndex {
  const shelves = rules.map(() => new Map<string, Shelf>());
  const places = new Map<string, readonly { readonly rule: number; readonly key: string }[]>();
  const remove = (id: string) => {
    for (const { rule, key } of places.get(id) ?? []) {
      const shelf = shelves[rule]?.get(key);
      shelf?.plain.delete(id);
      shelf?.twoSided.delete(id);
      if (shelf?.plain.size === 0 && shelf.twoSided.size === 0) shelves[rule]?.delete(key);
    }
    places.delete(id);
  };
  return {
    remove,
    has: (id) => places.has(id),
    get size() {
      return places.size;
    },
    add(id, view) {
      remove(id);
      const found = rules.flatMap(({ source, target, keyOf }, rule) => {
        if (firstRefusal(source, view) !== null) return [];
        const key = keyOf(view);
        const shelf = shelves[rule]?.get(key) ?? { plain: new Set(), twoSided: new Set() };
        shelves[rule]?.set(key, shelf);
        (firstRefusal(target, view) === null ? shelf.twoSided : shelf.plain).add(id);
        return [{ rule, key }];
      });
      if (found.length > 0) places.set(id, found);
    },
    sourcesFor(view) {
      if (places.size === 0) return [];
      return rules.flatMap((rule, index) => inhibitedBy(rule, shelves[index] as Map<string, Shelf>, view));
    },
  };
}

function inhibitedBy(
  { rule, source, target, keyOf }: CompiledInhibitRule,
  shelves: ReadonlyMap<string, Shelf>,
  view: LabelView,
): readonly Inhibition[] {
  if (shelves.size === 0 || firstRefusal(target, view) !== null) return [];
  const shelf = shelves.get(keyOf(view));
  if (shelf === undefined) return [];
  const total = shelf.plain.size + shelf.twoSided.size;
  const usesBoth = shelf.twoSided.size > 0 && firstRefusal(source, view) !== null;
  const count = usesBoth ? total : shelf.plain.size;
  if (count === 0) return [];
  const sources = [
    ...shelf.plain.values().take(MOST_SOURCES),
    ...(usesBoth ? shelf.twoSided.values().take(MOST_SOURCES) : []),
  ].slice(0, MOST_SOURCES);
  return [{ kind: 'inhibition', rule: rule.id, sources, reason: reasonOf(rule, count) }];
}

function reasonOf({ name, equal }: InhibitRule, count: number): string {
  const firing = count === 1 ? 'an alert' : `${count} alerts`;
  const fires = count === 1 ? 'fires' : 'fire';
  const alike = equal.length === 0 ? '' : ` with the same ${equal.join(', ')}`;
  return `Inhibited${name === null ? '' : ` by ${name}`}: ${firing} that it yields to ${fires}${alike}.`;
}
