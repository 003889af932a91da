import { sql } from 'kysely';
import { type Db, json, type Trx } from '#platform/db';
import type { Matcher } from './matcher.ts';
import type { RouteNode, RouteOptions } from './model.ts';

/** A stored route: a node of the tree with what editing needs. */
export interface StoredRoute extends RouteNode {
  readonly version: number;
  readonly updatedAt: Temporal.Instant;
}

/** Every living route. */
export async function loadRoutes(db: Db): Promise<readonly StoredRoute[]> {
  const rows = await db
    .selectFrom('routes')
    .selectAll()
    .where('archived_at', 'is', null)
    .orderBy('position')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    parentId: row.parent_id,
    position: row.position,
    name: row.name,
    matchers: row.matchers as readonly Matcher[],
    continue: row.continue,
    options: row.options as Partial<RouteOptions>,
    version: row.version,
    updatedAt: row.updated_at,
  }));
}

const columnsOf = (node: RouteNode) => ({
  parent_id: node.parentId,
  position: node.position,
  name: node.name,
  matchers: json(node.matchers),
  continue: node.continue,
  options: json(node.options),
});

/** Adds a route. */
export async function insertRoute(trx: Trx, node: RouteNode, now: Temporal.Instant): Promise<void> {
  await trx
    .insertInto('routes')
    .values({ id: node.id, ...columnsOf(node), created_at: now, updated_at: now })
    .execute();
}

/** Writes a route; returns false when `version` is no longer the stored one. */
export async function updateRoute(trx: Trx, node: RouteNode, version: number, now: Temporal.Instant): Promise<boolean> {
  const result = await trx
    .updateTable('routes')
    .set({ ...columnsOf(node), updated_at: now, version: sql`version + 1` })
    .where('id', '=', node.id)
    .where('version', '=', version)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Ends a route; its past alerts keep naming it. */
export async function archiveRoute(trx: Trx, id: string, now: Temporal.Instant): Promise<void> {
  await trx.updateTable('routes').set({ archived_at: now, updated_at: now }).where('id', '=', id).execute();
}

/** Names and parents of all routes there ever were, by id: for showing where past alerts went. */
export async function routeNames(db: Db): Promise<readonly Pick<RouteNode, 'id' | 'parentId' | 'name'>[]> {
  const rows = await db.selectFrom('routes').select(['id', 'parent_id', 'name']).execute();
  return rows.map((row) => ({ id: row.id, parentId: row.parent_id, name: row.name }));
}
