import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again and again until there is something to see; throws when time is up, saying what was waited for. */
export async function eventually<T>(
  what: string,
  withinMs: number,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs / 1000} s`);
    await sleep(50);
  }
}
