import { AsyncLocalStorage } from 'node:async_hooks';
import { Kysely, PostgresDialect, type RawBuilder, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Tables } from './db-tables.ts';
import { PreparingClient } from './preparing-client.ts';

/** A handle for reading and single statements; store functions take it, or a `Trx`, first. */
export type Db = Kysely<Tables>;
/** A running transaction. Functions that lock demand it by type. */
export type Trx = Transaction<Tables>;

/** Statements of the paging path fail rather than hang: a frozen database answers 503 within this. */
const STATEMENT_TIMEOUT_MS = 5_000;

/** The connection pools of a process: a list on a screen cannot starve a page. */
export interface Databases {
  /** Intake, ticks, acknowledge, senders: 10 connections, statement timeout 5 s. */
  readonly paging: Db;
  /** Screens, lists, exports: 4 connections, statement timeout 15 s. */
  readonly reports: Db;
  close(): Promise<void>;
}

const INT8 = 20;
const TIMESTAMPTZ = 1184;
const TIMESTAMPTZ_ARRAY = 1185;

/** Reads PostgreSQL's UTC text form, e.g. `2026-11-21 10:00:00.123456+00`. */
export function instantFromPostgres(text: string): Temporal.Instant {
  return Temporal.Instant.from(text.replace(' ', 'T'));
}

/** The text that PostgreSQL reads as this very instant (microseconds). */
export function toPostgres(instant: Temporal.Instant): string {
  return instant.toString({ smallestUnit: 'microsecond' });
}

const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === TIMESTAMPTZ) return instantFromPostgres;
    if (oid === INT8) return Number;
    if (oid === TIMESTAMPTZ_ARRAY) throw new Error('arrays of timestamptz are not read anywhere; add a parser first');
    return pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;

// Instants are parameters everywhere; the driver asks a value for this method before it falls back to JSON.
Object.defineProperty(Temporal.Instant.prototype, 'toPostgres', {
  value(this: Temporal.Instant) {
    return toPostgres(this);
  },
  configurable: true,
});

interface PoolOptions {
  readonly connectionString: string;
  readonly max: number;
  readonly timeoutMs: number;
  readonly onError: (error: Error) => void;
}

function createPool(options: PoolOptions): Db {
  const pool = new pg.Pool({
    Client: PreparingClient,
    connectionString: options.connectionString,
    max: options.max,
    types,
    connectionTimeoutMillis: STATEMENT_TIMEOUT_MS,
    // The client-side limit catches a database that is frozen and cannot enforce its own.
    query_timeout: options.timeoutMs + 1_000,
    options: `-c statement_timeout=${options.timeoutMs} -c timezone=UTC -c idle_in_transaction_session_timeout=30000 -c jit=off`,
    application_name: 'tocsin',
  });
  // Without a listener a restart of PostgreSQL ends this process.
  pool.on('error', options.onError);
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

/** Opens the pools. Nothing connects before the first query. */
export function openDatabases(options: {
  readonly connectionString: string;
  readonly onError: (error: Error) => void;
}): Databases {
  const { connectionString } = options;
  let closed = false;
  // Closed connections take a moment to leave; an embedded server that stops meanwhile tells each of them why.
  const onError = (error: Error) => {
    if (!closed) options.onError(error);
  };
  const paging = createPool({ connectionString, max: 10, timeoutMs: STATEMENT_TIMEOUT_MS, onError });
  const reports = createPool({ connectionString, max: 4, timeoutMs: 15_000, onError });
  return {
    paging,
    reports,
    async close() {
      closed = true;
      await Promise.all([paging.destroy(), reports.destroy()]);
    },
  };
}

/** A JSON parameter. Plain objects and arrays must go through this: the driver would send an array as SQL array. */
export function json<T>(value: T): RawBuilder<T> {
  return sql<T>`${JSON.stringify(value)}::json`;
}

const RETRYABLE = new Set(['40001', '40P01']);

/** Runs a decision in one transaction; a deadlock or serialisation error retries the whole of it, three times in all. */
export async function inTransaction<T>(
  db: Db,
  work: (trx: Trx) => Promise<T>,
  onRetry: (code: string) => void = () => {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(async (trx) => {
        await firstStatement.getStore()?.(trx);
        return work(trx);
      });
    } catch (error) {
      const code = sqlState(error);
      if (!code || !RETRYABLE.has(code) || attempt === 3) throw error;
      onRetry(code);
    }
  }
}

const firstStatement = new AsyncLocalStorage<(trx: Trx) => Promise<void>>();

/**
 * Runs `work`; every transaction that it opens by `inTransaction` begins with `first`, so that what `first` writes
 * commits or vanishes with the effect (http/idempotency.ts). What outlives `work` is no longer touched.
 */
export async function withFirstStatement<T>(first: (trx: Trx) => Promise<void>, work: () => Promise<T>): Promise<T> {
  let over = false;
  const whileRunning = (trx: Trx) => (over ? Promise.resolve() : first(trx));
  return firstStatement.run(whileRunning, work).finally(() => {
    over = true;
  });
}

/** The SQLSTATE of an error that came from PostgreSQL, else null. */
export function sqlState(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** The constraint that a write violated, else null; each store maps its own names to its own errors. */
export function violatedConstraint(error: unknown): string | null {
  const constraint = (error as { constraint?: unknown } | null)?.constraint;
  return sqlState(error)?.startsWith('23') && typeof constraint === 'string' ? constraint : null;
}

/** True when the error says that the database cannot be reached or is shutting down: answer 503, try again. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state) return state.startsWith('08') || state.startsWith('57') || state.startsWith('53') || state === '55P03';
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && /^(ECONN|ENOENT|EPIPE|ETIMEDOUT)/.test(code)) return true;
  return error instanceof Error && /timeout|Connection terminated|not queryable|ended by server/i.test(error.message);
}
