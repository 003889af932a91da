import { type ConfigCache, type ConfigPart, raiseConfigVersion } from '#platform/config-cache';
import { type Databases, inTransaction, type Trx } from '#platform/db';
import { AppError } from '#platform/errors';
import { writeHints } from '#platform/hints';
import { type Actor, actorRef } from '#platform/http/actor';
import type { NewId } from '#platform/ids';
import { type MatchersInput, ownOptions, pathsOf, readMatchers } from './draft.ts';
import type { RouteFault, RouteNode, RouteOptions } from './model.ts';
import { archiveRoute, insertRoute, loadRoutes, routeNames, type StoredRoute, updateRoute } from './store.ts';
import { compileTree, type RouteTree } from './tree.ts';
import { type TreeInUse, treeInUse } from './tree-in-use.ts';

/** What routing needs from outside. */
export interface RoutingDeps {
  readonly db: Databases;
  readonly newId: NewId;
  readonly config: ConfigCache;
  readonly audit: (
    trx: Trx,
    entry: { actor: string; at: Temporal.Instant; kind: string; subject: string; payload: unknown },
  ) => Promise<void>;
  /** The stored tree cannot be used and another routes instead: must reach whoever runs this. Told at each reload. */
  readonly onFaults: (faults: readonly RouteFault[]) => void;
  /** Whether an escalation policy exists; without the port every id is taken. */
  readonly policyExists?: (id: string) => boolean;
}

/** Who changes it, and when. */
export interface By {
  readonly actor: Actor;
  readonly now: Temporal.Instant;
}

type LooseOptions = { readonly [K in keyof RouteOptions]?: RouteOptions[K] | undefined };

/** What a person says of a new route. */
export interface RouteDraft {
  readonly parentId: string;
  readonly name: string;
  readonly matchers: MatchersInput;
  readonly continue: boolean;
  readonly options: LooseOptions;
  readonly position?: number | undefined;
}

/** What a person changes of a route that was read at `version`. */
export type RouteChange = { readonly version: number } & {
  readonly [K in keyof RouteDraft]?: RouteDraft[K] | undefined;
};

/** The routing tree: what this process routes by, and its editing. */
export interface Routing {
  /** What this process routes by; always a tree. */
  current(): RouteTree;
  /** Why the stored tree is not the one in use; empty when it is. */
  faults(): readonly RouteFault[];
  list(): Promise<readonly StoredRoute[]>;
  /** Routes there ever were, for naming where past alerts went. */
  names(): Promise<readonly Pick<RouteNode, 'id' | 'parentId' | 'name'>[]>;
  /** Throws ROUTING_INVALID with every fault of the tree as it would be. */
  create(draft: RouteDraft, by: By): Promise<StoredRoute>;
  update(id: string, change: RouteChange, by: By): Promise<StoredRoute>;
  /** Throws ROUTING_INVALID for the root and for a route that has others below it. */
  archive(id: string, by: By): Promise<void>;
}

/** Builds routing and registers its tree with the configuration cache. */
export function createRouting(deps: RoutingDeps): Routing {
  const part = registerTree(deps);
  return {
    current: () => part.current().tree,
    faults: () => part.current().faults,
    list: () => loadRoutes(deps.db.paging),
    names: () => routeNames(deps.db.reports),
    create: (draft, by) => create(deps, draft, by),
    update: (id, change, by) => update(deps, id, change, by),
    archive: (id, by) => archive(deps, id, by),
  };
}

/** Compiles anew only when the rows changed, so that regexes keep their remembered answers through other changes. */
function registerTree(deps: RoutingDeps): ConfigPart<TreeInUse> {
  let lastGood: RouteTree | null = null;
  let loaded: { readonly rows: string; readonly inUse: TreeInUse } | null = null;
  return deps.config.register('routing', async (db) => {
    const nodes = await loadRoutes(db);
    const rows = JSON.stringify(nodes);
    if (loaded?.rows !== rows) loaded = { rows, inUse: treeInUse(nodes, lastGood) };
    const { inUse } = loaded;
    if (inUse.faults.length === 0) lastGood = inUse.tree;
    else deps.onFaults(inUse.faults);
    return inUse;
  });
}

async function create(deps: RoutingDeps, draft: RouteDraft, by: By): Promise<StoredRoute> {
  const id = deps.newId();
  return changeTree(deps, { ...by, id, kind: 'route.created' }, async (trx, stored) => {
    const siblings = stored.filter((node) => node.parentId === draft.parentId);
    const after = Math.max(-1, ...siblings.map((node) => node.position)) + 1;
    const { parentId, name, options } = draft;
    const node: RouteNode = {
      id,
      parentId,
      position: draft.position ?? after,
      name,
      matchers: matchersOf(draft.matchers),
      continue: draft.continue,
      options: ownOptions(options),
    };
    demandValid(deps, [...stored, node], node);
    await insertRoute(trx, node, by.now);
    return node;
  });
}

async function update(deps: RoutingDeps, id: string, change: RouteChange, by: By): Promise<StoredRoute> {
  return changeTree(deps, { ...by, id, kind: 'route.changed' }, async (trx, stored) => {
    const before = demand(stored, id);
    const node: RouteNode = {
      id,
      parentId: change.parentId ?? before.parentId,
      position: change.position ?? before.position,
      name: change.name ?? before.name,
      matchers: change.matchers === undefined ? before.matchers : matchersOf(change.matchers),
      continue: change.continue ?? before.continue,
      options: change.options === undefined ? before.options : ownOptions(change.options),
    };
    demandValid(
      deps,
      stored.map((other) => (other.id === id ? node : other)),
      node,
    );
    if (!(await updateRoute(trx, node, change.version, by.now))) throw new AppError('VERSION_CONFLICT');
    return node;
  });
}

async function archive(deps: RoutingDeps, id: string, by: By): Promise<void> {
  await changeTree(deps, { ...by, id, kind: 'route.archived' }, async (trx, stored) => {
    const node = demand(stored, id);
    demandValid(
      deps,
      stored.filter((other) => other.id !== id),
      null,
      stored,
    );
    await archiveRoute(trx, id, by.now);
    return node;
  });
}

type Write = (trx: Trx, stored: readonly StoredRoute[]) => Promise<RouteNode>;

/**
 * Changes the tree in one transaction. The configuration version is raised first: its row is the lock that puts two
 * changes in order, so that each validates the tree that the other left.
 */
async function changeTree(
  deps: RoutingDeps,
  entry: By & { readonly id: string; readonly kind: string },
  write: Write,
): Promise<StoredRoute> {
  const { actor, now, id, kind } = entry;
  const { version, route } = await inTransaction(deps.db.paging, async (trx) => {
    const raised = await raiseConfigVersion(trx);
    const node = await write(trx, await loadRoutes(trx));
    const { parentId, position, name, matchers, continue: goesOn, options } = node;
    const payload = { parentId, position, name, matchers, continue: goesOn, options };
    await deps.audit(trx, { actor: actorRef(actor), at: now, kind, subject: id, payload });
    await writeHints(trx, [{ kind: 'config', ref: id, version: raised }], now);
    const changed = (await loadRoutes(trx)).find((other) => other.id === id);
    return { version: raised, route: changed ?? { ...node, version: 0, updatedAt: now } };
  });
  await deps.config.ensure(version);
  return route;
}

function demand(stored: readonly StoredRoute[], id: string): StoredRoute {
  const node = stored.find((other) => other.id === id);
  if (!node) throw new AppError('ROUTE_NOT_FOUND');
  return node;
}

function matchersOf(input: MatchersInput): RouteNode['matchers'] {
  const read = readMatchers(input);
  if (!read.ok) throw new AppError('ROUTING_INVALID', { faults: read.faults });
  return read.matchers;
}

/** Validates the tree as it would be; `named` are the nodes by which faults are told. */
function demandValid(
  deps: RoutingDeps,
  nodes: readonly RouteNode[],
  changed: RouteNode | null,
  named: readonly RouteNode[] = nodes,
): void {
  const compiled = compileTree(nodes);
  const faults = compiled.ok ? [] : [...pathsOf(compiled.faults, named, changed?.id ?? null)];
  const policy = changed?.options.policy;
  if (policy?.kind === 'policy' && deps.policyExists?.(policy.id) === false) {
    faults.push({ path: 'options.policy.id', message: 'there is no such escalation policy' });
  }
  if (faults.length > 0) throw new AppError('ROUTING_INVALID', { faults });
}
