import { routeDraft, routeNode, routeUpdate, routingTree } from '@tocsin/contracts';
import { z } from 'zod';
import { type Route, route } from '#platform/http/route';
import { drawnOrder, namesOf, pathsOf } from './draft.ts';
import { formatMatchers } from './matcher-format.ts';
import type { Routing } from './service.ts';
import type { StoredRoute } from './store.ts';

const byId = z.object({ id: z.uuid() });
const url = '/api/v1/routing';
const tag = 'routing';

/** The routes of the routing tree. */
export function routingRoutes(routing: Routing): readonly Route[] {
  const one = async (node: StoredRoute) => present(routing, node, await routing.list());
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'routing:read',
      summary: 'Read the routing tree',
      answers: { 200: routingTree },
      async handle() {
        const nodes = await routing.list();
        const routes = drawnOrder(nodes).map((node) => present(routing, node, nodes));
        return { status: 200, body: { routes, faults: pathsOf(routing.faults(), nodes, null) } };
      },
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'routing:write',
      summary: 'Add a route',
      body: routeDraft,
      answers: { 201: routeNode },
      handle: async ({ body, actor, now }) => ({
        status: 201,
        body: await one(await routing.create(body, { actor, now })),
      }),
    }),
    route({
      method: 'PATCH',
      url: `${url}/:id`,
      tag,
      permission: 'routing:write',
      summary: 'Change or move a route',
      params: byId,
      body: routeUpdate,
      answers: { 200: routeNode },
      handle: async ({ params, body, actor, now }) => ({
        status: 200,
        body: await one(await routing.update(params.id, body, { actor, now })),
      }),
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'routing:write',
      summary: 'Archive a route that has none below it',
      params: byId,
      answers: { 204: null },
      async handle({ params, actor, now }) {
        await routing.archive(params.id, { actor, now });
        return { status: 204 };
      },
    }),
  ];
}

function present(routing: Routing, node: StoredRoute, nodes: readonly StoredRoute[]) {
  const { id, parentId, position, name, matchers, options, version } = node;
  return {
    id,
    parentId,
    position,
    name,
    path: namesOf(nodes, id),
    matchers,
    matcherText: formatMatchers(matchers).slice(1, -1),
    continue: node.continue,
    options,
    effective: routing.current().byId.get(id)?.options ?? null,
    version,
    updatedAt: node.updatedAt.toString(),
  };
}
