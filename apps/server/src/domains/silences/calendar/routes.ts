import {
  maintenanceCalendar,
  maintenanceCalendarDraft,
  maintenanceCalendarList,
  maintenanceCalendarPreview,
  maintenanceCalendarPreviewDraft,
  maintenanceCalendarUpdate,
  maintenanceCalendarWindows,
} from '@tocsin/contracts';
import { z } from 'zod';
import { type Route, route } from '#platform/http/route';
import { matchersOf, matcherText } from '../planning/routes.ts';
import type { WantedWindow } from './model.ts';
import type { Calendars } from './service.ts';
import type { StoredCalendar } from './store.ts';

const byId = z.strictObject({ id: z.uuid() });
const tag = 'silences';
const url = '/api/v1/maintenance-calendars';

/** What the routes of calendars need. */
export interface CalendarRoutesDeps {
  readonly calendars: Calendars;
  /** A person's name for people to read. */
  readonly nameOf: (userId: string) => string;
}

/** The routes of calendars whose events are maintenance windows. */
export function calendarRoutes(deps: CalendarRoutesDeps): readonly Route[] {
  return [...readRoutes(deps), ...writeRoutes(deps), ...actRoutes(deps)];
}

function readRoutes({ calendars, nameOf }: CalendarRoutesDeps): readonly Route[] {
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'silences:read',
      summary: 'List calendars whose events are maintenance windows',
      answers: { 200: maintenanceCalendarList },
      handle: async () => ({
        status: 200,
        body: { calendars: (await calendars.list()).map((calendar) => present(nameOf, calendar)) },
      }),
    }),
    route({
      method: 'GET',
      url: `${url}/:id`,
      tag,
      permission: 'silences:read',
      summary: 'Show a calendar, when it was read and what is wrong with it',
      params: byId,
      answers: { 200: maintenanceCalendar },
      handle: async ({ params }) => ({ status: 200, body: present(nameOf, await calendars.get(params.id)) }),
    }),
    route({
      method: 'GET',
      url: `${url}/:id/windows`,
      tag,
      permission: 'silences:read',
      summary: 'List the next windows that are planned by a calendar',
      params: byId,
      answers: { 200: maintenanceCalendarWindows },
      async handle({ params, now }) {
        const { shown, more } = await calendars.windows(params.id, now);
        return { status: 200, body: { windows: shown.map((window) => ({ id: window.id, ...planned(window) })), more } };
      },
    }),
  ];
}

function writeRoutes({ calendars, nameOf }: CalendarRoutesDeps): readonly Route[] {
  return [
    route({
      method: 'POST',
      url,
      tag,
      permission: 'silences:write',
      summary: 'Plan maintenance by a calendar that others keep',
      body: maintenanceCalendarDraft,
      answers: { 201: maintenanceCalendar },
      async handle({ body: { matchers, ...rest }, actor, now }) {
        const draft = { ...rest, matchers: matchers === null ? null : matchersOf(matchers) };
        return { status: 201, body: present(nameOf, await calendars.create(draft, { actor, now })) };
      },
    }),
    route({
      method: 'PATCH',
      url: `${url}/:id`,
      tag,
      permission: 'silences:write',
      summary: 'Change a calendar; it is read anew at once',
      params: byId,
      body: maintenanceCalendarUpdate,
      answers: { 200: maintenanceCalendar },
      async handle({ params, body: { version, matchers, ...rest }, actor, now }) {
        const sent = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
        const read = matchers === undefined ? {} : { matchers: matchers === null ? null : matchersOf(matchers) };
        const calendar = await calendars.update(params.id, { version, ...sent, ...read }, { actor, now });
        return { status: 200, body: present(nameOf, calendar) };
      },
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'silences:write',
      summary: 'Remove a calendar and what it has planned; pages that it held back call at once',
      params: byId,
      answers: { 204: null },
      async handle({ params, actor, now }) {
        await calendars.archive(params.id, { actor, now });
        return { status: 204 };
      },
    }),
  ];
}

function actRoutes({ calendars, nameOf }: CalendarRoutesDeps): readonly Route[] {
  return [
    route({
      method: 'POST',
      url: `${url}/:id/refresh`,
      tag,
      permission: 'silences:write',
      summary: 'Read a calendar now; what came of it stands in the answer',
      params: byId,
      answers: { 200: maintenanceCalendar },
      idempotent: false,
      handle: async ({ params, actor, now }) => ({
        status: 200,
        body: present(nameOf, await calendars.refresh(params.id, { actor, now })),
      }),
    }),
    route({
      method: 'POST',
      url: `${url}/preview`,
      tag,
      permission: 'silences:write',
      summary: 'Read a calendar and say what it would plan; nothing is stored',
      body: maintenanceCalendarPreviewDraft,
      answers: { 200: maintenanceCalendarPreview },
      idempotent: false,
      async handle({ body: { matchers, ...rest }, actor, now }) {
        const draft = { ...rest, matchers: matchers === null ? null : matchersOf(matchers) };
        const { windows, ...seen } = await calendars.preview(draft, { actor, now });
        return { status: 200, body: { ...seen, windows: windows.map(planned) } };
      },
    }),
  ];
}

const planned = ({ name, startsAt, endsAt, matchers }: WantedWindow) => ({
  name,
  startsAt: startsAt.toString(),
  endsAt: endsAt.toString(),
  matcherText: matcherText(matchers),
});

const textOf = (at: Temporal.Instant | null) => at?.toString() ?? null;

function stateOf({ enabled, failingSince, checkedAt }: StoredCalendar): 'off' | 'failing' | 'waiting' | 'good' {
  if (!enabled) return 'off';
  if (failingSince !== null) return 'failing';
  return checkedAt === null ? 'waiting' : 'good';
}

function present(nameOf: CalendarRoutesDeps['nameOf'], calendar: StoredCalendar) {
  const { id, name, shownUrl, matchers, eventMatchers, zone, refreshSeconds, teamId, userId, enabled } = calendar;
  const { events, faults, lastError, version } = calendar;
  return {
    id,
    name,
    url: shownUrl,
    matchers,
    matcherText: matchers === null ? null : matcherText(matchers),
    eventMatchers,
    zone,
    refreshSeconds,
    teamId,
    createdBy: userId === null ? '' : nameOf(userId),
    enabled,
    state: stateOf(calendar),
    events,
    faults,
    error: lastError,
    failingSince: textOf(calendar.failingSince),
    readAt: textOf(calendar.readAt),
    checkedAt: textOf(calendar.checkedAt),
    nextReadAt: textOf(calendar.wakeAt),
    version,
    createdAt: calendar.createdAt.toString(),
  };
}
