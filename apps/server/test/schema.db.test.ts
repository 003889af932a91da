import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from './harness/database.ts';
import { withClient } from './harness/run.ts';
import { readSchema, type SchemaText } from './harness/schema-text.ts';

/** Both are written anew by `npm run db:schema`. */
const SQL = join(import.meta.dirname, '../schema.sql');
const TYPES = join(import.meta.dirname, '../src/platform/db-tables.ts');

let database: TestDatabase;
let migrated: SchemaText;

beforeAll(async () => {
  database = await createTestDatabase();
  migrated = await withClient(database.connectionString, readSchema);
});

afterAll(() => database.drop());

test('schema.sql is what the migrations make', async () => {
  expect(migrated.sql).toContain('CREATE TABLE alerts (');
  await expect(migrated.sql).toMatchFileSnapshot(SQL);
});

test('the row types are those of the migrated tables', async () => {
  await expect(migrated.types).toMatchFileSnapshot(TYPES);
});

test('schema.sql makes the same schema in an empty database', async () => {
  const again = await withClient(database.connectionString, async (client) => {
    await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await client.query(migrated.sql);
    return readSchema(client);
  });
  expect(again).toEqual(migrated);
});

test('a kind of object that could not be written down is refused, not left out', async () => {
  await withClient(database.connectionString, async (client) => {
    await client.query('CREATE VIEW seeded AS SELECT 1 AS one');
    await expect(readSchema(client)).rejects.toThrow(/seeded/);
  });
});
