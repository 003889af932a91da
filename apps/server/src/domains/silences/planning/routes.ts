import {
  inhibitRule,
  inhibitRuleDraft,
  inhibitRuleList,
  inhibitRuleUpdate,
  maintenanceBegin,
  maintenanceDraft,
  maintenanceEnd,
  maintenanceList,
  maintenanceUpdate,
  maintenanceWindow,
  type recurrence,
  timeInterval,
  timeIntervalDraft,
  timeIntervalList,
  timeIntervalUpdate,
} from '@tocsin/contracts';
import { z } from 'zod';
import { AppError } from '#platform/errors';
import { type Route, route } from '#platform/http/route';
import { formatMatchers, type Matcher, type MatchersInput, readMatchers } from '#routing';
import { formatIntervalSpec, type IntervalText, parseIntervalSpec } from '../interval-parse.ts';
import { isWithin, nextChange } from '../interval.ts';
import type { IntervalSpec, Recurrence, WindowSpan } from '../model.ts';
import type { SilencesDeps } from '../ports.ts';
import { type HeldBack, readHeldBack } from '../search.ts';
import type { Silences } from '../service.ts';
import { findWindow, listWindows } from './search.ts';
import { openings } from './service.ts';
import type { StoredInterval, StoredRule, StoredWindow } from './store.ts';

const byId = z.strictObject({ id: z.uuid() });
const tag = 'silences';

/** What the routes of silences need. */
export type SilenceRoutesDeps = Pick<SilencesDeps, 'db' | 'nameOf'> & { readonly silences: Silences };

/** Matchers as they were sent; BODY_INVALID names each that cannot be read. */
export function matchersOf(input: MatchersInput, path = 'matchers'): readonly Matcher[] {
  const read = readMatchers(input);
  if (read.ok) return read.matchers;
  throw new AppError('BODY_INVALID', {
    faults: read.faults.map((fault) => ({ ...fault, path: fault.path.replace(/^matchers/, path) })),
  });
}

/** Matchers as one text, e.g. `job="db", node=~"h.*"`. */
export const matcherText = (matchers: readonly Matcher[]): string => formatMatchers(matchers).slice(1, -1);

/** The routes of inhibition rules, time intervals and maintenance windows. */
export function planningRoutes(deps: SilenceRoutesDeps): readonly Route[] {
  return [...ruleRoutes(deps), ...intervalRoutes(deps), ...windowRoutes(deps), ...jobRoutes(deps)];
}

function ruleRoutes({ silences: { planning }, db }: SilenceRoutesDeps): readonly Route[] {
  const url = '/api/v1/inhibit-rules';
  const shown = async (rules: readonly StoredRule[]) => {
    const held = await readHeldBack(
      db.reports,
      'inhibition',
      rules.map(({ id }) => id),
    );
    return rules.map((rule) => ({ ...rule, heldBack: held(rule.id) }));
  };
  const one = async (rule: StoredRule) => (await shown([rule]))[0];
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'silences:read',
      summary: 'List inhibition rules',
      answers: { 200: inhibitRuleList },
      handle: async () => ({ status: 200, body: { rules: await shown(await planning.rules()) } }),
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'routing:write',
      summary: 'Make an inhibition rule',
      body: inhibitRuleDraft,
      answers: { 201: inhibitRule },
      async handle({ body: { name, equal, sourceMatchers, targetMatchers }, actor, now }) {
        const wish = {
          name,
          equal,
          sourceMatchers: matchersOf(sourceMatchers, 'sourceMatchers'),
          targetMatchers: matchersOf(targetMatchers, 'targetMatchers'),
        };
        return { status: 201, body: await one(await planning.createRule(wish, { actor, now })) };
      },
    }),
    route({
      method: 'PATCH',
      url: `${url}/:id`,
      tag,
      permission: 'routing:write',
      summary: 'Change an inhibition rule',
      params: byId,
      body: inhibitRuleUpdate,
      answers: { 200: inhibitRule },
      async handle({ params, body: { version, name, equal, sourceMatchers, targetMatchers }, actor, now }) {
        const change = {
          version,
          ...(name === undefined ? {} : { name }),
          ...(equal === undefined ? {} : { equal }),
          ...(sourceMatchers === undefined ? {} : { sourceMatchers: matchersOf(sourceMatchers, 'sourceMatchers') }),
          ...(targetMatchers === undefined ? {} : { targetMatchers: matchersOf(targetMatchers, 'targetMatchers') }),
        };
        return { status: 200, body: await one(await planning.updateRule(params.id, change, { actor, now })) };
      },
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'routing:write',
      summary: 'Remove an inhibition rule',
      params: byId,
      answers: { 204: null },
      async handle({ params, actor, now }) {
        await planning.archiveRule(params.id, { actor, now });
        return { status: 204 };
      },
    }),
  ];
}

function intervalRoutes({ silences: { planning } }: SilenceRoutesDeps): readonly Route[] {
  const url = '/api/v1/time-intervals';
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'silences:read',
      summary: 'List time intervals that routes may name',
      answers: { 200: timeIntervalList },
      handle: async ({ now }) => ({
        status: 200,
        body: { intervals: (await planning.intervals()).map((interval) => presentInterval(interval, now)) },
      }),
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'routing:write',
      summary: 'Make a time interval',
      body: timeIntervalDraft,
      answers: { 201: timeInterval },
      handle: async ({ body: { name, timeIntervals }, actor, now }) => ({
        status: 201,
        body: presentInterval(
          await planning.createInterval({ name, specs: specsOf(timeIntervals) }, { actor, now }),
          now,
        ),
      }),
    }),
    route({
      method: 'PATCH',
      url: `${url}/:id`,
      tag,
      permission: 'routing:write',
      summary: 'Change a time interval',
      params: byId,
      body: timeIntervalUpdate,
      answers: { 200: timeInterval },
      handle: async ({ params, body: { version, timeIntervals }, actor, now }) => ({
        status: 200,
        body: presentInterval(
          await planning.updateInterval(params.id, { version, specs: specsOf(timeIntervals) }, { actor, now }),
          now,
        ),
      }),
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'routing:write',
      summary: 'Remove a time interval that no route names',
      params: byId,
      answers: { 204: null },
      async handle({ params, actor, now }) {
        await planning.archiveInterval(params.id, { actor, now });
        return { status: 204 };
      },
    }),
  ];
}

/** Entries in Alertmanager's words; BODY_INVALID names each that cannot be read. */
function specsOf(texts: readonly IntervalText[]): readonly IntervalSpec[] {
  const read = texts.map((text) => parseIntervalSpec(text));
  const faults = read.flatMap((one, index) =>
    one.ok ? [] : one.faults.map(({ path, message }) => ({ path: `timeIntervals.${index}.${path}`, message })),
  );
  if (faults.length > 0) throw new AppError('BODY_INVALID', { faults });
  return read.flatMap((one) => (one.ok ? [one.spec] : []));
}

function presentInterval(interval: StoredInterval, now: Temporal.Instant) {
  const { id, name, specs, version } = interval;
  return {
    id,
    name,
    timeIntervals: specs.map(formatIntervalSpec),
    within: isWithin(interval, now),
    changesAt: nextChange(interval, now)?.toString() ?? null,
    version,
  };
}

type WireRecurrence = z.output<typeof recurrence>;

function recurrenceOf(wire: WireRecurrence): Recurrence {
  if (wire.kind !== 'once') return wire;
  return {
    kind: 'once',
    startsAt: Temporal.Instant.from(wire.startsAt),
    endsAt: Temporal.Instant.from(wire.endsAt),
  };
}

function windowRoutes(deps: SilenceRoutesDeps): readonly Route[] {
  const url = '/api/v1/maintenance';
  const { planning } = deps.silences;
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'silences:read',
      summary: 'List maintenance windows',
      answers: { 200: maintenanceList },
      async handle({ now }) {
        const windows = await listWindows(deps.db.reports, now);
        return { status: 200, body: { windows: await presentWindows(deps, windows, now) } };
      },
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'silences:write',
      summary: 'Plan maintenance, once or again and again',
      body: maintenanceDraft,
      answers: { 201: maintenanceWindow },
      async handle({ body: { matchers, recurrence: when, ...rest }, actor, now }) {
        const wish = { ...rest, matchers: matchersOf(matchers), recurrence: recurrenceOf(when) };
        return { status: 201, body: await shownWindow(deps, await planning.createWindow(wish, { actor, now }), now) };
      },
    }),
    route({
      method: 'GET',
      url: `${url}/:id`,
      tag,
      permission: 'silences:read',
      summary: 'Show a maintenance window and what it has held back',
      params: byId,
      answers: { 200: maintenanceWindow },
      handle: async ({ params, now }) => ({ status: 200, body: await shownWindow(deps, params.id, now) }),
    }),
    route({
      method: 'PATCH',
      url: `${url}/:id`,
      tag,
      permission: 'silences:write',
      summary: 'Change a maintenance window',
      params: byId,
      body: maintenanceUpdate,
      answers: { 200: maintenanceWindow },
      async handle({ params, body: { version, name, matchers, zone, recurrence: when, comment }, actor, now }) {
        const change = {
          version,
          ...(name === undefined ? {} : { name }),
          ...(matchers === undefined ? {} : { matchers: matchersOf(matchers) }),
          ...(zone === undefined ? {} : { zone }),
          ...(when === undefined ? {} : { recurrence: recurrenceOf(when) }),
          ...(comment === undefined ? {} : { comment }),
        };
        await planning.updateWindow(params.id, change, { actor, now });
        return { status: 200, body: await shownWindow(deps, params.id, now) };
      },
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'silences:write',
      summary: 'Remove a maintenance window; pages it held back call at once',
      params: byId,
      answers: { 204: null },
      async handle({ params, actor, now }) {
        await planning.archiveWindow(params.id, { actor, now });
        return { status: 204 };
      },
    }),
  ];
}

/** What a CI job calls with an API key before and after it does something that sets off alerts. */
function jobRoutes(deps: SilenceRoutesDeps): readonly Route[] {
  const { planning } = deps.silences;
  return [
    route({
      method: 'POST',
      url: '/api/v1/maintenance/begin',
      tag,
      permission: 'silences:write',
      summary: 'Begin maintenance from a job: expected alerts call nobody; beginning again prolongs it',
      body: maintenanceBegin,
      answers: { 200: maintenanceWindow },
      async handle({ body: { matchers, ...rest }, actor, now }) {
        const id = await planning.begin({ ...rest, matchers: matchersOf(matchers) }, { actor, now });
        return { status: 200, body: await shownWindow(deps, id, now) };
      },
    }),
    route({
      method: 'POST',
      url: '/api/v1/maintenance/end',
      tag,
      permission: 'silences:write',
      summary: 'End maintenance from a job, by the name that it began it with',
      body: maintenanceEnd,
      answers: { 200: maintenanceWindow },
      handle: async ({ body, actor, now }) => ({
        status: 200,
        body: await shownWindow(deps, await planning.end(body.name, { actor, now }), now),
      }),
    }),
  ];
}

async function shownWindow(deps: SilenceRoutesDeps, id: string, now: Temporal.Instant) {
  const window = await findWindow(deps.db.paging, id);
  if (!window) throw new AppError('MAINTENANCE_NOT_FOUND');
  return (await presentWindows(deps, [window], now))[0];
}

async function presentWindows(deps: SilenceRoutesDeps, windows: readonly StoredWindow[], now: Temporal.Instant) {
  const held = await readHeldBack(
    deps.db.reports,
    'maintenance',
    windows.map(({ id }) => id),
  );
  return windows.map((window) => presentWindow(deps, window, { held: held(window.id), now }));
}

function presentWindow(
  { nameOf }: Pick<SilenceRoutesDeps, 'nameOf'>,
  window: StoredWindow,
  { held, now }: { readonly held: HeldBack; readonly now: Temporal.Instant },
) {
  const { id, name, matchers, zone, recurrence: when, comment, madeBy, userId, teamId, endedAt, version } = window;
  const { open, next } = openings(window, now);
  return {
    id,
    name,
    matchers,
    matcherText: matcherText(matchers),
    zone,
    recurrence:
      when.kind === 'once'
        ? { kind: 'once', startsAt: when.startsAt.toString(), endsAt: when.endsAt.toString() }
        : when,
    comment,
    madeBy,
    createdBy: userId === null ? '' : nameOf(userId),
    userId,
    teamId,
    open: spanOf(open),
    next: spanOf(next),
    endedAt: endedAt?.toString() ?? null,
    heldBack: held,
    version,
    createdAt: window.createdAt.toString(),
  };
}

const spanOf = (span: WindowSpan | null) =>
  span && { startsAt: span.startsAt.toString(), endsAt: span.endsAt.toString() };
