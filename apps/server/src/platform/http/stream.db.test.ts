import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { createManualClock } from '#platform/clock';
import { type Databases, inTransaction, openDatabases } from '#platform/db';
import { writeHints } from '#platform/hints';
import { createHttpServer, type HttpServer } from './server.ts';
import { createLiveStream, type LiveStream } from './stream.ts';
import { comparePlaces, newestPlace, readHintsAfter, sweepHints } from './stream-feed.ts';
import { testDeps } from './testkit.ts';

const START = Temporal.Instant.from('2026-11-21T10:00:00Z');
const clock = createManualClock(START);
let database: TestDatabase;
let db: Databases;
let server: HttpServer;
let stream: LiveStream;
let address: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  const deps = testDeps({ clock, db: db.paging });
  stream = createLiveStream({ ...deps, reports: db.reports });
  server = await createHttpServer({ routes: [], raw: [stream.register] }, deps);
  address = await server.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await server.close();
  await db.close();
  await database.drop();
});

beforeEach(async () => {
  clock.set(START);
  await db.paging.deleteFrom('hints').execute();
});

interface Event {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: unknown;
}

/** A client that reads one event after the other. */
async function connect(lastEventId?: string) {
  const leaving = new AbortController();
  const headers = { authorization: 'Bearer viewer', ...(lastEventId ? { 'last-event-id': lastEventId } : {}) };
  const response = await fetch(`${address}/api/v1/stream`, { headers, signal: leaving.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<Event> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const fields = Object.fromEntries(
          text
            .slice(0, end)
            .split('\n')
            .map((line) => line.split(/: (.*)/, 2) as [string, string]),
        );
        text = text.slice(end + 2);
        if (fields['event'])
          return { id: fields['id'], event: fields['event'], data: JSON.parse(fields['data'] ?? 'null') };
        continue;
      }
      const part = await reader?.read();
      if (!part || part.done) throw new Error('the stream ended');
      text += part.value;
    }
  };
  return { next, leave: () => leaving.abort(), response };
}

const ref = (n: number) => `0197f3a2-1111-7000-8000-00000000000${n}`;
const hint = (n: number, version = 1) => ({ kind: 'page', ref: ref(n), version }) as const;
const tell = (...hints: ReturnType<typeof hint>[]) =>
  inTransaction(db.paging, (trx) => writeHints(trx, hints, clock.now()));

test('a client hears ready, then each change once, with one entry a row', async () => {
  const client = await connect();
  expect((await client.next()).event).toBe('ready');
  await tell(hint(1), hint(1, 3), hint(2));
  stream.poke();
  const event = await client.next();
  expect(event).toMatchObject({
    event: 'hints',
    data: [
      { kind: 'page', id: ref(1), version: 3 },
      { kind: 'page', id: ref(2), version: 1 },
    ],
  });
  client.leave();
});

test('a client that comes back hears what it missed, and only that', async () => {
  const client = await connect();
  await client.next();
  await tell(hint(1));
  const heard = await client.next();
  client.leave();
  await tell(hint(2));
  await tell(hint(3));
  const again = await connect(heard.id);
  expect(await again.next()).toMatchObject({ event: 'hints', data: [{ id: ref(2) }, { id: ref(3) }] });
  again.leave();
});

test('hints are ordered by their transactions as numbers, not as text: 9 before 10', async () => {
  await sql`INSERT INTO hints (xid, at, kind) VALUES ('10'::xid8, ${START}, 'page'), ('9'::xid8, ${START}, 'page'),
    ('9'::xid8, ${START}, 'page')`.execute(db.paging);
  const after = await readHintsAfter(db.reports, { xid: '0', id: 0 }, 100);
  const old = after.filter(({ xid }) => Number(xid) <= 10);
  expect(old.map(({ xid }) => xid)).toEqual(['9', '9', '10']);
  expect([...after].sort(comparePlaces)).toEqual(after);
  await sql`DELETE FROM hints WHERE xid > '10'::xid8`.execute(db.paging);
  expect(await newestPlace(db.reports)).toMatchObject({ xid: '10' });
  await sql`DELETE FROM hints`.execute(db.paging);
});

test('a place that is gone, older than 15 minutes, or not ours asks to read everything anew', async () => {
  await tell(hint(1));
  const { xid, id } = await db.paging.selectFrom('hints').select(['xid', 'id']).executeTakeFirstOrThrow();
  const place = `${xid}-${id}`;
  for (const [lastEventId, minutes, event] of [
    [place, 15, null],
    [place, 15.1, 'resync'],
    ['7-7', 0, 'resync'],
    ['x', 0, 'resync'],
  ] as const) {
    clock.set(START.add({ seconds: minutes * 60 }));
    const client = await connect(lastEventId);
    await tell(hint(2));
    expect((await client.next()).event).toBe(event ?? 'hints');
    client.leave();
  }
  expect(await sweepHints(db.paging, START.add({ minutes: 15, seconds: 1 }))).toBeGreaterThan(0);
  const client = await connect(place);
  expect((await client.next()).event).toBe('resync');
  client.leave();
});

test('a hint that commits later than one with a higher id is not lost', async () => {
  const client = await connect();
  await client.next();
  let finish: () => void = () => {};
  const slow = inTransaction(db.paging, async (trx) => {
    await writeHints(trx, [hint(1)], clock.now());
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  await tell(hint(2));
  expect(await readHintsAfter(db.reports, { xid: '0', id: 0 }, 10)).toEqual([]);
  finish();
  await slow;
  const heard: unknown[] = [];
  while (heard.length < 2) heard.push(...((await client.next()).data as unknown[]));
  expect(heard).toMatchObject([{ id: ref(1) }, { id: ref(2) }]);
  client.leave();
});

test('every one of many concurrent changes is heard', async () => {
  const client = await connect();
  await client.next();
  const versions = Array.from({ length: 120 }, (_, i) => i + 1);
  const refs = versions.map((n) => `0197f3a2-1111-7000-8000-${String(n).padStart(12, '0')}`);
  await Promise.all(
    refs.map((each) =>
      inTransaction(db.paging, (trx) => writeHints(trx, [{ kind: 'page', ref: each, version: 1 }], START)),
    ),
  );
  const heard = new Set<string>();
  while (heard.size < refs.length) for (const { id } of (await client.next()).data as { id: string }[]) heard.add(id);
  expect(heard).toEqual(new Set(refs));
  client.leave();
});

test('nobody without the right listens, and HEAD does not hang', async () => {
  expect((await fetch(`${address}/api/v1/stream`)).status).toBe(401);
  expect(
    (await server.inject({ method: 'HEAD', url: '/api/v1/stream', headers: { authorization: 'Bearer viewer' } }))
      .statusCode,
  ).toBe(405);
});
