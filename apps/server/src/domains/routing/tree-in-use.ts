import { defaultRouteOptions, type RouteFault, type RouteNode } from './model.ts';
import { compileTree, type RouteTree } from './tree.ts';

/** Id of the root that every installation begins with (migration 0003). */
const FIRST_ROOT_ID = '00000000-0000-7000-8000-000000000001';

/** What a process routes by, and what is wrong with the stored tree when it is not that. */
export interface TreeInUse {
  readonly tree: RouteTree;
  /** Empty when the stored tree is in use. */
  readonly faults: readonly RouteFault[];
}

/**
 * The tree to route by after loading `nodes`: theirs when they compile, else the last good one, else a root alone that
 * pages for everything. A damaged tree may call too many; it may never lose an alert.
 */
export function treeInUse(nodes: readonly RouteNode[], lastGood: RouteTree | null): TreeInUse {
  const compiled = compileAny(nodes);
  if (compiled.ok) return { tree: compiled.tree, faults: [] };
  return { tree: lastGood ?? rootAlone(nodes), faults: compiled.faults };
}

/** Rows may hold anything that somebody wrote past us: what the compiler cannot even read is a fault too. */
function compileAny(nodes: readonly RouteNode[]): ReturnType<typeof compileTree> {
  try {
    return compileTree(nodes);
  } catch (error) {
    const message = `unreadable: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, faults: [{ reason: 'bad-option', routeId: null, message }] };
  }
}

function rootAlone(nodes: readonly RouteNode[]): RouteTree {
  const stored = nodes.find((node) => node.parentId === null);
  const root: RouteNode = {
    id: stored?.id ?? FIRST_ROOT_ID,
    parentId: null,
    position: 0,
    name: stored?.name ?? 'Everything',
    matchers: [],
    continue: false,
    options: defaultRouteOptions,
  };
  const compiled = compileTree([root]);
  if (!compiled.ok) throw new Error('a root alone must compile');
  return compiled.tree;
}
