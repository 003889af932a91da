import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, postgresError } from './errors.ts';
import { lives, processFacts } from './processes.ts';

/** The right of one process to run the server of a data directory. */
export interface OwnerLock {
  release(): Promise<void>;
}

interface Entry {
  readonly file: string;
  readonly pid: number;
  readonly startId: string;
  readonly held: boolean;
}

/** Candidates that meet settle it among themselves within this. */
const SETTLE_MS = 5_000;

/**
 * Takes the data directory for this process, or throws `POSTGRES_DATA_DIR_IN_USE` naming the process that has it, if
 * that one does not give it up within `waitMs`.
 *
 * Every candidate writes a file of its own name (pid, boot, start tick, token) and then reads the directory: of two
 * that meet, at least one sees the other and withdraws. Because no two processes ever share a name, removing the file
 * of a dead owner cannot remove the file of a living one, which is where a single lock file is racy.
 */
export async function takeOwnership(dataDir: string, waitMs = 0): Promise<OwnerLock> {
  const folder = join(dataDir, 'lock');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const mine = `${process.pid}-${processFacts(process.pid)?.startId ?? ''}-${randomBytes(6).toString('hex')}`;
  const withdraw = async () => {
    await rm(join(folder, `${mine}.held`), { force: true });
    await rm(join(folder, `${mine}.claim`), { force: true });
  };
  const started = performance.now();
  for (;;) {
    await writeFile(join(folder, `${mine}.claim`), '', { mode: 0o600 });
    const others = (await livingEntries(folder)).filter((entry) => !entry.file.startsWith(`${mine}.`));
    if (others.length === 0) {
      await writeFile(join(folder, `${mine}.held`), '', { mode: 0o600 });
      return { release: withdraw };
    }
    await withdraw();
    const owner = others.find((entry) => entry.held);
    if (performance.now() - started > (owner ? waitMs : Math.max(waitMs, SETTLE_MS))) throw inUse(dataDir, owner?.pid);
    await sleep(randomInt(10, 80));
  }
}

/** The living process that owns a data directory, if any. */
export async function ownerOf(dataDir: string): Promise<number | undefined> {
  return (await livingEntries(join(dataDir, 'lock'))).find((entry) => entry.held)?.pid;
}

async function livingEntries(folder: string): Promise<readonly Entry[]> {
  const living: Entry[] = [];
  for (const file of await filesIn(folder)) {
    const [, pid, startId, kind] = /^(\d+)-(.*)-[0-9a-f]+\.(claim|held)$/.exec(file) ?? [];
    if (pid === undefined || startId === undefined) continue;
    const entry = { file, pid: Number(pid), startId, held: kind === 'held' };
    if (lives(entry)) living.push(entry);
    else await rm(join(folder, file), { force: true });
  }
  return living;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function inUse(dataDir: string, pid: number | undefined): Error {
  const who = pid === undefined ? 'Other processes are' : `Process ${pid} is`;
  return postgresError(
    'POSTGRES_DATA_DIR_IN_USE',
    `${who} already running Tocsin on ${dataDir}. Stop it first, or give this one another data directory; ` +
      'to run several Tocsin processes on one database set DATABASE_URL.',
  );
}
