import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { type Databases, openDatabases } from '#platform/db';
import { createIds } from '#platform/ids';
import { createTestDatabase } from '../../../../test/harness/database.ts';
import { countDeadLetters, listDeadLetters } from './search.ts';
import {
  identityOfThread,
  keepRefused,
  noteReplay,
  noteTaken,
  noteThread,
  type StoredRequest,
  sweepPayloads,
  wasTaken,
} from './store.ts';

const NOW = Temporal.Instant.from('2026-11-21T10:00:00Z');
const newId = createIds(createManualClock(NOW));
const refused = [{ index: null, pointer: '/items', reason: 'there is nothing at this pointer' }];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Databases;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const request = (integrationId: string, body: string): StoredRequest => ({
  id: newId(),
  at: NOW,
  integrationId,
  contentType: null,
  body: Buffer.from(body),
});
const listed = (integrationId: string) => listDeadLetters(db.reports, { integrationId, before: null, limit: 50 });

test('a dead letter is counted and listed with its reason until it is understood', async () => {
  const [mine, other] = [newId(), newId()];
  const letter = request(mine, 'a\0b \ud83d');
  await keepRefused(db.reports, letter, refused);
  expect([...(await countDeadLetters(db.reports, [mine, other]))]).toEqual([[mine, 1]]);
  expect(await listed(mine)).toMatchObject([{ id: letter.id, refused, replayedAt: null, bytes: letter.body.length }]);
  await noteReplay(db.paging, letter, { refused, now: NOW });
  expect((await listed(mine))[0]?.replayedAt?.toString()).toBe(NOW.toString());
  await noteReplay(db.paging, letter, { refused: [], now: NOW });
  expect([await listed(mine), [...(await countDeadLetters(db.reports, [mine]))]]).toEqual([[], []]);
});

test('what was stored by its good items keeps its body and gains the reason', async () => {
  const stored = request(newId(), 'the body');
  await sql`INSERT INTO event_payloads (id, integration_id, at, body)
    VALUES (${stored.id}, ${stored.integrationId}, ${NOW}, ${stored.body})`.execute(db.paging);
  await keepRefused(db.reports, { ...stored, body: Buffer.from('again') }, refused);
  expect(await listed(stored.integrationId)).toMatchObject([{ head: Buffer.from('the body'), refused }]);
});

test('beyond a thousand dead letters an integration’s are cut and still listed; another’s are whole', async () => {
  const [noisy, quiet] = [newId(), newId()];
  await sql`INSERT INTO event_payloads (id, integration_id, at, body, refused)
    SELECT gen_random_uuid(), ${noisy}::uuid, ${NOW}::timestamptz - interval '1 hour', '\\x00', '[]' FROM generate_series(1, 1000)`.execute(
    db.paging,
  );
  for (const integrationId of [noisy, quiet])
    await keepRefused(db.reports, request(integrationId, 'x'.repeat(10_000)), refused);
  expect((await listed(noisy))[0]).toMatchObject({
    bytes: 4_096,
    refused: [...refused, { index: null, reason: expect.stringContaining('only the beginning') }],
  });
  expect(await listed(quiet)).toMatchObject([{ bytes: 10_000, refused }]);
  expect((await countDeadLetters(db.reports, [noisy])).get(noisy)).toBe(1_000);
});

test('a delivery is taken until its time has passed, for its own integration', async () => {
  const [mine, other] = [newId(), newId()];
  const delivery = { integrationId: mine, key: '1 abc' };
  await noteTaken(db.paging, delivery, NOW.add({ minutes: 5 }));
  await noteTaken(db.paging, delivery, NOW.add({ minutes: 5 }));
  await sweepPayloads(db.paging, NOW.add({ minutes: 5 }));
  const taken = () =>
    Promise.all(
      [delivery, { ...delivery, integrationId: other }, { ...delivery, key: '2 abc' }].map((one) =>
        wasTaken(db.paging, one),
      ),
    );
  expect(await taken()).toEqual([true, false, false]);
  await sweepPayloads(db.paging, NOW.add({ minutes: 5, seconds: 1 }));
  expect(await taken()).toEqual([false, false, false]);
});

test('a thread leads to its alert by the nearest mail that is known, for thirty days after its last', async () => {
  const integrationId = newId();
  const [one, two] = ['11'.repeat(32), '22'.repeat(32)];
  const find = (...ids: string[]) => identityOfThread(db.paging, integrationId, ids);
  await noteThread(db.paging, { integrationId, messageId: '<1@x>', identity: one }, NOW);
  await noteThread(db.paging, { integrationId, messageId: '<2@x>', identity: two }, NOW);
  expect([await find('<2@x>', '<1@x>'), await find('<9@x>', '<1@x>'), await find('<9@x>'), await find()]).toEqual([
    two,
    one,
    null,
    null,
  ]);
  expect(await identityOfThread(db.paging, newId(), ['<1@x>'])).toBeNull();
  await sweepPayloads(db.paging, NOW.add({ hours: 24 * 30 }));
  expect(await find('<1@x>')).toBe(one);
  await sweepPayloads(db.paging, NOW.add({ hours: 24 * 30, seconds: 1 }));
  expect(await find('<1@x>')).toBeNull();
});
