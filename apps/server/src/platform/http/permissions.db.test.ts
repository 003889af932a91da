import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Permission, permissions } from '@tocsin/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { type Access, authorize, createAccess, roles, teamBound } from '#access';
import { createManualClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, openDatabases } from '#platform/db';
import { createIds } from '#platform/ids';
import { silentLog } from '#platform/log';
import { createSecrets } from '#platform/secrets';
import { type App, createApp } from '../../app.ts';
import { readConfig } from '../../config.ts';
import type { Role } from './actor.ts';
import { isPermission } from './admission.ts';
import type { Route } from './route.ts';
import { createHttpServer, type HttpServer } from './server.ts';

/** The least role that holds each permission, written down once more: a slip in access/permissions.ts shows here. */
const LEAST: Readonly<Record<Permission, Role>> = {
  'alerts:read': 'viewer',
  'pages:read': 'viewer',
  'routing:read': 'viewer',
  'silences:read': 'viewer',
  'silences:write': 'responder',
  'integrations:read': 'viewer',
  'catalog:read': 'viewer',
  'changes:read': 'viewer',
  'checks:read': 'viewer',
  'schedules:read': 'viewer',
  'policies:read': 'viewer',
  'people:read': 'viewer',
  'notifications:read': 'viewer',
  'health:read': 'viewer',
  'self:write': 'viewer',
  'keys:write': 'viewer',
  'pages:act': 'responder',
  'integrations:write': 'manager',
  'checks:write': 'manager',
  'catalog:write': 'manager',
  'schedules:write': 'manager',
  'policies:write': 'manager',
  'webhooks:write': 'manager',
  'settings:read': 'manager',
  'routing:write': 'admin',
  'people:write': 'admin',
  'audit:read': 'admin',
  'settings:write': 'admin',
};

/** What anybody may ask without any credential. A new line here is a decision. */
const PUBLIC = [
  'GET /api/v1/setup',
  'POST /api/v1/session',
  'GET /healthz',
  'GET /readyz',
  'GET /healthz/engine',
  'GET /metrics',
];

const NOW = Temporal.Instant.from('2026-11-21T10:00:00Z');
const PASSWORD = 'correct horse battery';
const ORIGIN = 'http://localhost:8080';
let dataDir: string;
let database: TestDatabase;
let db: Databases;
let app: App;
let access: Access;
/** The app's routes, each with a handler that does nothing: what is tested is who reaches it. */
let gate: HttpServer;
let owner: string;
/** The team that everybody here is in, and one that nobody is in. */
let own: string;
let others: string;
const cookies = new Map<Role, string>();

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tocsin-permissions-'));
  database = await createTestDatabase();
  const clock = createManualClock(NOW);
  const config = readConfig({ env: {}, flags: { dataDir, apiRatePerSecond: 0 } });
  app = await createApp({ config, connectionString: database.connectionString, log: silentLog(), clock });
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  const cache = createConfigCache(db.paging);
  access = createAccess({ db, clock, newId: createIds(clock), config: cache, audit: async () => {}, publicUrl: null });
  await cache.refresh();
  const sealing = createSecrets({ current: Buffer.alloc(32, 1) });
  const deps = {
    clock,
    log: silentLog(),
    db: db.paging,
    authenticate: access.authenticate,
    authorize,
    sealing,
    publicUrl: null,
  };
  gate = await createHttpServer({ routes: app.routes.map(gated) }, deps);
  await signInEach();
});

afterAll(async () => {
  await gate?.close();
  await app?.stop();
  await db?.close();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

function gated(route: Route): Route {
  const any = z.any();
  return {
    ...route,
    params: any,
    query: any,
    body: any,
    idempotent: false,
    answers: { 204: null },
    handle: async () => ({ status: 204 }),
  };
}

async function signInEach(): Promise<void> {
  const system = { actor: { kind: 'system', name: 'test' }, now: NOW } as const;
  const team = await access.teams.create({ key: 'all', name: 'All', policyId: null }, system);
  own = team.id;
  others = (await access.teams.create({ key: 'others', name: 'Others', policyId: null }, system)).id;
  for (const role of roles) {
    const person = await access.users.create(
      { email: `${role}@example.com`, name: role, role, timeZone: 'UTC', password: PASSWORD },
      system,
    );
    await access.teams.setMember({ teamId: team.id, userId: person.id, lead: false }, system);
    const { token } = await access.signIn(
      { email: person.email, password: PASSWORD },
      { address: '::1', userAgent: null, now: NOW },
    );
    cookies.set(role, `tocsin=${token}`);
    if (role === 'owner') owner = person.id;
  }
}

async function keyWith(scopes: readonly string[]): Promise<string> {
  const actor = {
    kind: 'user',
    userId: owner,
    name: 'owner',
    role: 'owner',
    teamIds: [],
    via: 'session',
    scopes: null,
  } as const;
  return (await access.keys.create({ name: 'x', scopes }, { actor, now: NOW })).text;
}

const ID = '0197f3a2-1111-7000-8000-000000000001';
const nameOf = (route: Route) => `${route.method} ${route.url}`;

async function statusAt(
  server: Pick<HttpServer, 'inject'>,
  route: Route,
  headers: Record<string, string>,
): Promise<number> {
  const url = route.url.replaceAll(/:\w+/g, ID);
  return (await server.inject({ method: route.method, url, headers })).statusCode;
}

const guarded = () => app.routes.filter((route) => isPermission(route.permission));

test('there are routes to test, and every one demands a permission or is a known door', () => {
  expect(app.routes.length).toBeGreaterThan(40);
  const open = app.routes.filter((route) => route.permission === 'public').map(nameOf);
  expect(open.filter((name) => !PUBLIC.includes(name))).toEqual([]);
  expect(Object.keys(LEAST).sort()).toEqual([...permissions].sort());
});

test('without a credential, with a wrong key or a wrong cookie, the app itself answers 401', async () => {
  for (const route of guarded()) {
    for (const headers of [
      {},
      { authorization: 'Bearer tocsin_wrong' },
      { authorization: 'Basic eDp4' },
      { cookie: 'tocsin=wrong' },
    ]) {
      expect([
        nameOf(route),
        await statusAt(app, route, { origin: ORIGIN, host: 'localhost:8080', ...headers }),
      ]).toEqual([nameOf(route), 401]);
    }
  }
});

test.each(roles)('a %s reaches what the table says and nothing else', async (role) => {
  const headers = { cookie: cookies.get(role) as string, origin: ORIGIN, host: 'localhost:8080' };
  for (const route of guarded()) {
    const may = roles.indexOf(role) >= roles.indexOf(LEAST[route.permission as Permission]);
    expect([nameOf(route), await statusAt(gate, route, headers)]).toEqual([nameOf(route), may ? 204 : 403]);
  }
});

test('a key reaches what its scope names, and with every other scope still not that', async () => {
  for (const permission of permissions) {
    const asked = guarded().filter((route) => route.permission === permission);
    if (asked.length === 0) continue;
    const [within, without] = [
      await keyWith([permission]),
      await keyWith(permissions.filter((other) => other !== permission)),
    ];
    for (const route of asked) {
      expect([nameOf(route), await statusAt(gate, route, { authorization: `Bearer ${within}` })]).toEqual([
        nameOf(route),
        204,
      ]);
      expect([nameOf(route), await statusAt(gate, route, { authorization: `Bearer ${without}` })]).toEqual([
        nameOf(route),
        403,
      ]);
    }
  }
});

test('no write by cookie passes from another site or without an origin, not even an owner’s', async () => {
  const cookie = cookies.get('owner') as string;
  for (const route of guarded().filter(({ method }) => method !== 'GET')) {
    expect(await statusAt(gate, route, { cookie })).toBe(403);
    expect(await statusAt(gate, route, { cookie, origin: 'https://evil.example' })).toBe(403);
  }
});

/** A thing that a team owns, and every way to write it. `{}` in a body is filled with the row's team and version. */
interface Owned {
  readonly url: string;
  readonly draft: object;
  /** It has no team of its own but its integration's. */
  readonly ofIntegration?: true;
  readonly acts: readonly {
    readonly method: 'PUT' | 'PATCH' | 'POST' | 'DELETE';
    readonly path: string;
    readonly body?: object;
    /** The body is the whole draft again, with a team: giving it away is writing for the other team, too. */
    readonly whole?: true;
  }[];
}

const OWNED: readonly Owned[] = [
  {
    url: '/api/v1/services',
    draft: { key: 'svc', name: 'Service' },
    acts: [
      { method: 'PUT', path: '/:id', whole: true },
      { method: 'DELETE', path: '/:id' },
    ],
  },
  {
    url: '/api/v1/policies',
    draft: { name: 'Policy', steps: [{ delaySeconds: 60, targets: [{ kind: 'user', id: 'OWNER' }] }] },
    acts: [
      { method: 'PUT', path: '/:id', whole: true },
      { method: 'DELETE', path: '/:id' },
    ],
  },
  {
    url: '/api/v1/integrations',
    draft: { name: 'Prometheus' },
    acts: [
      { method: 'PATCH', path: '/:id', body: { name: 'Other' } },
      { method: 'POST', path: '/:id/rotate' },
      { method: 'PUT', path: '/:id/settings', body: { version: 0, settings: {} } },
      { method: 'PUT', path: '/:id/secret', body: { secret: null } },
      { method: 'POST', path: '/:id/dead-letters/replay', body: { since: '2026-11-21T12:00:00Z' } },
      { method: 'POST', path: '/:id/payloads/:payloadId/replay' },
      { method: 'DELETE', path: '/:id' },
    ],
  },
  {
    url: '/api/v1/heartbeats',
    draft: { name: 'Backup', intervalSeconds: 60 },
    ofIntegration: true,
    acts: [
      { method: 'PATCH', path: '/:id', body: { name: 'Other' } },
      { method: 'DELETE', path: '/:id' },
    ],
  },
  {
    url: '/api/v1/webhook-endpoints',
    draft: { name: 'Hook', url: 'https://hook.example/in' },
    acts: [
      { method: 'PUT', path: '/:id', whole: true },
      { method: 'POST', path: '/:id/rotate', body: { overlapSeconds: 60 } },
      { method: 'POST', path: '/:id/test' },
      { method: 'DELETE', path: '/:id' },
    ],
  },
  {
    url: '/api/v1/webhook-subscriptions',
    draft: { url: 'https://hook.example/in' },
    acts: [
      { method: 'PUT', path: '/:id', whole: true },
      { method: 'POST', path: '/:id/rotate', body: { overlapSeconds: 60 } },
      { method: 'POST', path: '/:id/test' },
      { method: 'POST', path: '/:id/resend', body: { failedSince: '2026-11-21T09:00:00Z' } },
      { method: 'POST', path: '/:id/deliveries/:delivery/resend' },
      { method: 'DELETE', path: '/:id' },
    ],
  },
  {
    url: '/api/v1/schedules',
    draft: { name: 'Schedule', zone: 'Europe/Berlin', layers: [] },
    acts: [
      { method: 'PUT', path: '/:id', whole: true },
      { method: 'POST', path: '/:id/overrides', body: { userId: 'OWNER', endsAt: '2026-11-21T12:00:00Z' } },
      { method: 'DELETE', path: '/:id/overrides/:overrideId' },
      { method: 'DELETE', path: '/:id' },
    ],
  },
];

interface Row {
  readonly id: string;
  readonly version: number;
}

/** What a case names and no row has. */
const NOT_THERE = /:(?:overrideId|payloadId|delivery)/;

let drafts = 0;
const draftOf = async ({ draft, ofIntegration }: Owned, teamId: string | null) => ({
  ...(JSON.parse(JSON.stringify(draft).replaceAll('OWNER', owner)) as object),
  ...('key' in draft ? { key: `svc-${(drafts += 1)}` } : {}),
  ...(ofIntegration ? { integrationId: await integrationOf(teamId) } : { teamId }),
});

async function integrationOf(teamId: string | null): Promise<string> {
  const { body } = await write('admin', 'POST', '/api/v1/integrations', { name: 'Jobs', kind: 'heartbeat', teamId });
  return (body['integration'] as Row).id;
}

async function write(role: Role, method: 'PUT' | 'PATCH' | 'POST' | 'DELETE', url: string, body?: object) {
  const headers = { cookie: cookies.get(role) as string, origin: ORIGIN, host: 'localhost:8080' };
  const answer = await app.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
  return { status: answer.statusCode, body: answer.body === '' ? {} : (answer.json() as Record<string, unknown>) };
}

async function made(owned: Owned, teamId: string | null): Promise<Row> {
  const { status, body } = await write('admin', 'POST', owned.url, await draftOf(owned, teamId));
  expect([owned.url, status, body]).toEqual([owned.url, 201, body]);
  const row = [body, ...Object.values(body)].find((part) => typeof (part as Row | null)?.id === 'string');
  return row as unknown as Row;
}

const bodyOf = async (owned: Owned, act: Owned['acts'][number], { version }: Row, teamId: string | null) => {
  if (act.whole) return { ...(await draftOf(owned, teamId)), version };
  if (act.body === undefined) return undefined;
  const body = JSON.parse(JSON.stringify(act.body).replaceAll('OWNER', owner)) as object;
  return act.method === 'PATCH' || 'version' in body ? { ...body, version } : body;
};

const act = async (role: Role, owned: Owned, one: Owned['acts'][number], row: Row, teamId: string | null) => {
  const path = one.path.replace(':id', row.id).replace(':delivery', '1').replace(NOT_THERE, ID);
  return write(role, one.method, owned.url + path, await bodyOf(owned, one, row, teamId));
};

describe('a manager', () => {
  beforeAll(() => app.prepare());

  test('is held by a case here on every route that writes what teams own', () => {
    const held = OWNED.flatMap(({ url, acts }) => [
      `POST ${url}`,
      ...acts.map(({ method, path }) => `${method} ${url}${path}`),
    ]);
    const bound = guarded().filter((route) => teamBound.has(route.permission as Permission));
    expect(held.sort()).toEqual(bound.map(nameOf).sort());
  });

  test.each(OWNED)('writes $url for their own team, never for another or for nobody’s', async (owned) => {
    for (const team of [others, null]) {
      const refused = await write('manager', 'POST', owned.url, await draftOf(owned, team));
      expect([refused.status, refused.body['code']]).toEqual([403, 'FORBIDDEN']);
      const row = await made(owned, team);
      for (const one of owned.acts) {
        for (const claimed of [team, own]) {
          const answer = await act('manager', owned, one, row, claimed);
          expect([one, answer.status, answer.body['code']]).toEqual([one, 403, 'FORBIDDEN']);
        }
      }
    }
    expect((await write('manager', 'POST', owned.url, await draftOf(owned, own))).status).toBe(201);
  });

  test.each(OWNED)('gives nothing of $url away, and changes their own', async (owned) => {
    for (const one of owned.acts) {
      const row = await made(owned, own);
      if (one.whole) {
        for (const team of [others, null]) expect((await act('manager', owned, one, row, team)).status).toBe(403);
      }
      // An override that is not there is one that they could have ended, and a request one that they could have replayed.
      const { status } = await act('manager', owned, one, row, own);
      expect([one, NOT_THERE.test(one.path) ? status === 404 : status < 300]).toEqual([one, true]);
    }
  });
});
