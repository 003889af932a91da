import { join } from 'node:path';
import { sql } from 'kysely';
import { authorize } from '#access';
import { flushSightings } from '#alerts';
import { createPhoneBook, demoDoors } from '#demo';
import { addressOf, type IntegrationKind } from '#integrations';
import type { Verify } from '#ledger';
import { type Channel, createEmailChannel, createNoteChannels, createWebhookChannel } from '#notifications';
import { type AnchoredClock, type Clock, createClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, openDatabases } from '#platform/db';
import { createThrottle } from '#platform/http/throttle';
import { createHttpServer, type HttpServer } from '#platform/http/server';
import { createLiveStream, type LiveStream } from '#platform/http/stream';
import { createIds } from '#platform/ids';
import { createEgress } from '#platform/egress';
import { createMetrics } from '#platform/metrics';
import { maintainPartitions } from '#platform/partitions';
import { openSecrets } from '#platform/secrets';
import { newToken } from '#platform/tokens';
import { registerWebApp } from '#platform/http/web-app';
import type { Engine } from './engine.ts';
import type { Served } from '#platform/http/context';
import type { VendorDoor } from '#platform/http/door';
import type { Route } from '#platform/http/route';
import type { Logger } from '#platform/log';
import type { Config } from './config.ts';
import { type Base, composeDomains } from './compose-domains.ts';
import { composeDemo } from './compose-demo.ts';
import { composeEngine } from './compose-engine.ts';
import { composeMailIn } from './compose-mail.ts';
import { composeRoutes } from './compose-routes.ts';

/** Addresses that only this machine reaches. */
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
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

/** What a start prints, and writes for scripts. */
export interface Ready {
  readonly url: string;
  readonly login?: { readonly email: string; readonly password: string };
  readonly apiKey?: string;
  readonly integrations: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly phonesUrl?: string;
  readonly setupOpen: boolean;
  /** The set-up asks for it; given where strangers can reach this address. */
  readonly setupToken?: string;
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
  /** The vendors' doors that it serves. */
  readonly doors: readonly VendorDoor[];
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
    onError: (error) => log.warn({ reason: error.message }, 'a database connection was lost'),
  });
  let engine: Engine | null = null;
  let stream: LiveStream | null = null;
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
    setupToken: LOOPBACK.has(config.host) ? undefined : newToken().text,
    jobs: [],
    newId: createIds(clock),
    cache: createConfigCache(db.paging),
    wake(loop, at) {
      engine?.wake(loop, at);
      stream?.poke();
    },
  };
  if (anchored)
    base.jobs.push({ name: 'clock', everySeconds: 10, scope: 'process', run: () => anchorClock(anchored, db) });
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
  const mailIn = composeMailIn(base, domains);
  const { routes, doors } = servedBy(config, composeRoutes(base, domains));
  const throttle = createThrottle(config.apiRatePerSecond);
  const httpDeps = {
    clock,
    log,
    db: db.paging,
    authenticate: domains.access.authenticate,
    authorize,
    ...(throttle ? { throttle } : {}),
    publicUrl: config.publicUrl ?? null,
    trustedProxies: config.trustedProxies,
    sealing: secrets,
    onServed(served: Served) {
      metrics.onServed(served);
      if (served.method !== 'GET') stream?.poke();
    },
  };
  stream = createLiveStream({ ...httpDeps, reports: db.reports });
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
      const smtpUrl = (await mailIn?.start()) ?? null;
      const keys = (await demo?.open(clock.now())) ?? null;
      engine.start();
      const url = base.baseUrl();
      return {
        url,
        setupOpen: (await domains.access.setupState()).open,
        ...(base.setupToken === undefined ? {} : { setupToken: base.setupToken }),
        integrations: keys ? addressesOf(keys.integrationKeys, url, smtpUrl) : {},
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
      await mailIn?.stop();
      await http.close();
      await domains.alerts.idle();
      await domains.notifications.stop();
      domains.calendars.stop();
      await domains.webhooks.stop();
      await engine.stop();
      await flushSightings({ db, cache: domains.alerts.cache }).catch((err: unknown) =>
        log.warn({ err }, 'the last sightings could not be written'),
      );
      await db.close();
    },
    inject: http.inject,
    engine,
    routes,
    doors,
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

/** What to give a sender, for each kind of integration that has a key. */
function addressesOf(
  keys: Readonly<Partial<Record<IntegrationKind, string>>>,
  url: string,
  smtpUrl: string | null,
): Ready['integrations'] {
  const kinds = Object.keys(keys) as IntegrationKind[];
  const listener = smtpUrl === null ? {} : { smtpUrl };
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      { ...addressOf(kind, url, keys[kind] as string), ...(kind === 'email' ? listener : {}) },
    ]),
  );
}

/** What a process of these roles serves: intake the integrations' doors, api all else; health always. */
function servedBy(
  { roles }: Config,
  { routes, doors }: ReturnType<typeof composeRoutes>,
): ReturnType<typeof composeRoutes> {
  const isHealth = ({ url }: { readonly url: string }) => /^\/(healthz|readyz|metrics)/.test(url);
  return {
    routes: roles.includes('api') ? routes : routes.filter(isHealth),
    doors: doors.filter(({ permission }) => roles.includes(permission === 'integration-key' ? 'intake' : 'api')),
  };
}

/** The ways to tell people that the configuration gives. */
function channelsOf(config: Config): readonly Channel[] {
  const guarded = createEgress({ allow: config.egressAllow });
  const servers = [config.ntfyUrl, config.telegramApiUrl, config.pushoverApiUrl];
  const hosts = servers.map((server) => new URL(server).hostname.replace(/^\[|\]$/g, ''));
  const operators = createEgress({ allow: [...config.egressAllow, ...hosts] });
  return [
    ...(config.smtpUrl ? [createEmailChannel({ url: config.smtpUrl, from: config.smtpFrom })] : []),
    createWebhookChannel({ egress: guarded }),
    ...createNoteChannels(config, { guarded, operators }),
  ];
}

/** Takes a reading of the database's clock: its answer belongs to the middle of the round trip. */
async function anchorClock(clock: AnchoredClock, db: Databases): Promise<void> {
  const sent = clock.monotonicMs();
  const { at } = (await sql<{ at: Temporal.Instant }>`SELECT clock_timestamp() AS at`.execute(db.paging)).rows[0] as {
    at: Temporal.Instant;
  };
  clock.anchor(at, sent, clock.monotonicMs());
}
