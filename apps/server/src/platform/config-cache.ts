import { sql } from 'kysely';
import type { Db, Trx } from './db.ts';

/** One domain's configuration as loaded in memory; `current()` is what this process decides by now. */
export interface ConfigPart<T> {
  current(): T;
}

/**
 * The configuration (routes, policies, schedules, people) cached per process. Every change raises `config_version`
 * in its own transaction; who decides reads that number in the same round trip as its data and calls `ensure`,
 * so no decision is made by an older configuration than the database's.
 */
export interface ConfigCache {
  register<T>(name: string, load: (db: Db) => Promise<T>): ConfigPart<T>;
  /** Reloads every part when `version` is not the one held. All parts come from one snapshot of the database. */
  ensure(version: number): Promise<void>;
  /** Reads the number and reloads when it differs. */
  refresh(): Promise<void>;
  version(): number;
}

/** Builds the cache over the paging pool. */
export function createConfigCache(db: Db): ConfigCache {
  const loaders: { load: (db: Db) => Promise<unknown>; value: unknown }[] = [];
  let held = 0;
  let loading: Promise<void> | null = null;

  const load = () =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (trx) => {
        const version = await readConfigVersion(trx);
        const values: unknown[] = [];
        for (const part of loaders) values.push(await part.load(trx));
        loaders.forEach((part, i) => {
          part.value = values[i];
        });
        held = version;
      });

  const reload = () => {
    loading ??= load().finally(() => {
      loading = null;
    });
    return loading;
  };

  return {
    register<T>(name: string, loader: (db: Db) => Promise<T>) {
      const part: { load: (db: Db) => Promise<T>; value: T | undefined } = { load: loader, value: undefined };
      loaders.push(part);
      return {
        current() {
          if (part.value === undefined) throw new Error(`configuration part ${name} was read before it was loaded`);
          return part.value;
        },
      };
    },
    async ensure(version) {
      // A load already under way may have begun before `version`: then one more is needed.
      while (held < version) await reload();
    },
    async refresh() {
      const version = await readConfigVersion(db);
      while (held < version) await reload();
    },
    version: () => held,
  };
}

/** The database's configuration version. */
export async function readConfigVersion(db: Db): Promise<number> {
  const row = await db.selectFrom('config_version').select('version').executeTakeFirstOrThrow();
  return row.version;
}

/** Raises the configuration version in the change's own transaction; returns the new number. */
export async function raiseConfigVersion(trx: Trx): Promise<number> {
  const row = await trx
    .updateTable('config_version')
    .set({ version: sql`version + 1` })
    .returning('version')
    .executeTakeFirstOrThrow();
  return row.version;
}

/**
 * Reads the version and keeps it until the transaction ends: changes of configuration wait that long. For a decision that
 * was overtaken by changes again and again, so that it comes to an end.
 */
export async function holdConfigVersion(trx: Trx): Promise<number> {
  const row = await trx.selectFrom('config_version').select('version').forShare().executeTakeFirstOrThrow();
  return row.version;
}
