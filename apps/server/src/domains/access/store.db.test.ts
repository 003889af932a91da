import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { createManualClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, inTransaction, openDatabases } from '#platform/db';
import { createIds } from '#platform/ids';
import { createAccess } from './index.ts';
import { closeSetup, setupIsOpen } from './store.ts';

const NOW = Temporal.Instant.from('2026-11-21T10:00:00Z');
let database: TestDatabase;
let db: Databases;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

test('two set-ups in two transactions at once: one closes it, the other is told, and a failed one leaves it open', async () => {
  const failed = inTransaction(db.paging, async (trx) => {
    await closeSetup(trx, NOW);
    throw new Error('the address is taken');
  });
  await expect(failed).rejects.toThrow('taken');
  expect(await setupIsOpen(db.paging)).toBe(true);
  const both = await Promise.all([1, 2].map(() => inTransaction(db.paging, (trx) => closeSetup(trx, NOW))));
  expect(new Set(both)).toEqual(new Set([true, false]));
  expect(await setupIsOpen(db.paging)).toBe(false);
});

test('where a token is asked for, the set-up takes no other', async () => {
  await db.paging.deleteFrom('settings').execute();
  const clock = createManualClock(NOW);
  const config = createConfigCache(db.paging);
  const access = createAccess({
    db,
    clock,
    newId: createIds(clock),
    config,
    audit: async () => {},
    publicUrl: null,
    setupToken: 'printed at start',
  });
  const owner = { name: 'Ann', email: 'ann@example.com', password: 'correct horse battery', timeZone: 'UTC' };
  const from = { address: '::1', userAgent: null, now: NOW };
  expect(await access.setupState()).toEqual({ open: true, tokenNeeded: true });
  await expect(access.setUp(owner, from)).rejects.toMatchObject({ code: 'SETUP_TOKEN_WRONG' });
  await expect(access.setUp({ ...owner, token: 'guessed' }, from)).rejects.toMatchObject({ code: 'SETUP_TOKEN_WRONG' });
  expect((await access.setUp({ ...owner, token: 'printed at start' }, from)).user.role).toBe('owner');
});
