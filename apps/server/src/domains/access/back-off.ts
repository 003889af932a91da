/** What failed sign-ins are counted by. */
export type BackOffSubject = 'pair' | 'account' | 'address';

/** Failures of one subject so far. */
export interface Failures {
  readonly failures: number;
  readonly lastAt: Temporal.Instant;
  readonly blockedUntil: Temporal.Instant;
}

interface Limit {
  /** So many failures are free. */
  readonly free: number;
  readonly mostSeconds: number;
}

/**
 * How soon and how long each subject waits. Doubling from one second after the free tries. The wait of a whole account
 * is short, and neither it nor the address's counts where the account has signed in from that address before: else
 * anybody could keep the on-call out by failing in their name.
 */
const LIMITS: Readonly<Record<BackOffSubject, Limit>> = {
  pair: { free: 4, mostSeconds: 900 },
  account: { free: 10, mostSeconds: 30 },
  address: { free: 30, mostSeconds: 300 },
};

/** Failures this old are forgotten. */
const FORGOTTEN_AFTER = { hours: 1 };

/** Seconds that a subject must still wait; 0 when it may try. */
export function waitSeconds(
  subject: BackOffSubject,
  stored: Failures | null,
  now: Temporal.Instant,
  known: boolean,
): number {
  if (!stored || (known && subject !== 'pair')) return 0;
  // Free tries never wait, also when one that arrived a millisecond later was counted first.
  if (stored.failures <= LIMITS[subject].free) return 0;
  return Math.max(0, Math.ceil((stored.blockedUntil.epochMilliseconds - now.epochMilliseconds) / 1000));
}

/** The count after one more failure. */
export function afterFailure(subject: BackOffSubject, stored: Failures | null, now: Temporal.Instant): Failures {
  const forgotten = !stored || Temporal.Instant.compare(stored.lastAt.add(FORGOTTEN_AFTER), now) <= 0;
  const failures = (forgotten ? 0 : stored.failures) + 1;
  const { free, mostSeconds } = LIMITS[subject];
  const over = failures - free;
  const seconds = over <= 0 ? 0 : Math.min(mostSeconds, 2 ** Math.min(over - 1, 20));
  return { failures, lastAt: now, blockedUntil: now.add({ seconds }) };
}
