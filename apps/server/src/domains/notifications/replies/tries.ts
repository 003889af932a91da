/** Wrong links that one address may send in a minute. */
export const MOST_WRONG = 10;
const WINDOW_SECONDS = 60;
/** Addresses remembered; when there are more the oldest are forgotten: a token has 83 bits, this is courtesy. */
const MOST_ADDRESSES = 10_000;

/** Counts wrong links by address, in this process. */
export interface Tries {
  isBlocked(address: string, now: Temporal.Instant): boolean;
  wrong(address: string, now: Temporal.Instant): void;
}

/** Builds an empty count. */
export function createTries(): Tries {
  const seen = new Map<string, { count: number; untilMs: number }>();
  const current = (address: string, now: Temporal.Instant) => {
    const entry = seen.get(address);
    return entry && entry.untilMs > now.epochMilliseconds ? entry : null;
  };
  return {
    isBlocked: (address, now) => (current(address, now)?.count ?? 0) >= MOST_WRONG,
    wrong(address, now) {
      const entry = current(address, now) ?? {
        count: 0,
        untilMs: now.add({ seconds: WINDOW_SECONDS }).epochMilliseconds,
      };
      seen.delete(address);
      seen.set(address, { ...entry, count: entry.count + 1 });
      if (seen.size > MOST_ADDRESSES) seen.delete(seen.keys().next().value as string);
    },
  };
}
