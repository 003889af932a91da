import {
  onCallList,
  onCallNext,
  onCallNextQuery,
  onCallQuery,
  scheduleAnswer,
  scheduleDraft,
  scheduleList,
  scheduleListQuery,
  scheduleOverrideAnswer,
  scheduleOverrideDraft,
  scheduleOverrideEnd,
  schedulePreview,
  schedulePreviewBody,
  scheduleShifts,
  scheduleShiftsQuery,
  scheduleUpdate,
} from '@tocsin/contracts';
import { z } from 'zod';
import { AppError } from '#platform/errors';
import { decodeCursor, pageFrom } from '#platform/http/paging';
import { type Answer, type Route, route } from '#platform/http/route';
import { instantOf } from './instants.ts';
import {
  changeOnTheWire,
  entryOnTheWire,
  handoffOnTheWire,
  lineOnTheWire,
  overrideOnTheWire,
  scheduleOnTheWire,
  warningOnTheWire,
} from './on-the-wire.ts';
import type { OverrideRequest } from './overrides.ts';
import type { Oncall, PageWish, Schedules } from './service.ts';

const byId = z.strictObject({ id: z.uuid() });
const byOverride = z.strictObject({ id: z.uuid(), overrideId: z.uuid() });
const url = '/api/v1/schedules';
const reading = { tag: 'schedules', permission: 'schedules:read' } as const;
const writing = { tag: 'schedules', permission: 'schedules:write' } as const;

type Instant = Temporal.Instant;

/** The routes of schedules, overrides and who is on call. */
export function oncallRoutes({ schedules }: Pick<Oncall, 'schedules'>): readonly Route[] {
  return [
    ...listRoutes(schedules),
    ...scheduleRoutes(schedules),
    ...overrideRoutes(schedules),
    ...lineRoutes(schedules),
    ...whoRoutes(schedules),
  ];
}

function listRoutes(schedules: Schedules): readonly Route[] {
  return [
    route({
      ...reading,
      method: 'GET',
      url,
      summary: 'List schedules by name',
      query: scheduleListQuery,
      answers: { 200: scheduleList },
      handle: async ({ query }) => {
        const rows = await schedules.list({ teamId: query.teamId, ...pageWish(query) });
        const page = pageFrom(rows, query.limit, ({ name, id }) => [name, id]);
        return { status: 200, body: { ...page, items: page.items.map(scheduleOnTheWire) } };
      },
    }),
  ];
}

function scheduleRoutes(schedules: Schedules): readonly Route[] {
  type Stored = Awaited<ReturnType<Schedules['get']>>;
  const answer = (schedule: Stored, now: Instant, status = 200): Answer => ({
    status,
    body: {
      schedule: scheduleOnTheWire(schedule),
      overrides: schedule.overrides.map(overrideOnTheWire),
      warnings: schedules.warnings(schedule, now).map(warningOnTheWire),
    },
  });
  return [
    route({
      ...writing,
      method: 'POST',
      url,
      summary: 'Make a schedule',
      body: scheduleDraft,
      answers: { 201: scheduleAnswer },
      handle: async ({ body, actor, now }) => answer(await schedules.create(body, { actor, now }), now, 201),
    }),
    route({
      ...reading,
      method: 'GET',
      url: `${url}/:id`,
      summary: 'Read a schedule with its overrides, and its warnings as of now',
      params: byId,
      answers: { 200: scheduleAnswer },
      handle: async ({ params, now }) => answer(await schedules.get(params.id, now), now),
    }),
    route({
      ...writing,
      method: 'PUT',
      url: `${url}/:id`,
      summary: 'Change a schedule with all its layers; overrides stay',
      params: byId,
      body: scheduleUpdate,
      answers: { 200: scheduleAnswer },
      handle: async ({ params, body, actor, now }) =>
        answer(await schedules.update(params.id, body, { actor, now }), now),
    }),
    route({
      ...writing,
      method: 'DELETE',
      url: `${url}/:id`,
      summary: 'Archive a schedule that nothing calls',
      params: byId,
      answers: { 204: null },
      handle: async ({ params, actor, now }) => {
        await schedules.archive(params.id, { actor, now });
        return { status: 204 };
      },
    }),
  ];
}

function overrideRoutes(schedules: Schedules): readonly Route[] {
  return [
    route({
      ...writing,
      method: 'POST',
      url: `${url}/:id/overrides`,
      summary: 'Have somebody take over for a while',
      params: byId,
      body: scheduleOverrideDraft,
      answers: { 201: scheduleOverrideAnswer },
      handle: async ({ params, body, actor, now }) => {
        const override = await schedules.createOverride(params.id, overrideRequest(body), { actor, now });
        const warnings = schedules.overrideWarnings(override).map(warningOnTheWire);
        return { status: 201, body: { override: overrideOnTheWire(override), warnings } };
      },
    }),
    route({
      ...writing,
      method: 'DELETE',
      url: `${url}/:id/overrides/:overrideId`,
      summary: 'Remove an override; a running one ends now, an ended one stays',
      params: byOverride,
      answers: { 200: scheduleOverrideEnd },
      handle: async ({ params, actor, now }) => {
        const { outcome, reason, override } = await schedules.endOverride(params.id, params.overrideId, { actor, now });
        return {
          status: 200,
          body: { outcome, reason, override: override === null ? null : overrideOnTheWire(override) },
        };
      },
    }),
  ];
}

function lineRoutes(schedules: Schedules): readonly Route[] {
  return [
    route({
      ...reading,
      method: 'GET',
      url: `${url}/:id/shifts`,
      summary: 'Shifts and gaps over a time of at most 366 days, and what each layer says alone',
      params: byId,
      query: scheduleShiftsQuery,
      answers: { 200: scheduleShifts },
      handle: async ({ params, query }) => {
        const { schedule, line } = await schedules.shifts(params.id, spanOf(query));
        const overrides = schedule.overrides
          .filter(({ startsAt }) => Temporal.Instant.compare(startsAt, line.to) < 0)
          .map(overrideOnTheWire);
        return { status: 200, body: { scheduleId: schedule.id, ...lineOnTheWire(line), overrides } };
      },
    }),
    route({
      ...reading,
      method: 'POST',
      url: `${url}/preview`,
      summary: 'What a draft would do, and what it changes, without saving it',
      idempotent: false,
      body: schedulePreviewBody,
      answers: { 200: schedulePreview },
      handle: async ({ body, now }) => {
        const seen = await schedules.preview(body.schedule, spanOf(body), body.scheduleId ?? null);
        const warnings = schedules.warnings(seen.schedule, now).map(warningOnTheWire);
        const changes = seen.changes?.map(changeOnTheWire) ?? null;
        return { status: 200, body: { ...lineOnTheWire(seen.line), changes, warnings } };
      },
    }),
  ];
}

function whoRoutes(schedules: Schedules): readonly Route[] {
  return [
    route({
      ...reading,
      method: 'GET',
      url: '/api/v1/oncall',
      summary: 'Who is on call everywhere, now or at a moment',
      query: onCallQuery,
      answers: { 200: onCallList },
      handle: async ({ query, now }) => {
        const at = query.at === undefined ? now : instantOf(query.at);
        const rows = await schedules.who(at, pageWish(query));
        const page = pageFrom(rows, query.limit, ({ schedule }) => [schedule.name, schedule.id]);
        const items = page.items.map(({ schedule, answer }) => entryOnTheWire(schedule, answer));
        return { status: 200, body: { ...page, items, at: at.toString() } };
      },
    }),
    route({
      ...reading,
      method: 'GET',
      url: `${url}/:id/next`,
      summary: 'Who is on call, and the next hand-off to other people',
      params: byId,
      query: onCallNextQuery,
      answers: { 200: onCallNext },
      handle: async ({ params, query, now }) => {
        const at = query.at === undefined ? now : instantOf(query.at);
        const { schedule, answer, handoff } = await schedules.next(params.id, at);
        const current = entryOnTheWire(schedule, answer);
        return {
          status: 200,
          body: { at: at.toString(), current, handoff: handoff === null ? null : handoffOnTheWire(handoff) },
        };
      },
    }),
  ];
}

function spanOf({ from, to }: { readonly from: string; readonly to: string }) {
  return { from: instantOf(from), to: instantOf(to) };
}

function overrideRequest(body: z.output<typeof scheduleOverrideDraft>): OverrideRequest {
  return {
    userId: body.userId.toLowerCase(),
    replacesUserId: body.replacesUserId?.toLowerCase() ?? null,
    startsAt: body.startsAt === undefined ? null : instantOf(body.startsAt),
    endsAt: instantOf(body.endsAt),
  };
}

/** One item more than asked for, so that it is known whether more follow. */
function pageWish({ cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number }): PageWish {
  if (cursor === undefined) return { after: null, limit: limit + 1 };
  const after = decodeCursor(cursor, ['string', 'string'] as const);
  // Both go into SQL: a made-up cursor must not be the database's error.
  const [name, id] = after;
  if (name.includes('\0') || !name.isWellFormed() || !z.uuid().safeParse(id).success)
    throw new AppError('CURSOR_INVALID');
  return { after, limit: limit + 1 };
}
