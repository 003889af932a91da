import { type Clock, earliest } from './clock.ts';

/** Even when nothing is known to be due a loop looks once a second: a hint may be lost, the row may not. */
const POLL_MS = 1_000;
/** After a failed pass, so that a database that is down is not asked in a tight ring. */
const PAUSE_AFTER_FAILURE_MS = 500;

/** One pass: how much it did, and when the next row is due as far as it knows. */
export interface Pass {
  readonly done: number;
  readonly nextAt: Temporal.Instant | null;
}

/** A loop that wakes rows: an armed timer for the earliest due one, a one-second poll as net. */
export interface Loop {
  readonly name: string;
  start(): void;
  /** Resolves when the pass under way has ended. */
  stop(): Promise<void>;
  /** Says that something is due at `at` (default: now). Cheap; called after a commit. */
  poke(at?: Temporal.Instant): void;
  /** Runs passes until one does nothing; for stories on a manual clock. Says whether any did, and when the next row is due. */
  runUntilIdle(): Promise<{ readonly worked: boolean; readonly nextAt: Temporal.Instant | null }>;
  /** When the last pass ended well, for health. */
  lastPassAt(): Temporal.Instant | null;
}

/** Builds a loop over `pass`, which gets the one reading of the clock. */
export function createLoop(options: {
  readonly name: string;
  readonly clock: Clock;
  readonly pass: (now: Temporal.Instant) => Promise<Pass>;
  readonly onError: (name: string, error: unknown) => void;
}): Loop {
  const { clock, name } = options;
  let running = false;
  let ended: Promise<void> = Promise.resolve();
  let wake = new AbortController();
  let wakeAt: Temporal.Instant | null = null;
  let last: Temporal.Instant | null = null;

  const onePass = async (): Promise<Pass> => {
    const now = clock.now();
    const pass = await options.pass(now);
    last = now;
    return pass;
  };

  const run = async () => {
    while (running) {
      wakeAt = null;
      let next: Temporal.Instant;
      try {
        const pass = await onePass();
        if (pass.done > 0) continue;
        next = earliest([pass.nextAt, wakeAt, clock.now().add({ milliseconds: POLL_MS })]) as Temporal.Instant;
      } catch (error) {
        options.onError(name, error);
        next = clock.now().add({ milliseconds: PAUSE_AFTER_FAILURE_MS });
      }
      wake = new AbortController();
      wakeAt = earliest([wakeAt, next]);
      if (running && wakeAt) await clock.sleep(wakeAt, wake.signal);
    }
  };

  return {
    name,
    start() {
      if (running) return;
      running = true;
      ended = run();
    },
    async stop() {
      running = false;
      wake.abort();
      await ended;
    },
    poke(at) {
      const due = at ?? clock.now();
      if (wakeAt && Temporal.Instant.compare(due, wakeAt) >= 0) return;
      wakeAt = due;
      wake.abort();
    },
    async runUntilIdle() {
      for (let worked = false; ; worked = true) {
        const pass = await onePass();
        if (pass.done === 0) return { worked, nextAt: pass.nextAt };
      }
    },
    lastPassAt: () => last,
  };
}
