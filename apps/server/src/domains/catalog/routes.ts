import { service as serviceShape, serviceDraft, serviceList, serviceUpdate } from '@tocsin/contracts';
import { z } from 'zod';
import { type Route, route } from '#platform/http/route';
import type { Service } from './model.ts';
import type { Catalog } from './service.ts';

const byId = z.strictObject({ id: z.uuid() });
const url = '/api/v1/services';
const tag = 'services';

const onTheWire = (service: Service) => ({ ...service, createdAt: service.createdAt.toString() });

/** The routes of the catalogue. */
export function catalogRoutes(catalog: Catalog): readonly Route[] {
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'catalog:read',
      summary: 'List services',
      answers: { 200: serviceList },
      handle: async () => ({ status: 200, body: { services: catalog.list().map(onTheWire) } }),
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'catalog:write',
      summary: 'Make a service',
      body: serviceDraft,
      answers: { 201: serviceShape },
      handle: async ({ body, actor, now }) => ({
        status: 201,
        body: onTheWire(await catalog.create(body, { actor, now })),
      }),
    }),
    route({
      method: 'GET',
      url: `${url}/:id`,
      tag,
      permission: 'catalog:read',
      summary: 'Show a service',
      params: byId,
      answers: { 200: serviceShape },
      handle: async ({ params }) => ({ status: 200, body: onTheWire(catalog.get(params.id)) }),
    }),
    route({
      method: 'PUT',
      url: `${url}/:id`,
      tag,
      permission: 'catalog:write',
      summary: 'Change a service',
      params: byId,
      body: serviceUpdate,
      answers: { 200: serviceShape },
      handle: async ({ params, body, actor, now }) => ({
        status: 200,
        body: onTheWire(await catalog.update(params.id, body, { actor, now })),
      }),
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'catalog:write',
      summary: 'Archive a service',
      params: byId,
      answers: { 204: null },
      async handle({ params, actor, now }) {
        await catalog.archive(params.id, { actor, now });
        return { status: 204 };
      },
    }),
  ];
}
