import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '#harness/database';
import { createManualClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, inTransaction, openDatabases } from '#platform/db';
import { AppError } from '#platform/errors';
import type { Actor } from '#platform/http/actor';
import { createIds } from '#platform/ids';
import { type Matcher, withCatalog } from '#routing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSilences, type Silences } from './service.ts';

const NOW = Temporal.Instant.from('2026-11-21T12:00:00Z');
const ANN: Actor = {
  kind: 'user',
  userId: randomUUID(),
  name: 'Ann',
  role: 'responder',
  teamIds: [],
  via: 'session',
  scopes: null,
};
const by = { actor: ANN, now: NOW };
const is = (name: string, value: string): Matcher => ({ name, op: '=', value });

let database: TestDatabase;
let db: Databases;
let silences: Silences;
const entries: { readonly kind: string; readonly subject: string; readonly actor: string }[] = [];
const team = randomUUID();

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  const clock = createManualClock(NOW);
  const config = createConfigCache(db.paging);
  silences = createSilences({
    db,
    clock,
    newId: createIds(clock),
    config,
    audit: async (_trx, { kind, subject, actor }) => void entries.push({ kind, subject, actor }),
    demand(_actor, permission, teamId) {
      if (teamId === team) throw new AppError('FORBIDDEN', { permission, reason: 'other-team' });
    },
    nameOf: () => 'Ann',
    viewOf: (labels) => withCatalog(labels),
    onFaults: () => {},
    wake: () => {},
  });
  await config.refresh();
  await sql`INSERT INTO users (id, email, name, role, time_zone, created_at, updated_at)
    VALUES (${ANN.kind === 'user' ? ANN.userId : ''}, 'ann@example.test', 'Ann', 'responder', 'UTC', ${NOW}, ${NOW})`.execute(
    db.paging,
  );
  await sql`INSERT INTO teams (id, key, name, created_at, updated_at) VALUES (${team}, 'shop', 'Shop', ${NOW}, ${NOW})`.execute(
    db.paging,
  );
});
beforeEach(() => {
  entries.length = 0;
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const wish = (fields: object = {}) => ({
  matchers: [is('job', 'db')],
  startsAt: NOW,
  endsAt: NOW.add({ hours: 1 }),
  comment: 'disk',
  teamId: null,
  ...fields,
});

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );

test('every change is in the audit log, and one that changes nothing is not', async () => {
  const { id, version } = await silences.create(wish(), by);
  await silences.update(id, { version, endsAt: NOW.add({ hours: 2 }) }, by);
  await silences.expire(id, by);
  await silences.expire(id, by);
  expect(entries.map(({ kind, subject }) => [kind, subject === id])).toEqual([
    ['silence.created', true],
    ['silence.changed', true],
    ['silence.expired', true],
  ]);
  expect(await silences.get(id)).toMatchObject({ userId: ANN.kind === 'user' && ANN.userId, createdBy: '' });
});

test('what belongs to a team is made and changed by its people alone', async () => {
  expect(await code(silences.create(wish({ teamId: team }), by))).toBe('FORBIDDEN');
  const id = randomUUID();
  await sql`INSERT INTO silences (id, matchers, starts_at, ends_at, comment, created_by, team_id, created_at, updated_at)
    VALUES (${id}, '[]', ${NOW}, ${NOW.add({ hours: 1 })}, 'theirs', '', ${team}, ${NOW}, ${NOW})`.execute(db.paging);
  expect(await code(silences.update(id, { version: 1, comment: 'mine' }, by))).toBe('FORBIDDEN');
  expect(await code(silences.expire(id, by))).toBe('FORBIDDEN');
  const begin = { name: 'deploy shop', matchers: [is('job', 'db')], durationMinutes: 5, comment: '', teamId: team };
  expect(await code(silences.planning.begin(begin, by))).toBe('FORBIDDEN');
  expect(entries).toEqual([]);
});

test('two jobs that begin one maintenance at once have one window', async () => {
  const begin = { name: 'deploy', matchers: [is('job', 'db')], durationMinutes: 5, comment: '', teamId: null };
  const began = await Promise.all([1, 2, 3].map(() => code(silences.planning.begin(begin, by))));
  expect(began).toContain('done');
  expect(began.filter((one) => one !== 'done' && one !== 'VERSION_CONFLICT')).toEqual([]);
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM maintenance_windows WHERE name = 'deploy' AND ended_at IS NULL`.execute(db.paging);
  expect(rows).toEqual([{ n: 1 }]);
});

test('a silence that cannot be used mutes nothing and sinks no other', async () => {
  await sql`INSERT INTO silences (id, matchers, starts_at, ends_at, comment, created_by, created_at, updated_at)
    VALUES (${randomUUID()}, '[{"name":"a","op":"=~","value":"("}]', ${NOW}, ${NOW.add({ hours: 1 })}, 'x', 'y', ${NOW}, ${NOW})`.execute(
    db.paging,
  );
  await silences.create(wish({ matchers: [is('job', 'good')] }), by);
  const subject = (job: string) => ({ view: withCatalog({ job }), integrationId: randomUUID(), intervals: null });
  expect(silences.muting.mutedByPlan(subject('good'), NOW)).toBe(true);
  expect(silences.muting.mutedByPlan(subject('other'), NOW)).toBe(false);
});

async function firing(labels: Record<string, string>): Promise<{ id: string; labels: Record<string, string> }> {
  const id = randomUUID();
  await sql`
    INSERT INTO alerts (id, integration_id, identity, status, current, kind, title, severity, labels, annotations, starts_at, ends_at,
                        ends_at_is_timeout, opened_at, last_seen_at, group_ids, routing)
    VALUES (${id}, ${randomUUID()}, ${Buffer.from(id)}, 'firing', true, 'k', 't', 3, ${JSON.stringify(labels)}::text::json, '{}', ${NOW}, ${NOW},
            false, ${NOW}, ${NOW}, '{}', '[]')`.execute(db.paging);
  return { id, labels };
}

test('sources: one-sided ones count behind any number of two-sided, and one that counts waits with its end', async () => {
  await silences.planning.createRule(
    {
      name: null,
      sourceMatchers: [is('role', 'source')],
      targetMatchers: [{ name: 'tier', op: '!=', value: 'top' }],
      equal: ['cluster'],
    },
    { actor: { kind: 'system', name: 'test' }, now: NOW },
  );
  const twoSided = await Promise.all(
    Array.from({ length: 40 }, (_, n) => firing({ role: 'source', cluster: 'eu', n: `${n}` })),
  );
  const { muting } = silences;
  const note = (opened: readonly { id: string; labels: Record<string, string> }[], ended: readonly string[]) =>
    inTransaction(db.paging, (trx) => muting.noteAlerts(trx, { opened, ended }, NOW));
  expect(await note(twoSided, [])).toBe(true);
  const target = {
    view: withCatalog({ role: 'source', cluster: 'eu', n: 'x' }),
    integrationId: randomUUID(),
    intervals: null,
  };
  const mutedBy = async () =>
    (await muting.evaluate(db.paging, [target], { now: NOW, lock: false })).muted[0]?.by.map(({ kind }) => kind);
  expect(await mutedBy()).toEqual([]);
  const top = await firing({ role: 'source', cluster: 'eu', tier: 'top' });
  await note([top], []);
  expect(await mutedBy()).toEqual(['inhibition']);
  await inTransaction(db.paging, async (trx) => {
    await muting.evaluate(trx, [target], { now: NOW, lock: true });
    const end = inTransaction(db.paging, async (other) => {
      await sql`SET LOCAL lock_timeout = '50ms'`.execute(other);
      return muting.noteAlerts(other, { opened: [], ended: [top.id] }, NOW);
    });
    await expect(end).rejects.toThrow(/lock timeout/);
  });
  expect(await note([], [top.id])).toBe(true);
  expect(await mutedBy()).toEqual([]);
});
