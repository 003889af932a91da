import {
  engineHealth,
  engineHealthPublic,
  pageChain,
  pageDetail,
  pageDetailQuery,
  pageList,
  pageListQuery,
  verifyQuery,
  verifyReport,
} from '@tocsin/contracts';
import { z } from 'zod';
import { isUnavailable } from '#platform/db';
import { AppError } from '#platform/errors';
import type { Actor } from '#platform/http/actor';
import { decodeCursor, pageFrom } from '#platform/http/paging';
import { type Route, route } from '#platform/http/route';
import { chainOf } from './chain.ts';
import type { Health } from './health.ts';
import type { Id, Instant } from './model.ts';
import { chainOnTheWire, plain, type RowLookup, rowOf } from './present.ts';
import { type ListedPage, type MemberRow, type PageFilter, readPage, listPages, type WholePage } from './search.ts';
import type { Db } from '#platform/db';
import type { Verify } from './verifier.ts';

/** What the ledger's routes need. */
export interface LedgerRoutesDeps {
  /** The pool of screens. */
  readonly db: Db;
  /** Names as of now; the zone is the reader's. Throws BODY_INVALID for a zone that does not exist. */
  readonly lookupIn: (zone: string) => Promise<RowLookup>;
  readonly health: Health;
  readonly verify: Verify;
}

/** A page by its id, or by its number as people and links name it. */
const byIdOrNumber = z.strictObject({
  id: z
    .union([
      z.uuid(),
      z
        .string()
        .regex(/^[1-9]\d{0,14}$/, 'a page number')
        .transform(Number),
    ])
    .describe("The page's id, or its number."),
});
const tag = 'pages';

/** The routes of the ledger: pages with their chains, the engine's health, the verifier. */
export function ledgerRoutes(deps: LedgerRoutesDeps): readonly Route[] {
  return [listRoute(deps), detailRoute(deps), chainRoute(deps), ...healthRoutes(deps), verifyRoute(deps)];
}

function listRoute({ db, lookupIn }: LedgerRoutesDeps): Route {
  return route({
    method: 'GET',
    url: '/api/v1/pages',
    tag,
    permission: 'pages:read',
    summary: 'List pages, the newest first, with the time to the next escalation and to whom',
    query: pageListQuery,
    answers: { 200: pageList },
    handle: async ({ query, actor, now }) => {
      const lookup = await lookupIn(query.zone);
      const rows = await listPages(db, filterOf(query, actor));
      const { items, nextCursor } = pageFrom(rows, query.limit, ({ group }) => [group.openedAt.toString(), group.id]);
      return { status: 200, body: { items: items.map((row) => rowOf(row, lookup, now)), nextCursor } };
    },
  });
}

const userOf = (actor: Actor): Id | null => (actor.kind === 'user' ? actor.userId : null);

function filterOf(query: z.output<typeof pageListQuery>, actor: Actor): PageFilter {
  const { state, mode, team, service, severity, limit, cursor } = query;
  return {
    state,
    mode,
    limit,
    mine: query.mine === 'true',
    userId: userOf(actor),
    teamId: team ?? null,
    serviceId: service ?? null,
    severities: severity === undefined ? null : severity.split(',').map(Number),
    before: cursor === undefined ? null : beforeOf(cursor),
  };
}

function beforeOf(cursor: string): { readonly openedAt: Instant; readonly id: Id } {
  const [openedAt, id] = decodeCursor(cursor, ['string', 'string'] as const);
  try {
    return { openedAt: Temporal.Instant.from(openedAt), id: z.uuid().parse(id) };
  } catch (error) {
    throw new AppError('CURSOR_INVALID', {}, { cause: error });
  }
}

async function wholePage(db: Db, id: Id | number, actor: Actor): Promise<WholePage> {
  const page = await readPage(db, id, userOf(actor));
  if (page === null) throw new AppError('PAGE_NOT_FOUND');
  return page;
}

function detailRoute({ db, lookupIn }: LedgerRoutesDeps): Route {
  return route({
    method: 'GET',
    url: '/api/v1/pages/:id',
    tag,
    permission: 'pages:read',
    summary: 'Everything about one page: its ledger, its reasons, its newest alerts',
    params: byIdOrNumber,
    query: pageDetailQuery,
    answers: { 200: pageDetail },
    handle: async ({ params, query, actor, now }) => {
      const lookup = await lookupIn(query.zone);
      const { facts, members, mine } = await wholePage(db, params.id, actor);
      const run = facts.runs.at(-1) ?? null;
      const shown: ListedPage = { group: facts.group, run, mine };
      const { policyId, policyName, policyVersion } = run?.snapshot ?? {};
      const body = {
        page: rowOf(shown, lookup, now),
        labels: facts.group.labels,
        route: { id: facts.group.routeId, name: lookup.thing('route', facts.group.routeId) },
        policy:
          run === null ? null : { id: policyId ?? null, name: policyName ?? null, version: policyVersion ?? null },
        chain: chainOnTheWire(chainOf(facts, lookup, now)),
        members: members.map(memberOf),
      };
      return { status: 200, body };
    },
  });
}

function memberOf(row: MemberRow) {
  const { id, title, severity, status, count, labels, annotations } = row;
  return {
    id,
    title,
    severity,
    status,
    count,
    labels,
    annotations,
    startsAt: row.starts_at.toString(),
    resolvedAt: row.resolved_at?.toString() ?? null,
    lastSeenAt: row.last_seen_at.toString(),
    generatorUrl: row.generator_url,
  };
}

function chainRoute({ db, lookupIn }: LedgerRoutesDeps): Route {
  return route({
    method: 'GET',
    url: '/api/v1/pages/:id/chain',
    tag,
    permission: 'pages:read',
    summary: 'The page ledger: accepted, routed, grouped, escalated, queued, sent, receipt, acknowledged, resolved',
    params: byIdOrNumber,
    query: pageDetailQuery,
    answers: { 200: pageChain },
    handle: async ({ params, query, actor, now }) => {
      const lookup = await lookupIn(query.zone);
      const { facts } = await wholePage(db, params.id, actor);
      return { status: 200, body: chainOnTheWire(chainOf(facts, lookup, now)) };
    },
  });
}

function healthRoutes({ health }: LedgerRoutesDeps): readonly Route[] {
  return [
    route({
      method: 'GET',
      url: '/healthz/engine',
      tag: 'health',
      permission: 'public',
      summary: 'Whether wake-ups are taken in time: 200 while the oldest due one is less than 5 s late, else 503',
      answers: { 200: engineHealthPublic, 503: engineHealthPublic },
      handle: async ({ now }) => {
        try {
          const { ok, lateSeconds } = await health.brief(now);
          return { status: ok ? 200 : 503, body: { ok, lateSeconds } };
        } catch (error) {
          if (!isUnavailable(error)) throw error;
          return { status: 503, body: { ok: false, lateSeconds: null } };
        }
      },
    }),
    route({
      method: 'GET',
      url: '/api/v1/health/engine',
      tag: 'health',
      permission: 'health:read',
      summary: 'What the watch sees: queues, jobs, alarms, the emergency channel and the outward heartbeat',
      answers: { 200: engineHealth },
      handle: async ({ now }) => ({ status: 200, body: plain(await health.full(now)) }),
    }),
  ];
}

function verifyRoute({ verify }: LedgerRoutesDeps): Route {
  return route({
    method: 'GET',
    url: '/api/v1/verify',
    tag: 'health',
    permission: 'health:read',
    summary: 'Check the invariants over what is stored, for ten seconds unless said otherwise',
    query: verifyQuery,
    answers: { 200: verifyReport },
    handle: async ({ query: { budgetSeconds, seal, hash } }) => {
      const expectedSeal = seal === undefined || hash === undefined ? null : { n: seal, hash };
      const report = await verify({ budgetSeconds, expectedSeal });
      return { status: 200, body: plain(report) };
    },
  });
}
