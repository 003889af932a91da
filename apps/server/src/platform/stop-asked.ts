/** Why a process is to stop. */
export type StopReason = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'npm-ended';

/** How often the parent is looked at; one system call. */
const LOOK_MS = 250;

/**
 * Resolves when this process is asked to stop: by a signal, by its terminal's end, or, where npm started it, by npm's
 * end. npm cannot pass on a kill -9, and a server that nobody holds any more would keep its port and data directory.
 *
 * From the call on none of these signals ends the process by itself, however often it comes: on Ctrl-C the terminal and
 * npm send one each, and the second must not cut off the stop that the first began.
 */
export function stopAsked(env: NodeJS.ProcessEnv = process.env): Promise<StopReason> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
    if (!env['npm_lifecycle_event']) return;
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve('npm-ended');
    }, LOOK_MS);
    timer.unref();
  });
}
