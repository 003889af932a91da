import { expect, test } from 'vitest';
import { createTestDatabase } from './database.ts';
import { urlOf, withClient } from './run.ts';

test('two clones are migrated and see nothing of each other', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await withClient(one.connectionString, (client) =>
    client.query("INSERT INTO settings (key, value, updated_at) VALUES ('only.here', '1', '2026-01-01Z')"),
  );
  const count = (url: string) =>
    withClient(url, async (client) => (await client.query('SELECT count(*)::int AS n FROM settings')).rows[0].n);
  expect([await count(one.connectionString), await count(other.connectionString)]).toEqual([1, 0]);
  await Promise.all([one.drop(), other.drop()]);
  await expect(count(one.connectionString)).rejects.toMatchObject({ code: '3D000' });
});

test('clones made at the same time all succeed', async () => {
  const clones = await Promise.all(Array.from({ length: 6 }, createTestDatabase));
  expect(new Set(clones.map((clone) => clone.connectionString)).size).toBe(6);
  await Promise.all(clones.map((clone) => clone.drop()));
});

test('a dropped database cuts who is still connected', async () => {
  const database = await createTestDatabase();
  await withClient(database.connectionString, async (client) => {
    const cut = new Promise((resolve) => client.on('error', resolve));
    await database.drop();
    expect(await cut).toMatchObject({ code: '57P01' });
  });
});

test.each([
  ['postgresql://u:p%2F@/tocsin?host=%2Ftmp%2Fx&port=5432', 'postgresql://u:p%2F@/b?host=%2Ftmp%2Fx&port=5432'],
  ['postgres://u@db.example:5433/a', 'postgres://u@db.example:5433/b'],
  ['postgres://u@db.example', 'postgres://u@db.example/b'],
  ['postgres://u@db.example?sslmode=require', 'postgres://u@db.example/b?sslmode=require'],
])('the database is exchanged in %s', (url, expected) => {
  expect(urlOf(url, 'b')).toBe(expected);
});
