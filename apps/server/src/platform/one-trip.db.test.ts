import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/harness/database.ts';
import { type Databases, inTransaction, openDatabases, sqlState, type Trx } from './db.ts';
import { commitWith, inOneTrip } from './one-trip.ts';

let database: TestDatabase;
let db: Databases;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  await sql`CREATE TABLE marks (n int PRIMARY KEY, twin int REFERENCES marks DEFERRABLE INITIALLY DEFERRED)`.execute(
    db.paging,
  );
});
afterAll(async () => {
  await db.close();
  await database.drop();
});
beforeEach(async () => {
  await sql`TRUNCATE marks`.execute(db.paging);
});

const put = (n: number, twin: number | null = null) =>
  sql<{ n: number }>`INSERT INTO marks VALUES (${n}, ${twin}) RETURNING n`;
const stored = async () =>
  (await sql<{ n: number }>`SELECT n FROM marks ORDER BY n`.execute(db.reports)).rows.map((row) => row.n);
const failure = (work: (trx: Trx) => Promise<unknown>) =>
  inTransaction(db.paging, work).then(
    () => 'committed',
    (error: unknown) => sqlState(error) ?? String(error),
  );

test('statements sent together run in order and answer in order', async () => {
  const answers = await inTransaction(db.paging, (trx) =>
    inOneTrip(trx, [put(2), put(1), sql<{ count: number }>`SELECT count(*)::int AS count FROM marks`]),
  );
  expect(answers).toEqual([[{ n: 2 }], [{ n: 1 }], [{ count: 2 }]]);
});

test('one that fails undoes all, and its own error is told', async () => {
  expect(await failure((trx) => inOneTrip(trx, [put(1), put(1), put(2)]))).toBe('23505');
  expect(await stored()).toEqual([]);
});

test('a last statement commits the transaction', async () => {
  await inTransaction(db.paging, async (trx) => {
    await put(1).execute(trx);
    await commitWith(trx, put(2));
  });
  expect(await stored()).toEqual([1, 2]);
});

test('a last statement that fails commits nothing', async () => {
  const work = async (trx: Trx) => {
    await put(1).execute(trx);
    await commitWith(trx, put(1));
  };
  expect(await failure(work)).toBe('23505');
  expect(await stored()).toEqual([]);
});

test('a COMMIT that fails behind its last statement fails the transaction', async () => {
  expect(await failure((trx) => commitWith(trx, put(1, 7)))).toBe('23503');
  expect(await stored()).toEqual([]);
});

test('each transaction of a connection commits by itself, whichever way it ends or begins', async () => {
  for (let n = 0; n < 30; n += 3) {
    await inTransaction(db.paging, (trx) => commitWith(trx, put(n)));
    await db.paging
      .transaction()
      .setAccessMode('read only')
      .execute((trx) => sql`SELECT 1`.execute(trx));
    await inTransaction(db.paging, (trx) => put(n + 1).execute(trx));
    await failure((trx) => commitWith(trx, put(n)));
    await inTransaction(db.paging, async () => {});
    await put(n + 2).execute(db.paging);
  }
  expect(await stored()).toHaveLength(30);
});
