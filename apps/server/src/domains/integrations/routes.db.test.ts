import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AcceptConfig, createAlerts, firingAlerts } from '#alerts';
import { createManualClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, openDatabases } from '#platform/db';
import { createHttpServer, type HttpServer } from '#platform/http/server';
import { testDeps } from '#platform/http/testkit';
import { createIds } from '#platform/ids';
import { createSecrets } from '#platform/secrets';
import { createRouting, withCatalog } from '#routing';
import { createSilences } from '#silences';
import { createTestDatabase } from '../../../test/harness/database.ts';
import { alertmanagerDoors } from './adapters/alertmanager-doors.ts';
import { alertmanagerReads } from './adapters/alertmanager-reads.ts';
import { integrationRoutes } from './routes.ts';
import { createIntegrations, type Integrations } from './service.ts';

const T0 = Temporal.Instant.from('2026-11-21T10:00:00Z');
const clock = createManualClock(T0);
const newId = createIds(clock);
const audited: string[] = [];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Databases;
let http: HttpServer;
let integrations: Integrations;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  const config = createConfigCache(db.paging);
  const routing = createRouting({ db, newId, config, audit: async () => {}, onFaults: () => {} });
  const acceptConfig = { current: (): AcceptConfig => ({ tree: routing.current(), service: () => undefined }) };
  const decider = { decide: async () => new Map(), committed: () => {}, wouldCall: () => null };
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
  const alerts = createAlerts({
    db,
    clock,
    newId,
    config,
    acceptConfig,
    decider,
    muting: silences.muting,
    wake: () => {},
  });
  integrations = createIntegrations({
    isFull: () => false,
    db,
    clock,
    newId,
    config,
    alerts,
    sealing: createSecrets({ current: Buffer.alloc(32, 7) }),
    heartbeats: () => ({ takePings: (_id, rest) => ({ rest, pinged: Promise.resolve() }) }),
    audit: async (_trx, { kind }) => void audited.push(kind),
  });
  await config.refresh();
  const reads = alertmanagerReads({
    muting: silences.muting,
    mutes: () => silences.current(),
    db: db.reports,
    clock,
    firingAlerts: (id) => firingAlerts(db.reports, id),
    acceptConfig,
    version: '0.1.0',
    startedAt: T0,
  });
  const doors = alertmanagerDoors({ clock, integrations, onRefused: () => {}, reads });
  const routes = integrationRoutes({ db, integrations, baseUrl: () => 'https://tocsin.example' });
  http = await createHttpServer({ routes, doors }, testDeps({ clock, db: db.paging }));
});
afterAll(async () => {
  await http.close();
  await db.close();
  await database.drop();
});

type Body = Record<string, never> & {
  id: string;
  integration: { id: string; keyPrefix: string; version: number };
  key: string;
  baseUrl: string;
  code: string;
  items: never[];
};

async function api(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, body?: object, role = 'admin') {
  const payload = body === undefined ? {} : { payload: body };
  const answer = await http.inject({
    method,
    url: `/api/v1/integrations${url}`,
    headers: { authorization: `Bearer ${role}` },
    ...payload,
  });
  return { status: answer.statusCode, body: (answer.body === '' ? null : answer.json()) as Body };
}
const make = async (name: string) => (await api('POST', '', { name })).body;
const am = (key: string, path: string, payload?: unknown) =>
  http.inject({
    method: payload === undefined ? 'GET' : 'POST',
    url: `/am/${key}${path}`,
    ...(payload === undefined ? {} : { payload: payload as object, headers: { 'content-type': 'application/json' } }),
  });

describe('integrations', () => {
  test('a key is shown once, with the address to give the sender, and opens the door at once', async () => {
    const { status, body } = await api('POST', '', { name: 'Prometheus' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      integration: { name: 'Prometheus', kind: 'alertmanager', resolveTimeoutSeconds: 300, enabled: true, version: 1 },
      baseUrl: `https://tocsin.example/am/${body.key}`,
    });
    expect((await am(body.key, '/-/ready')).statusCode).toBe(200);
    const shown = await api('GET', `/${body.integration.id}`);
    expect(JSON.stringify(shown.body)).not.toContain(body.key);
    expect(audited).toContain('integration.created');
  });

  test('a repeated idempotency key never brings the key back: nothing of it is stored', async () => {
    const before = await sql<{ n: number }>`SELECT count(*)::int AS n FROM idempotency_keys`.execute(db.paging);
    await http.inject({
      method: 'POST',
      url: '/api/v1/integrations',
      headers: { authorization: 'Bearer admin', 'idempotency-key': 'k' },
      payload: { name: 'Once' },
    });
    expect((await sql<{ n: number }>`SELECT count(*)::int AS n FROM idempotency_keys`.execute(db.paging)).rows).toEqual(
      before.rows,
    );
  });

  test('a change leaves alone what it does not name, and needs the version that was read', async () => {
    const { integration, key } = await make('Grafana');
    expect(await api('PATCH', `/${integration.id}`, { version: 1, enabled: false })).toMatchObject({
      status: 200,
      body: { name: 'Grafana', enabled: false, version: 2 },
    });
    expect((await am(key, '/-/ready')).statusCode).toBe(401);
    expect(await api('PATCH', `/${integration.id}`, { version: 1, name: 'x' })).toMatchObject({
      status: 409,
      body: { code: 'VERSION_CONFLICT' },
    });
  });

  test('a rotated key works beside the old one for a day', async () => {
    const { integration, key } = await make('Rotated');
    const rotated = await api('POST', `/${integration.id}/rotate`);
    expect(rotated.body).toMatchObject({
      previousKeyExpiresAt: T0.add({ hours: 24 }).toString(),
      baseUrl: expect.stringContaining(rotated.body.key),
    });
    for (const each of [key, rotated.body.key]) expect((await am(each, '/-/ready')).statusCode).toBe(200);
    clock.set(T0.add({ hours: 25 }));
    expect([(await am(key, '/-/ready')).statusCode, (await am(rotated.body.key, '/-/ready')).statusCode]).toEqual([
      401, 200,
    ]);
    clock.set(T0);
  });

  test('an archived integration is gone, and its key with it', async () => {
    const { integration, key } = await make('Gone');
    expect((await api('DELETE', `/${integration.id}`)).status).toBe(204);
    expect((await am(key, '/-/ready')).statusCode).toBe(401);
    expect(await api('GET', `/${integration.id}`)).toMatchObject({
      status: 404,
      body: { code: 'INTEGRATION_NOT_FOUND' },
    });
    expect((await api('DELETE', `/${integration.id}`)).status).toBe(404);
    expect((await api('POST', `/${integration.id}/rotate`)).status).toBe(404);
  });

  test('settings are checked by kind and kept whole against the version that was read', async () => {
    const { integration } = (await api('POST', '', { name: 'Build farm', kind: 'webhook' })).body;
    const settings = { mapping: { title: { pointer: '/job' } } };
    expect(await api('PUT', `/${integration.id}/settings`, { version: 1, settings })).toMatchObject({
      status: 200,
      body: { settings: { mapping: { title: { pointer: ['/job'] } } }, version: 2 },
    });
    expect(await api('PUT', `/${integration.id}/settings`, { version: 1, settings })).toMatchObject({ status: 409 });
    expect(
      await api('PUT', `/${integration.id}/settings`, { version: 2, settings: { mapping: { x: 1 } } }),
    ).toMatchObject({
      status: 400,
      body: { faults: [{ path: 'settings.mapping' }] },
    });
    const other = { version: 2, settings };
    expect((await api('PUT', `/${integration.id}/settings`, other, 'viewer')).status).toBe(403);
    expect((await api('PUT', `/${newId()}/settings`, other)).status).toBe(404);
  });

  test('a secret is sealed, never shown, good at once, and the one before it for a day', async () => {
    const { integration } = (await api('POST', '', { name: 'Signed', kind: 'webhook' })).body;
    expect(integrations.secretOf(integration, clock.now())).toEqual([]);
    await api('PUT', `/${integration.id}/secret`, { secret: 'first secret' });
    const answer = await api('PUT', `/${integration.id}/secret`, { secret: 'second secret' });
    expect(answer).toMatchObject({ status: 200, body: { hasSecret: true } });
    const { rows } = await sql`SELECT i::text FROM integrations i WHERE id = ${integration.id}`.execute(db.paging);
    for (const shown of [answer.body, rows]) expect(JSON.stringify(shown)).not.toContain('second');
    expect(integrations.secretOf(integration, T0)).toEqual(['second secret', 'first secret']);
    expect(integrations.secretOf(integration, T0.add({ hours: 24 }))).toEqual(['second secret']);
    await api('PUT', `/${integration.id}/secret`, { secret: null });
    const unsigned = (await make('Unsigned')).integration;
    expect(await api('PUT', `/${unsigned.id}/secret`, { secret: 'looks safe' })).toMatchObject({
      status: 409,
      body: { code: 'INTEGRATION_KIND_UNFIT' },
    });
    expect(integrations.secretOf(integration, T0)).toEqual([]);
  });

  test('a team that is not there is named as a fault; a viewer may read and not write', async () => {
    expect(await api('POST', '', { name: 'x', teamId: newId() })).toMatchObject({
      status: 400,
      body: { code: 'BODY_INVALID', faults: [{ path: 'teamId' }] },
    });
    expect((await api('GET', '', undefined, 'viewer')).status).toBe(200);
    expect((await api('POST', '', { name: 'x' }, 'viewer')).status).toBe(403);
  });

  test('what was sent is shown as it came in, the newest first, the beginning of it', async () => {
    const { integration, key } = await make('Payloads');
    const labels = { alertname: 'Big' };
    await am(key, '/api/v2/alerts', [{ labels }]);
    clock.set(clock.now().add({ seconds: 1 }));
    await am(key, '/api/v2/alerts', [
      { labels: { ...labels, n: '2' }, annotations: { summary: `${'x'.repeat(4_000)}${'ü'.repeat(4_000)}` } },
    ]);
    const first = await api('GET', `/${integration.id}/payloads?limit=1`);
    expect(first.body.items).toMatchObject([{ contentType: 'application/json', truncated: true }]);
    const { text, bytes } = first.body.items[0] as unknown as { text: string; bytes: number };
    expect([text.isWellFormed(), text.includes('\ufffd'), text.length < 4_096, bytes > 8_000]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    const second = await api('GET', `/${integration.id}/payloads?limit=1&cursor=${first.body['nextCursor']}`);
    expect(second.body).toMatchObject({
      items: [{ text: '[{"labels":{"alertname":"Big"}}]', truncated: false }],
      nextCursor: null,
    });
    clock.set(T0);
  });
});

describe('the reading half of Alertmanager', () => {
  test('an alert that is posted is listed, with RFC 3339 times, to its own key only', async () => {
    const { key } = await make('One');
    const { key: stranger } = await make('Other');
    const posted = {
      labels: { alertname: 'Disk', instance: 'h1' },
      annotations: { summary: 'full' },
      startsAt: '2026-11-21T09:59:00.123Z',
      endsAt: '2026-11-21T10:04:00Z',
      generatorURL: 'http://vm/',
    };
    expect((await am(key, '/api/v2/alerts', [posted])).statusCode).toBe(200);
    const [item] = (await am(key, '/api/v2/alerts')).json();
    expect(item).toEqual({
      ...posted,
      endsAt: '2026-11-21T10:04:00.000Z',
      updatedAt: '2026-11-21T10:00:00.000Z',
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      receivers: [{ name: 'Everything' }],
      status: { state: 'active', silencedBy: [], inhibitedBy: [], mutedBy: [] },
    });
    expect((await am(stranger, '/api/v2/alerts')).json()).toEqual([]);
    await am(key, '/api/v2/alerts', [{ ...posted, endsAt: '2026-11-21T10:00:00Z' }]);
    expect((await am(key, '/api/v2/alerts')).json()).toEqual([]);
  });

  test('10,000 alerts are listed whole and at once', async () => {
    const { key } = await make('Many');
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      labels: { alertname: 'Disk', instance: `h${i}`, cluster: 'lab', severity: 'page' },
      startsAt: '2026-11-21T09:59:00Z',
    }));
    expect((await am(key, '/api/v2/alerts', many)).statusCode).toBe(200);
    const began = performance.now();
    const listed = (await am(key, '/api/v2/alerts')).json() as { fingerprint: string }[];
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(new Set(listed.map(({ fingerprint }) => fingerprint)).size).toBe(10_000);
    expect((await am(key, '/api/v2/alerts?filter=instance%3Dh77')).json()).toHaveLength(1);
  });
});
