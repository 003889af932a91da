import type { Clock } from '#platform/clock';
import { isUnavailable } from '#platform/db';
import type { Logger } from '#platform/log';
import { createLoop, type Loop, type Pass } from '#platform/loop';

/** A loop of the engine by name: one pass over what is due. */
export interface EngineLoop {
  readonly name: string;
  readonly pass: (now: Temporal.Instant) => Promise<Pass>;
}

/** The loops of a process: groups, senders, sweep, jobs. */
export interface Engine {
  start(): void;
  /** Resolves when every pass under way has ended. */
  stop(): Promise<void>;
  /** Something of this loop is due at `at` (default: now). */
  wake(name: string, at?: Temporal.Instant): void;
  /**
   * Runs every loop until none has anything due, in rounds, since one loop's work may be another's; for stories on a
   * manual clock. Answers when the next row of any of them is due. `only`: these loops, e.g. without the recurring jobs.
   */
  runUntilIdle(only?: readonly string[]): Promise<Temporal.Instant | null>;
  /** When each loop last looked, for health. */
  ages(): readonly { readonly name: string; readonly lastPassAt: Temporal.Instant | null }[];
}

/** Builds the engine over its loops. */
export function createEngine(options: {
  readonly clock: Clock;
  readonly log: Logger;
  readonly loops: readonly EngineLoop[];
  readonly onError: (name: string) => void;
}): Engine {
  const onError = (name: string, err: unknown) => {
    options.onError(name);
    // A database that is away is the supervisor's and the watch's to tell; a stack for each try would bury it.
    if (isUnavailable(err))
      options.log.warn({ loop: name, reason: (err as Error).message }, 'a pass waits for the database');
    else options.log.error({ err, loop: name }, 'a pass failed; it will be tried again');
  };
  const loops: readonly Loop[] = options.loops.map(({ name, pass }) =>
    createLoop({ name, pass, clock: options.clock, onError }),
  );
  return {
    start: () => loops.forEach((loop) => loop.start()),
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
    wake: (name, at) => loops.find((loop) => loop.name === name)?.poke(at),
    async runUntilIdle(only) {
      const chosen = only ? loops.filter((loop) => only.includes(loop.name)) : loops;
      for (;;) {
        let next: Temporal.Instant | null = null;
        let busy = false;
        for (const loop of chosen) {
          const result = await loop.runUntilIdle();
          busy ||= result.worked;
          if (result.nextAt && (!next || Temporal.Instant.compare(result.nextAt, next) < 0)) next = result.nextAt;
        }
        if (!busy) return next;
      }
    },
    ages: () => loops.map((loop) => ({ name: loop.name, lastPassAt: loop.lastPassAt() })),
  };
}
