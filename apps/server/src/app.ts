import { hostname } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { accessRoutes, authorize, createAccess, demand, sweepAccess } from '#access';
import {
  alertRoutes,
  type AcceptConfig,
  type AlertJobsDeps,
  createAlerts,
  firingAlerts,
  flushSightings,
  retireAlerts,
  type ServiceFacts,
  sweepAlerts,
  tickGroups,
} from '#alerts';
import { auditRoutes, createAudit, sealJob } from '#audit';
import { catalogRoutes, createCatalog } from '#catalog';
import { createDemo, createPhoneBook, type Demo, demoDoors, type PhoneBook } from '#demo';
import { createEscalation, escalationRoutes } from '#escalation';
import { alertmanagerDoors, alertmanagerReads, createIntegrations, integrationRoutes } from '#integrations';
import { createLedger, type LedgerConfig, type LedgerPorts, nextOf, type Verify } from '#ledger';
import {
  type Channel,
  createEmailChannel,
  createNotifications,
  createWebhookChannel,
  notificationRoutes,
  replyDoors,
  type StoredRunFacts,
} from '#notifications';
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
import { createEgress } from '#platform/egress';
import { html } from '#platform/html';
import { createMetrics, type Metrics } from '#platform/metrics';
import { maintainPartitions } from '#platform/partitions';
import { openSecrets, type Secrets } from '#platform/secrets';
import { registerWebApp } from '#platform/http/web-app';
import { createRouting, routingRoutes } from '#routing';
import type { Config } from './config.ts';
import { createEngine, type Engine } from './engine.ts';

/** Shown by /api/v2/status and in logs. */
const VERSION = '0.1.0';
/** Where the web app is built to. */
const WEB_APP = join(import.meta.dirname, '../../web/dist');

/** What an app is built from. */
export interface AppOptions {
  readonly config: Config;
  readonly connectionString: string;
  readonly log: Logger;
  /** Seeds the demo organisation in an empty installation; `traffic` also keeps it busy. */
  readonly demo?: { readonly traffic: boolean } | null;
  /** Stories bring a manual clock; their engine is driven by hand. */
  readonly clock?: Clock;
  /** Stories bring channels that they watch; otherwise those of the configuration. */
  readonly channels?: readonly Channel[];
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
  readonly channels: readonly Channel[];
  /** Where people reach us: the public URL, else the address that we listen on. */
  readonly baseUrl: () => string;
  /** A manual clock drives the engine by hand; calls are then waited for. */
  readonly manual: boolean;
  readonly secrets: Secrets;
  /** Every recurring job; filled once the domains are there. */
  readonly jobs: Job[];
  /** Wakes a loop of the engine, once there is one. */
  readonly wake: (loop: LoopName, at?: Temporal.Instant) => void;
}

type LoopName = 'groups' | 'notifications' | 'alerts' | 'jobs' | 'database';

function composeDomains(base: Base) {
  const { db, clock, newId, cache: config, log } = base;
  const shared = { db, clock, newId, config };
  const publicUrl = base.config.publicUrl ?? null;
  const audit = createAudit({ db });
  const access = createAccess({ ...shared, audit: audit.record, publicUrl });
  const catalog = createCatalog({
    ...shared,
    audit: audit.record,
    demand: (actor, teamId) => demand(actor, 'catalog:write', { teamId }),
  });
  const oncall = createOncall({
    ...shared,
    ports: {
      person: (id) => personOf(id),
      mayWrite: (actor, teamId) => authorize(actor, 'schedules:write', { teamId }).allowed,
      audit: audit.record,
    },
  });
  const routing = createRouting({
    ...shared,
    audit: audit.record,
    onFaults: (faults) => log.error({ faults }, 'the stored routing tree cannot be used; the last good one routes on'),
  });
  const personOf = (id: string) => {
    const person = access.people.current().users.get(id);
    return person ? (person.active ? ('active' as const) : ('inactive' as const)) : null;
  };
  const notifications = createNotifications({
    ...shared,
    channels: base.channels,
    sealing: base.secrets,
    baseUrl: base.baseUrl,
    awaitCalls: base.manual,
    wake: (at) => base.wake('notifications', at),
    onError: (where, err) => log.error({ err, where }, 'telling failed; it will be tried again'),
    ports: {
      people: {
        person(id) {
          const person = access.people.current().users.get(id);
          return person ? { name: person.name, zone: person.timeZone, active: person.active } : null;
        },
        alarmRecipients: () =>
          [...access.people.current().users.values()]
            .filter((person) => person.active && person.role === 'owner')
            .map((person) => person.id),
      },
      escalation: () => ({ ...escalation, whoNext: (run) => whoNext(ports(), run) }),
      audit: (trx, { by, now, ...entry }) => audit.record(trx, { ...entry, actor: by, at: now }),
    },
  });
  const escalation = createEscalation({
    ...shared,
    ports: {
      people: {
        person: personOf,
        activeMembersOf: (teamId) =>
          access.people
            .current()
            .teams.get(teamId)
            ?.members.map((member) => member.userId)
            .filter((id) => personOf(id) === 'active') ?? null,
      },
      oncall,
      owners: catalog,
      pager: notifications,
      audit: { record: (trx, { by, now, ...entry }) => audit.record(trx, { ...entry, actor: by, at: now }) },
    },
    alerts: () => alerts,
    wakeGroups: (at) => base.wake('groups', at),
    wakeNotifications: () => base.wake('notifications'),
  });
  const acceptConfig = {
    current: (): AcceptConfig => ({ tree: routing.current(), service: (key) => serviceFacts(catalog.current(), key) }),
  };
  const alerts = createAlerts({
    ...shared,
    acceptConfig,
    decider: escalation,
    wake: (at) => base.wake('groups', at),
  });
  const integrations = createIntegrations({ ...shared, alerts, audit: audit.record });
  const ports = () => ledgerPorts({ audit, access, oncall, escalation }, base);
  const ledger = createLedger({ ...shared, log, appConfig: ledgerConfig(base.config), ports: ports() });
  return {
    audit,
    access,
    catalog,
    oncall,
    routing,
    notifications,
    escalation,
    alerts,
    integrations,
    ledger,
    acceptConfig,
  };
}

type Domains = ReturnType<typeof composeDomains>;

function ledgerPorts(
  { audit, access, oncall, escalation }: Pick<Domains, 'audit' | 'access' | 'oncall' | 'escalation'>,
  base: Base,
): LedgerPorts {
  const mail = base.channels.find((channel) => channel.name === 'email');
  const people = () => access.people.current();
  return {
    nameOf: (id) => people().users.get(id)?.name ?? 'a former member',
    peopleOf(target, at) {
      if (target.kind === 'user') return [target.id];
      if (target.kind === 'schedule') return oncall.onCallAt(target.id, at) ?? [];
      return target.kind === 'team'
        ? (people()
            .teams.get(target.id)
            ?.members.map((member) => member.userId) ?? [])
        : [];
    },
    lastResort: () => escalation.lastResort(),
    watchedJobs: () => base.jobs.filter((job) => job.scope === 'organisation'),
    seals: audit,
    mail: mail
      ? ({ to, subject, text, key, now }) =>
          mail.send(
            { format: 'mail', subject, text, html: html`<pre>${text}</pre>`.markup, thread: 'emergency', urgent: true },
            { to },
            { key, now, signal: AbortSignal.timeout(10_000) },
          )
      : null,
  };
}

/** Who is called next by a run, in names; null when nobody is known. */
function whoNext(
  { nameOf, peopleOf }: LedgerPorts,
  { snapshot, phase, round, step, runAt }: StoredRunFacts,
): string | null {
  const run = {
    live: true,
    snapshot,
    phase,
    round,
    step,
    holderId: null,
    acknowledgedBy: null,
  } as unknown as Parameters<typeof nextOf>[0];
  const next = nextOf(run, runAt, { peopleOf, thing: (_kind, id) => id, person: nameOf, clock: (at) => at.toString() });
  return next && next.people.length > 0 ? next.people.map(nameOf).join(', ') : null;
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
  const trouble: AlertJobsDeps['onTrouble'] = (what, detail) =>
    log.error(
      { detail },
      what === 'clock-drift'
        ? 'our clock and the database disagree: this tick decided nothing'
        : 'a group could not be decided; it is put off',
    );
  const alertJobs: AlertJobsDeps = {
    db,
    clock,
    config: cache,
    decider: domains.escalation,
    cache: domains.alerts.cache,
    onTrouble: trouble,
  };
  base.jobs.push(...composeJobs(base, domains));
  const jobs = createJobs({
    db: db.paging,
    clock,
    jobs: base.jobs,
    onError: (job, err) => log.error({ err, job }, 'a job failed; it will run again'),
  });
  return createEngine({
    clock,
    log,
    onError: () => {},
    loops: [
      { name: 'groups', pass: (now) => tickGroups(alertJobs, now) },
      {
        name: 'notifications',
        async pass(now) {
          const { sent, nextAt } = await domains.notifications.sendDue(now);
          return { done: sent, nextAt };
        },
      },
      { name: 'alerts', pass: (now) => sweepAlerts(alertJobs, now) },
      { name: 'jobs', pass: (now) => jobs.pass(now) },
      { name: 'database', pass: (now) => domains.ledger.jobs.lookAtDatabase(now) },
    ],
  });
}

function composeJobs({ db, cache }: Base, { alerts, integrations, audit, ledger }: Domains): readonly Job[] {
  const job = (
    name: string,
    everySeconds: number,
    scope: Job['scope'],
    run: (now: Temporal.Instant) => Promise<unknown>,
  ): Job => ({
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
    ...notificationRoutes(
      domains.notifications,
      base.channels.map((channel) => channel.name),
    ),
    ...integrationRoutes({ db: base.db, integrations, baseUrl: base.baseUrl }),
    ...alertRoutes({
      db: base.db,
      acceptConfig: domains.acceptConfig,
      configVersion: () => base.cache.version(),
      routeNames: () => routing.names(),
      whoWouldBePaged: (page) => escalation.wouldPage(page),
    }),
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
    onRefused: () => {},
    reads: alertmanagerReads({
      firingAlerts: (id) => firingAlerts(base.db.reports, id),
      acceptConfig: domains.acceptConfig,
      version: VERSION,
      startedAt: base.clock.now(),
    }),
  });
  return { routes, doors: [...doors, ...replyDoors(domains.notifications, base.clock)] };
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
  /** Creates the owner of an empty installation; answers an API key of theirs. */
  createOwner(owner: { readonly name: string; readonly email: string; readonly password: string }): Promise<string>;
  readonly verify: Verify;
  /** Seals all that is committed; the seal job does it every second. */
  sealAll(): Promise<void>;
}

/** Builds an app; nothing runs and nothing listens yet. The only place that builds objects. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, log } = options;
  let address = '';
  const phones = options.demo ? createPhoneBook() : null;
  const channels = options.channels ?? [...channelsOf(config), ...(phones ? [phones.channel] : [])];
  const anchored = options.clock ? null : createClock();
  const clock = options.clock ?? (anchored as AnchoredClock);
  const db = openDatabases({
    connectionString: options.connectionString,
    directConnectionString: config.databaseDirectUrl,
    onError: (error) => log.warn({ reason: error.message }, 'a database connection was lost'),
  });
  let engine: Engine | null = null;
  const metrics = createMetrics();
  if (anchored) await anchorClock(anchored, db);
  const secrets = await openSecrets(db.paging, config, clock.now());
  const base: Base = {
    config,
    log,
    clock,
    db,
    metrics,
    secrets,
    channels,
    baseUrl: () => config.publicUrl?.replace(/\/$/, '') ?? address,
    manual: options.clock !== undefined,
    jobs: [],
    newId: createIds(clock),
    cache: createConfigCache(db.paging),
    wake: (loop, at) => engine?.wake(loop, at),
  };
  const domains = composeDomains(base);
  const demo = phones && composeDemo({ base, domains, phones, inject: (request) => http.inject(request) });
  if (demo && options.demo?.traffic)
    base.jobs.push({
      name: 'demo-traffic',
      everySeconds: 15,
      scope: 'organisation',
      run: (now) => demo.sendTraffic(now),
    });
  engine = composeEngine(base, domains);
  const { routes, doors } = composeRoutes(base, domains);
  const httpDeps = {
    clock,
    log,
    db: db.paging,
    authenticate: domains.access.authenticate,
    authorize,
    publicUrl: config.publicUrl ?? null,
    trustedProxies: config.trustedProxies,
    sealing: secrets,
    onServed: metrics.onServed,
  };
  const stream = createLiveStream({ ...httpDeps, reports: db.reports });
  const http = await createHttpServer(
    { routes, doors: [...doors, ...(demo ? demoDoors(demo) : [])], raw: [stream.register, registerWebApp(WEB_APP)] },
    httpDeps,
  );
  const prepare = async () => {
    await maintainPartitions(db.paging, clock.now());
    await base.cache.refresh();
  };
  return {
    prepare,
    async start() {
      await prepare();
      address = await http.listen({ host: config.host, port: config.port });
      const keys = (await demo?.open(clock.now())) ?? null;
      engine.start();
      const url = base.baseUrl();
      return {
        url,
        setupOpen: (await domains.access.setupState()).open,
        integrations: keys ? { alertmanager: { url: url + keys.alertmanagerPath } } : {},
        ...(keys
          ? {
              login: { email: keys.email, password: keys.password },
              apiKey: keys.apiKey,
              phonesUrl: `${url}/demo/phones/${keys.phonesSecret}`,
            }
          : {}),
      };
    },
    async stop() {
      await http.close();
      await domains.alerts.idle();
      await domains.notifications.stop();
      await engine.stop();
      await flushSightings({ db, cache: domains.alerts.cache }).catch((err: unknown) =>
        log.warn({ err }, 'the last sightings could not be written'),
      );
      await db.close();
    },
    inject: http.inject,
    engine,
    routes,
    refreshConfig: () => base.cache.refresh(),
    async createOwner(owner) {
      const now = clock.now();
      const { user } = await domains.access.setUp(
        { ...owner, timeZone: 'UTC' },
        { address: '127.0.0.1', userAgent: null, now },
      );
      const actor = {
        kind: 'user',
        userId: user.id,
        name: user.name,
        role: 'owner',
        teamIds: [],
        via: 'session',
        scopes: null,
      } as const;
      return (await domains.access.keys.create({ name: 'first', scopes: [] }, { actor, now })).text;
    },
    verify: domains.ledger.verify,
    sealAll: async () => {
      await domains.audit.sealOnce(clock.now());
    },
  };
}

/** The ways to tell people that the configuration gives. */
function channelsOf(config: Config): readonly Channel[] {
  const webhook = createWebhookChannel({ egress: createEgress({ allow: config.egressAllow }) });
  return config.smtpUrl ? [createEmailChannel({ url: config.smtpUrl, from: config.smtpFrom }), webhook] : [webhook];
}

/** Runs a request of our own without a socket. */
type Inject = (request: {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  url: string;
  headers: Record<string, string>;
  payload?: string;
}) => Promise<{ statusCode: number; body: string; json(): unknown }>;

function composeDemo(parts: {
  readonly base: Base;
  readonly domains: Domains;
  readonly phones: PhoneBook;
  readonly inject: Inject;
}): Demo {
  const { base, domains, phones, inject } = parts;
  const call = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    url: string,
    headers: Record<string, string>,
    body?: unknown,
  ) => {
    const answer = await inject({
      method,
      url,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    if (answer.statusCode >= 400)
      throw new Error(`the demo could not ${method} ${url}: ${answer.statusCode} ${answer.body}`);
    return answer.body === '' ? {} : (answer.json() as Record<string, unknown>);
  };
  return createDemo({
    access: domains.access,
    phones,
    dataDir: base.config.dataDir,
    callApi: (apiKey) => (method, path, body) => call(method, path, { authorization: `Bearer ${apiKey}` }, body),
    async givePhone(userId, address, now) {
      await domains.notifications.contacts.add(
        { userId, channel: phones.channel.name, label: 'Phone', address, verified: true },
        { by: 'system:demo', now },
      );
    },
    async postAlerts(path, alerts) {
      await call('POST', `${path}/api/v2/alerts`, {}, alerts);
    },
  });
}

/** Takes a reading of the database's clock: its answer belongs to the middle of the round trip. */
async function anchorClock(clock: AnchoredClock, db: Databases): Promise<void> {
  const sent = clock.monotonicMs();
  const { at } = (await sql<{ at: Temporal.Instant }>`SELECT clock_timestamp() AS at`.execute(db.paging)).rows[0] as {
    at: Temporal.Instant;
  };
  clock.anchor(at, sent, clock.monotonicMs());
}
