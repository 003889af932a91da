import { Worker } from 'node:worker_threads';

/** Why a task came to no answer: it took too long, too much memory, it threw, or it was broken off. */
export type TaskFailure = 'too-long' | 'too-large' | 'crashed' | 'aborted';

/** A task's answer, or why there is none. */
export type TaskResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: TaskFailure; readonly detail: string };

/**
 * Runs one task in a thread of its own and ends the thread, whatever it does: work on what strangers wrote may neither
 * hold up the process nor fill its memory. The file posts its one answer to `parentPort`.
 */
export async function runInWorker<T>(
  file: URL,
  input: unknown,
  limits: { readonly timeoutMs: number; readonly memoryMb: number; readonly signal: AbortSignal },
): Promise<TaskResult<T>> {
  const { promise, resolve } = Promise.withResolvers<TaskResult<T>>();
  const worker = new Worker(file, {
    workerData: input,
    // Nothing of the process's environment is needed, and it may hold secrets.
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: limits.memoryMb },
  });
  const timer = setTimeout(
    () => resolve({ ok: false, reason: 'too-long', detail: `more than ${limits.timeoutMs / 1000} s` }),
    limits.timeoutMs,
  );
  const abort = () => resolve({ ok: false, reason: 'aborted', detail: 'broken off' });
  if (limits.signal.aborted) abort();
  limits.signal.addEventListener('abort', abort, { once: true });
  worker.once('message', (value: T) => resolve({ ok: true, value }));
  worker.once('error', (error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'too-large' : 'crashed';
    resolve({ ok: false, reason, detail: error.message });
  });
  worker.once('exit', (code) => resolve({ ok: false, reason: 'crashed', detail: `ended with ${code}` }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    limits.signal.removeEventListener('abort', abort);
    // Not waited for: a thread at the end of its memory was seen to take many seconds to go.
    worker.unref();
    void worker.terminate();
  }
}
