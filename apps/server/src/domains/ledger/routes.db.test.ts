import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, openDatabases } from '#platform/db';
import type { Actor } from '#platform/http/actor';
import { checkAnswer } from '#platform/http/check-answer';
import { readInput } from '#platform/http/input';
import type { Call } from '#platform/http/route';
import { silentLog } from '#platform/log';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { createLedger, type Ledger } from './service.ts';
import { after } from './testkit.ts';
import { idOf, pageSql, peopleSql } from './testkit-sql.ts';

const clock = createManualClock(after(60));
let database: TestDatabase;
let db: Databases;
let ledger: Ledger;

const ann = idOf('user');
const actor: Actor = {
  kind: 'user',
  userId: ann,
  name: 'Ann',
  role: 'responder',
  teamIds: [],
  via: 'session',
  scopes: null,
};
const stranger: Actor = { ...actor, userId: idOf('user', 2) };

const run = (text: string) => db.paging.executeQuery(CompiledQuery.raw(text));
const runAll = async (text: string) => {
  for (const statement of text.split(/;\s*\n/)) if (statement.trim() !== '') await run(statement);
};

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  await runAll(peopleSql());
  const team = `'${idOf('payload', 900)}'`;
  const service = `'${idOf('payload', 901)}'`;
  await runAll(`
    INSERT INTO teams (id, key, name, created_at, updated_at) VALUES (${team}, 'pay', 'Payments', '${after(0)}', '${after(0)}');
    INSERT INTO services (id, key, name, team_id, created_at, updated_at) VALUES (${service}, 'checkout', 'Checkout', ${team}, '${after(0)}', '${after(0)}');
    ${[1, 2, 3, 4, 5, 6].map((n) => pageSql(n)).join('\n')}
    UPDATE alert_groups SET opened_at = '${after(1)}', service_id = ${service}, team_id = ${team}, severity = 2 WHERE id = '${idOf('group', 2)}';
    UPDATE escalation_runs SET phase = 'acknowledged', holder_id = '${ann}', acknowledged_by = '${ann}', acknowledged_at = '${after(30)}', quiet_until = '${after(1830)}' WHERE id = '${idOf('run', 3)}';
    UPDATE alert_groups SET run_at = '${after(1830)}' WHERE id = '${idOf('group', 3)}';
    INSERT INTO page_events (at, subject, kind, payload) VALUES ('${after(30)}', '${idOf('group', 3)}', 'acknowledged', '{"by":"${ann}"}');
    UPDATE alert_groups SET firing_count = 0, resolved_at = '${after(40)}', run_at = NULL WHERE id = '${idOf('group', 4)}';
    UPDATE escalation_runs SET live = false, phase = 'ended', ended_at = '${after(40)}', end_reason = '{"kind":"resolved"}' WHERE id = '${idOf('run', 4)}';
    UPDATE alerts SET status = 'resolved', current = false, resolved_at = '${after(40)}', resolved_by = 'source' WHERE id = '${idOf('alert', 4)}';
    UPDATE alert_groups SET options = '{"mode":"record"}', run_at = NULL WHERE id = '${idOf('group', 5)}';
    UPDATE alert_groups SET options = '{"mode":"ticket"}', run_at = NULL WHERE id = '${idOf('group', 6)}';
    DELETE FROM escalation_runs WHERE id IN ('${idOf('run', 5)}', '${idOf('run', 6)}')`);
  ledger = createLedger({
    db,
    clock,
    config: createConfigCache(db.paging),
    log: silentLog(),
    appConfig: {
      emergency: { webhookUrl: null, mailTo: null },
      heartbeat: { url: null, method: 'POST', everySeconds: 60 },
      dataDir: '/nowhere',
      node: 'n1',
    },
    ports: {
      nameOf: (id) => (id === ann ? 'Ann' : 'somebody'),
      peopleOf: (target) => (target.kind === 'user' ? [target.id] : []),
      lastResort: () => [],
      watchedJobs: () => [{ name: 'ledger.watch', everySeconds: 10 }],
      seals: null,
      mail: null,
    },
  });
});

afterAll(async () => {
  await db?.close();
  await database?.drop();
});

/** Asks a route as its edge would: parsed input, an answer that must be as declared. */
async function ask(
  url: string,
  query: Record<string, string> = {},
  who: Actor = actor,
): Promise<{ status: number; body: any }> {
  const pattern = (template: string) => new RegExp(`^${template.replace(/:\w+/g, '([^/]+)')}$`);
  const found = ledger.routes.find((one) => pattern(one.url).test(url));
  if (!found) throw new Error(`no route for ${url}`);
  const params = found.params === undefined ? undefined : { id: pattern(found.url).exec(url)?.[1] };
  const input = readInput(found as never, { params, query, body: undefined });
  const call = { ...input, actor: who, now: clock.now(), address: '', headers: {}, requestId: 'r' } as unknown as Call<
    never,
    never,
    never
  >;
  const answer = await found.handle(call);
  checkAnswer(found, answer);
  return { status: answer.status, body: answer.body };
}

const listed = async (query: Record<string, string> = {}, who: Actor = actor) =>
  (await ask('/api/v1/pages', query, who)).body.items.map((row: { id: string }) => Number(row.id.slice(-2)));

test('pages are listed newest first; groups of routes that do not page are none', async () => {
  expect(await listed()).toEqual([2, 4, 3, 1]);
});

test.each<[Record<string, string>, readonly number[]]>([
  [{ state: 'firing' }, [2, 1]],
  [{ state: 'acknowledged' }, [3]],
  [{ state: 'resolved' }, [4]],
  [{ severity: '2,3' }, [2]],
  [{ team: idOf('payload', 900) }, [2]],
  [{ service: idOf('payload', 901), state: 'firing' }, [2]],
  [{ mine: 'true' }, [2, 3, 1]],
  [{ mode: 'page', state: 'firing' }, [2, 1]],
  [{ mode: 'ticket' }, [6]],
  [{ mode: 'ticket', state: 'resolved' }, []],
])('pages filtered by %j', async (query, expected) => {
  expect(await listed(query)).toEqual(expected);
});

test('what called nobody of mine is not mine', async () => {
  expect(await listed({ mine: 'true' }, stranger)).toEqual([]);
});

test('a cursor goes on where the list ended, without a gap or a repeat', async () => {
  const seen: number[] = [];
  for (let cursor: string | null = null; ; ) {
    const { body } = await ask('/api/v1/pages', { limit: '1', ...(cursor === null ? {} : { cursor }) });
    seen.push(...body.items.map((row: { id: string }) => Number(row.id.slice(-2))));
    cursor = body.nextCursor;
    if (cursor === null) break;
  }
  expect(seen).toEqual([2, 4, 3, 1]);
  await expect(ask('/api/v1/pages', { cursor: Buffer.from('["x","y"]').toString('base64url') })).rejects.toMatchObject({
    code: 'CURSOR_INVALID',
  });
});

test('a row says state, age, holder, counts, and when it escalates to whom', async () => {
  const { body } = await ask('/api/v1/pages', { zone: 'Europe/Berlin' });
  expect(body.items[0]).toMatchObject({
    state: 'firing',
    severity: 2,
    service: { name: 'Checkout' },
    team: { name: 'Payments' },
    ageSeconds: 59,
    holder: null,
    counts: { firing: 1, total: 1 },
    mine: true,
    next: {
      kind: 'new-round',
      at: after(300).toString(),
      to: [{ id: ann, name: 'Ann' }],
      sentence: 'Starts again with Ann at 04:05:00.',
    },
  });
  expect(body.items[1]).toMatchObject({ state: 'resolved', ageSeconds: 40, next: null });
  expect(body.items[2]).toMatchObject({
    state: 'acknowledged',
    holder: { name: 'Ann' },
    next: { kind: 'acknowledgement-expires' },
  });
});

test('a page shows its chain with reasons and its newest alerts', async () => {
  const { body } = await ask(`/api/v1/pages/${idOf('group', 3)}`);
  expect(body.chain.links.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`)).toEqual([
    'accepted stored',
    'routed stored',
    'grouped stored',
    'escalated stored',
    'queued stored',
    'sent stored',
    'receipt stored',
    'acknowledged answered',
    'resolved not-yet',
  ]);
  expect(body.chain.links[0].sentence).toBe('On disk from Prometheus, decided 9 ms after it arrived.');
  expect(body.chain.links[5].entries.map(({ sentence }: { sentence: string }) => sentence)).toEqual([
    'Try 1, email to Ann (work): call begun.',
    'Try 1, email to Ann (work): taken by the provider.',
  ]);
  expect(body).toMatchObject({
    route: { name: 'Everything' },
    policy: { name: 'Payments' },
    members: [{ title: 'Checkout errors', labels: { service: 'checkout' } }],
  });
  expect((await ask(`/api/v1/pages/${idOf('group', 3)}/chain`)).body).toEqual(body.chain);
});

test('a page is found by its number too, as links in messages name it, and says its id', async () => {
  const byId = await ask(`/api/v1/pages/${idOf('group', 3)}`);
  const { number } = byId.body.page;
  expect(await ask(`/api/v1/pages/${number}`)).toEqual(byId);
  expect((await ask(`/api/v1/pages/${number}/chain`)).body).toEqual(byId.body.chain);
  await expect(ask('/api/v1/pages/999999')).rejects.toMatchObject({ code: 'PAGE_NOT_FOUND' });
  for (const neither of ['0', '-1', '3x', '9'.repeat(16)])
    await expect(ask(`/api/v1/pages/${neither}`)).rejects.toMatchObject({ code: 'BODY_INVALID' });
});

test('no address of a person leaves with a page', async () => {
  expect(JSON.stringify((await ask(`/api/v1/pages/${idOf('group')}`)).body)).not.toContain('ann@example.org');
});

test('a page that does not exist, a zone that does not exist', async () => {
  await expect(ask(`/api/v1/pages/${idOf('group', 99)}`)).rejects.toMatchObject({ code: 'PAGE_NOT_FOUND' });
  await expect(ask('/api/v1/pages', { zone: 'Mars/Base' })).rejects.toMatchObject({ code: 'BODY_INVALID' });
});

test('the engine is healthy while wake-ups are taken in time', async () => {
  expect(await ask('/healthz/engine')).toEqual({ status: 200, body: { ok: true, lateSeconds: 0 } });
  await run(`UPDATE alert_groups SET run_at = '${after(55)}' WHERE id = '${idOf('group')}'`);
  expect(await ask('/healthz/engine')).toEqual({ status: 503, body: { ok: false, lateSeconds: 5 } });
  expect((await ask('/api/v1/health/engine')).body).toMatchObject({
    ok: false,
    queues: [
      { name: 'groups', due: 0 },
      { name: 'runs', due: 1 },
      { name: 'notifications', due: 0 },
    ],
    emergency: { configured: false },
  });
  await run(`UPDATE alert_groups SET run_at = '${after(300)}' WHERE id = '${idOf('group')}'`);
});

test('the verifier answers over the wire', async () => {
  const { body } = await ask('/api/v1/verify');
  expect(body.invariants.map(({ invariant }: { invariant: string }) => invariant)).toEqual([
    '1',
    '2',
    '3',
    '4',
    '5',
    '7',
    '10',
  ]);
});

test('the verifier looks for as long as it is told, an hour at most', async () => {
  const { body } = await ask('/api/v1/verify', { budgetSeconds: '3600' });
  expect(body.complete).toBe(true);
  for (const budgetSeconds of ['0', '3601', '1.5'])
    await expect(ask('/api/v1/verify', { budgetSeconds })).rejects.toMatchObject({ code: 'BODY_INVALID' });
});
