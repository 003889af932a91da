import { type LabelSource, sourceOf } from './label-view.ts';
import { type CompiledMatcher, compileMatcher } from './matcher.ts';
import {
  defaultRouteOptions,
  type RouteFault,
  type RouteFaultReason,
  type RouteNode,
  type RouteOptions,
  type RouteReason,
} from './model.ts';
import { inheritOptions, optionFaults } from './route-options.ts';

/** A route ready for matching: options inherited, matchers compiled, everything constant made once. */
export type CompiledRoute = {
  readonly id: string;
  readonly name: string;
  readonly path: readonly string[];
  readonly matchers: readonly CompiledMatcher[];
  /** Canonical texts of this node's matchers. */
  readonly texts: readonly string[];
  readonly continue: boolean;
  readonly options: RouteOptions;
  readonly groupBy: readonly { readonly name: string; readonly source: LabelSource }[] | 'all';
  readonly reason: RouteReason;
  readonly children: readonly CompiledRoute[];
};

/** A routing tree ready for `match`. */
export type RouteTree = {
  readonly root: CompiledRoute;
  readonly byId: ReadonlyMap<string, CompiledRoute>;
};

/** Deepest accepted tree, the root being 1; the search is recursive. */
export const MAX_DEPTH = 64;

type Compiling = {
  readonly children: ReadonlyMap<string, readonly RouteNode[]>;
  readonly byId: Map<string, CompiledRoute>;
  readonly faults: RouteFault[];
};

/**
 * Assembles stored nodes into a tree, or names every fault. A faulty set must be refused when it is written:
 * whoever loads one keeps the last good tree and raises an alarm, because no tree means no pages.
 */
export function compileTree(
  nodes: readonly RouteNode[],
): { ok: true; tree: RouteTree } | { ok: false; faults: readonly RouteFault[] } {
  const faults: RouteFault[] = [...duplicates(nodes), ...lostNodes(nodes)];
  const roots = nodes.filter((node) => node.parentId === null);
  const [root, ...others] = roots;
  if (root === undefined) return { ok: false, faults: [fault('no-root', null, 'no node without a parent'), ...faults] };
  for (const other of others) faults.push(fault('several-roots', other.id, `${root.id} is the root already`));
  if (root.matchers.length > 0) faults.push(fault('root-has-matchers', root.id, 'the root takes every alert'));
  if (root.options.muteTimeIntervals?.length || root.options.activeTimeIntervals?.length) {
    faults.push(fault('bad-option', root.id, 'the root has no time intervals: name them on the routes below'));
  }
  if (faults.some((f) => f.reason === 'duplicate-id')) return { ok: false, faults };
  const compiling: Compiling = { children: childrenOf(nodes), byId: new Map(), faults };
  const compiled = compileRoute(root, null, compiling);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, tree: { root: compiled, byId: compiling.byId } };
}

function compileRoute(node: RouteNode, parent: CompiledRoute | null, compiling: Compiling): CompiledRoute {
  const matchers = compileMatchers(node, compiling.faults);
  for (const message of optionFaults(node.options)) compiling.faults.push(fault('bad-option', node.id, message));
  const options = inheritOptions(parent?.options ?? defaultRouteOptions, node.options);
  const texts = matchers.map((m) => m.text);
  const inherited = parent?.reason.kind === 'matched' ? parent.reason.by : [];
  const children: CompiledRoute[] = [];
  const route: CompiledRoute = {
    id: node.id,
    name: node.name,
    path: [...(parent?.path ?? []), node.id],
    matchers,
    texts,
    continue: node.continue,
    options,
    groupBy: groupLabelsOf(options.groupBy),
    reason: parent === null ? { kind: 'fell-through' } : { kind: 'matched', by: [...inherited, ...texts] },
    children,
  };
  compiling.byId.set(node.id, route);
  const below = compiling.children.get(node.id) ?? [];
  if (route.path.length < MAX_DEPTH) for (const child of below) children.push(compileRoute(child, route, compiling));
  else if (below.length > 0) compiling.faults.push(fault('too-deep', node.id, `more than ${MAX_DEPTH} levels`));
  return route;
}

function compileMatchers(node: RouteNode, faults: RouteFault[]): readonly CompiledMatcher[] {
  const matchers: CompiledMatcher[] = [];
  for (const matcher of node.matchers) {
    const compiled = compileMatcher(matcher);
    if (compiled.ok) matchers.push(compiled.matcher);
    else faults.push(fault('bad-matcher', node.id, `${matcher.name}${matcher.op}…: ${compiled.error.message}`));
  }
  return matchers;
}

function groupLabelsOf(groupBy: RouteOptions['groupBy']): CompiledRoute['groupBy'] {
  if (groupBy === 'all') return 'all';
  return [...new Set(groupBy)].sort().map((name) => ({ name, source: sourceOf(name) }));
}

function childrenOf(nodes: readonly RouteNode[]): ReadonlyMap<string, readonly RouteNode[]> {
  const children = new Map<string, RouteNode[]>();
  const ordered = [...nodes].sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
  for (const node of ordered) {
    if (node.parentId === null) continue;
    const siblings = children.get(node.parentId);
    if (siblings === undefined) children.set(node.parentId, [node]);
    else siblings.push(node);
  }
  return children;
}

function duplicates(nodes: readonly RouteNode[]): readonly RouteFault[] {
  const seen = new Set<string>();
  const faults: RouteFault[] = [];
  for (const node of nodes) {
    if (seen.has(node.id)) faults.push(fault('duplicate-id', node.id, 'two nodes have this id'));
    seen.add(node.id);
  }
  return faults;
}

/** Orphans and cycles. Only nodes to blame are named, not what hangs below them. Linear in the number of nodes. */
function lostNodes(nodes: readonly RouteNode[]): readonly RouteFault[] {
  const parents = new Map(nodes.map((node) => [node.id, node.parentId]));
  const settled = new Set<string>();
  const faults: RouteFault[] = [];
  for (const node of nodes) {
    const trail: string[] = [];
    const onTrail = new Set<string>();
    let at: string | null = node.id;
    while (at !== null && parents.has(at) && !settled.has(at) && !onTrail.has(at)) {
      trail.push(at);
      onTrail.add(at);
      at = parents.get(at) ?? null;
    }
    if (at !== null && onTrail.has(at)) {
      for (const id of trail.slice(trail.indexOf(at))) faults.push(fault('cycle', id, 'the node is its own ancestor'));
    } else if (at !== null && !parents.has(at)) {
      faults.push(fault('orphan', trail.at(-1) ?? node.id, `its parent ${at} does not exist`));
    }
    for (const id of trail) settled.add(id);
  }
  return faults;
}

function fault(reason: RouteFaultReason, routeId: string | null, message: string): RouteFault {
  return { reason, routeId, message };
}
