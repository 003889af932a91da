import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/harness/database.ts';
import { migrate, readMigrations } from './migrate.ts';

let database: TestDatabase;
let folder: string;
const opened: TestDatabase[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  opened.push(database);
  await query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  folder = await mkdtemp(join(tmpdir(), 'tocsin-migrations-'));
  await file('0001_first.sql', 'CREATE TABLE first (a integer);');
  await file('0002_second.sql', 'CREATE TABLE second (a integer); INSERT INTO second VALUES (1);');
  return () => rm(folder, { recursive: true });
});

afterAll(() => Promise.all(opened.map((each) => each.drop())));

const file = (name: string, text: string) => writeFile(join(folder, name), text);

async function query(sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

test('applies what is missing, in order, and nothing the second time', async () => {
  expect(await migrate(database.connectionString, { folder })).toEqual({
    applied: ['0001_first.sql', '0002_second.sql'],
    version: 2,
  });
  expect(await migrate(database.connectionString, { folder })).toEqual({ applied: [], version: 2 });
});

test('processes that start together apply each file once', async () => {
  const reports = await Promise.all([1, 2, 3, 4].map(() => migrate(database.connectionString, { folder })));
  expect(reports.flatMap((report) => report.applied).sort()).toEqual(['0001_first.sql', '0002_second.sql']);
  expect((await query('SELECT a FROM second')).rowCount).toBe(1);
});

test('a file that fails leaves nothing of itself and is named', async () => {
  await file('0003_third.sql', 'CREATE TABLE third (a integer); SELECT 1/0;');
  await expect(migrate(database.connectionString, { folder })).rejects.toThrow('0003_third.sql: division by zero');
  expect((await query("SELECT to_regclass('third') AS third")).rows).toEqual([{ third: null }]);
  await file('0003_third.sql', 'CREATE TABLE third (a integer);');
  expect(await migrate(database.connectionString, { folder })).toEqual({ applied: ['0003_third.sql'], version: 3 });
});

test('refuses a file that was changed after it was applied; line ends do not count', async () => {
  await migrate(database.connectionString, { folder });
  await file('0001_first.sql', 'CREATE TABLE first (a integer, b integer);');
  await expect(migrate(database.connectionString, { folder })).rejects.toMatchObject({ reason: 'checksum' });
});

test('an older build runs on a newer schema unless that schema is marked as breaking', async () => {
  await file('0003_third.sql', 'CREATE TABLE third (a integer);');
  await migrate(database.connectionString, { folder });
  await rm(join(folder, '0003_third.sql'));
  expect(await migrate(database.connectionString, { folder })).toEqual({ applied: [], version: 3 });
  await file('0003_third.sql', 'CREATE TABLE third (a integer);');
  await file('0004_fourth.sql', '-- breaking\nDROP TABLE first;');
  await migrate(database.connectionString, { folder });
  await rm(join(folder, '0004_fourth.sql'));
  await expect(migrate(database.connectionString, { folder })).rejects.toMatchObject({ reason: 'newer-breaking' });
});

test('refuses a file with a number below one already applied, and two files with one number', async () => {
  await file('0005_fifth.sql', 'SELECT 1;');
  await migrate(database.connectionString, { folder });
  await file('0004_late.sql', 'SELECT 1;');
  await expect(migrate(database.connectionString, { folder })).rejects.toMatchObject({ reason: 'out-of-order' });
  await file('0005_other.sql', 'SELECT 1;');
  await expect(migrate(database.connectionString, { folder })).rejects.toMatchObject({ reason: 'bad-name' });
});

test('waits for a held lock without queueing others behind it, then succeeds', async () => {
  await migrate(database.connectionString, { folder });
  await file('0003_third.sql', 'ALTER TABLE first ADD COLUMN b integer;');
  const holder = new pg.Client({ connectionString: database.connectionString });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE first IN ACCESS SHARE MODE');
  const migrating = migrate(database.connectionString, { folder, lockTimeoutMs: 100 });
  const waiting = "SELECT 1 FROM pg_locks WHERE relation = 'first'::regclass AND NOT granted";
  while ((await query(waiting)).rowCount === 0);
  await query("SET statement_timeout = '2s'; SELECT * FROM first");
  await holder.query('COMMIT');
  await holder.end();
  expect((await migrating).applied).toEqual(['0003_third.sql']);
});

test('refuses a server older than its SQL before it touches anything', async () => {
  const refused = migrate(database.connectionString, { folder, oldestServer: 990_000 });
  await expect(refused).rejects.toMatchObject({
    reason: 'old-server',
    message: expect.stringContaining('99 or newer'),
  });
  expect((await query("SELECT to_regclass('schema_migrations') AS made")).rows).toEqual([{ made: null }]);
});

test('the product’s own migrations apply to an empty database', async () => {
  const files = await readMigrations();
  expect((await migrate(database.connectionString)).applied).toEqual(files.map(({ name }) => name));
});
