import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { codeOf, postgresError } from './errors.ts';
import { giveTo, type Identity, planSpawn } from './identity.ts';
import { initialises } from './pidfile.ts';
import { allProcesses, lives, signalProcess, until } from './processes.ts';
import { ROLE } from './settings.ts';
import { syncDirectory, writeDurably } from './write.ts';

const run = promisify(execFile);
const DRAFT = 'pg.init-';

/** The major version of the binaries we ship. */
const MAJOR = '18';

interface ClusterRequest {
  readonly dataDir: string;
  readonly pgDir: string;
  readonly binaries: Binaries;
  readonly identity: Identity;
  readonly password: string;
  readonly durable: boolean;
}

/** The superuser's password: random, made once, in `<data dir>/postgres.password` (0600). */
export async function ensurePassword(dataDir: string): Promise<string> {
  const file = join(dataDir, 'postgres.password');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  const password = randomBytes(32).toString('base64url');
  await writeDurably(file, password);
  return password;
}

/**
 * Makes the cluster if there is none. It is made under another name and renamed when complete and on disk, so that one
 * killed half-way is never taken for a cluster; what such a one left, processes included, is cleared first.
 */
export async function ensureCluster(request: ClusterRequest): Promise<'made' | 'found'> {
  await clearDrafts(request.dataDir);
  if (await isCluster(request.pgDir)) return 'found';
  const draft = join(request.dataDir, DRAFT + randomBytes(4).toString('hex'));
  await mkdir(draft, { mode: 0o700 });
  await giveTo(request.identity, draft);
  try {
    await initialise(request, draft);
    await rename(draft, request.pgDir);
    await syncDirectory(request.dataDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return 'made';
}

async function initialise(request: ClusterRequest, draft: string): Promise<void> {
  const passwordFile = `${draft}.password`;
  await writeFile(passwordFile, request.password, { mode: 0o600 });
  await giveTo(request.identity, passwordFile);
  const options = [`--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--no-instructions'];
  const locale = ['--locale-provider=builtin', '--locale=C.UTF-8'];
  const speed = request.durable ? [] : ['--no-sync'];
  const args = ['-D', draft, '-U', ROLE, ...options, ...locale, ...speed];
  const plan = planSpawn(request.identity, request.binaries.initdb, args);
  try {
    await run(plan.file, plan.args, { ...plan.options, cwd: '/', env: serverEnvironment() });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const why = stderr?.trim() || message;
    const next = 'Mend what it names (often a full disk or a missing permission) and start again.';
    throw postgresError(
      'POSTGRES_INITDB_FAILED',
      `PostgreSQL could not make its data directory: ${why}\n${next}`,
      error,
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** What PostgreSQL's programs see of our environment: no PG… variable of the caller may lead them astray. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP, TMPDIR } = process.env;
  return { PATH, SystemRoot, TEMP, TMPDIR, LC_ALL: 'C', TZ: 'UTC' };
}

async function isCluster(pgDir: string): Promise<boolean> {
  const version = await readFile(join(pgDir, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version?.trim() === MAJOR) return true;
  if (version !== undefined) {
    const message = `${pgDir} was made by PostgreSQL ${version.trim()}, this Tocsin brings ${MAJOR}. Export with the Tocsin that made it, then import here.`;
    throw postgresError('POSTGRES_VERSION_MISMATCH', message);
  }
  try {
    await rmdir(pgDir);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    const message = `${pgDir} is not a PostgreSQL data directory and is not empty. Move it away, or restore it from a backup.`;
    throw postgresError('POSTGRES_DATA_DIR_UNUSABLE', message, error);
  }
  return false;
}

// We hold the data directory, so whoever still works on a draft is a child of a Tocsin that was killed.
async function clearDrafts(dataDir: string): Promise<void> {
  const drafts = (await readdir(dataDir)).filter((name) => name.startsWith(DRAFT));
  if (drafts.length === 0) return;
  const orphans = () => allProcesses().filter((facts) => initialises(facts, join(dataDir, DRAFT)));
  await until(() => {
    const found = orphans();
    for (const facts of found) signalProcess(facts, 'SIGKILL');
    return !found.some(lives);
  }, 5_000);
  for (const name of drafts) await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 3 });
}
