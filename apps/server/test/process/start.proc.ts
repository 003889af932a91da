import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cleanUp, eventually, pidsOf, privateDirectory } from './postgres-fixture.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const READY_WITHIN_MS = 60_000;

interface Ready {
  readonly url: string;
  readonly apiKey: string;
  readonly integrations: { readonly alertmanager: { readonly url: string } };
}

/** `npm start` as somebody types it, in a process group of its own. */
interface Start {
  readonly npm: ChildProcess;
  readonly ready: Ready;
  /** From the command to the ready file, milliseconds. */
  readonly tookMs: number;
  ended(): boolean;
}

let directory: string;
let dataDir: string;
let starts: ChildProcess[];

beforeEach(async () => {
  // Mode 0700: as root nobody else may pass it, PostgreSQL's own user neither.
  directory = await privateDirectory();
  dataDir = join(directory, 'data');
  starts = [];
});

afterEach(async () => {
  for (const { pid } of starts) signalQuietly(-(pid as number), 'SIGKILL');
  for (const pid of processesOn(directory)) signalQuietly(pid, 'SIGKILL');
  await cleanUp(directory, dataDir);
});

/** Everything that names the directory on its command line: the server, its PostgreSQL, npm itself. */
function processesOn(path: string): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandOf(pid).includes(path)).map(Number);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone, which is what was wanted.
  }
}

/** The environment of a shell, without what a running npm or this test run adds to it. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const mine = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_|TOCSIN_|DATABASE_URL)/.test(name));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(mine), PATH: path.join(delimiter) };
}

async function npmStart(): Promise<Start> {
  const readyFile = join(directory, 'ready.json');
  rmSync(readyFile, { force: true });
  const options = ['--quiet', '--port', '0', '--data-dir', dataDir, '--ready-file', readyFile];
  const from = performance.now();
  const npm = spawn('npm', ['start', '--', ...options], {
    cwd: ROOT,
    env: plainEnvironment(),
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  starts.push(npm);
  let said = '';
  npm.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  });
  const ended = () => npm.exitCode !== null || npm.signalCode !== null;
  await eventually('npm start is ready', () => existsSync(readyFile) || ended(), READY_WITHIN_MS);
  if (!existsSync(readyFile)) throw new Error(`npm start ended with ${npm.exitCode}:\n${said}`);
  const ready = JSON.parse(readFileSync(readyFile, 'utf8')) as Ready;
  return { npm, ready, tookMs: performance.now() - from, ended };
}

async function sendAlert({ ready }: Start, alertname: string): Promise<number> {
  const answer = await fetch(`${ready.integrations.alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ labels: { alertname, severity: 'critical' } }]),
  });
  return answer.status;
}

/** The titles of the open alerts, asked for with a key of an earlier start. */
async function alertsOf(start: Start, apiKey: string): Promise<readonly string[]> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const answer = await fetch(`${start.ready.url}/api/v1/alerts`, { headers });
  const { items } = (await answer.json()) as { items: readonly { title: string }[] };
  return items.map(({ title }) => title);
}

/** Where npm can wait for the server it does, so that nothing is left at its end. */
async function endsLast(start: Start): Promise<void> {
  await eventually('npm has ended', start.ended);
  expect([...processesOn(directory), ...pidsOf(dataDir)]).toEqual([]);
}

describe('npm start', () => {
  test('SIGTERM to npm leaves no process; a second start keeps the data and is ready within ten seconds', async () => {
    const first = await npmStart();
    const { apiKey } = first.ready;
    expect(await sendAlert(first, 'Kept')).toBe(200);
    first.npm.kill('SIGTERM');
    await endsLast(first);

    const second = await npmStart();
    expect(second.tookMs).toBeLessThan(10_000);
    expect(second.ready.apiKey).toBe(apiKey);
    expect(await alertsOf(second, apiKey)).toEqual(['Kept']);
    second.npm.kill('SIGTERM');
    await endsLast(second);
  });

  test('Ctrl-C, which reaches the server twice, and a closed terminal leave no process', async () => {
    for (const signal of ['SIGINT', 'SIGHUP'] as const) {
      const start = await npmStart();
      process.kill(-(start.npm.pid as number), signal);
      await eventually('all have ended', () => processesOn(directory).length + pidsOf(dataDir).length === 0);
    }
  });

  test('after kill -9 of npm alone, or of all but PostgreSQL, the next start needs no hand', async () => {
    const first = await npmStart();
    const { apiKey } = first.ready;
    expect(await sendAlert(first, 'Kept')).toBe(200);
    first.npm.kill('SIGKILL');

    const second = await npmStart();
    expect(await alertsOf(second, apiKey)).toEqual(['Kept']);
    process.kill(-(second.npm.pid as number), 'SIGKILL');
    await eventually('npm is dead', second.ended);

    const third = await npmStart();
    expect(await alertsOf(third, apiKey)).toEqual(['Kept']);
    third.npm.kill('SIGTERM');
    await endsLast(third);
  });
});
