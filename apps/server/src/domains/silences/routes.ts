import {
  silence as silenceShape,
  silenceDraft,
  silenceList,
  silenceQuery,
  silenceUpdate,
  suppressionList,
  suppressionQuery,
} from '@tocsin/contracts';
import { z } from 'zod';
import { AppError } from '#platform/errors';
import { decodeCursor, pageFrom } from '#platform/http/paging';
import { type Route, route } from '#platform/http/route';
import { matchersOf, matcherText, planningRoutes, type SilenceRoutesDeps } from './planning/routes.ts';
import type { SilencesDeps } from './ports.ts';
import { type HeldBack, countSuppressedNow, listSilences, listSuppressions, readHeldBack } from './search.ts';
import { silenceState } from './silence.ts';
import type { StoredSilence } from './store.ts';

const byId = z.strictObject({ id: z.uuid() });
const url = '/api/v1/silences';
const tag = 'silences';

/** The routes of silences, of what else mutes, and of what was suppressed. */
export function silenceRoutes(deps: SilenceRoutesDeps): readonly Route[] {
  return [...crudRoutes(deps), suppressedRoute(deps), ...planningRoutes(deps)];
}

function crudRoutes(deps: SilenceRoutesDeps): readonly Route[] {
  const { silences, db } = deps;
  const shown = async (stored: StoredSilence, now: Temporal.Instant) => {
    const held = await readHeldBack(db.reports, 'silence', [stored.id]);
    return present(deps, stored, { held: held(stored.id), now });
  };
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'silences:read',
      summary: 'List silences, the newest first',
      query: silenceQuery,
      answers: { 200: silenceList },
      async handle({ query: { state, limit, cursor }, now }) {
        const rows = await listSilences(db.reports, { state, now, limit: limit + 1, before: beforeOf(cursor) });
        const { items, nextCursor } = pageFrom(rows, limit, (last) => [last.createdAt.toString(), last.id]);
        const held = await readHeldBack(
          db.reports,
          'silence',
          items.map(({ id }) => id),
        );
        const list = items.map((stored) => present(deps, stored, { held: held(stored.id), now }));
        return { status: 200, body: { items: list, nextCursor } };
      },
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'silences:write',
      summary: 'Silence alerts until a given end',
      body: silenceDraft,
      answers: { 201: silenceShape },
      async handle({ body: { matchers, startsAt, endsAt, ...rest }, actor, now }) {
        const from = startsAt === undefined ? now : Temporal.Instant.from(startsAt);
        const wish = { ...rest, matchers: matchersOf(matchers), startsAt: from, endsAt: Temporal.Instant.from(endsAt) };
        return { status: 201, body: await shown(await silences.create(wish, { actor, now }), now) };
      },
    }),
    route({
      method: 'GET',
      url: `${url}/:id`,
      tag,
      permission: 'silences:read',
      summary: 'Show a silence and what it has held back',
      params: byId,
      answers: { 200: silenceShape },
      handle: async ({ params, now }) => ({ status: 200, body: await shown(await silences.get(params.id), now) }),
    }),
    route({
      method: 'PATCH',
      url: `${url}/:id`,
      tag,
      permission: 'silences:write',
      summary: 'Change a silence; what has muted is not rewritten, so the answer may be a new one',
      params: byId,
      body: silenceUpdate,
      answers: { 200: silenceShape },
      async handle({ params, body: { version, matchers, startsAt, endsAt, comment }, actor, now }) {
        const change = {
          version,
          ...(matchers === undefined ? {} : { matchers: matchersOf(matchers) }),
          ...(startsAt === undefined ? {} : { startsAt: Temporal.Instant.from(startsAt) }),
          ...(endsAt === undefined ? {} : { endsAt: Temporal.Instant.from(endsAt) }),
          ...(comment === undefined ? {} : { comment }),
        };
        return { status: 200, body: await shown(await silences.update(params.id, change, { actor, now }), now) };
      },
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'silences:write',
      summary: 'End a silence now; pages it held back call at once',
      params: byId,
      answers: { 204: null },
      async handle({ params, actor, now }) {
        await silences.expire(params.id, { actor, now });
        return { status: 204 };
      },
    }),
  ];
}

function suppressedRoute({ db }: SilenceRoutesDeps): Route {
  return route({
    method: 'GET',
    url: '/api/v1/suppressed',
    tag,
    permission: 'silences:read',
    summary: 'List pages that were muted, by what, and whom they would have called',
    query: suppressionQuery,
    answers: { 200: suppressionList },
    async handle({ query: { limit, cursor, ...filter } }) {
      const before = beforeOf(cursor);
      const { state, by, page } = filter;
      const rows = await listSuppressions(db.reports, { state, by, page, before, limit: limit + 1 });
      const { items, nextCursor } = pageFrom(rows, limit, (last) => [last.beganAt.toString(), last.id]);
      const list = items.map(({ groupId, number, wouldPage, stoppedRun, beganAt, endedAt, ...rest }) => ({
        ...rest,
        pageId: groupId,
        pageNumber: number ?? 0,
        wouldHavePaged: wouldPage,
        stoppedCalling: stoppedRun,
        beganAt: beganAt.toString(),
        endedAt: endedAt?.toString() ?? null,
      }));
      return { status: 200, body: { items: list, nextCursor, now: await countSuppressedNow(db.reports) } };
    },
  });
}

function beforeOf(cursor: string | undefined): readonly [Temporal.Instant, string] | null {
  if (cursor === undefined) return null;
  const [at, id] = decodeCursor(cursor, ['string', 'string'] as const);
  try {
    return [Temporal.Instant.from(at), z.uuid().parse(id)];
  } catch (error) {
    throw new AppError('CURSOR_INVALID', {}, { cause: error });
  }
}

function present(
  { nameOf }: Pick<SilencesDeps, 'nameOf'>,
  stored: StoredSilence,
  { held, now }: { readonly held: HeldBack; readonly now: Temporal.Instant },
) {
  const { id, matchers, comment, userId, teamId, integrationId, replaces, expiredBy, version } = stored;
  return {
    id,
    state: silenceState(stored, now),
    matchers,
    matcherText: matcherText(matchers),
    startsAt: stored.startsAt.toString(),
    endsAt: stored.endsAt.toString(),
    comment,
    createdBy: userId === null ? stored.createdBy : nameOf(userId),
    userId,
    teamId,
    integrationId,
    replaces,
    expiredBy,
    heldBack: held,
    version,
    createdAt: stored.createdAt.toString(),
  };
}
