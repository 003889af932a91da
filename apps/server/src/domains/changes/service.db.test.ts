import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { type Databases, openDatabases } from '#platform/db';
import { createIds } from '#platform/ids';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import type { ChangeFilter, ToldChange } from './model.ts';
import { type Changes, createChanges } from './service.ts';
import { sweepChanges } from './store.ts';

const NOW = Temporal.Instant.from('2026-11-21T12:00:00Z');
const clock = createManualClock(NOW);
const newId = createIds(clock);
const github = { id: newId() };
let database: TestDatabase;
let db: Databases;
let changes: Changes;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  changes = createChanges({ db, newId });
});
beforeEach(() => db.paging.deleteFrom('changes').execute());
afterAll(async () => {
  await db.close();
  await database.drop();
});

const ms = (minutesAgo: number) => NOW.subtract({ minutes: minutesAgo }).epochMilliseconds;
const deploy = (fields: Partial<ToldChange> = {}): ToldChange => ({
  sourceId: 'deployment 1',
  kind: 'deploy',
  summary: 'Deploy checkout',
  service: 'checkout',
  environment: 'production',
  status: 'pending',
  atMs: ms(10),
  statusAtMs: ms(10),
  ...fields,
});
const list = (filter: Partial<ChangeFilter> = {}) => changes.list({ before: null, limit: 50, ...filter });

test('a later state of the same deploy is the same change, and a late delivery of an older one changes nothing', async () => {
  await changes.record(github, [deploy()], NOW);
  await changes.record(github, [deploy({ status: 'success', statusAtMs: ms(5), environment: null })], NOW);
  await changes.record(github, [deploy({ status: 'in_progress', statusAtMs: ms(8) })], NOW);
  await changes.record(github, [deploy({ status: 'success', statusAtMs: ms(5), summary: 'again' })], NOW);
  const rows = await list();
  expect(rows).toHaveLength(1);
  const [row] = rows;
  expect([row?.status, row?.environment, row?.summary, row?.at, row?.statusAt, row?.receivedAt]).toEqual([
    'success',
    'production',
    'Deploy checkout',
    NOW.subtract({ minutes: 10 }),
    NOW.subtract({ minutes: 5 }),
    NOW,
  ]);
});

test('the same id from another integration is another change', async () => {
  await changes.record(github, [deploy()], NOW);
  await changes.record({ id: newId() }, [deploy()], NOW);
  expect(await list()).toHaveLength(2);
  expect(await list({ integrationId: github.id })).toHaveLength(1);
});

test('lists the newest first, by service, environment, kind, time and words, and goes on behind a cursor', async () => {
  await changes.record(
    github,
    [
      deploy({ sourceId: 'a', atMs: ms(30), summary: '100 % rollout' }),
      deploy({ sourceId: 'b', atMs: ms(20), service: 'search' }),
      deploy({ sourceId: 'c', atMs: ms(10), kind: 'flag', environment: 'staging', summary: '1000 rollouts' }),
    ],
    NOW,
  );
  expect((await list()).map(({ service }) => service)).toEqual(['checkout', 'search', 'checkout']);
  expect(await list({ service: 'search' })).toHaveLength(1);
  expect(await list({ environment: 'staging' })).toHaveLength(1);
  expect(await list({ kind: 'flag' })).toHaveLength(1);
  expect(await list({ since: NOW.subtract({ minutes: 20 }) })).toHaveLength(2);
  expect(await list({ until: NOW.subtract({ minutes: 20 }) })).toHaveLength(1);
  expect(await list({ q: '100 %' })).toHaveLength(1);
  const [first, second] = await list();
  const rest = await list({ before: { at: second?.at ?? NOW, id: second?.id ?? '' }, limit: 1 });
  expect(rest.map(({ summary }) => summary)).toEqual(['100 % rollout']);
  expect(first?.serviceId).toBeNull();
});

test('names the service of the catalogue that has the key', async () => {
  const id = newId();
  await db.paging
    .insertInto('services')
    .values({ id, key: 'payments', name: 'Payments', created_at: NOW, updated_at: NOW })
    .execute();
  await changes.record(github, [deploy({ service: 'payments' })], NOW);
  expect((await list())[0]?.serviceId).toBe(id);
});

test('keeps changes for 90 days after they came in, however old they say they are', async () => {
  await changes.record(github, [deploy({ sourceId: 'old' })], NOW.subtract({ hours: 24 * 90 + 1 }));
  await changes.record(github, [deploy({ sourceId: 'kept', atMs: Date.UTC(2020, 1, 1) })], NOW);
  await sweepChanges(db.reports, NOW);
  expect(await list()).toHaveLength(1);
});
