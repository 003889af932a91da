import { expect, test } from 'vitest';
import { runInWorker } from './worker-task.ts';

const code = (text: string) => new URL(`data:text/javascript,${encodeURIComponent(text)}`);
const threads = "import { parentPort, workerData } from 'node:worker_threads';";
const limits = { timeoutMs: 10_000, memoryMb: 64, signal: new AbortController().signal };

test('answers what the thread posts, which knows nothing of the environment', async () => {
  const file = code(`${threads} parentPort.postMessage([workerData.n + 1, Object.keys(process.env).length])`);
  expect(await runInWorker(file, { n: 1 }, limits)).toEqual({ ok: true, value: [2, 0] });
});

test('ends a thread that goes on for ever, holding nothing up meanwhile', async () => {
  const running = runInWorker(code('for (;;);'), {}, { ...limits, timeoutMs: 300 });
  expect(await Promise.race([running, Promise.resolve('not held up')])).toBe('not held up');
  expect(await running).toEqual({ ok: false, reason: 'too-long', detail: 'more than 0.3 s' });
});

test('ends a thread that takes too much memory', async () => {
  const file = code('const all = []; for (let n = 0; ; n += 1) all.push(`x${n}`);');
  expect(await runInWorker(file, {}, limits)).toMatchObject({ ok: false, reason: 'too-large' });
});

test('says why a thread crashed, or that it ended without an answer', async () => {
  const crash = await runInWorker(code("throw new Error('no')"), {}, limits);
  expect(crash).toEqual({ ok: false, reason: 'crashed', detail: 'no' });
  expect(await runInWorker(code('0'), {}, limits)).toMatchObject({ ok: false, reason: 'crashed' });
});

test('is broken off when asked to, also before it began', async () => {
  const stopping = new AbortController();
  const running = runInWorker(code('for (;;);'), {}, { ...limits, signal: stopping.signal });
  stopping.abort();
  expect(await running).toMatchObject({ ok: false, reason: 'aborted' });
  expect(await runInWorker(code('for (;;);'), {}, { ...limits, signal: stopping.signal })).toMatchObject({
    reason: 'aborted',
  });
});
