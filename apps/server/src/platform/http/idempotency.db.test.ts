import { AsyncResource } from 'node:async_hooks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { createManualClock } from '#platform/clock';
import { type Databases, inTransaction, json, openDatabases, withFirstStatement } from '#platform/db';
import { createGroupCommit } from '#platform/group-commit';
import { sweepIdempotencyKeys } from './idempotency.ts';
import { type Route, route } from './route.ts';
import { createHttpServer, type HttpServer } from './server.ts';
import { testDeps } from './testkit.ts';

const START = Temporal.Instant.from('2026-11-21T10:00:00Z');
const clock = createManualClock(START);
let database: TestDatabase;
let db: Databases;
let server: HttpServer;
let runs = 0;
let between: (() => Promise<void>) | null = null;

const group = createGroupCommit<string>({
  keyOf: (item) => item,
  flush: (items) =>
    inTransaction(db.paging, async (trx) => {
      for (const key of items)
        await trx
          .insertInto('settings')
          .values({ key, value: json(1), updated_at: START })
          .onConflict((c) => c.doNothing())
          .execute();
    }),
});

const add: Route = route({
  method: 'POST',
  url: '/add',
  permission: 'routing:write',
  summary: 'Adds a row each time it really runs',
  tag: 'x',
  body: z.strictObject({ name: z.string() }),
  answers: { 201: z.strictObject({ run: z.int() }) },
  handle: async ({ body, now }) => {
    runs += 1;
    const run = runs;
    await inTransaction(db.paging, async (trx) => {
      await trx
        .insertInto('settings')
        .values({ key: `${body.name}-${run}`, value: json(run), updated_at: now })
        .execute();
      await between?.();
      if (body.name === 'fails') throw new Error('no');
    });
    if (body.name === 'shared') await group.submit(['a']);
    return { status: 201, body: { run }, headers: { location: `/x/${run}` } };
  },
});

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  server = await createHttpServer({ routes: [add] }, testDeps({ clock, db: db.paging }));
});

afterAll(async () => {
  await server.close();
  await db.close();
  await database.drop();
});

beforeEach(async () => {
  clock.set(START);
  between = null;
  runs = 0;
  await db.paging.deleteFrom('settings').execute();
  await db.paging.deleteFrom('idempotency_keys').execute();
});

const send = (key: string | null, name = 'a', role = 'admin') =>
  server.inject({
    method: 'POST',
    url: '/add',
    headers: {
      authorization: `Bearer ${role}`,
      'content-type': 'application/json',
      ...(key ? { 'idempotency-key': key } : {}),
    },
    payload: { name },
  });
const rows = async () => (await db.paging.selectFrom('settings').select('key').execute()).length;

test('the same key and request runs once and answers alike; another request with it is refused', async () => {
  const first = await send('k1');
  const again = await send('k1');
  expect([first.statusCode, again.statusCode, again.json(), again.headers['location']]).toEqual([
    201,
    201,
    first.json(),
    '/x/1',
  ]);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect((await send('k1', 'b')).json()).toMatchObject({ status: 409, code: 'IDEMPOTENCY_KEY_REUSED' });
  expect(await rows()).toBe(1);
  await send(null);
  await send('k2');
  expect(await rows()).toBe(3);
});

test('requests of one key at the same time have one effect', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => send('k1')));
  expect(await rows()).toBe(1);
  for (const answer of answers) expect([201, 409]).toContain(answer.statusCode);
  expect(answers.filter(({ statusCode }) => statusCode === 201).length).toBeGreaterThan(0);
  expect((await send('k1')).statusCode).toBe(201);
});

test('a failure before the commit stores nothing: the repeat tries anew', async () => {
  expect((await send('k1', 'fails')).statusCode).toBe(500);
  expect((await send('k1', 'fails')).statusCode).toBe(500);
  expect(runs).toBe(2);
  expect((await send('k1', 'b')).statusCode).toBe(201);
});

test('a crash between the effect and its answer leaves the effect once and says so', async () => {
  await send('k1');
  await db.paging
    .updateTable('idempotency_keys')
    .set({ status: 0, answer: json({ pending: 'of a dead process' }) })
    .execute();
  expect((await send('k1')).json()).toMatchObject({ code: 'IDEMPOTENCY_ANSWER_UNKNOWN' });
  expect(await rows()).toBe(1);
});

test('the key is in the effect’s own transaction', async () => {
  between = async () => {
    const seen = await db.paging.selectFrom('idempotency_keys').select('key').execute();
    expect(seen).toEqual([]);
    between = null;
  };
  expect((await send('k1')).statusCode).toBe(201);
  expect(await db.paging.selectFrom('idempotency_keys').select('key').execute()).toEqual([{ key: 'k1' }]);
});

test('a common flush, and what outlives its request, do not carry the key of the request that started it', async () => {
  const refuse = async () => {
    throw new Error('the key of one caller');
  };
  await withFirstStatement(refuse, () => group.submit(['b', 'c']));
  const later = await withFirstStatement(refuse, async () =>
    AsyncResource.bind(() => inTransaction(db.paging, async () => 'done')),
  );
  expect(await later()).toBe('done');
  expect((await send('k1', 'shared')).statusCode).toBe(201);
  expect(await rows()).toBe(4);
});

test('keys are per actor kind of person, kept 24 hours, and swept', async () => {
  await send('k1');
  clock.set(START.add({ hours: 24 }));
  expect((await send('k1', 'other request')).statusCode).toBe(201);
  expect(await sweepIdempotencyKeys(db.paging, START.add({ hours: 47 }))).toBe(0);
  expect(await sweepIdempotencyKeys(db.paging, START.add({ hours: 48 }))).toBe(1);
});

test('a stored answer is sealed, and a key that is no key is refused', async () => {
  await send('k1');
  const stored = await db.paging.selectFrom('idempotency_keys').select('answer').executeTakeFirstOrThrow();
  expect(JSON.stringify(stored.answer)).not.toContain('location');
  expect((await send('k '.repeat(150))).statusCode).toBe(400);
});
