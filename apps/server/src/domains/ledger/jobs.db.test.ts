import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, openDatabases } from '#platform/db';
import { silentLog } from '#platform/log';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import type { OutwardCall, OutwardResult } from './adapters/outward-call.ts';
import type { LedgerPorts } from './ports.ts';
import { createLedger, type Ledger } from './service.ts';
import { after } from './testkit.ts';
import { idOf, pageSql, peopleSql } from './testkit-sql.ts';

const clock = createManualClock(after(60));
let database: TestDatabase;
let db: Databases;
let dataDir: string;
let ledger: Ledger;
let calls: OutwardCall[];
let mails: string[];
let shipped: number[];
let answer: OutwardResult;

const run = (text: string) => db.paging.executeQuery(CompiledQuery.raw(text));
const runAll = async (text: string) => {
  for (const statement of text.split(/;\s*\n/)) if (statement.trim() !== '') await run(statement);
};
const ann = idOf('user');
const ports: LedgerPorts = {
  nameOf: () => 'Ann',
  peopleOf: (target) => (target.kind === 'user' ? [target.id] : []),
  lastResort: () => [{ kind: 'user', id: ann }],
  watchedJobs: () => [{ name: 'ledger.watch', everySeconds: 10 }],
  seals: {
    newestSeal: async () => ({ n: 7, hash: 'ab'.repeat(32) }),
    markShipped: async (n) => void shipped.push(n),
    unsealedSince: async () => null,
    verifySeals: async () => ({
      sealed: 7,
      erased: 0,
      unsealed: 0,
      retired: 0,
      newest: null,
      faults: [],
      moreFaults: 0,
    }),
  },
  mail: async ({ to, text }) => {
    mails.push(`${to}: ${text.slice(0, 30)}`);
    return { ok: true };
  },
};

function build(
  over: { readonly db?: Databases; readonly webhookUrl?: string | null; readonly mail?: LedgerPorts['mail'] } = {},
): Ledger {
  const { webhookUrl = 'https://chat.example/hook' } = over;
  return createLedger({
    db: over.db ?? db,
    clock,
    config: createConfigCache((over.db ?? db).paging),
    log: silentLog(),
    ports: { ...ports, mail: over.mail === undefined ? null : over.mail },
    call: async (call) => {
      calls.push(call);
      return answer;
    },
    appConfig: {
      emergency: { webhookUrl, mailTo: null },
      heartbeat: { url: 'https://outside.example/beat', method: 'POST', everySeconds: 60 },
      dataDir,
      node: 'n1',
    },
  });
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  await runAll(peopleSql());
});

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tocsin-ledger-'));
  [calls, mails, shipped, answer] = [[], [], [], { ok: true }];
  clock.set(after(60));
  await run("DELETE FROM settings WHERE key LIKE 'ledger.%'");
  await run(
    'TRUNCATE alerts, alert_events, alert_groups, alert_group_members, escalation_runs, page_events, notifications, notification_attempts, event_payloads',
  );
  await runAll(pageSql(1) + pageSql(2));
  ledger = build();
  return () => rm(dataDir, { recursive: true, force: true });
});

afterAll(async () => {
  await db?.close();
  await database?.drop();
});

const said = () => calls.map(({ body }) => (JSON.parse(body ?? '{}') as { text?: string }).text ?? '');

/** Watches every 10 s from 60 s on for so long; answers the keys of what was found last. */
async function watchFor(seconds: number): Promise<readonly string[]> {
  let keys: readonly string[] = [];
  for (let s = 60; s <= 60 + seconds; s += 10) {
    clock.set(after(s));
    keys = (await ledger.jobs.watch(after(s))).map(({ key }) => key);
  }
  return keys;
}

test('pages that travel as they should raise no alarm', async () => {
  expect(await watchFor(60)).toEqual([]);
  expect(calls).toEqual([]);
});

const group = idOf('group');
const notification = idOf('notification');
const endRun = `UPDATE escalation_runs SET live = false, phase = 'ended', ended_at = '${after(5)}', end_reason = '{"kind":"resolved"}' WHERE id = '${idOf('run')}';
  UPDATE alert_groups SET run_at = NULL WHERE id = '${group}';
`;

test.each<[string, string, string]>([
  ['a firing page that lost run, wake-up and reason', endRun, `page-lost:${group}`],
  [
    'an accepted alert whose page is gone',
    `DELETE FROM escalation_runs WHERE group_id = '${group}';\nDELETE FROM alert_groups WHERE id = '${group}'`,
    `page-lost:${idOf('alert')}`,
  ],
  [
    'an accepted alert whose page was closed',
    `${endRun} UPDATE alert_groups SET open = false WHERE id = '${group}'`,
    `page-lost:${group}`,
  ],
  [
    'a live run that lost its wake-up',
    `UPDATE alert_groups SET run_at = NULL WHERE id = '${group}'`,
    `run-without-wake-up:${group}`,
  ],
  [
    'a wake-up that lost its run',
    `DELETE FROM escalation_runs WHERE group_id = '${group}'`,
    `wake-up-without-run:${group}`,
  ],
  [
    'a page whose decision fails again and again',
    `UPDATE alert_groups SET failures = 3 WHERE id = '${group}'`,
    `decision-fails:${group}`,
  ],
])('the watch finds at once: %s', async (_what, sql, key) => {
  await runAll(sql);
  expect(await watchFor(0)).toEqual([key]);
  expect(said()).toHaveLength(1);
});

test.each<[string, string, string]>([
  [
    'a step of an escalation that nobody takes',
    `UPDATE alert_groups SET run_at = '${after(60)}' WHERE id = '${group}'`,
    'wake-up-late:runs',
  ],
  [
    'a decision that nobody takes',
    `UPDATE alert_groups SET flush_at = '${after(60)}' WHERE id = '${group}'`,
    'wake-up-late:groups',
  ],
  [
    'a message that nobody takes',
    `UPDATE notifications SET state = 'queued', sent_at = NULL, wake_at = '${after(60)}', attempts = 0 WHERE id = '${notification}'`,
    'wake-up-late:notifications',
  ],
  [
    'a message whose sender never came back',
    `UPDATE notifications SET state = 'leased', lease = gen_random_uuid(), sent_at = NULL, wake_at = '${after(60)}', attempts = 0 WHERE id = '${notification}'`,
    'lease-lost',
  ],
  [
    'a page that is tried again and again',
    `UPDATE notifications SET state = 'queued', sent_at = NULL, due_at = '${after(60)}', wake_at = '${after(600)}', attempts = 2 WHERE id = '${notification}'`,
    'page-unsent:email',
  ],
])('the watch finds after 30 s: %s', async (_what, sql, key) => {
  await runAll(sql);
  expect(await watchFor(30)).toEqual([]);
  expect(await watchFor(40)).toEqual([key]);
});

test('a stall is told once, also when the process that watches changes, and told over when it is mended', async () => {
  await runAll(`UPDATE alert_groups SET run_at = NULL WHERE id = '${group}'`);
  await watchFor(0);
  ledger = build();
  await watchFor(120);
  expect(said()).toHaveLength(1);
  await run(`UPDATE alert_groups SET run_at = '${after(300)}' WHERE id = '${group}'`);
  clock.set(after(190));
  await ledger.jobs.watch(after(190));
  expect(said()[1]).toMatch(/^Over: /);
});

test('without a channel the last resort is told by mail', async () => {
  await runAll(`UPDATE alert_groups SET run_at = NULL WHERE id = '${group}'`);
  ledger = build({ webhookUrl: null, mail: ports.mail });
  await watchFor(0);
  expect(mails).toEqual(['ann@example.org: Tocsin itself is in trouble an']);
});

test('the heartbeat goes out after a watch, with the newest seal, and marks it as shipped', async () => {
  expect(await ledger.jobs.heartbeat(after(60))).toMatchObject({ sentAt: null, reason: 'watch-never-ran' });
  await watchFor(0);
  expect(await ledger.jobs.heartbeat(after(70))).toEqual({ sentAt: after(70), reason: null });
  expect(calls).toHaveLength(1);
  expect(JSON.parse(calls[0]?.body ?? '')).toEqual({ at: after(70).toString(), seal: { n: 7, hash: 'ab'.repeat(32) } });
  expect(shipped).toEqual([7]);
});

test('the heartbeat stays away when the watcher stopped, the engine is late, or an alarm reached nobody', async () => {
  await watchFor(0);
  expect((await ledger.jobs.heartbeat(after(121))).reason).toBe('watch-late');
  await run(`UPDATE alert_groups SET run_at = '${after(60)}' WHERE id = '${group}'`);
  expect((await ledger.jobs.heartbeat(after(65))).reason).toBe('engine-late');
  answer = { ok: false, retryable: true, reason: 'timeout', detail: '' };
  await run(`UPDATE alert_groups SET run_at = NULL WHERE id = '${group}'`);
  await watchFor(0);
  expect((await ledger.jobs.heartbeat(after(60))).reason).toBe('alarm-untold');
  expect(shipped).toEqual([]);
});

test('a heartbeat that the outside did not take is not sent, and ships nothing', async () => {
  await watchFor(0);
  answer = { ok: false, retryable: false, reason: 'refused', detail: 'HTTP 404' };
  expect((await ledger.jobs.heartbeat(after(61))).reason).toBe('refused');
  expect(shipped).toEqual([]);
});

const copyJob = () => ledger.jobs.jobs.find(({ name }) => name === 'ledger.emergency-copy');

test('the emergency copy holds the last resort’s names and addresses and the open pages, for our eyes only', async () => {
  await writeFile(join(dataDir, 'emergency.json.new'), 'left behind', { mode: 0o644 });
  await copyJob()?.run(after(60));
  const file = join(dataDir, 'emergency.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    contacts: [{ name: 'Ann', addresses: [{ channel: 'email', address: 'ann@example.org' }] }],
    openCount: 2,
    openPages: [{ title: 'Checkout errors', severity: 1, acknowledged: false }, {}],
  });
});

test('without a database each node calls for help once after 60 s from its copy, and once more when it is back', async () => {
  await copyJob()?.run(after(60));
  let gone = true;
  const dead = openDatabases({ connectionString: 'postgresql://nobody@127.0.0.1:1/none', onError: () => {} });
  const either = {
    ...db,
    get paging() {
      return gone ? dead.paging : db.paging;
    },
  };
  ledger = build({ db: either, mail: ports.mail });
  for (let s = 60; s <= 200; s += 1) {
    clock.set(after(s));
    await ledger.jobs.lookAtDatabase(after(s));
  }
  expect(said()).toHaveLength(1);
  expect(said()[0]).toMatch(
    /^Tocsin on n1 has had no database for 1 m 0 s.*2 pages open.*Checkout errors.*Last resort: Ann\.$/,
  );
  expect(mails).toHaveLength(1);
  gone = false;
  await ledger.jobs.lookAtDatabase(after(210));
  await ledger.jobs.lookAtDatabase(after(220));
  expect(said()[1]).toMatch(/^Tocsin on n1 has its database back after 2 m 30 s\./);
  expect(said()).toHaveLength(2);
  await dead.close();
});
