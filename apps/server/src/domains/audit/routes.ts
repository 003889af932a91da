import { auditList, auditQuery } from '@tocsin/contracts';
import { decodeCursor, pageFrom } from '#platform/http/paging';
import { type Route, route } from '#platform/http/route';
import type { Audit } from './service.ts';

/** The route of the audit log. */
export function auditRoutes(audit: Audit): readonly Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/v1/audit',
      tag: 'audit',
      permission: 'audit:read',
      summary: 'List who changed what, newest first',
      query: auditQuery,
      answers: { 200: auditList },
      async handle({ query }) {
        const { cursor, limit, ...filter } = query;
        const before = cursor ? decodeCursor(cursor, ['string', 'number'] as const) : null;
        const rows = await audit.list({
          ...filter,
          limit: limit + 1,
          before: before && { at: Temporal.Instant.from(before[0]), id: before[1] },
        });
        const { items, nextCursor } = pageFrom(rows, limit, (last) => [last.at.toString(), last.id]);
        const entries = items.map(({ at, kind, actor, subject, payload }) => ({
          at: at.toString(),
          kind,
          actor,
          subject,
          change: payload,
        }));
        return { status: 200, body: { items: entries, nextCursor } };
      },
    }),
  ];
}
