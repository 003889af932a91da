import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { codeOf, postgresError } from './errors.ts';
import type { Installation, Server } from './server.ts';
import { connectionString, DATABASE } from './settings.ts';

/** Replaying 2 GB of log on a slow disk takes minutes; killing it meanwhile would only begin it again. */
const RECOVERY_MS = 300_000;
/** An adopted server that is silent for so long hangs, or has just begun its recovery: ended and launched anew. */
const ADOPTED_MS = 30_000;
const NOTICE_MS = 5_000;

/**
 * Waits until the product's database takes connections, making it at the first start. Gives `ended` when the server
 * process ends first, `silent` when an adopted one does not answer; throws when the server refuses our password, when
 * the time is up, or when the wait is called off.
 */
export async function waitUntilReady(
  inst: Installation,
  server: Server,
  signal: AbortSignal,
): Promise<'ready' | 'ended' | 'silent'> {
  const begun = performance.now();
  let noticed = begun;
  while (!server.hasEnded()) {
    signal.throwIfAborted();
    if (await connects(inst)) return 'ready';
    const now = performance.now();
    if (server.startedBy === 'adopted' && now - begun > ADOPTED_MS) return 'silent';
    if (now - begun > RECOVERY_MS) {
      const message = `PostgreSQL was not ready after ${RECOVERY_MS / 1_000} s. Read ${inst.logFile}, then start again.`;
      throw postgresError('POSTGRES_START_TIMEOUT', message);
    }
    if (now - noticed > NOTICE_MS) {
      noticed = now;
      inst.log(`Waiting for PostgreSQL (${Math.round((now - begun) / 1_000)} s; after a crash it replays its log).`);
    }
    await sleep(20);
  }
  return 'ended';
}

async function connects(inst: Installation): Promise<boolean> {
  try {
    await withClient(inst, DATABASE, (client) => client.query('SELECT 1'));
    return true;
  } catch (error) {
    switch (codeOf(error)) {
      case '3D000': // no such database: the first start
        await withClient(inst, 'postgres', (client) => client.query(`CREATE DATABASE ${DATABASE}`));
        return true;
      case '28P01':
      case '28000': {
        const message = `PostgreSQL in ${inst.pgDir} refuses the password in ${inst.dataDir}/postgres.password. Put back the file that belongs to this data.`;
        throw postgresError('POSTGRES_PASSWORD_REFUSED', message, error);
      }
      case undefined:
      default:
        return false; // not listening yet, or still starting
    }
  }
}

async function withClient(
  inst: Installation,
  database: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({
    connectionString: connectionString(inst.endpoint, inst.password, database),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {}); // a connection cut by a dying server; the awaited call fails by itself
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
