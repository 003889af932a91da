import { defineConfig } from 'vitest/config';

/**
 * Test projects, fastest first. One PostgreSQL cluster serves all of db, acceptance and process
 * (apps/server/test/harness/global-setup.ts); every file there gets a database of its own.
 */
const database = {
  globalSetup: ['apps/server/test/harness/global-setup.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  pool: 'forks' as const,
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    // A line a file is progress; what passed has nothing else to say.
    silent: 'passed-only',
    slowTestThreshold: 10_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,apps}/**/src/**/*.test.ts', 'apps/server/test/*.test.ts'],
          exclude: ['**/*.db.test.ts', '**/node_modules/**'],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'db', include: ['apps/server/**/*.db.test.ts'], ...database } },
      { test: { name: 'acceptance', include: ['apps/server/test/acceptance/**/*.story.ts'], ...database } },
      {
        test: {
          name: 'process',
          include: ['apps/server/test/process/**/*.proc.ts'],
          ...database,
          testTimeout: 240_000,
          fileParallelism: false,
        },
      },
      {
        // Real clients against a real process, which brings its own PostgreSQL.
        test: {
          name: 'clients',
          // Their concurrent stories wait for minutes of back-off, not for this machine.
          maxConcurrency: 12,
          include: ['apps/server/test/clients/**/*.client.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
          pool: 'forks',
          fileParallelism: false,
        },
      },
    ],
  },
});
