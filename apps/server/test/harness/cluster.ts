import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownerOf } from '#platform/postgres/owner-lock';
import { lives, processFacts, signalProcess, until } from '#platform/postgres/processes';
import { serversOf } from '#platform/postgres/server';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#platform/postgres/supervisor';
import { openRun, type TestRun } from './run.ts';

/** The PostgreSQL of one test run. */
export interface TestCluster {
  readonly run: TestRun;
  stop(): Promise<void>;
}

const FOLDER = 'tocsin-test-';
const LEFT_BEHIND_MS = 600_000;

/**
 * Starts the cluster of a test run: the server named by TEST_DATABASE_URL or DATABASE_URL (15 to 18, a role that may
 * create databases), else a throw-away one that is quick and not crash-safe.
 */
export async function startTestCluster(): Promise<TestCluster> {
  const outside = process.env['TEST_DATABASE_URL'] || process.env['DATABASE_URL'];
  if (outside) {
    const run = await openRun(outside);
    return { run, stop: () => run.close() };
  }
  await removeLeftBehind();
  const dataDir = await mkdtemp(join(tmpdir(), FOLDER));
  const server = await startIn(dataDir);
  const forget = endWithProcess(server, dataDir);
  const stop = async () => {
    forget();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const run = await openRun(server.connectionString);
    return {
      run,
      async stop() {
        await run.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startIn(dataDir: string): Promise<EmbeddedPostgres> {
  try {
    return await startEmbeddedPostgres({ dataDir, durable: false, maxConnections: 200 });
  } catch (error) {
    // The error carries the end of the log.
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

// Ctrl-C and process.exit() leave no time for a shutdown, and nothing in this cluster is worth one.
function endWithProcess(server: EmbeddedPostgres, dataDir: string): () => void {
  const end = () => {
    const facts = processFacts(server.pid);
    if (facts) signalProcess(facts, 'SIGQUIT');
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  };
  const endOnSignal = (signal: NodeJS.Signals) => {
    end();
    // Where the runner listens too, leaving is its business.
    if (process.listenerCount(signal) === 0) process.exit(130);
  };
  process.once('exit', end);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, endOnSignal);
  return () => {
    process.off('exit', end);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, endOnSignal);
  };
}

/** Ends the clusters of test runs that were killed, and removes their files. */
async function removeLeftBehind(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const dataDir = join(tmpdir(), name);
    if (!name.startsWith(FOLDER) || (await ownerOf(dataDir)) !== undefined) continue;
    const left = serversOf(join(dataDir, 'pg'), undefined);
    // A young folder without a server may belong to a run that is just beginning.
    if (left.length === 0 && (await ageMs(dataDir)) < LEFT_BEHIND_MS) continue;
    for (const facts of left) signalProcess(facts, 'SIGKILL');
    await until(() => !left.some(lives), 5_000);
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function ageMs(path: string): Promise<number> {
  const changed = (await stat(path).catch(() => undefined))?.mtimeMs;
  return changed === undefined ? 0 : Temporal.Now.instant().epochMilliseconds - changed;
}
