import { alertDetail, alertList, alertQuery, explainBody, explanation, unroutedQuery } from '@tocsin/contracts';
import { z } from 'zod';
import type { Databases } from '#platform/db';
import { AppError } from '#platform/errors';
import { decodeCursor, encodeCursor } from '#platform/http/paging';
import { type Answer, type Route, route } from '#platform/http/route';
import {
  accepts,
  compileMatcher,
  namesOf,
  parseMatchers,
  type RouteNode,
  type RouteOptions,
  type RouteReason,
  withCatalog,
} from '#routing';
import type { Muting } from '#silences';
import type { AcceptConfig } from './describe-alert.ts';
import { type Explained, explainRouting, wouldJoin } from './explain.ts';
import { fingerprint } from './fingerprint.ts';
import { intervalsOf, refOf } from './groups/muted.ts';
import { cleanLabels } from './labels.ts';
import type { Severity } from './model.ts';
import {
  type AlertFilter,
  type Before,
  findAlert,
  readEvents,
  readGroups,
  readOpenGroups,
  searchAlerts,
  type ShownAlert,
} from './search.ts';

/** A page that might be opened: whom would it call? */
export interface WouldBePaged {
  readonly options: RouteOptions;
  readonly serviceId: string | null;
  readonly teamId: string | null;
  readonly severity: Severity;
  readonly at: Temporal.Instant;
}

/** What the routes of alerts need. */
export interface AlertRoutesDeps {
  readonly db: Databases;
  readonly acceptConfig: { current(): AcceptConfig };
  readonly configVersion: () => number;
  /** Routes there ever were, to name where past alerts went. */
  readonly routeNames: () => Promise<readonly Pick<RouteNode, 'id' | 'parentId' | 'name'>[]>;
  /** What mutes an alert: asked of the engine's own functions. */
  readonly muting: Pick<Muting, 'evaluate' | 'viewOf'>;
  /** Escalation's part of an explanation, by the functions that page. Without it nobody is named. */
  readonly whoWouldBePaged?: (page: WouldBePaged) => unknown;
}

const byId = z.strictObject({ id: z.uuid() });
const url = '/api/v1/alerts';
const tag = 'alerts';

/** The routes of alerts: lists, one, and why it went where it went. */
export function alertRoutes(deps: AlertRoutesDeps): readonly Route[] {
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'alerts:read',
      summary: 'List alerts, the newest first',
      query: alertQuery,
      answers: { 200: alertList },
      async handle({ query: { limit, cursor, filter, q, severity, service, team, integration, state } }) {
        const severities = severity?.split(',').map(Number);
        const narrowed = {
          state,
          severities,
          teamId: team,
          integrationId: integration,
          title: q,
          ...serviceFilter(service),
        };
        return list(deps, { filter: narrowed, wanted: wantedBy(deps, filter), cursor, limit });
      },
    }),
    route({
      method: 'GET',
      url: `${url}/unrouted`,
      tag,
      permission: 'alerts:read',
      summary: 'List alerts that no route below the root wanted',
      query: unroutedQuery,
      answers: { 200: alertList },
      handle: ({ query: { limit, cursor, state } }) =>
        list(deps, {
          filter: { state, routeId: deps.acceptConfig.current().tree.root.id },
          wanted: null,
          cursor,
          limit,
        }),
    }),
    route({
      method: 'GET',
      url: `${url}/:id`,
      tag,
      permission: 'alerts:read',
      summary: 'Show an alert with its history',
      params: byId,
      answers: { 200: alertDetail },
      handle: async ({ params }) => ({ status: 200, body: await detailOf(deps, await existing(deps, params.id)) }),
    }),
    route({
      method: 'GET',
      url: `${url}/:id/explain`,
      tag,
      permission: 'alerts:read',
      params: byId,
      answers: { 200: explanation },
      summary: 'Why an alert would go where by the routing of now, and who would be called now',
      handle: async ({ params, now }) => ({
        status: 200,
        body: await explain(deps, await existing(deps, params.id), now),
      }),
    }),
    route({
      method: 'POST',
      url: '/api/v1/explain',
      tag,
      permission: 'alerts:read',
      idempotent: false,
      body: explainBody,
      answers: { 200: explanation },
      summary: 'Where an alert of these labels would go, why, and who would be called',
      async handle({ body, now }) {
        const cleaned = cleanLabels(body.labels);
        if (!cleaned.ok) throw fault(`labels.${cleaned.error.label ?? ''}`.replace(/\.$/, ''), cleaned.error.message);
        const at = body.at === undefined ? now : Temporal.Instant.from(body.at);
        const alert = {
          labels: cleaned.labels,
          annotations: body.annotations,
          integrationId: body.integrationId ?? 'any',
        };
        return { status: 200, body: await explain(deps, alert, at) };
      },
    }),
  ];
}

const fault = (path: string, message: string) => new AppError('BODY_INVALID', { faults: [{ path, message }] });

function serviceFilter(service: string | undefined): Pick<AlertFilter, 'serviceId' | 'serviceKey'> {
  if (service === undefined) return {};
  return z.uuid().safeParse(service).success ? { serviceId: service } : { serviceKey: service };
}

/** A test by matchers, read as Alertmanager reads them; catalogue labels as routing sees them. */
function wantedBy(
  deps: AlertRoutesDeps,
  texts: string | readonly string[] | undefined,
): ((alert: ShownAlert) => boolean) | null {
  const matchers = [texts ?? []].flat().flatMap((text) => {
    const parsed = parseMatchers(text, 'fallback');
    if (!parsed.ok) throw fault('query.filter', `${parsed.error.message} (at character ${parsed.error.position + 1})`);
    return parsed.matchers.map((one) => {
      const compiled = compileMatcher(one);
      if (!compiled.ok) throw fault('query.filter', compiled.error.message);
      return compiled.matcher;
    });
  });
  if (matchers.length === 0) return null;
  const { service } = deps.acceptConfig.current();
  return ({ labels }) => {
    const key = labels['service'];
    const view = withCatalog(labels, key === undefined ? undefined : service(key)?.facts);
    return matchers.every((one) => accepts(one, view));
  };
}

interface Listing {
  readonly filter: AlertFilter;
  readonly wanted: ((alert: ShownAlert) => boolean) | null;
  readonly cursor: string | undefined;
  readonly limit: number;
}

async function list(deps: AlertRoutesDeps, { filter, wanted, cursor, limit }: Listing): Promise<Answer> {
  const before = cursor === undefined ? null : beforeOf(cursor);
  const { items, next } = await searchAlerts(deps.db.reports, { filter, wanted, before, limit });
  const nextCursor = next && encodeCursor([next]);
  return { status: 200, body: { items: items.map(summaryOf), nextCursor } };
}

function beforeOf(cursor: string): Before {
  const [id] = decodeCursor(cursor, ['string'] as const);
  try {
    return z.uuid().parse(id);
  } catch (error) {
    throw new AppError('CURSOR_INVALID', {}, { cause: error });
  }
}

async function existing(deps: AlertRoutesDeps, id: string): Promise<ShownAlert> {
  const alert = await findAlert(deps.db.reports, id);
  if (!alert) throw new AppError('ALERT_NOT_FOUND');
  return alert;
}

function summaryOf(alert: ShownAlert) {
  const { id, title, severity, kind, labels, serviceId, teamId, integrationId, resolvedBy, count } = alert;
  const state = alert.status === 'resolved' ? 'resolved' : alert.acknowledged ? 'acknowledged' : 'firing';
  return {
    id,
    state,
    title,
    severity,
    kind,
    labels,
    serviceId,
    teamId,
    integrationId,
    resolvedBy,
    count,
    pageIds: alert.groupIds,
    startsAt: alert.startsAt.toString(),
    openedAt: alert.openedAt.toString(),
    lastSeenAt: alert.lastSeenAt.toString(),
    resolvedAt: alert.resolvedAt?.toString() ?? null,
    heldByHand: alert.status === 'resolved' && alert.current,
  };
}

async function detailOf(deps: AlertRoutesDeps, alert: ShownAlert) {
  const [events, pages, names] = await Promise.all([
    readEvents(deps.db.reports, alert.id),
    readGroups(deps.db.reports, alert.groupIds),
    deps.routeNames(),
  ]);
  return {
    ...summaryOf(alert),
    fingerprint: fingerprint(alert.labels),
    labelList: Object.keys(alert.labels)
      .sort()
      .map((name) => ({ name, value: alert.labels[name] })),
    annotations: alert.annotations,
    generatorUrl: alert.generatorUrl,
    endsAt: alert.endsAt.toString(),
    routing: alert.routing.map(({ routeId, groupId, reason }) => {
      const page = pages.find(({ id }) => id === groupId);
      const why = reason ?? page?.reason ?? null;
      return {
        routeId,
        routeNames: namesOf(names, routeId),
        mode: page?.mode ?? 'record',
        pageId: groupId,
        reason: why && reasonOf(why),
      };
    }),
    pages: pages.map(({ id, number, title, open, firing, phase }) => ({ id, number, title, open, firing, phase })),
    events: events.map(({ at, kind, payload }) => ({ at: at.toString(), kind, change: payload })),
  };
}

/** Stored reasons carry more than is shown. */
const reasonOf = (reason: RouteReason): RouteReason =>
  reason.kind === 'matched' ? { kind: 'matched', by: reason.by } : { kind: 'fell-through' };

async function explain(deps: AlertRoutesDeps, alert: Explained, at: Temporal.Instant) {
  const config = deps.acceptConfig.current();
  const configVersion = deps.configVersion();
  const { described, visits, fingerprint: shown, unrouted } = explainRouting(alert, config);
  const { title, kind, severity, serviceId, teamId, groupTitle } = described;
  const open = await readOpenGroups(
    deps.db.reports,
    described.destinations.flatMap(({ groupKey }) => groupKey ?? []),
  );
  const destinations = await Promise.all(
    described.destinations.map(async (destination) => {
      const { routeId, path, options, reason } = destination.match;
      const pages = options.mode === 'page' && deps.whoWouldBePaged;
      const called = pages ? await pages({ options, serviceId, teamId, severity, at }) : null;
      const routeNames = path.map((id) => config.tree.byId.get(id)?.name ?? id);
      return {
        routeId,
        routeNames,
        options,
        reason,
        joins: wouldJoin(destination, open, groupTitle),
        called: called ?? null,
        mutedBy: await mutedBy(deps.muting, { alert, options, at, db: deps.db.reports }),
      };
    }),
  );
  return {
    alert: { title, kind, severity, serviceId, teamId, fingerprint: shown },
    visits,
    destinations,
    unrouted,
    configVersion,
  };
}

/** What would mute an alert on a route, each with its sentence. */
async function mutedBy(
  muting: AlertRoutesDeps['muting'],
  asked: {
    readonly alert: Explained;
    readonly options: RouteOptions;
    readonly at: Temporal.Instant;
    readonly db: Databases['reports'];
  },
) {
  const { labels, integrationId } = asked.alert;
  const subject = { view: muting.viewOf(labels), integrationId, intervals: intervalsOf(asked.options) };
  const { muted } = await muting.evaluate(asked.db, [subject], { now: asked.at, lock: false });
  return (muted[0]?.by ?? []).map((mute) => ({
    kind: mute.kind,
    ref: refOf(mute),
    reason: mute.reason,
    until: mute.kind === 'inhibition' ? null : (mute.endsAt?.toString() ?? null),
  }));
}
