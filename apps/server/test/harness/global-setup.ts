import type { TestProject } from 'vitest/node';
import { startTestCluster, type TestCluster } from './cluster.ts';
import type { TestServer } from './run.ts';

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer;
  }
}

// Each project loads this file anew; what they share hangs on the process.
interface Shared {
  users: number;
  cluster: Promise<TestCluster>;
}
const KEY = Symbol.for('tocsin.test.cluster');
const shared = globalThis as { [KEY]?: Shared | undefined };

/** Gives the project the run's one cluster, starting it for the first that asks. */
export async function setup(project: TestProject): Promise<void> {
  const use = (shared[KEY] ??= { users: 0, cluster: startTestCluster() });
  use.users += 1;
  project.provide('testServer', (await use.cluster).run.server);
}

/** Stops the cluster after the last project that used it. */
export async function teardown(): Promise<void> {
  const use = shared[KEY];
  if (!use) return;
  use.users -= 1;
  if (use.users > 0) return;
  shared[KEY] = undefined;
  await (await use.cluster).stop();
}
