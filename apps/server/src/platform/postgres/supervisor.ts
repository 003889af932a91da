import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBinaries } from './binaries.ts';
import { prepareEndpoint } from './endpoint.ts';
import { postgresError } from './errors.ts';
import { chooseIdentity } from './identity.ts';
import { ensureCluster, ensurePassword } from './initdb.ts';
import { type OwnerLock, takeOwnership } from './owner-lock.ts';
import { processFacts, signalProcess } from './processes.ts';
import { waitUntilReady } from './ready.ts';
import { type Installation, launch, logTail, type Server, shutDown, takeOver } from './server.ts';
import { connectionString, DATABASE, serverArguments } from './settings.ts';

/** How to run the embedded PostgreSQL. */
export interface EmbeddedPostgresOptions {
  /** Holds `pg/` (the cluster), `socket/`, `lock/`, `postgres.password` and `postgres.log`; made when missing (0700). */
  readonly dataDir: string;
  /** Default true. False (fsync, synchronous_commit and full_page_writes off) is for tests only: a crash loses data. */
  readonly durable?: boolean;
  /** Default 100. */
  readonly maxConnections?: number;
  /** The OS user to run as when we are root and user namespaces do not work. */
  readonly runAs?: string;
  /** Default 64. */
  readonly sharedBuffersMb?: number;
  /** How long to wait for another process on the directory to end before refusing; default 0. */
  readonly waitForOwnerMs?: number;
  /** Takes one line about each thing an operator wants to know; default: silence. */
  readonly log?: (line: string) => void;
}

/** A running embedded PostgreSQL that is started again whenever it dies. */
export interface EmbeddedPostgres {
  /** Database `tocsin`, as its owner; stays the same through restarts. */
  readonly connectionString: string;
  /** Of the postmaster; another one after a restart. */
  readonly pid: number;
  readonly startedBy: 'us' | 'adopted';
  /**
   * Resolves when the present server process ends without `stop()` or `restart()` having been called. The supervisor
   * starts another by itself; read the property again to watch that one.
   */
  readonly exited: Promise<void>;
  /** Ends the server; no process is left when this resolves. Calling it again is harmless. */
  stop(): Promise<void>;
  /** Ends the server and starts it again; connections break. */
  restart(): Promise<void>;
}

/** After a kill of everything the first attempts may fail for about a second. */
const START_PATIENCE_MS = 10_000;
const BACK_OFF_MS = { first: 100, longest: 5_000 } as const;
/** A server that lived this long was well; its death begins the back-off anew. */
const SETTLED_MS = 60_000;

/**
 * Starts the PostgreSQL of a data directory, or adopts the one that a killed process left running there. Throws a
 * `PostgresError` whose message says what to do next.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = await realpath(options.dataDir);
  const lock = await takeOwnership(dataDir, options.waitForOwnerMs);
  try {
    const inst = await install(options, dataDir);
    return new Supervisor(inst, lock, await bringUp(inst, new AbortController().signal));
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function install(options: EmbeddedPostgresOptions, dataDir: string): Promise<Installation> {
  const { durable = true, maxConnections = 100, sharedBuffersMb = 64, log = () => {} } = options;
  const pgDir = join(dataDir, 'pg');
  const binaries = await findBinaries();
  const identity = await chooseIdentity({ dataDir, pgDir, postgres: binaries.postgres, runAs: options.runAs });
  const endpoint = await prepareEndpoint(dataDir, identity);
  const password = await ensurePassword(dataDir);
  const cluster = await ensureCluster({ dataDir, pgDir, binaries, identity, password, durable });
  if (cluster === 'made') log(`Made a PostgreSQL data directory in ${pgDir}.`);
  const args = serverArguments({ pgDir, endpoint, durable, maxConnections, sharedBuffersMb });
  const logFile = join(dataDir, 'postgres.log');
  return { dataDir, pgDir, logFile, endpoint, binaries, identity, password, args, log };
}

/** Adopts or launches, and waits until the database takes connections; tries again for a while when the server ends. */
async function bringUp(inst: Installation, signal: AbortSignal): Promise<Server> {
  const deadline = performance.now() + START_PATIENCE_MS;
  for (;;) {
    signal.throwIfAborted();
    const server = (await takeOver(inst)) ?? (await launch(inst));
    try {
      const outcome = await waitUntilReady(inst, server, signal);
      if (outcome === 'ready') return server;
      if (outcome === 'silent') await shutDown(inst, server);
    } catch (error) {
      // A server that refuses our password may be healthy, but nobody could use it.
      await shutDown(inst, server);
      throw error;
    }
    if (performance.now() > deadline) {
      const message = `PostgreSQL does not start. The end of ${inst.logFile}:\n${await logTail(inst)}`;
      throw postgresError('POSTGRES_START_FAILED', message);
    }
    await sleep(100);
  }
}

/** Keeps one server running, whatever process that is at the moment. */
class Supervisor implements EmbeddedPostgres {
  readonly connectionString: string;
  readonly #inst: Installation;
  readonly #lock: OwnerLock;
  readonly #stopping = new AbortController();
  #server: Server;
  /** The server whose end we brought about ourselves. */
  #expected: Server | undefined;
  #exited = Promise.withResolvers<void>();
  #stopped: Promise<void> | undefined;
  /** Restarts, revivals and the stop come one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Attempts to revive since the server last lived long. */
  #attempts = 0;

  constructor(inst: Installation, lock: OwnerLock, first: Server) {
    this.connectionString = connectionString(inst.endpoint, inst.password, DATABASE);
    this.#inst = inst;
    this.#lock = lock;
    this.#server = first;
    process.once('exit', this.#atExit);
    this.#watch(first);
  }

  get pid(): number {
    return this.#server.pid;
  }

  get startedBy(): 'us' | 'adopted' {
    return this.#server.startedBy;
  }

  get exited(): Promise<void> {
    return this.#exited.promise;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopOnce();
    return this.#stopped;
  }

  async restart(): Promise<void> {
    if (this.#stopped) throw new Error('The embedded PostgreSQL was stopped; start it anew.');
    await this.#inTurn(async () => {
      await this.#end();
      try {
        this.#watch(await bringUp(this.#inst, this.#stopping.signal));
      } catch (error) {
        void this.#inTurn(() => this.#revive());
        throw error;
      }
    });
  }

  async #stopOnce(): Promise<void> {
    this.#stopping.abort();
    await this.#inTurn(() => this.#end());
    process.off('exit', this.#atExit);
    await this.#lock.release();
  }

  async #end(): Promise<void> {
    this.#expected = this.#server;
    await shutDown(this.#inst, this.#server);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  #watch(server: Server): void {
    this.#server = server;
    const since = performance.now();
    void server.ended.then(() => {
      if (server === this.#expected || this.#stopping.signal.aborted) return;
      if (performance.now() - since > SETTLED_MS) this.#attempts = 0;
      this.#inst.log(`PostgreSQL ${server.pid} ended unexpectedly; starting it again.`);
      this.#exited.resolve();
      this.#exited = Promise.withResolvers<void>();
      void this.#inTurn(() => this.#revive());
    });
  }

  async #revive(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const pause = Math.min(BACK_OFF_MS.first * 2 ** (this.#attempts - 1), BACK_OFF_MS.longest);
        if (this.#attempts > 0) await sleep(pause, undefined, { signal });
        this.#attempts += 1;
        this.#watch(await bringUp(this.#inst, signal));
        this.#inst.log(`PostgreSQL runs again as ${this.pid}.`);
        return;
      } catch (error) {
        // The loop is the handling: whatever it was (full disk, no memory), the next attempt may pass.
        if (!signal.aborted) this.#inst.log(`PostgreSQL could not be started again: ${(error as Error).message}`);
      }
    }
  }

  /** The last resort of a process that leaves without stop(): a signal is all that can be sent from here. */
  readonly #atExit = (): void => {
    const facts = this.#server.hasEnded() ? undefined : processFacts(this.pid);
    if (facts && process.platform !== 'win32') signalProcess(facts, 'SIGINT');
  };
}
