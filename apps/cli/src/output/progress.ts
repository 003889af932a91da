import type { Io } from '../io.ts';
import { duration } from './time.ts';

/**
 * Says on stderr that something takes its time: redrawn in place in a terminal, one line otherwise, nothing when it is
 * done within 300 ms. Returns what the work returned.
 */
export async function withProgress<T>(io: Io, what: string, work: () => Promise<T>): Promise<T> {
  const started = io.now();
  const draw = () => {
    const seconds = (io.now().epochMilliseconds - started.epochMilliseconds) / 1000;
    io.err(io.errIsTerminal ? `\r${what}… ${duration(seconds)} ` : `${what}…\n`);
  };
  let drawn = false;
  const first = setTimeout(() => {
    drawn = true;
    draw();
  }, 300);
  const again = io.errIsTerminal ? setInterval(() => drawn && draw(), 1_000) : undefined;
  try {
    return await work();
  } finally {
    clearTimeout(first);
    clearInterval(again);
    if (drawn && io.errIsTerminal) io.err('\r\u001b[K');
  }
}
