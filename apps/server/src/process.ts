import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createLog } from '#platform/log';
import { migrate } from '#platform/migrate';
import { dropStartupGarbage } from '#platform/memory';
import { testPasswords } from '#platform/passwords';
import { cutOffAfter } from '#platform/cut-off';
import { stopAsked } from '#platform/stop-asked';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#platform/postgres/supervisor';
import { type App, createApp } from './app.ts';
import type { Config } from './config.ts';

/** How a process is run. */
export interface ProcessOptions {
  readonly config: Config;
  readonly demo: boolean;
  readonly quiet: boolean;
  readonly readyFile: string | null;
}

/** A stop that takes longer is cut off: a process manager would kill it anyway, with less order. */
const STOP_WITHIN_MS = 20_000;

/** A process that lost its npm notices within a quarter second, and then stops in order: the next start waits for that. */
const WAIT_FOR_OWNER_MS = 6_000;

/** Runs Tocsin until it is asked to stop; answers the exit code. */
export async function runProcess(options: ProcessOptions): Promise<number> {
  const { config } = options;
  const log = createLog({ level: config.logLevel });
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const stop = stopAsked();
  // Also a start that hangs, as on a database that does not answer.
  void stop.then(() => cutOffAfter(STOP_WITHIN_MS));
  await testPasswords();
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const postgres = await startPostgres(config, say, (line) => log.info({ postgres: line }, 'postgres'));
  let app: App | null = null;
  try {
    const connectionString = postgres?.connectionString ?? (config.databaseUrl as string);
    const { applied } = await migrate(connectionString).catch((error: unknown) => {
      throw postgres ? error : ofDatabaseUrl(error);
    });
    if (applied.length > 0) say(`Database prepared (${applied.length} migrations).`);
    app = await createApp({ config, connectionString, log, demo: options.demo ? { traffic: !options.quiet } : null });
    const ready = await app.start();
    if (options.readyFile) writeWhole(options.readyFile, `${JSON.stringify(ready)}\n`);
    say(greeting(ready));
    dropStartupGarbage();
    say(`Stopping (${await stop})…`);
    return 0;
  } finally {
    cutOffAfter(STOP_WITHIN_MS);
    await app?.stop();
    await postgres?.stop();
  }
}

async function startPostgres(
  config: Config,
  say: (text: string) => void,
  log: (line: string) => void,
): Promise<EmbeddedPostgres | null> {
  if (config.databaseUrl) return null;
  say(`Starting the embedded PostgreSQL in ${config.dataDir}…`);
  return startEmbeddedPostgres({
    dataDir: config.dataDir,
    waitForOwnerMs: WAIT_FOR_OWNER_MS,
    log,
    ...(config.postgresUser ? { runAs: config.postgresUser } : {}),
  });
}

/** Names where the address came from; of several failed attempts at a name with several addresses, each. */
function ofDatabaseUrl(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const each = error instanceof AggregateError ? error.errors.map((one) => (one as Error).message).join('; ') : '';
  error.message = `The database of DATABASE_URL cannot be used: ${error.message || each}`;
  return error;
}

/** Whole or not at all, and for its owner's eyes only: it holds a key. */
function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = join(dirname(path), `.${process.pid}.ready`);
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}

function greeting(ready: Awaited<ReturnType<App['start']>>): string {
  const lines = ['', `Tocsin is ready at ${ready.url}`];
  if (ready.login) lines.push(`  sign in as   ${ready.login.email}`, `  password     ${ready.login.password}`);
  else if (ready.setupOpen)
    lines.push(`  set it up at ${ready.url}/setup${ready.setupToken ? `  with the token ${ready.setupToken}` : ''}`);
  if (ready.integrations.alertmanager) lines.push(`  Prometheus   ${ready.integrations.alertmanager.url}`);
  if (ready.phonesUrl) lines.push(`  phones       ${ready.phonesUrl}`);
  return `${lines.join('\n')}\n`;
}
