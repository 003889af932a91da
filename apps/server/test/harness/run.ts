import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '#platform/migrate';

/** What a test worker needs to make databases of its own; plain data, handed from the main process. */
export interface TestServer {
  /** A database to connect to while making and dropping others. */
  readonly adminUrl: string;
  /** The migrated template. */
  readonly template: string;
  /** Begins the name of every database of this run. */
  readonly prefix: string;
  /** Copying files is the quicker way only where its two checkpoints need not reach the disk. */
  readonly cloneStrategy: 'FILE_COPY' | 'WAL_LOG';
}

/** A test run's place on a server: its template, and its claim to the databases it makes. */
export interface TestRun {
  readonly server: TestServer;
  /** Drops what the run made and gives up the claim. */
  close(): Promise<void>;
}

const migrations = join(import.meta.dirname, '../../migrations');
const migrator = join(import.meta.dirname, '../../src/platform/migrate.ts');
/** First key of our advisory locks, so that they meet nobody else's on a shared server. */
const LOCK_SPACE = 0x70c5;
const TEMPLATE_LOCK = 0;

/**
 * Opens a run: drops the databases of runs that were killed, and makes the template if it is not there.
 *
 * A run lives as long as its session holds an advisory lock, also when the runner is on another machine; a name alone
 * could not tell a leaked database from one in use.
 */
export async function openRun(adminUrl: string): Promise<TestRun> {
  const run = randomBytes(3).toString('hex');
  const prefix = `tocsin_test_${run}_`;
  const admin = new pg.Client({ connectionString: adminUrl, application_name: 'tocsin tests' });
  admin.on('error', () => {}); // the tests' own connections tell
  await admin.connect();
  await admin.query('SELECT pg_advisory_lock($1, $2)', [LOCK_SPACE, runKey(run)]);
  await dropDeadRuns(admin, run);
  const template = await ensureTemplate(admin, adminUrl, prefix);
  return {
    server: { adminUrl, template, prefix, cloneStrategy: await quickestClone(admin) },
    async close() {
      try {
        await dropDatabases(admin, await databasesLike(admin, prefix));
      } finally {
        await admin.end();
      }
    },
  };
}

/** The same server, another database. */
export function urlOf(adminUrl: string, database: string): string {
  return adminUrl.replace(/^([a-z]+:\/\/[^/?]*)(\/[^?]*)?/, `$1/${database}`);
}

/** Runs work on a connection of its own. */
export async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

// Measured with fsync off, 30 tables, two workers at once: 50 ms a clone by copying files, 90 ms through the log.
async function quickestClone(admin: pg.Client): Promise<TestServer['cloneStrategy']> {
  const { rows } = await admin.query("SELECT current_setting('fsync') AS fsync");
  return rows[0].fsync === 'off' ? 'FILE_COPY' : 'WAL_LOG';
}

// Made under a name of this run and renamed when complete, so that a killed run never leaves half a template.
async function ensureTemplate(admin: pg.Client, adminUrl: string, prefix: string): Promise<string> {
  const template = `tocsin_template_${await migrationsHash()}`;
  await admin.query('SELECT pg_advisory_lock($1, $2)', [LOCK_SPACE, TEMPLATE_LOCK]);
  try {
    if (!(await databasesLike(admin, template)).includes(template)) {
      const draft = `${prefix}template`;
      await admin.query(`CREATE DATABASE ${draft}`);
      await migrate(urlOf(adminUrl, draft));
      await admin.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
      // Nobody can connect by accident, which would keep others from cloning it.
      await admin.query(`ALTER DATABASE ${template} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true`);
    }
    return template;
  } finally {
    await admin.query('SELECT pg_advisory_unlock($1, $2)', [LOCK_SPACE, TEMPLATE_LOCK]);
  }
}

async function dropDeadRuns(admin: pg.Client, own: string): Promise<void> {
  const names = await databasesLike(admin, 'tocsin_test_');
  const runs = new Set(names.flatMap((name) => /^tocsin_test_([0-9a-f]{6})_/.exec(name)?.[1] ?? []));
  runs.delete(own);
  for (const run of runs) {
    const { rows } = await admin.query('SELECT pg_try_advisory_lock($1, $2) AS dead', [LOCK_SPACE, runKey(run)]);
    if (!rows[0].dead) continue;
    const prefix = `tocsin_test_${run}_`;
    const dead = names.filter((name) => name.startsWith(prefix));
    try {
      await dropDatabases(admin, dead);
    } finally {
      await admin.query('SELECT pg_advisory_unlock($1, $2)', [LOCK_SPACE, runKey(run)]);
    }
  }
}

async function dropDatabases(admin: pg.Client, names: readonly string[]): Promise<void> {
  for (const name of names) await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function databasesLike(admin: pg.Client, prefix: string): Promise<readonly string[]> {
  const { rows } = await admin.query('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [prefix]);
  return rows.map((row: { datname: string }) => row.datname);
}

// Never 0, the template's.
function runKey(run: string): number {
  return Number.parseInt(run, 16) + 1;
}

async function migrationsHash(): Promise<string> {
  const hash = createHash('sha256');
  const files = (await readdir(migrations)).filter((file) => file.endsWith('.sql')).sort();
  for (const file of files) hash.update(file).update(await readFile(join(migrations, file)));
  // What the migrator itself leaves in a database belongs to the template too.
  hash.update(await readFile(migrator));
  return hash.digest('hex').slice(0, 12);
}
