import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

/** What a start found and did: the files applied now, in order, and the schema's number after them. */
export interface MigrationReport {
  readonly applied: readonly string[];
  readonly version: number;
}

/** Why this build may not use this database. */
export type MigrationRefusal =
  /** An applied file reads differently today: nobody knows what the schema really is. */
  | 'checksum'
  /** A file's number is below one already applied: it would run after what was meant to follow it. */
  | 'out-of-order'
  /** The database has a migration that this build does not know and that breaks older builds. */
  | 'newer-breaking'
  /** Two files have one number, or a file has none. */
  | 'bad-name'
  /** The server is older than the SQL of this build. */
  | 'old-server';

/** Thrown instead of starting on a schema that this build would misread. */
export class MigrationRefused extends Error {
  readonly reason: MigrationRefusal;
  constructor(reason: MigrationRefusal, message: string) {
    super(message);
    this.name = 'MigrationRefused';
    this.reason = reason;
  }
}

/** A numbered file as it lies in the folder. */
interface MigrationFile {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
  /** First line `-- breaking`: a build that does not know this file must not run on the schema it leaves. */
  readonly breaking: boolean;
}

/** A row of schema_migrations. */
interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  readonly breaking: boolean;
}

/** What is to be done with a database. */
export type MigrationPlan =
  | { readonly kind: 'current'; readonly version: number }
  | { readonly kind: 'apply'; readonly file: MigrationFile }
  | { readonly kind: 'refuse'; readonly reason: MigrationRefusal; readonly message: string };

/** First key of our advisory locks (the test harness uses the same space with other second keys). */
const LOCK_SPACE = 0x70c5;
const MIGRATION_LOCK = -1;
/** A migration that waits longer for a table lock gives up and tries again, so that it does not queue all others behind it. */
const LOCK_TIMEOUT_MS = 3_000;
const LOCK_ATTEMPTS = 20;
const PAUSE_MS = 500;

/** The oldest PostgreSQL that runs our SQL, as server_version_num. */
const OLDEST_SERVER = 150_000;

const FOLDER = join(import.meta.dirname, '../../migrations');

/** What tests change of a migration. */
export interface MigrateOptions {
  readonly folder?: string;
  readonly lockTimeoutMs?: number;
  readonly oldestServer?: number;
}

/**
 * Brings a database to this build's schema: each file that is not applied yet runs in a transaction of its own, under
 * an advisory lock held by that transaction (so it also works through a transaction pooler). Processes that start
 * together wait for each other. Throws MigrationRefused, or the database's error naming the file.
 */
export async function migrate(connectionString: string, options: MigrateOptions = {}): Promise<MigrationReport> {
  const files = await readMigrations(options.folder);
  const lockTimeoutMs = options.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
  const client = new pg.Client({ connectionString, application_name: 'tocsin migrate' });
  client.on('error', () => {}); // the statement under way reports it
  await client.connect();
  try {
    await checkServer(client, options.oldestServer ?? OLDEST_SERVER);
    const applied: string[] = [];
    for (;;) {
      const plan = await withLockRetries(() => applyNext(client, files, lockTimeoutMs));
      if (plan.kind === 'current') return { applied, version: plan.version };
      applied.push(plan.file.name);
    }
  } finally {
    await client.end();
  }
}

/** A newer server than we know is let in: PostgreSQL keeps its promises better than a list would. */
async function checkServer(client: pg.Client, oldest: number): Promise<void> {
  const { rows } = await client.query('SHOW server_version_num');
  const version = Number(rows[0].server_version_num);
  if (version >= oldest) return;
  const major = (number: number) => Math.floor(number / 10_000);
  throw new MigrationRefused(
    'old-server',
    `it runs PostgreSQL ${major(version)}; Tocsin needs ${major(oldest)} or newer (15 to 18 are tested)`,
  );
}

/** Decides what a database with these applied migrations needs from a build with these files. */
export function planMigration(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): MigrationPlan {
  const known = new Map(files.map((file) => [file.number, file]));
  for (const row of applied) {
    const file = known.get(row.number);
    if (!file && row.breaking) {
      return refusal(
        'newer-breaking',
        `the database has the breaking migration ${row.name}, which this version does not know; start a newer version`,
      );
    }
    if (file && file.checksum !== row.checksum) {
      return refusal(
        'checksum',
        `${file.name} was changed after it was applied; restore the file and add a new migration instead`,
      );
    }
  }
  const newest = Math.max(0, ...applied.map((row) => row.number));
  const done = new Set(applied.map((row) => row.number));
  const next = files.find((file) => !done.has(file.number));
  if (!next) return { kind: 'current', version: newest };
  if (next.number < newest) {
    return refusal(
      'out-of-order',
      `${next.name} was not applied, but a later migration (${newest}) was; give it a number above that`,
    );
  }
  return { kind: 'apply', file: next };
}

function refusal(reason: MigrationRefusal, message: string): MigrationPlan {
  return { kind: 'refuse', reason, message };
}

/** Reads the numbered files of a folder, in order. */
export async function readMigrations(folder: string = FOLDER): Promise<readonly MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const files: MigrationFile[] = [];
  for (const name of names) {
    const number = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1] ?? Number.NaN);
    if (!(number > (files.at(-1)?.number ?? 0))) {
      throw new MigrationRefused('bad-name', `${name}: migrations are named 0001_what_it_does.sql, each number once`);
    }
    const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n');
    const breaking = /^-- breaking\b/.test(sql);
    files.push({ number, name, sql, breaking, checksum: createHash('sha256').update(sql).digest('hex') });
  }
  return files;
}

async function applyNext(client: pg.Client, files: readonly MigrationFile[], lockTimeoutMs: number) {
  await client.query('BEGIN');
  try {
    await client.query('SET LOCAL statement_timeout = 0');
    await client.query('SET LOCAL lock_timeout = 0');
    await client.query("SET LOCAL timezone = 'UTC'");
    await client.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCK_SPACE, MIGRATION_LOCK]);
    const plan = planMigration(files, await readApplied(client));
    if (plan.kind === 'refuse') throw new MigrationRefused(plan.reason, plan.message);
    if (plan.kind === 'apply') await apply(client, plan.file, lockTimeoutMs);
    await client.query('COMMIT');
    return plan;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}); // a lost connection has rolled back by itself
    throw error;
  }
}

async function readApplied(client: pg.Client): Promise<readonly AppliedMigration[]> {
  // Which migrations made this schema, with what they read like then.
  await client.query(`
    CREATE TABLE IF NOT EXISTS schema_migrations (
      number integer PRIMARY KEY,
      name text NOT NULL,
      checksum text NOT NULL,
      breaking boolean NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`);
  const { rows } = await client.query('SELECT number, name, checksum, breaking FROM schema_migrations ORDER BY number');
  return rows;
}

async function apply(client: pg.Client, file: MigrationFile, lockTimeoutMs: number): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
  try {
    await client.query(file.sql);
  } catch (error) {
    if (error instanceof Error) error.message = `${file.name}: ${error.message}`;
    throw error;
  }
  await client.query('INSERT INTO schema_migrations (number, name, checksum, breaking) VALUES ($1, $2, $3, $4)', [
    file.number,
    file.name,
    file.checksum,
    file.breaking,
  ]);
}

async function withLockRetries(step: () => ReturnType<typeof applyNext>) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step();
    } catch (error) {
      if ((error as { code?: unknown }).code !== '55P03' || attempt === LOCK_ATTEMPTS) throw error;
      await pause(PAUSE_MS);
    }
  }
}
