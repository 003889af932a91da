import { compileMatcher, type Matcher } from './matcher.ts';
import { parseMatcher, parseMatchers } from './matcher-parse.ts';
import type { RouteFault, RouteNode, RouteOptions } from './model.ts';

/** Matchers as people send them: one text of several, or a list of texts and objects. */
export type MatchersInput = string | readonly (string | Matcher)[];

/** A fault at a dotted path of what was sent. */
export interface DraftFault {
  readonly path: string;
  readonly message: string;
}

/** Reads matchers; every fault with its path. Texts are read as Alertmanager does by default (both grammars). */
export function readMatchers(
  input: MatchersInput,
):
  | { readonly ok: true; readonly matchers: readonly Matcher[] }
  | { readonly ok: false; readonly faults: readonly DraftFault[] } {
  if (typeof input === 'string') {
    const parsed = parseMatchers(input, 'fallback');
    return parsed.ok ? parsed : { ok: false, faults: [faultOf('matchers', parsed.error)] };
  }
  const matchers: Matcher[] = [];
  const faults: DraftFault[] = [];
  input.forEach((one, index) => {
    const read = typeof one === 'string' ? parseMatcher(one, 'fallback') : compileMatcher(one);
    if (!read.ok) faults.push(faultOf(`matchers.${index}`, read.error));
    else matchers.push({ name: read.matcher.name, op: read.matcher.op, value: read.matcher.value });
  });
  return faults.length === 0 ? { ok: true, matchers } : { ok: false, faults };
}

function faultOf(path: string, error: { readonly message: string; readonly position: number }): DraftFault {
  return { path, message: `${error.message} (at character ${error.position + 1})` };
}

/** Options without those that were left out. */
export function ownOptions(
  options: { readonly [K in keyof RouteOptions]?: RouteOptions[K] | undefined },
): Partial<RouteOptions> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<RouteOptions>;
}

const FIELDS: Readonly<Record<RouteFault['reason'], string>> = {
  'no-root': 'parentId',
  'several-roots': 'parentId',
  'duplicate-id': 'id',
  orphan: 'parentId',
  cycle: 'parentId',
  'too-deep': 'parentId',
  'root-has-matchers': 'matchers',
  'bad-matcher': 'matchers',
  'bad-option': 'options',
};

/** Faults of a tree as faults of a request: the changed route's by its own fields, any other's by its id and field. */
export function pathsOf(
  faults: readonly RouteFault[],
  nodes: readonly RouteNode[],
  changedId: string | null,
): readonly DraftFault[] {
  return faults.map(({ reason, routeId, message }) => {
    const field = FIELDS[reason];
    if (routeId === null) return { path: 'routes', message };
    if (routeId === changedId) return { path: field, message };
    return { path: `routes.${routeId}.${field}`, message: `${namesOf(nodes, routeId).join(' / ')}: ${message}` };
  });
}

/** Names from the root to a route; ends at what is missing, and at a node met twice. */
export function namesOf(nodes: readonly Pick<RouteNode, 'id' | 'parentId' | 'name'>[], id: string): readonly string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const names: string[] = [];
  const seen = new Set<string>();
  for (let at: string | null = id; at !== null && !seen.has(at); at = byId.get(at)?.parentId ?? null) {
    seen.add(at);
    names.unshift(byId.get(at)?.name ?? at);
  }
  return names;
}

/** Nodes in the order they are drawn: each after its parent, siblings as they are asked; then those that hang nowhere. */
export function drawnOrder<T extends Pick<RouteNode, 'id' | 'parentId' | 'position'>>(
  nodes: readonly T[],
): readonly T[] {
  const children = Map.groupBy(nodes, (node) => node.parentId);
  const drawn = new Set<T>();
  const draw = (parentId: string | null) => {
    const siblings = [...(children.get(parentId) ?? [])].sort(
      (a, b) => a.position - b.position || (a.id < b.id ? -1 : 1),
    );
    for (const node of siblings) {
      if (drawn.has(node)) continue;
      drawn.add(node);
      draw(node.id);
    }
  };
  draw(null);
  return [...drawn, ...nodes.filter((node) => !drawn.has(node))];
}
