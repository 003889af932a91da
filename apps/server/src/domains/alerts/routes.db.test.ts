import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, openDatabases } from '#platform/db';
import { AppError } from '#platform/errors';
import { checkAnswer } from '#platform/http/check-answer';
import { openApiDocument } from '#platform/http/openapi';
import { person } from '#platform/http/testkit';
import { createIds } from '#platform/ids';
import { createRouting, type Routing, withCatalog } from '#routing';
import { createSilences } from '#silences';
import { createTestDatabase } from '../../../test/harness/database.ts';
import type { AcceptConfig } from './describe-alert.ts';
import { labelHash, labelKey } from './identity.ts';
import { retireAlerts } from './jobs.ts';
import { cleanLabels } from './labels.ts';
import type { InboundEvent } from './model.ts';
import { type AlertRoutesDeps, alertRoutes, type WouldBePaged } from './routes.ts';
import { escapeLike } from './search.ts';
import { type Alerts, createAlerts } from './service.ts';

const ROOT = '00000000-0000-7000-8000-000000000001';
const T0 = Temporal.Instant.from('2026-11-21T10:00:00Z');
const clock = createManualClock(T0);
const newId = createIds(clock);
const [prometheus, other, shopService, shopTeam] = [newId(), newId(), newId(), newId()];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Databases;
let routing: Routing;
let alerts: Alerts;
let deps: AlertRoutesDeps;
let shopRoute: string;
let asked: WouldBePaged[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  const config = createConfigCache(db.paging);
  routing = createRouting({ db, newId, config, audit: async () => {}, onFaults: () => {} });
  const silences = createSilences({
    db,
    clock,
    newId,
    config,
    audit: async () => {},
    demand: () => {},
    nameOf: () => '',
    viewOf: (labels) => withCatalog(labels),
    onFaults: () => {},
    wake: () => {},
  });
  await config.refresh();
  const by = { actor: person('admin'), now: T0 };
  const [root] = await routing.list();
  await routing.update(ROOT, { version: root?.version ?? 1, options: { mode: 'record' } }, by);
  const shop = {
    parentId: ROOT,
    name: 'shop',
    matchers: 'catalog.team="shop"',
    continue: false,
    options: { mode: 'page', groupBy: ['alertname'] },
  } as const;
  shopRoute = (await routing.create(shop, by)).id;
  const acceptConfig = {
    current: (): AcceptConfig => ({
      tree: routing.current(),
      service: (key) =>
        key === 'shop'
          ? { facts: { service: { key, teamKey: 'shop', tier: 1 } }, serviceId: shopService, teamId: shopTeam }
          : undefined,
    }),
  };
  const decider = { decide: async () => new Map(), committed: () => {}, wouldCall: () => null };
  alerts = createAlerts({ db, clock, newId, config, acceptConfig, decider, muting: silences.muting, wake: () => {} });
  deps = {
    db,
    acceptConfig,
    configVersion: () => config.version(),
    routeNames: () => routing.names(),
    muting: silences.muting,
    whoWouldBePaged: (page) => {
      asked.push(page);
      return { policy: 'p' };
    },
  };
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

function event(labels: Record<string, string>, more: Partial<InboundEvent> = {}): InboundEvent {
  const cleaned = cleanLabels(labels);
  if (!cleaned.ok) throw new Error(cleaned.error.message);
  const nowMs = clock.epochMs();
  return {
    integrationId: prometheus,
    labels: cleaned.labels,
    annotations: {},
    generatorUrl: null,
    status: 'firing',
    startsAtMs: nowMs,
    endsAtMs: nowMs + 300_000,
    endsAtIsTimeout: false,
    resends: true,
    identity: labelHash(labelKey(cleaned.labels)),
    ...more,
  };
}

/** Accepts events one second after the last. */
async function send(...events: InboundEvent[]) {
  clock.set(clock.now().add({ seconds: 1 }));
  const payload = {
    id: newId(),
    integrationId: prometheus,
    at: clock.now(),
    contentType: null,
    body: Buffer.from('[]'),
  };
  await alerts.accept(
    events.map((one) => ({ event: one, payload })),
    clock.epochMs(),
  );
}

/** Calls a route as the HTTP edge does, checking the answer against what it declares. */
async function call(method: string, url: string, input: { id?: string; query?: object; body?: unknown } = {}) {
  const route = alertRoutes(deps).find((one) => one.method === method && one.url === url);
  if (!route) throw new Error(`no route ${method} ${url}`);
  const request = {
    params: { id: input.id },
    query: route.query?.parse(input.query ?? {}),
    body: route.body?.parse(input.body),
    actor: person('viewer'),
    now: clock.now(),
  };
  const answer = await route.handle(request as never);
  checkAnswer(route, answer);
  return answer.body as {
    items: { id: string; title: string; state: string; pageIds: string[] }[];
    nextCursor: string | null;
  } & Record<string, unknown>;
}
const list = async (query: object = {}) => (await call('GET', '/api/v1/alerts', { query })).items;
const titles = async (query: object = {}) => (await list(query)).map(({ title }) => title);
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof AppError ? error.code : error),
  );

/** Puts a live run on a page, as escalation does. */
const run = (groupId: string, phase: string) =>
  sql`INSERT INTO escalation_runs (id, group_id, live, phase, snapshot, round, step, urgency, severity, started_at, start_reason, config_version)
      VALUES (${newId()}, ${groupId}, true, ${phase}, '{}', 0, 0, 'high', 2, ${clock.now()}, '{}', 1)`.execute(
    db.paging,
  );

test('the schemas of the routes go into the OpenAPI document', () => {
  expect(() => openApiDocument(alertRoutes(deps))).not.toThrow();
});

describe('lists', () => {
  beforeAll(async () => {
    await send(event({ alertname: 'Disk', service: 'shop', severity: 'critical', instance: 'h1' }));
    await send(event({ alertname: 'Disk', service: 'shop', severity: 'critical', instance: 'h2' }));
    await send(event({ alertname: 'Cpu_100%', severity: 'warning', cluster: 'eu' }));
    await send(event({ alertname: 'Old' }, { integrationId: other }));
    await send(event({ alertname: 'Old' }, { integrationId: other, status: 'resolved', endsAtMs: clock.epochMs() }));
    await send(event({ alertname: 'Cpuu1000', severity: 'info' }));
  });

  test('the newest first, with what is shown of each', async () => {
    expect(await titles()).toEqual(['Cpuu1000', 'Old', 'Cpu_100%', 'Disk on h2', 'Disk on h1']);
    const [disk] = (await list({ q: 'disk on h1' })) as unknown as Record<string, unknown>[];
    expect(disk).toMatchObject({
      state: 'firing',
      severity: 1,
      serviceId: shopService,
      teamId: shopTeam,
      integrationId: prometheus,
      count: 1,
      resolvedAt: null,
      heldByHand: false,
      labels: { alertname: 'Disk', instance: 'h1' },
    });
  });

  test.each([
    ['state', { state: 'resolved' }, ['Old']],
    ['state firing', { state: 'firing' }, ['Cpuu1000', 'Cpu_100%', 'Disk on h2', 'Disk on h1']],
    ['severities', { severity: '3,5' }, ['Cpuu1000', 'Old', 'Cpu_100%']],
    ['a service by id', { service: shopService }, ['Disk on h2', 'Disk on h1']],
    ['a service by key', { service: 'shop' }, ['Disk on h2', 'Disk on h1']],
    ['team', { team: shopTeam }, ['Disk on h2', 'Disk on h1']],
    ['integration', { integration: other }, ['Old']],
    ['a part of the title, upper and lower case alike', { q: 'DISK' }, ['Disk on h2', 'Disk on h1']],
    ['a title in which % and _ are letters', { q: 'cpu_100%' }, ['Cpu_100%']],
    ['a matcher', { filter: 'instance=~"h.*"' }, ['Disk on h2', 'Disk on h1']],
    ['several matchers', { filter: ['alertname=Disk', 'instance!="h1"'] }, ['Disk on h2']],
    ['a catalogue label', { filter: 'catalog.team="shop"' }, ['Disk on h2', 'Disk on h1']],
    ['a label that is missing', { filter: 'constructor=""', state: 'resolved' }, ['Old']],
    ['conditions together', { severity: '1', filter: 'instance="h2"', state: 'firing' }, ['Disk on h2']],
  ])('narrowed by %s', async (_what, query, expected) => {
    expect(await titles(query)).toEqual(expected);
  });

  test.each([{}, { filter: 'alertname!=""' }, { filter: 'alertname=~"Disk|Old"' }])(
    'page by page gives the same as at once: %j',
    async (query) => {
      const paged: string[] = [];
      let cursor: string | undefined;
      do {
        const { items, nextCursor } = await call('GET', '/api/v1/alerts', {
          query: { ...query, limit: 1, ...(cursor ? { cursor } : {}) },
        });
        paged.push(...items.map(({ title }) => title));
        cursor = nextCursor ?? undefined;
      } while (cursor);
      expect(paged).toEqual(await titles(query));
    },
  );

  test('a bad matcher, a bad cursor and a bad severity are refused', async () => {
    expect(await refusal(list({ filter: 'a=~"("' }))).toBe('BODY_INVALID');
    expect(await refusal(list({ cursor: 'eA' }))).toBe('CURSOR_INVALID');
    expect(await refusal(list({ cursor: Buffer.from('["yesterday","x"]').toString('base64url') }))).toBe(
      'CURSOR_INVALID',
    );
    await expect(list({ severity: '7' })).rejects.toThrow();
  });

  test('what no route below the root wanted is listed by itself', async () => {
    const { items } = await call('GET', '/api/v1/alerts/unrouted');
    expect(items.map(({ title }) => title)).toEqual(['Cpuu1000', 'Old', 'Cpu_100%']);
  });

  test('an alert is acknowledged when a person holds every live page of it', async () => {
    const [disk] = await list({ q: 'Disk on h1' });
    expect(disk?.pageIds).toHaveLength(1);
    await run(disk?.pageIds[0] as string, 'escalating');
    expect(await titles({ state: 'acknowledged' })).toEqual([]);
    await sql`UPDATE escalation_runs SET phase = 'acknowledged'`.execute(db.paging);
    expect(await titles({ state: 'acknowledged' })).toEqual(['Disk on h2', 'Disk on h1']);
    expect(await titles({ state: 'firing' })).toEqual(['Cpuu1000', 'Cpu_100%']);
    const second = newId();
    await sql`UPDATE alerts SET group_ids = group_ids || ${second}::uuid WHERE id = ${disk?.id as string}`.execute(
      db.paging,
    );
    await run(second, 'escalating');
    expect(await titles({ state: 'acknowledged' })).toEqual(['Disk on h2']);
    await sql`UPDATE escalation_runs SET live = false`.execute(db.paging);
    expect(await titles({ state: 'acknowledged' })).toEqual([]);
  });

  test('an alert resolved by hand says so while its source goes on', async () => {
    await send(event({ alertname: 'Held', service: 'shop' }));
    const [held] = await list({ q: 'Held' });
    const resolve = (record: () => Promise<void>) =>
      alerts.resolveByHand(held?.pageIds[0] as string, `user:${newId()}`, clock.now(), record);
    // What cannot be recorded does not happen.
    await expect(resolve(() => Promise.reject(new Error('no record')))).rejects.toThrow('no record');
    expect(await list({ q: 'Held' })).toMatchObject([{ state: 'firing' }]);
    await resolve(async () => {});
    expect(await list({ q: 'Held' })).toMatchObject([{ state: 'resolved', heldByHand: true }]);
  });

  test('alerts moved to the past are still listed, shown and paged', async () => {
    await retireAlerts({ db }, clock.now().add({ hours: 24 * 8 }));
    expect((await sql<{ n: number }>`SELECT count(*)::int AS n FROM alerts_past`.execute(db.paging)).rows[0]?.n).toBe(
      1,
    );
    expect(await titles({ integration: other })).toEqual(['Old']);
    const [old] = await list({ q: 'Old' });
    expect(await call('GET', '/api/v1/alerts/:id', { id: old?.id as string })).toMatchObject({
      title: 'Old',
      state: 'resolved',
    });
  });
});

test('one alert is shown with its changes, its pages, why it went there, and its labels', async () => {
  const [disk] = await list({ q: 'Disk on h2' });
  const shown = await call('GET', '/api/v1/alerts/:id', { id: disk?.id as string });
  expect(shown).toMatchObject({
    fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    labelList: [
      { name: 'alertname', value: 'Disk' },
      { name: 'instance', value: 'h2' },
      { name: 'service', value: 'shop' },
      { name: 'severity', value: 'critical' },
    ],
    routing: [
      {
        routeId: shopRoute,
        routeNames: ['Everything', 'shop'],
        mode: 'page',
        reason: { kind: 'matched', by: ['catalog.team="shop"'] },
      },
    ],
    pages: [{ id: disk?.pageIds[0], title: 'Disk on shop', open: true, firing: 2 }],
    events: [{ kind: 'opened' }],
  });
  const [cpu] = await list({ q: 'Cpuu' });
  expect(await call('GET', '/api/v1/alerts/:id', { id: cpu?.id as string })).toMatchObject({
    routing: [{ routeId: ROOT, mode: 'record', pageId: null, reason: { kind: 'fell-through' } }],
    pages: [],
  });
  expect(await refusal(call('GET', '/api/v1/alerts/:id', { id: newId() }))).toBe('ALERT_NOT_FOUND');
});

describe('explain', () => {
  test('tells each route looked at, the page that would be joined and whom it would call', async () => {
    asked = [];
    const labels = { alertname: 'Disk', service: 'shop', severity: 'critical', instance: 'h9' };
    const told = await call('POST', '/api/v1/explain', { body: { labels, at: '2026-11-22T03:00:00Z' } });
    expect(told).toMatchObject({
      alert: { title: 'Disk on h9', severity: 1, serviceId: shopService, teamId: shopTeam },
      visits: [
        { name: 'Everything', depth: 0, outcome: { kind: 'matched' } },
        { name: 'shop', depth: 1, outcome: { kind: 'matched' } },
      ],
      destinations: [
        {
          routeNames: ['Everything', 'shop'],
          joins: { kind: 'open-page', title: 'Disk on shop', firing: 2 },
          called: { policy: 'p' },
          options: { mode: 'page' },
        },
      ],
      unrouted: false,
    });
    expect(asked).toMatchObject([
      { serviceId: shopService, severity: 1, at: Temporal.Instant.from('2026-11-22T03:00:00Z') },
    ]);
  });

  test('a new page where none is open, and nobody where the route only records', async () => {
    expect(
      await call('POST', '/api/v1/explain', { body: { labels: { alertname: 'New', service: 'shop' } } }),
    ).toMatchObject({
      destinations: [
        { joins: { kind: 'new-page', title: 'New on shop', labels: { alertname: 'New' }, waitSeconds: 0 } },
      ],
    });
    expect(await call('POST', '/api/v1/explain', { body: { labels: { alertname: 'Nobody' } } })).toMatchObject({
      visits: [
        {},
        { name: 'shop', outcome: { kind: 'refused', by: 'catalog.team="shop"', label: 'catalog.team', actual: '' } },
      ],
      destinations: [{ joins: { kind: 'none' }, called: null }],
      unrouted: true,
    });
  });

  test('a stored alert is explained as if it came now', async () => {
    const [disk] = await list({ q: 'Disk on h1' });
    expect(await call('GET', '/api/v1/alerts/:id/explain', { id: disk?.id as string })).toMatchObject({
      destinations: [{ joins: { kind: 'open-page' } }],
    });
  });

  test('labels that intake would refuse are refused', async () => {
    expect(await refusal(call('POST', '/api/v1/explain', { body: { labels: { a: '' } } }))).toBe('BODY_INVALID');
  });
});

test('no character stands for others in a title that is searched', () => {
  expect(escapeLike('50%_a\\b')).toBe('50\\%\\_a\\\\b');
});
