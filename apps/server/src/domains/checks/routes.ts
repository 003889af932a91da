import { heartbeat as heartbeatShape, heartbeatDraft, heartbeatList, heartbeatUpdate } from '@tocsin/contracts';
import { z } from 'zod';
import { type Route, route } from '#platform/http/route';
import type { Heartbeat } from './model.ts';
import type { Heartbeats } from './service.ts';

const byId = z.strictObject({ id: z.uuid() });
const url = '/api/v1/heartbeats';
const tag = 'heartbeats';

/** The routes of heartbeats. */
export function heartbeatRoutes(heartbeats: Heartbeats): readonly Route[] {
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'checks:read',
      summary: 'List heartbeats with how they stand',
      answers: { 200: heartbeatList },
      handle: async () => ({ status: 200, body: { heartbeats: (await heartbeats.list()).map(present) } }),
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'checks:write',
      summary: 'Make a heartbeat; nothing is missed before its first ping',
      body: heartbeatDraft,
      answers: { 201: heartbeatShape },
      handle: async ({ body, actor, now }) => ({
        status: 201,
        body: present(await heartbeats.create(body, { actor, now })),
      }),
    }),
    route({
      method: 'GET',
      url: `${url}/:id`,
      tag,
      permission: 'checks:read',
      summary: 'Show a heartbeat',
      params: byId,
      answers: { 200: heartbeatShape },
      handle: async ({ params }) => ({ status: 200, body: present(await heartbeats.get(params.id)) }),
    }),
    route({
      method: 'PATCH',
      url: `${url}/:id`,
      tag,
      permission: 'checks:write',
      summary: 'Change a heartbeat, pause it or let it go on',
      params: byId,
      body: heartbeatUpdate,
      answers: { 200: heartbeatShape },
      handle: async ({ params, body: { version, ...fields }, actor, now }) => {
        const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
        return {
          status: 200,
          body: present(await heartbeats.update(params.id, { version, ...given }, { actor, now })),
        };
      },
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'checks:write',
      summary: 'Archive a heartbeat; its alert resolves',
      params: byId,
      answers: { 204: null },
      async handle({ params, actor, now }) {
        await heartbeats.archive(params.id, { actor, now });
        return { status: 204 };
      },
    }),
  ];
}

function present(heartbeat: Heartbeat) {
  const { wakeAt, runBeganAt: _began, tellAt: _tell, since, lastPingAt, createdAt, labels, ...rest } = heartbeat;
  return {
    ...rest,
    labels: { ...labels },
    since: since.toString(),
    lastPingAt: lastPingAt?.toString() ?? null,
    expectedBy: wakeAt?.toString() ?? null,
    createdAt: createdAt.toString(),
  };
}
