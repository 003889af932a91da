import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { answers } from './endpoint.ts';
import { postgresError } from './errors.ts';
import { giveTo, type Identity, planSpawn } from './identity.ts';
import { serverEnvironment } from './initdb.ts';
import { type PidFile, type ProcessFacts, parsePidFile, sameCommand, servesDataDir } from './pidfile.ts';
import { allProcesses, lives, processFacts, signalProcess, until } from './processes.ts';
import { type Endpoint, socketFile } from './settings.ts';

/** All that is fixed for one data directory while we hold it. */
export interface Installation {
  readonly dataDir: string;
  readonly pgDir: string;
  readonly logFile: string;
  readonly endpoint: Endpoint;
  readonly binaries: Binaries;
  readonly identity: Identity;
  readonly password: string;
  /** Arguments of `postgres`. */
  readonly args: readonly string[];
  readonly log: (line: string) => void;
}

/** One running server process. */
export interface Server {
  readonly pid: number;
  readonly startedBy: 'us' | 'adopted';
  /** Resolves when the process is gone, whatever the reason. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
}

/** A fast shutdown writes a checkpoint: up to the shared buffers, on a slow disk. */
const FAST_SHUTDOWN_MS = 30_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;
/** Backends of a dead postmaster end by themselves when they next wait; a busy one does not. */
const ORPHAN_PATIENCE_MS = 1_000;
const LOG_KEPT_BYTES = 8 * 1024 * 1024;

/** Starts `postgres` in a session of its own, so that Ctrl-C at our terminal stops us first and it by our hand. */
export async function launch(inst: Installation): Promise<Server> {
  await rotateLog(inst.logFile);
  const log = openSync(inst.logFile, 'a', 0o600);
  await giveTo(inst.identity, inst.logFile);
  const plan = planSpawn(inst.identity, inst.binaries.postgres, inst.args);
  const child = spawn(plan.file, plan.args, {
    ...plan.options,
    cwd: '/',
    env: serverEnvironment(),
    stdio: ['ignore', log, log],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  closeSync(log);
  const { promise, resolve } = Promise.withResolvers<void>();
  let over = false;
  const end = () => {
    over = true;
    resolve();
  };
  child.once('exit', end);
  child.once('error', (error) => {
    inst.log(`PostgreSQL could not be executed: ${error.message}`);
    end();
  });
  child.unref();
  return { pid: child.pid ?? 0, startedBy: 'us', ended: promise, hasEnded: () => over };
}

/**
 * Looks for what an earlier process left on this data directory. A healthy server with our very settings is adopted;
 * any other of ours is ended, orphaned backends included, and its stale files are removed. Gives nothing when the way
 * is free for a launch.
 */
export async function takeOver(inst: Installation): Promise<Server | undefined> {
  const pidFile = await readPidFile(inst.pgDir);
  const main = serversOf(inst.pgDir, pidFile).find((facts) => facts.pid === pidFile?.pid);
  if (main && pidFile?.status !== 'stopping' && sameCommand(main, [inst.binaries.postgres, ...inst.args])) {
    inst.log(`PostgreSQL ${main.pid} of an earlier process is still running: adopted.`);
    return adopt(main);
  }
  if (main) {
    inst.log(`PostgreSQL ${main.pid} of an earlier process is ${pidFile?.status ?? 'starting'}: ending it.`);
    await shutDown(inst, adopt(main));
  }
  await clearOrphans(inst, pidFile);
  if (await answers(inst.endpoint)) {
    const message = `A PostgreSQL that is not visible from here (another container?) serves ${inst.dataDir}. Stop it first.`;
    throw postgresError('POSTGRES_DATA_DIR_IN_USE', message);
  }
  await removeStaleFiles(inst);
  return undefined;
}

/** Ends a server: fast shutdown, then immediate, then by force; returns when none of its processes is left. */
export async function shutDown(inst: Installation, server: Server): Promise<void> {
  const facts = processFacts(server.pid);
  if (facts && !server.hasEnded()) {
    const gone = () => server.hasEnded() || !lives(facts);
    if (process.platform === 'win32') await stopOnWindows(inst);
    else signalProcess(facts, 'SIGINT');
    if (!(await until(gone, FAST_SHUTDOWN_MS))) {
      inst.log(`PostgreSQL ${server.pid} did not end in ${FAST_SHUTDOWN_MS / 1_000} s: immediate shutdown.`);
      signalProcess(facts, 'SIGQUIT');
      if (!(await until(gone, IMMEDIATE_SHUTDOWN_MS))) signalProcess(facts, 'SIGKILL');
      await until(gone, IMMEDIATE_SHUTDOWN_MS);
    }
  }
  await clearOrphans(inst, undefined);
}

/** The end of the server's log: what to show when it does not start. */
export async function logTail(inst: Installation): Promise<string> {
  const text = await readFile(inst.logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-8).join('\n');
}

/** The processes that serve a data directory. Without /proc only the one that `postmaster.pid` names can be found. */
export function serversOf(pgDir: string, pidFile: PidFile | undefined): readonly ProcessFacts[] {
  if (process.platform === 'linux') return allProcesses().filter((facts) => servesDataDir(facts, pgDir));
  const named = pidFile && processFacts(pidFile.pid);
  return named && servesDataDir(named, pgDir) ? [named] : [];
}

function adopt(facts: ProcessFacts): Server {
  const { promise, resolve } = Promise.withResolvers<void>();
  // Not our child, so no exit event: look. The look costs one read of /proc.
  const watch = async () => {
    while (lives(facts)) await sleep(100, undefined, { ref: false });
    resolve();
  };
  void watch();
  return { pid: facts.pid, startedBy: 'adopted', ended: promise, hasEnded: () => !lives(facts) };
}

async function clearOrphans(inst: Installation, pidFile: PidFile | undefined): Promise<void> {
  const left = () => serversOf(inst.pgDir, pidFile).filter(lives);
  if (left().length === 0 || (await until(() => left().length === 0, ORPHAN_PATIENCE_MS))) return;
  const stubborn = left();
  inst.log(`Killing what a dead PostgreSQL left: ${stubborn.map((facts) => facts.pid).join(', ')}.`);
  // Safe: their postmaster is gone, so what they hold in memory is lost anyway and the log is replayed.
  for (const facts of stubborn) signalProcess(facts, 'SIGKILL');
  await until(() => !stubborn.some(lives), IMMEDIATE_SHUTDOWN_MS);
}

// PostgreSQL checks these by pid alone: a recycled number, as small ones in a container often are, or a dead process
// not yet reaped would keep it from starting for ever. Without /proc we cannot know better, and leave them to it.
async function removeStaleFiles(inst: Installation): Promise<void> {
  if (process.platform !== 'linux') return;
  await rm(join(inst.pgDir, 'postmaster.pid'), { force: true });
  if (inst.endpoint.kind !== 'socket') return;
  const socket = socketFile(inst.endpoint.directory);
  await rm(socket, { force: true });
  await rm(`${socket}.lock`, { force: true });
}

async function readPidFile(pgDir: string): Promise<PidFile | undefined> {
  return parsePidFile(await readFile(join(pgDir, 'postmaster.pid'), 'utf8').catch(() => ''));
}

async function rotateLog(file: string): Promise<void> {
  const size = (await stat(file).catch(() => undefined))?.size ?? 0;
  if (size > LOG_KEPT_BYTES) await rename(file, `${file}.1`);
}

// Windows has no signals: pg_ctl speaks to the server through its pipe. Written with care, never run by us.
async function stopOnWindows(inst: Installation): Promise<void> {
  const args = ['stop', '-D', inst.pgDir, '-m', 'fast', '-t', String(FAST_SHUTDOWN_MS / 1_000)];
  await promisify(execFile)(inst.binaries.pgCtl, args, { windowsHide: true }).catch((error: Error) => {
    inst.log(`pg_ctl stop: ${error.message}`);
  });
}
