import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { lives, signalProcess } from '#platform/postgres/processes';
import { serversOf } from '#platform/postgres/server';
import type { EmbeddedPostgresOptions } from '#platform/postgres/supervisor';
import type { ParentTask } from './postgres-parent.ts';

/** A parent process and what it has said. */
export interface Parent {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** Waits for a line that begins so, and gives the rest of it. */
  said(word: string): Promise<string>;
  ended(): boolean;
}

/** Waits for a condition, looking every 20 ms; fails by name after the deadline. */
export async function eventually(what: string, condition: () => unknown, milliseconds = 30_000): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`did not happen in ${milliseconds} ms: ${what}`);
    await sleep(20);
  }
}

/** A directory of mode 0700; nobody but its owner may pass. */
export async function privateDirectory(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'tocsin-proc-')));
}

/** The pids of every process that serves the data directory. */
export function pidsOf(dataDir: string): readonly number[] {
  return serversOf(join(dataDir, 'pg'), undefined).map((facts) => facts.pid);
}

/** Ends what a failed test may have left, and removes its directory. */
export async function cleanUp(directory: string, dataDir: string): Promise<void> {
  const left = serversOf(join(dataDir, 'pg'), undefined);
  for (const facts of left) signalProcess(facts, 'SIGKILL');
  await eventually('leftovers are gone', () => !left.some(lives));
  const elsewhere = await readFile(join(dataDir, 'socket-directory'), 'utf8').catch(() => undefined);
  if (elsewhere) await rm(elsewhere, { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
}

/** How a parent is run. */
export interface ParentRun {
  readonly next?: ParentTask['next'];
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
}

/** Starts a parent on a data directory. */
export function startParent(options: EmbeddedPostgresOptions, run: ParentRun = {}): Parent {
  const script = join(import.meta.dirname, 'postgres-parent.ts');
  const task: ParentTask = { options, next: run.next ?? 'wait' };
  const child = spawn(process.execPath, [script, JSON.stringify(task)], {
    env: run.env ?? process.env,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(run.uid === undefined ? {} : { uid: run.uid, gid: run.uid }),
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    lines,
    ended,
    async said(word) {
      const find = () => lines.find((line) => line.startsWith(`${word} `));
      await eventually(`the parent says ${word}; it said ${lines.join(' / ')}`, () => find() ?? (ended() && find()));
      return find()?.slice(word.length + 1) ?? '';
    },
  };
}

/** What a parent says when its server is ready. */
export async function ready(parent: Parent): Promise<{ connectionString: string; pid: number; startedBy: string }> {
  return JSON.parse(await parent.said('ready'));
}

/** What a parent says when it may not start. */
export async function refused(parent: Parent): Promise<{ code: string; message: string }> {
  return JSON.parse(await parent.said('refused'));
}

/** One statement on a connection of its own. */
export async function query<T extends pg.QueryResultRow>(connectionString: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {}); // servers are killed here
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Kills a process for good and waits until it is reaped. */
export async function kill(parent: Parent): Promise<void> {
  parent.child.kill('SIGKILL');
  await eventually('the parent is dead', parent.ended);
}
