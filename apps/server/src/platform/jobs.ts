import { sql } from 'kysely';
import { type Clock, earliest } from './clock.ts';
import type { Db } from './db.ts';
import type { Pass } from './loop.ts';

/** Recurring background work. It may be late; it must be safe to run again after it died half-way. */
export interface Job {
  readonly name: string;
  readonly everySeconds: number;
  /** `organisation`: in one process at a time, by the lock of its row. `process`: in every process. */
  readonly scope: 'organisation' | 'process';
  readonly run: (now: Temporal.Instant) => Promise<void>;
}

/** How a recurring job fares, for health. */
export interface JobAge {
  readonly name: string;
  readonly lastFinishedAt: Temporal.Instant | null;
  readonly lastError: string | null;
}

/** Runs recurring jobs when they are due. */
export interface Jobs {
  /** One pass for a loop: runs what is due now. */
  pass(now: Temporal.Instant): Promise<Pass>;
  ages(): Promise<readonly JobAge[]>;
}

/** Builds the runner. Organisation jobs wait in rows of `jobs`; process jobs in memory, first due at the first pass. */
export function createJobs(options: {
  readonly db: Db;
  readonly clock: Clock;
  readonly jobs: readonly Job[];
  readonly onError: (name: string, error: unknown) => void;
}): Jobs {
  const { db, jobs } = options;
  const local = new Map<string, Temporal.Instant>();
  let registered = false;
  const shared = new Map(jobs.filter((job) => job.scope === 'organisation').map((job) => [job.name, job]));
  return {
    async pass(now) {
      if (!registered) await register(db, [...shared.keys()], now);
      registered = true;
      let done = 0;
      for (const job of jobs) {
        if (job.scope !== 'process' || isAfter(local.get(job.name), now)) continue;
        local.set(job.name, now.add({ seconds: job.everySeconds }));
        done += 1;
        await job.run(now).catch((error) => options.onError(job.name, error));
      }
      while (await runOneShared(options, shared, now)) done += 1;
      return { done, nextAt: earliest([await nextShared(db, [...shared.keys()]), ...local.values()]) };
    },
    async ages() {
      const rows = await db
        .selectFrom('jobs')
        .select(['name', 'last_finished_at', 'last_error'])
        .orderBy('name')
        .execute();
      return rows.map((row) => ({ name: row.name, lastFinishedAt: row.last_finished_at, lastError: row.last_error }));
    },
  };
}

const isAfter = (due: Temporal.Instant | undefined, now: Temporal.Instant) =>
  due !== undefined && Temporal.Instant.compare(due, now) > 0;

async function register(db: Db, names: readonly string[], now: Temporal.Instant): Promise<void> {
  if (names.length === 0) return;
  await db
    .insertInto('jobs')
    .values(names.map((name) => ({ name, wake_at: now })))
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}

/** Runs one due job under its row's lock, which a process that dies lets go; the next due time is set before it runs. */
async function runOneShared(
  options: Parameters<typeof createJobs>[0],
  shared: ReadonlyMap<string, Job>,
  now: Temporal.Instant,
): Promise<boolean> {
  return options.db.transaction().execute(async (trx) => {
    // The lock is held while the job runs in transactions of its own: longer than a statement may take.
    await sql`SET LOCAL idle_in_transaction_session_timeout = '10min'`.execute(trx);
    const row = await trx
      .selectFrom('jobs')
      .select('name')
      .where('wake_at', '<=', now)
      .where('name', 'in', [...shared.keys(), ''])
      .orderBy('wake_at')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    const job = row && shared.get(row.name);
    if (!job) return false;
    const outcome = await job.run(now).then(
      () => null,
      (error: unknown) => error,
    );
    if (outcome) options.onError(job.name, outcome);
    await trx
      .updateTable('jobs')
      .set({
        wake_at: now.add({ seconds: job.everySeconds }),
        last_started_at: now,
        last_error: outcome ? String((outcome as Error).message ?? outcome).slice(0, 500) : null,
        failures: outcome ? sql`failures + 1` : 0,
        ...(outcome ? {} : { last_finished_at: options.clock.now() }),
      })
      .where('name', '=', job.name)
      .execute();
    return true;
  });
}

async function nextShared(db: Db, names: readonly string[]): Promise<Temporal.Instant | null> {
  if (names.length === 0) return null;
  const row = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.min('wake_at').as('at'))
    .where('name', 'in', names)
    .executeTakeFirst();
  return (row?.at as Temporal.Instant | null) ?? null;
}
