import { hostname } from 'node:os';
import { sql } from 'kysely';
import { accessRoutes, authorize, createAccess, demand, sweepAccess } from '#access';
import { alertRoutes, type AcceptConfig, type AlertJobsDeps, createAlerts, flushSightings, retireAlerts, type ServiceFacts, sweepAlerts, tickGroups } from '#alerts';
import { auditRoutes, createAudit, sealJob } from '#audit';
import { catalogRoutes, createCatalog } from '#catalog';
import { createEscalation, escalationRoutes, type PagerPort } from '#escalation';
import { alertmanagerDoors, createIntegrations } from '#integrations';
import { createLedger, type LedgerConfig, type LedgerPorts, type Verify } from '#ledger';
import { createOncall, oncallRoutes } from '#oncall';
import { type AnchoredClock, type Clock, createClock } from '#platform/clock';
import { type ConfigCache, createConfigCache } from '#platform/config-cache';
import { type Databases, openDatabases } from '#platform/db';
import { createHttpServer, type HttpServer } from '#platform/http/server';
import { healthRoutes } from '#platform/http/health-routes';
import { createLiveStream } from '#platform/http/stream';
import type { Route } from '#platform/http/route';
import { createIds, type NewId } from '#platform/ids';
import { createJobs, type Job } from '#platform/jobs';
import type { Logger } from '#platform/log';
import { createMetrics, type Metrics } from '#platform/metrics';
import { maintainPartitions } from '#platform/partitions';
import { openSecrets, type Secrets } from '#platform/secrets';
import { createRouting, routingRoutes } from '#routing';
import type { Config } from './config.ts';
import { createEngine, type Engine } from './engine.ts';

/** What an app is built from. */
export interface AppOptions {
  readonly config: Config;
  readonly connectionString: string;
  readonly log: Logger;
  /** Stories bring a manual clock; their engine is driven by hand. */
  readonly clock?: Clock;
}

/** What everything is built on. */
interface Base {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly db: Databases;
  readonly newId: NewId;
  readonly cache: ConfigCache;
  readonly metrics: Metrics;
  readonly secrets: Secrets;
  /** Every recurring job; filled once the domains are there. */
  readonly jobs: Job[];
  /** Wakes a loop of the engine, once there is one. */
  readonly wake: (loop: LoopName, at?: Temporal.Instant) => void;
}

type LoopName = 'groups' | 'notifications' | 'alerts' | 'jobs';

function composeDomains(base: Base) {
  const { db, clock, newId, cache: config, log } = base;
  const shared = { db, clock, newId, config };
  const publicUrl = base.config.publicUrl ?? null;
  const audit = createAudit({ db });
  const access = createAccess({ ...shared, audit: audit.record, publicUrl });
  const catalog = createCatalog({ ...shared, audit: audit.record, demand: (actor, teamId) => demand(actor, 'catalog:write', { teamId }) });
  const oncall = createOncall({
    ...shared,
    ports: {
      person: (id) => personOf(id),
      mayWrite: (actor, teamId) => authorize(actor, 'schedules:write', { teamId }).allowed,
      audit: audit.record,
    },
  });
  const routing = createRouting({ ...shared, audit: audit.record, onFaults: (faults) => log.error({ faults }, 'the stored routing tree cannot be used; the last good one routes on') });
  const personOf = (id: string) => {
    const person = access.people.current().users.get(id);
    return person ? (person.active ? ('active' as const) : ('inactive' as const)) : null;
  };
  const pager = {} as PagerPort;
  const escalation = createEscalation({
    ...shared,
    ports: {
      people: { person: personOf, activeMembersOf: (teamId) => access.people.current().teams.get(teamId)?.members.map((member) => member.userId).filter((id) => personOf(id) === 'active') ?? null },
      oncall,
      owners: catalog,
      pager,
      audit: { record: (trx, { by, now, ...entry }) => audit.record(trx, { ...entry, actor: by, at: now }) },
    },
    alerts: () => alerts,
    wakeGroups: (at) => base.wake('groups', at),
    wakeNotifications: () => base.wake('notifications'),
  });
  const acceptConfig = { current: (): AcceptConfig => ({ tree: routing.current(), service: (key) => serviceFacts(catalog.current(), key) }) };
  const alerts = createAlerts({
    ...shared,
    acceptConfig,
    decider: escalation,
    wake: (at) => base.wake('groups', at),
  });
  const integrations = createIntegrations({ ...shared, alerts, audit: audit.record });
  const ledger = createLedger({ ...shared, log, appConfig: ledgerConfig(base.config), ports: ledgerPorts({ audit, access, oncall, escalation }, () => base.jobs) });
  return { audit, access, catalog, oncall, routing, escalation, alerts, integrations, ledger, acceptConfig };
}

type Domains = ReturnType<typeof composeDomains>;

function ledgerPorts({ audit, access, oncall, escalation }: Pick<Domains, 'audit' | 'access' | 'oncall' | 'escalation'>, jobs: () => readonly Job[]): LedgerPorts {
  const people = () => access.people.current();
  return {
    nameOf: (id) => people().users.get(id)?.name ?? 'a former member',
    peopleOf(target, at) {
      if (target.kind === 'user') return [target.id];
      if (target.kind === 'schedule') return oncall.onCallAt(target.id, at) ?? [];
      return target.kind === 'team' ? (people().teams.get(target.id)?.members.map((member) => member.userId) ?? []) : [];
    },
    lastResort: () => escalation.lastResort(),
    watchedJobs: () => jobs().filter((job) => job.scope === 'organisation'),
    seals: audit,
    mail: null,
  };
}

function ledgerConfig(config: Config): LedgerConfig {
  return {
    emergency: { webhookUrl: config.emergencyWebhookUrl ?? null, mailTo: config.emergencyMailTo ?? null },
    heartbeat: { url: config.heartbeatUrl ?? null, method: 'POST', everySeconds: config.heartbeatIntervalSeconds },
    dataDir: config.dataDir,
    node: hostname(),
  };
}

function serviceFacts(catalogue: ReturnType<Domains['catalog']['current']>, key: string): ServiceFacts | undefined {
  const service = catalogue.byKey.get(key);
  if (!service) return undefined;
  const teamKey = service.teamId === null ? null : (catalogue.owners.get(service.teamId)?.key ?? null);
  return { facts: { service: { key, teamKey, tier: service.tier } }, serviceId: service.id, teamId: service.teamId };
}

/** Passes of the engine: what wakes rows. Everything that may be late is a job. */
function composeEngine(base: Base, domains: Domains): Engine {
  const { db, clock, cache, log } = base;
  const trouble: AlertJobsDeps['onTrouble'] = (what, detail) => log.error({ detail }, what === 'clock-drift' ? 'our clock and the database disagree: this tick decided nothing' : 'a group could not be decided; it is put off');
  const alertJobs: AlertJobsDeps = { db, clock, config: cache, decider: domains.escalation, cache: domains.alerts.cache, onTrouble: trouble };
  base.jobs.push(...composeJobs(base, domains));
  const jobs = createJobs({ db: db.paging, clock, jobs: base.jobs, onError: (job, err) => log.error({ err, job }, 'a job failed; it will run again') });
  return createEngine({
    clock,
    log,
    onError: () => {},
    loops: [
      { name: 'groups', pass: (now) => tickGroups(alertJobs, now) },
      { name: 'alerts', pass: (now) => sweepAlerts(alertJobs, now) },
      { name: 'jobs', pass: (now) => jobs.pass(now) },
      { name: 'database', pass: (now) => domains.ledger.jobs.lookAtDatabase(now) },
    ],
  });
}

function composeJobs({ db, cache }: Base, { alerts, integrations, audit, ledger }: Domains): readonly Job[] {
  const job = (name: string, everySeconds: number, scope: Job['scope'], run: (now: Temporal.Instant) => Promise<unknown>): Job => ({
    name,
    everySeconds,
    scope,
    run: async (now) => {
      await run(now);
    },
  });
  return [
    job('configuration', 1, 'process', () => cache.refresh()),
    job('sightings', 15, 'process', () => flushSightings({ db, cache: alerts.cache })),
    job('last-events', 15, 'process', () => integrations.flushLastEvents()),
    job('partitions', 3_600, 'organisation', (now) => maintainPartitions(db.paging, now)),
    job('retire-alerts', 60, 'organisation', (now) => retireAlerts({ db }, now)),
    job('access', 86_400, 'organisation', (now) => sweepAccess(db.paging, now)),
    sealJob(audit),
    ...ledger.jobs.jobs,
  ];
}

/** Everything that is served, as data: the permission test and the OpenAPI document walk this very list. */
function composeRoutes(base: Base, domains: Domains) {
  const { access, audit, catalog, oncall, routing, escalation, integrations } = domains;
  const secure = base.config.publicUrl?.startsWith('https:') ?? false;
  const routes: readonly Route[] = [
    ...accessRoutes(access, secure),
    ...auditRoutes(audit),
    ...catalogRoutes(catalog),
    ...routingRoutes(routing),
    ...oncallRoutes(oncall),
    ...escalationRoutes(escalation),
    ...alertRoutes({ db: base.db, acceptConfig: domains.acceptConfig, configVersion: () => base.cache.version(), routeNames: () => routing.names(), whoWouldBePaged: (page) => escalation.wouldPage(page) }),
    ...domains.ledger.routes,
    ...healthRoutes({ metrics: base.metrics, metricsPublic: base.config.metricsPublic, notReady: () => notReady(base) }),
  ];
  const doors = alertmanagerDoors({ clock: base.clock, integrations, onRefused: () => {}, reads: [] });
  return { routes, doors };
}

async function notReady({ db }: Base): Promise<string | null> {
  return sql`SELECT 1`.execute(db.paging).then(
    () => null,
    () => 'the database does not answer',
  );
}

/** What a start prints, and writes for scripts. */
export interface Ready {
  readonly url: string;
  readonly login?: { readonly email: string; readonly password: string };
  readonly apiKey?: string;
  readonly integrations: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly phonesUrl?: string;
  readonly setupOpen: boolean;
}

/** A Tocsin process. */
export interface App {
  /** Loads the configuration and makes what the tables need; the engine stands still. */
  prepare(): Promise<void>;
  /** Prepares, listens, and starts the engine. */
  start(): Promise<Ready>;
  /** Stops taking requests, finishes what is under way, closes the pools. */
  stop(): Promise<void>;
  readonly inject: HttpServer['inject'];
  readonly engine: Engine;
  readonly routes: readonly Route[];
  refreshConfig(): Promise<void>;
  readonly verify: Verify;
  /** Seals all that is committed; the seal job does it every second. */
  sealAll(): Promise<void>;
}

/** Builds an app; nothing runs and nothing listens yet. The only place that builds objects. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, log } = options;
  const anchored = options.clock ? null : createClock();
  const clock = options.clock ?? (anchored as AnchoredClock);
  const db = openDatabases({ connectionString: options.connectionString, directConnectionString: config.databaseDirectUrl, onError: (err) => log.warn({ err }, 'a database connection was lost') });
  let engine: Engine | null = null;
  const metrics = createMetrics();
  if (anchored) await anchorClock(anchored, db);
  const secrets = await openSecrets(db.paging, config, clock.now());
  const base: Base = { config, log, clock, db, metrics, secrets, jobs: [], newId: createIds(clock), cache: createConfigCache(db.paging), wake: (loop, at) => engine?.wake(loop, at) };
  const domains = composeDomains(base);
  engine = composeEngine(base, domains);
  const { routes, doors } = composeRoutes(base, domains);
  const httpDeps = { clock, log, db: db.paging, authenticate: domains.access.authenticate, authorize, publicUrl: config.publicUrl ?? null, trustedProxies: config.trustedProxies, sealing: secrets, onServed: metrics.onServed };
  const stream = createLiveStream({ ...httpDeps, reports: db.reports });
  const http = await createHttpServer({ routes, doors, raw: [stream.register] }, httpDeps);
  const prepare = async () => {
    await maintainPartitions(db.paging, clock.now());
    await base.cache.refresh();
  };
  return {
    prepare,
    async start() {
      await prepare();
      const url = await http.listen({ host: config.host, port: config.port });
      engine.start();
      return { url: config.publicUrl ?? url, integrations: {}, setupOpen: (await domains.access.setupState()).open };
    },
    async stop() {
      await http.close();
      await domains.alerts.idle();
      await engine.stop();
      await flushSightings({ db, cache: domains.alerts.cache }).catch((err: unknown) => log.warn({ err }, 'the last sightings could not be written'));
      await db.close();
    },
    inject: http.inject,
    engine,
    routes,
    refreshConfig: () => base.cache.refresh(),
    verify: domains.ledger.verify,
    sealAll: async () => {
      await domains.audit.sealOnce(clock.now());
    },
  };
}

/** Takes a reading of the database's clock: its answer belongs to the middle of the round trip. */
async function anchorClock(clock: AnchoredClock, db: Databases): Promise<void> {
  const sent = clock.monotonicMs();
  const { at } = (await sql<{ at: Temporal.Instant }>`SELECT clock_timestamp() AS at`.execute(db.paging)).rows[0] as { at: Temporal.Instant };
  clock.anchor(at, sent, clock.monotonicMs());
}
