import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { withClient } from '../harness/run.ts';
import { configure, Load } from './load.ts';
import { openSink, type Sink } from './sink.ts';
import { Victim } from './victim.ts';

/** How long a dead sender's rows are left to it. */
const LEASE_MS = 20_000;
/** What a step may be late besides: two busy cores, one process doing the work of two. */
const MARGIN_MS = 5_000;
const STEP_SECONDS = 3;
/** What a process holds at most: calls under way and in their queue. */
const IN_FLIGHT = 64;

let sink: Sink;
let database: TestDatabase;
let victims: readonly Victim[] = [];
let dir = '';

afterEach(async () => {
  await Promise.all(victims.map((victim) => victim.stop()));
  sink.close();
  await database.drop();
  rmSync(dir, { recursive: true, force: true });
});

/** Two processes as an operator runs them: one database, one secret key, the rest their own. */
async function startTwo(): Promise<{ readonly survivor: Victim; readonly victim: Victim }> {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-two-'));
  database = await createTestDatabase();
  const secretKey = randomBytes(32).toString('hex');
  const settings = { DATABASE_URL: database.connectionString, TOCSIN_SECRET_KEY: secretKey };
  const survivor = new Victim({ dir: join(dir, 'a'), settings });
  const victim = new Victim({ dir: join(dir, 'b'), command: 'serve', settings });
  victims = [survivor, victim];
  await survivor.start();
  await victim.start();
  return { survivor, victim };
}

/** A call that was made, beside the row that ordered it. */
interface StepCall {
  readonly alert: string;
  readonly key: string;
  /** The run, the round and the step; each may be called with one key only. */
  readonly step: string;
  readonly lateMs: number;
  /** The process whose links it carries. */
  readonly by: Victim | undefined;
}

async function readCalls(): Promise<readonly StepCall[]> {
  const text = "SELECT id, concat_ws('/', run_id, round, step) AS step, due_at FROM notifications WHERE kind = 'page'";
  const { rows } = await withClient(database.connectionString, (client) =>
    client.query<{ id: string; step: string; due_at: Date }>(text),
  );
  const ordered = new Map(rows.map((row) => [row.id, row]));
  return sink.calls.map(({ alert, key, atMs, body }) => {
    const row = ordered.get(key);
    if (!row) throw new Error(`a call with the key ${key}, which no row has`);
    const by = victims.find((process) => isBy(process, { body }));
    return { alert, key, step: row.step, lateMs: atMs - Number(row.due_at), by };
  });
}

async function countUnfinished(): Promise<number> {
  const text = "SELECT count(*)::int AS count FROM notifications WHERE state IN ('queued', 'leased')";
  const { rows } = await withClient(database.connectionString, (client) => client.query<{ count: number }>(text));
  return rows[0]?.count ?? 0;
}

/** Whether a process made a call: its own address is in the links. */
const isBy = ({ url }: Victim, call: { readonly body: string } | undefined) => call?.body.includes(`${url}/`) ?? false;

const by = <T>(items: readonly T[], key: (item: T) => string) => [...Map.groupBy(items, key).values()];

it('two processes on one database make each call once; killing one loses nothing and delays nothing beyond its lease', async () => {
  sink = await openSink({ answerAfterMs: 120 });
  const { survivor, victim } = await startTwo();
  await configure(survivor, { sinkUrl: sink.url, delaysSeconds: [STEP_SECONDS, 86_400] });
  const first = survivor.alertmanagerUrl;
  const second = first.replace(survivor.url, victim.url);
  // To either in turn, and every third batch to both at once.
  const load = new Load({ rate: 40, targets: (batch) => [[first], [second], [first, second]][batch % 3] ?? [] });
  const running = load.run();

  // Steps of earlier alerts fall before, at and after the kill, which comes while a call of the victim's waits for its answer.
  await sleep(5_000);
  while (!isBy(victim, sink.calls.at(-1))) await sleep(2);
  await victim.killForGood();
  const killedAtMs = Date.now();
  await sleep(5_000);
  await load.stop();
  await running;

  const done = async () => {
    const keys = sink.keysByAlert();
    return [...load.accepted].every((alert) => new Set(keys.get(alert)).size >= 2) && (await countUnfinished()) === 0;
  };
  while (!(await done()) && Date.now() < killedAtMs + LEASE_MS + STEP_SECONDS * 1_000 + 2 * MARGIN_MS) await sleep(100);
  const calls = await readCalls();
  const steps = by(calls, ({ step }) => step);
  const stepsOf = (alert: string) => new Set(calls.filter((call) => call.alert === alert).map(({ step }) => step)).size;

  expect(load.accepted.size).toBeGreaterThan(200);
  expect(load.refused, 'offers to the dead process').toBeGreaterThan(0);
  expect(
    [...load.accepted].filter((alert) => stepsOf(alert) !== 2),
    'accepted alerts without exactly two steps',
  ).toEqual([]);
  expect(
    steps.filter((group) => new Set(group.map(({ key }) => key)).size > 1),
    'steps called with two keys',
  ).toEqual([]);
  expect(
    steps.filter((group) => group.length > 2),
    'calls repeated more than once',
  ).toEqual([]);
  expect(
    calls.filter(({ lateMs }) => lateMs > LEASE_MS + MARGIN_MS),
    'calls later than the lease',
  ).toEqual([]);

  // The kill hit calls under way, and only what the dead process held waited for its lease.
  for (const process of victims) expect(calls.some((call) => call.by === process)).toBe(true);
  expect(steps.filter((group) => group.length === 2).length, 'calls made again').toBeGreaterThan(0);
  expect(calls.filter(({ lateMs }) => lateMs > MARGIN_MS).length, 'calls that waited').toBeLessThanOrEqual(IN_FLIGHT);
  expect(await survivor.verify()).toEqual({ ok: true, violations: [] });
}, 120_000);
