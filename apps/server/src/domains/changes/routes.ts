import { changeList, changeQuery, changesNear, changesNearQuery } from '@tocsin/contracts';
import { z } from 'zod';
import { AppError } from '#platform/errors';
import { decodeCursor, pageFrom } from '#platform/http/paging';
import { type Route, route } from '#platform/http/route';
import type { ChangeFilter, StoredChange } from './model.ts';
import type { Changes } from './service.ts';

/** The routes of changes. */
export function changeRoutes(changes: Pick<Changes, 'list' | 'near'>): readonly Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/v1/changes',
      tag: 'changes',
      permission: 'changes:read',
      summary: 'List deploys and other changes, the newest first',
      query: changeQuery,
      answers: { 200: changeList },
      async handle({ query }) {
        const { cursor, limit, since, until, ...filter } = query;
        const rows = await changes.list({
          ...filter,
          since: since === undefined ? undefined : Temporal.Instant.from(since),
          until: until === undefined ? undefined : Temporal.Instant.from(until),
          limit: limit + 1,
          before: cursor === undefined ? null : beforeOf(cursor),
        });
        const { items, nextCursor } = pageFrom(rows, limit, (last) => [last.at.toString(), last.id]);
        return { status: 200, body: { items: items.map(onTheWire), nextCursor } };
      },
    }),
    route({
      method: 'GET',
      url: '/api/v1/changes/near',
      tag: 'changes',
      permission: 'changes:read',
      summary: 'What was changed shortly before something broke, the nearest first',
      query: changesNearQuery,
      answers: { 200: changesNear },
      async handle({ query }) {
        const { at, service = null, serviceId = null, environment = null, hours, limit } = query;
        const trouble = { at: Temporal.Instant.from(at), service, serviceId, environment };
        const ranked = await changes.near(trouble, hours);
        const items = ranked.slice(0, limit).map(({ change, ...why }) => ({ change: onTheWire(change), ...why }));
        return { status: 200, body: { items } };
      },
    }),
  ];
}

function beforeOf(cursor: string): ChangeFilter['before'] {
  const [at, id] = decodeCursor(cursor, ['string', 'string'] as const);
  try {
    return { at: Temporal.Instant.from(at), id: z.uuid().parse(id) };
  } catch (error) {
    throw new AppError('CURSOR_INVALID', {}, { cause: error });
  }
}

function onTheWire({ at, statusAt, receivedAt, ...change }: StoredChange) {
  return { ...change, at: at.toString(), statusAt: statusAt.toString(), receivedAt: receivedAt.toString() };
}
