import { AsyncLocalStorage } from 'node:async_hooks';
import { isUnavailable, sqlState } from './db.ts';

/** Waiting items above which a new one is refused as overload. */
const MOST_WAITING = 50_000;
/** Waiting items from which a second flush runs beside the first (lab: more than two only add lock waits). */
const SECOND_FLUSH_FROM = 128;
/** Items of one flush at most, so that one statement stays under a few megabytes. */
const MOST_IN_FLUSH = 2_000;

/** Thrown to the caller when too much is waiting: answer 503 with Retry-After. */
export class Overloaded extends Error {}

/** An item that the database refuses for its data; the others of its batch are committed. */
export interface Refused<T> {
  readonly item: T;
  readonly cause: unknown;
}

/** Writes items of many callers in common transactions; each caller's promise settles after the commit. */
export interface GroupCommit<T> {
  /** Resolves when all items are committed but those returned. Rejects with Overloaded or the database's error. */
  submit(items: readonly T[]): Promise<readonly Refused<T>[]>;
  readonly waiting: number;
  /** Resolves when nothing is waiting or being written. */
  idle(): Promise<void>;
}

interface Ticket<T> {
  left: number;
  failure: unknown;
  readonly refused: Refused<T>[];
  readonly settle: (failure: unknown) => void;
}

interface Waiting<T> {
  readonly item: T;
  readonly ticket: Ticket<T>;
}

/**
 * Builds a group commit over `flush` (one transaction). A flush begins at once when none runs; there is no linger
 * (2 ms of it halved the rate of single events). A flush refused for its data is halved until the bad item is found;
 * the others commit. `keyOf` keeps items of one key out of two flushes at once, so their order stands.
 */
export function createGroupCommit<T>(options: {
  readonly flush: (items: readonly T[]) => Promise<void>;
  readonly keyOf: (item: T) => string;
  /** Items of one flush at most (2,000). */
  readonly mostInFlush?: number;
}): GroupCommit<T> {
  const { mostInFlush = MOST_IN_FLUSH } = options;
  const queue: Waiting<T>[] = [];
  const busyKeys = new Set<string>();
  let running = 0;
  let inFlight = 0;
  let idlers: (() => void)[] = [];

  // A flush writes for many callers: what one of them carries (its idempotency key) must not enter the common transaction.
  const outsideCallers = AsyncLocalStorage.snapshot();
  // A second flush waits to be worth it beside a large one: of a size they overlap best.
  const mayBegin = () => running === 0 || (running === 1 && queue.length >= Math.max(SECOND_FLUSH_FROM, inFlight / 2));
  const pump = () => {
    while (queue.length > 0 && mayBegin()) {
      const batch = takeBatch();
      if (batch.length === 0) return;
      running += 1;
      inFlight += batch.length;
      void outsideCallers(write, batch).finally(() => {
        running -= 1;
        inFlight -= batch.length;
        for (const { item } of batch) busyKeys.delete(options.keyOf(item));
        pump();
        if (running === 0 && queue.length === 0) {
          for (const wake of idlers) wake();
          idlers = [];
        }
      });
    }
  };

  const takeBatch = (): readonly Waiting<T>[] => {
    let batch = queue.splice(0, mostInFlush);
    if (busyKeys.size > 0) {
      const blocked = batch.filter(({ item }) => busyKeys.has(options.keyOf(item)));
      if (blocked.length > 0) {
        const held = new Set(blocked);
        batch = batch.filter((waiting) => !held.has(waiting));
        queue.unshift(...blocked);
      }
    }
    for (const { item } of batch) busyKeys.add(options.keyOf(item));
    return batch;
  };

  const write = async (batch: readonly Waiting<T>[]): Promise<void> => {
    try {
      await options.flush(batch.map(({ item }) => item));
      finish(batch, null);
    } catch (error) {
      if (!isForData(error)) return finish(batch, error);
      if (batch.length === 1) {
        if (mayBeRace(error)) return finish(batch, error);
        for (const { item, ticket } of batch) ticket.refused.push({ item, cause: error });
        return finish(batch, null);
      }
      const half = batch.length >> 1;
      await write(batch.slice(0, half));
      await write(batch.slice(half));
    }
  };

  return {
    submit(items) {
      if (items.length === 0) return Promise.resolve([]);
      if (queue.length + items.length > MOST_WAITING)
        return Promise.reject(new Overloaded('too much is waiting to be stored'));
      return new Promise((resolve, reject) => {
        const refused: Refused<T>[] = [];
        const settle = (failure: unknown) => (failure === null ? resolve(refused) : reject(failure));
        const ticket: Ticket<T> = { left: items.length, failure: null, refused, settle };
        for (const item of items) queue.push({ item, ticket });
        pump();
      });
    },
    get waiting() {
      return queue.length;
    },
    idle: () =>
      running === 0 && queue.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve)),
  };
}

function finish<T>(batch: readonly Waiting<T>[], failure: unknown): void {
  for (const { ticket } of batch) {
    ticket.left -= 1;
    ticket.failure ??= failure;
    if (ticket.left === 0) ticket.settle(ticket.failure);
  }
}

/** SQLSTATE classes 22 (bad data) and 54 (over a limit), and 23 (a rule of the schema): one item is to blame. */
function isForData(error: unknown): boolean {
  const state = sqlState(error);
  return state !== null && !isUnavailable(error) && /^(22|23|54)/.test(state);
}

/**
 * Unique, foreign-key and exclusion rules look at other rows, which another process may have written meanwhile. Such an
 * item fails instead of being refused: its sender comes again, while a refused alert is dropped for ever.
 */
function mayBeRace(error: unknown): boolean {
  return /^23(505|503|P01)$/.test(sqlState(error) ?? '');
}
