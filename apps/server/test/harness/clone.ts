import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestServer, urlOf, withClient } from './run.ts';

/** A migrated database of its own. */
export interface TestDatabase {
  readonly connectionString: string;
  /** Drops it, cutting connections that are still open. */
  drop(): Promise<void>;
}

const ATTEMPTS = 50;
const OBJECT_IN_USE = '55006';

/** Clones a run's migrated template. */
export async function cloneTemplate(server: TestServer): Promise<TestDatabase> {
  const { adminUrl, template, prefix, cloneStrategy } = server;
  const name = prefix + randomBytes(5).toString('hex');
  const create = `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY ${cloneStrategy}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await withClient(adminUrl, (admin) => admin.query(create));
      break;
    } catch (error) {
      // Somebody (a vacuum, another clone) is in the template for a moment.
      if ((error as { code?: string }).code !== OBJECT_IN_USE || attempt === ATTEMPTS) throw error;
      await sleep(100);
    }
  }
  return {
    connectionString: urlOf(adminUrl, name),
    async drop() {
      await withClient(adminUrl, (admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}
