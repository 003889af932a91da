import {
  inboundPayloadList,
  inboundPayloadQuery,
  integration as integrationShape,
  integrationDraft,
  integrationKey,
  integrationList,
  integrationSecretUpdate,
  integrationSettingsUpdate,
  integrationUpdate,
  rotatedIntegrationKey,
} from '@tocsin/contracts';
import { z } from 'zod';
import type { Databases } from '#platform/db';
import { AppError } from '#platform/errors';
import { decodeCursor, pageFrom } from '#platform/http/paging';
import { type Route, route } from '#platform/http/route';
import { addressOf } from './addresses.ts';
import { countDeadLetters } from './payloads/search.ts';
import { listPayloads, type ShownPayload } from './search.ts';
import type { Integrations } from './service.ts';
import type { IntegrationRow } from './store.ts';

/** What the routes of integrations need. */
export interface IntegrationRoutesDeps {
  readonly db: Databases;
  readonly integrations: Integrations;
  /** Where senders reach us, without a slash at the end: the public URL, else the address that we listen on. */
  readonly baseUrl: () => string;
}

const byId = z.strictObject({ id: z.uuid() });
const url = '/api/v1/integrations';
const tag = 'integrations';

/** The routes of integrations. A key leaves only in the answer that made it, which is never stored for a repeat. */
export function integrationRoutes(deps: IntegrationRoutesDeps): readonly Route[] {
  return [...readRoutes(deps), ...writeRoutes(deps)];
}

function readRoutes(deps: IntegrationRoutesDeps): readonly Route[] {
  const { integrations } = deps;
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'integrations:read',
      summary: 'List integrations',
      answers: { 200: integrationList },
      async handle() {
        const rows = await integrations.list();
        const dead = await countDeadLetters(
          deps.db.reports,
          rows.map(({ id }) => id),
        );
        return { status: 200, body: { integrations: rows.map((row) => present(row, dead.get(row.id))) } };
      },
    }),
    route({
      method: 'GET',
      url: `${url}/:id`,
      tag,
      permission: 'integrations:read',
      summary: 'Show an integration',
      params: byId,
      answers: { 200: integrationShape },
      handle: async ({ params }) => ({ status: 200, body: await show(deps, await existing(integrations, params.id)) }),
    }),
    route({
      method: 'GET',
      url: `${url}/:id/payloads`,
      tag,
      permission: 'integrations:read',
      summary: 'Show the requests of the last 7 days as they came in',
      params: byId,
      query: inboundPayloadQuery,
      answers: { 200: inboundPayloadList },
      async handle({ params, query: { limit, cursor } }) {
        await existing(integrations, params.id);
        const before = cursor === undefined ? null : beforeOf(cursor);
        const rows = await listPayloads(deps.db.reports, { integrationId: params.id, before, limit: limit + 1 });
        const { items, nextCursor } = pageFrom(rows, limit, (last) => [last.at.toString(), last.id]);
        return { status: 200, body: { items: items.map(presentPayload), nextCursor } };
      },
    }),
  ];
}

function writeRoutes(deps: IntegrationRoutesDeps): readonly Route[] {
  const { integrations } = deps;
  const withKey = async (row: IntegrationRow, key: string) => ({
    integration: await show(deps, row),
    key,
    baseUrl: addressOf(row.kind, deps.baseUrl(), key)['url'] ?? '',
    address: { ...addressOf(row.kind, deps.baseUrl(), key) },
  });
  return [
    route({
      method: 'POST',
      url,
      tag,
      permission: 'integrations:write',
      idempotent: false,
      body: integrationDraft,
      answers: { 201: integrationKey },
      summary: 'Make an integration; its key is shown this once',
      async handle({ body, actor, now }) {
        const { integration, key } = await integrations.create(body, actor, now);
        return { status: 201, body: await withKey(integration, key) };
      },
    }),
    route({
      method: 'PATCH',
      url: `${url}/:id`,
      tag,
      permission: 'integrations:write',
      summary: 'Change an integration',
      params: byId,
      body: integrationUpdate,
      answers: { 200: integrationShape },
      async handle({ params, body, actor, now }) {
        const { name, resolveTimeoutSeconds, enabled } = await existing(integrations, params.id);
        const change = {
          id: params.id,
          version: body.version,
          name: body.name ?? name,
          enabled: body.enabled ?? enabled,
          resolveTimeoutSeconds: body.resolveTimeoutSeconds ?? resolveTimeoutSeconds,
        };
        return { status: 200, body: await show(deps, await integrations.update(change, actor, now)) };
      },
    }),
    route({
      method: 'POST',
      url: `${url}/:id/rotate`,
      tag,
      permission: 'integrations:write',
      idempotent: false,
      params: byId,
      answers: { 200: rotatedIntegrationKey },
      summary: 'Give an integration a new key; the old one works for 24 hours more',
      async handle({ params, actor, now }) {
        const { key, previousKeyExpiresAt } = await integrations.rotate(params.id, actor, now);
        const row = await existing(integrations, params.id);
        return {
          status: 200,
          body: { ...(await withKey(row, key)), previousKeyExpiresAt: previousKeyExpiresAt.toString() },
        };
      },
    }),
    route({
      method: 'PUT',
      url: `${url}/:id/settings`,
      tag,
      permission: 'integrations:write',
      summary: 'Set what an integration does by its kind: mapping, signature',
      params: byId,
      body: integrationSettingsUpdate,
      answers: { 200: integrationShape },
      async handle({ params, body, actor, now }) {
        return {
          status: 200,
          body: await show(deps, await integrations.configure({ id: params.id, ...body }, actor, now)),
        };
      },
    }),
    route({
      method: 'PUT',
      url: `${url}/:id/secret`,
      tag,
      permission: 'integrations:write',
      summary: 'Set the secret that signs what the sender sends; it is never shown',
      params: byId,
      body: integrationSecretUpdate,
      answers: { 200: integrationShape },
      async handle({ params, body, actor, now }) {
        const { secret } = body;
        return {
          status: 200,
          body: await show(deps, await integrations.setSecret({ id: params.id, secret }, actor, now)),
        };
      },
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'integrations:write',
      summary: 'Archive an integration: its keys stop, its alerts stay',
      params: byId,
      answers: { 204: null },
      async handle({ params, actor, now }) {
        await existing(integrations, params.id);
        await integrations.archive(params.id, actor, now);
        return { status: 204 };
      },
    }),
  ];
}

/** The integration, else INTEGRATION_NOT_FOUND. */
export async function existing(integrations: Pick<Integrations, 'find'>, id: string): Promise<IntegrationRow> {
  const row = await integrations.find(id);
  if (!row) throw new AppError('INTEGRATION_NOT_FOUND');
  return row;
}

/** What a cursor of a list of requests stands for. */
export function beforeOf(cursor: string): readonly [at: Temporal.Instant, id: string] {
  const [at, id] = decodeCursor(cursor, ['string', 'string'] as const);
  try {
    return [Temporal.Instant.from(at), z.uuid().parse(id)];
  } catch (error) {
    throw new AppError('CURSOR_INVALID', {}, { cause: error });
  }
}

async function show({ db }: IntegrationRoutesDeps, row: IntegrationRow) {
  return present(row, (await countDeadLetters(db.reports, [row.id])).get(row.id));
}

function present(row: IntegrationRow, deadLetters = 0) {
  const { id, name, kind, teamId, resolveTimeoutSeconds, enabled, keyPrefix, version } = row;
  return {
    id,
    name,
    kind,
    teamId,
    resolveTimeoutSeconds,
    enabled,
    keyPrefix,
    version,
    settings: { ...row.settings },
    hasSecret: row.hasSecret,
    deadLetters,
    createdAt: row.createdAt.toString(),
    previousKeyExpiresAt: row.previousKeyExpiresAt?.toString() ?? null,
    lastEventAt: row.lastEventAt?.toString() ?? null,
  };
}

const presentPayload = (payload: ShownPayload) => ({ ...payload, at: payload.at.toString() });
