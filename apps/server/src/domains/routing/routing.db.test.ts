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
import { createTestDatabase } from '../../../test/harness/database.ts';
import { withCatalog } from './label-view.ts';
import { match } from './match.ts';
import type { RouteFault } from './model.ts';
import { routingRoutes } from './routes.ts';
import { createRouting, type Routing } from './service.ts';

const ROOT = '00000000-0000-7000-8000-000000000001';
const now = Temporal.Instant.from('2026-11-21T10:00:00Z');
const clock = createManualClock(now);
const newId = createIds(clock);
const actor = person('admin');
const by = { actor, now };
const policy = newId();

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Databases;
const audited: { kind: string; subject: string }[] = [];
let faults: readonly RouteFault[] = [];

function build() {
  const config = createConfigCache(db.paging);
  const routing = createRouting({
    db,
    newId,
    config,
    audit: async (_trx, { kind, subject }) => void audited.push({ kind, subject }),
    onFaults: (found) => {
      faults = found;
    },
    policyExists: (id) => id === policy,
  });
  return { config, routing };
}

let config: ReturnType<typeof createConfigCache>;
let routing: Routing;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  ({ config, routing } = build());
  await config.refresh();
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const draft = (name: string, more: object = {}) => ({
  parentId: ROOT,
  name,
  matchers: `team="${name}"`,
  continue: false,
  options: {},
  ...more,
});
const routesOf = (labels: Record<string, string>) =>
  match(routing.current(), withCatalog(labels)).map(({ routeId }) => routing.current().byId.get(routeId)?.name);
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof AppError ? { code: error.code, faults: error.details['faults'] } : error),
  );

/** Calls a route as the HTTP edge does, checking the answer against what it declares. */
async function call(method: string, url: string, input: { id?: string; body?: unknown } = {}) {
  const route = routingRoutes(routing).find((one) => one.method === method && one.url === url);
  if (!route) throw new Error(`no route ${method} ${url}`);
  const answer = await route.handle({
    params: { id: input.id },
    body: route.body?.parse(input.body),
    actor,
    now,
  } as never);
  checkAnswer(route, answer);
  return answer.body as Record<string, unknown> & { routes: Record<string, unknown>[] };
}

test('a new installation has a root that takes everything', async () => {
  expect(routesOf({ any: 'thing' })).toEqual(['Everything']);
  expect(await call('GET', '/api/v1/routing')).toMatchObject({
    routes: [{ id: ROOT, path: ['Everything'], effective: { mode: 'page' } }],
    faults: [],
  });
});

test('the schemas of the routes go into the OpenAPI document', () => {
  expect(() => openApiDocument(routingRoutes(routing))).not.toThrow();
});

describe('editing', () => {
  test('a route that is added routes at once, after its siblings, inherits, and is in the audit log', async () => {
    const first = await call('POST', '/api/v1/routing', {
      body: {
        parentId: ROOT,
        name: 'shop',
        matchers: 'team="shop"',
        options: { mode: 'page', policy: { kind: 'policy', id: policy } },
      },
    });
    expect(first).toMatchObject({
      position: 0,
      path: ['Everything', 'shop'],
      matcherText: 'team="shop"',
      effective: { mode: 'page', urgency: 'high' },
      version: 1,
    });
    const second = await routing.create(draft('shop', { name: 'too late' }), by);
    expect(second.position).toBe(1);
    expect(routesOf({ team: 'shop' })).toEqual(['shop']);
    expect(audited).toContainEqual({ kind: 'route.created', subject: first['id'] });
  });

  test('a change needs the version that was read, and leaves alone what it does not name', async () => {
    const route = await routing.create(draft('bank', { options: { severity: 2 } }), by);
    const changed = await call('PATCH', '/api/v1/routing/:id', {
      id: route.id,
      body: { version: 1, matchers: [{ name: 'team', op: '=~', value: 'bank|till' }], position: 0 },
    });
    expect(changed).toMatchObject({
      name: 'bank',
      version: 2,
      position: 0,
      options: { severity: 2 },
      matcherText: 'team=~"bank|till"',
    });
    expect(routesOf({ team: 'till' })).toEqual(['bank']);
    expect(await refusal(routing.update(route.id, { version: 1, name: 'x' }, by))).toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    expect(await refusal(routing.update(newId(), { version: 1, name: 'x' }, by))).toMatchObject({
      code: 'ROUTE_NOT_FOUND',
    });
  });

  test('the tree as it would be is validated whole, and every fault is named', async () => {
    const parent = await routing.create(draft('parent'), by);
    const child = await routing.create(draft('child', { parentId: parent.id }), by);
    const cases: readonly (readonly [() => Promise<unknown>, readonly unknown[]])[] = [
      [() => routing.create(draft('x', { matchers: ['a=~"("'] }), by), [{ path: 'matchers.0' }]],
      [() => routing.create(draft('x', { options: { groupIntervalSeconds: 0 } }), by), [{ path: 'options' }]],
      [() => routing.create(draft('x', { parentId: newId() }), by), [{ path: 'parentId' }]],
      [
        () => routing.create(draft('x', { options: { policy: { kind: 'policy', id: newId() } } }), by),
        [{ path: 'options.policy.id' }],
      ],
      [
        () => routing.update(parent.id, { version: 1, parentId: child.id }, by),
        [{ path: 'parentId' }, { path: `routes.${child.id}.parentId` }],
      ],
      [() => routing.update(ROOT, { version: 1, matchers: 'a=b' }, by), [{ path: 'matchers' }]],
      [
        () => routing.archive(parent.id, by),
        [{ path: `routes.${child.id}.parentId`, message: expect.stringContaining('Everything / parent / child') }],
      ],
      [() => routing.archive(ROOT, by), [{ path: 'routes' }]],
    ];
    for (const [work, expected] of cases) {
      const refused = (await refusal(work())) as { code: string; faults: unknown[] };
      expect(refused.code).toBe('ROUTING_INVALID');
      for (const one of expected) expect(refused.faults).toContainEqual(expect.objectContaining(one));
    }
    expect(routing.faults()).toEqual([]);
  });

  test('an archived route stops routing and keeps its name for past alerts', async () => {
    const route = await routing.create(draft('gone'), by);
    await call('DELETE', '/api/v1/routing/:id', { id: route.id });
    expect(routesOf({ team: 'gone' })).toEqual(['Everything']);
    expect((await routing.names()).find(({ id }) => id === route.id)?.name).toBe('gone');
    expect(await refusal(routing.archive(route.id, by))).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
  });

  test('of two changes at once each validates the tree that the other left', async () => {
    const [a, b] = [await routing.create(draft('a'), by), await routing.create(draft('b'), by)];
    const outcomes = await Promise.allSettled([
      routing.update(a.id, { version: 1, parentId: b.id }, by),
      routing.update(b.id, { version: 1, parentId: a.id }, by),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await config.refresh();
    expect(routing.faults()).toEqual([]);
  });
});

describe('a stored tree that does not compile', () => {
  const damage = async () => {
    await sql`UPDATE routes SET matchers = '[{"name":"team","op":"=~","value":"("}]' WHERE name = 'shop' AND archived_at IS NULL`.execute(
      db.paging,
    );
    await sql`UPDATE config_version SET version = version + 1`.execute(db.paging);
  };

  test('leaves the last good tree routing, and says so', async () => {
    await damage();
    await config.refresh();
    expect(routesOf({ team: 'shop' })).toEqual(['shop']);
    expect(faults).toMatchObject([{ reason: 'bad-matcher' }]);
    expect(await call('GET', '/api/v1/routing')).toMatchObject({
      faults: [{ path: expect.stringMatching(/\.matchers$/) }],
    });
  });

  test('pages for everything in a process that never saw a good one', async () => {
    const other = build();
    await other.config.refresh();
    const [found] = match(other.routing.current(), withCatalog({ team: 'shop' }));
    expect(found).toMatchObject({ routeId: ROOT, options: { mode: 'page' } });
  });

  test('is mended by a change that makes the whole compile', async () => {
    const shop = (await routing.list()).find(({ name }) => name === 'shop');
    await routing.update(shop?.id as string, { version: shop?.version as number, matchers: 'team="shop"' }, by);
    expect(routing.faults()).toEqual([]);
    expect(routesOf({ team: 'shop' })).toEqual(['shop']);
  });
});
