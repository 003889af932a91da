import { sql } from 'kysely';
import { accessRoutes } from '#access';
import { alertRoutes, fingerprint, firingAlerts } from '#alerts';
import { auditRoutes } from '#audit';
import { catalogRoutes } from '#catalog';
import { changeRoutes } from '#changes';
import { heartbeatRoutes } from '#checks';
import { escalationRoutes } from '#escalation';
import {
  alertmanagerDoors,
  alertmanagerReads,
  alertmanagerSilences,
  integrationRoutes,
  payloadRoutes,
} from '#integrations';
import { notificationRoutes, phoneDoors, phoneRoutes, replyDoors } from '#notifications';
import { oncallRoutes } from '#oncall';
import { healthRoutes } from '#platform/http/health-routes';
import type { Route } from '#platform/http/route';
import { routingRoutes } from '#routing';
import { webhookRoutes } from '#webhooks';
import { calendarRoutes, findSilence, listOfIntegration, previewRoutes, silenceRoutes } from '#silences';
import type { Base, Domains } from './compose-domains.ts';
import { composeDoors } from './compose-doors.ts';

/** Shown by /api/v2/status and in logs. */
const VERSION = '0.1.0';

/** Everything that is served, as data: the permission test and the OpenAPI document walk this very list. */
export function composeRoutes(base: Base, domains: Domains) {
  const { access, audit, catalog, oncall, routing, escalation, integrations } = domains;
  const { phone } = domains.notifications;
  const secure = base.config.publicUrl?.startsWith('https:') ?? false;
  const routes: readonly Route[] = [
    ...accessRoutes(access, secure),
    ...auditRoutes(audit),
    ...catalogRoutes(catalog),
    ...changeRoutes(domains.changes),
    ...heartbeatRoutes(domains.heartbeats),
    ...routingRoutes(routing),
    ...silenceRoutes({
      db: base.db,
      silences: domains.silences,
      nameOf: (id) => access.people.current().users.get(id)?.name ?? 'a former member',
    }),
    ...calendarRoutes({
      calendars: domains.calendars,
      nameOf: (id) => access.people.current().users.get(id)?.name ?? 'a former member',
    }),
    ...previewRoutes({ fingerprint }),
    ...oncallRoutes(oncall),
    ...escalationRoutes(escalation),
    ...notificationRoutes(domains.notifications),
    ...phoneRoutes(phone, base.baseUrl),
    ...integrationRoutes({ db: base.db, integrations, baseUrl: base.baseUrl }),
    ...payloadRoutes({ db: base.db, integrations, payloads: domains.payloads }),
    ...alertRoutes({
      db: base.db,
      acceptConfig: domains.acceptConfig,
      configVersion: () => base.cache.version(),
      routeNames: () => routing.names(),
      muting: domains.silences.muting,
      whoWouldBePaged: (page) => escalation.wouldPage(page),
    }),
    ...webhookRoutes(domains.webhooks),
    ...domains.ledger.routes,
    ...healthRoutes({
      metrics: base.metrics,
      metricsPublic: base.config.metricsPublic,
      notReady: () => notReady(base),
    }),
  ];
  const doors = alertmanagerDoors({
    clock: base.clock,
    integrations,
    onRefused: (_integrationId, count) => domains.counts.alertsRefused(count),
    reads: [
      ...alertmanagerReads({
        firingAlerts: (id) => firingAlerts(base.db.reports, id),
        acceptConfig: domains.acceptConfig,
        muting: domains.silences.muting,
        mutes: () => domains.silences.current(),
        db: base.db.reports,
        clock: base.clock,
        version: VERSION,
        startedAt: base.clock.now(),
      }),
      ...alertmanagerSilences({
        clock: base.clock,
        silences: domains.silences,
        list: (id, now) => listOfIntegration(base.db.reports, id, now),
        find: (id) => findSilence(base.db.reports, id),
      }),
    ],
  });
  return {
    routes,
    doors: [
      ...doors,
      ...composeDoors(base, domains),
      ...replyDoors(domains.notifications, base.clock),
      ...phoneDoors({
        clock: base.clock,
        publicUrl: base.baseUrl,
        phone,
        reporting: phone.reporting,
        answering: phone.answering,
      }),
    ],
  };
}

async function notReady({ db }: Base): Promise<string | null> {
  return sql`SELECT 1`.execute(db.paging).then(
    () => null,
    () => 'the database does not answer',
  );
}
