/** First pause after a failure; it doubles up to an hour. */
const FIRST_RETRY_SECONDS = 60;
const LONGEST_RETRY_SECONDS = 3_600;
/** An answer "not changed" is enough for so long: what is planned must move on with the clock. */
const ASK_ANEW_AFTER = { hours: 24 };

/** How reading a calendar stands. */
export interface ReadingState {
  readonly refreshSeconds: number;
  readonly etag: string | null;
  readonly readAt: Temporal.Instant | null;
  readonly failures: number;
  readonly failingSince: Temporal.Instant | null;
}

/** When a calendar is read again after it was read well. */
export const afterSuccess = ({ refreshSeconds }: ReadingState, now: Temporal.Instant): Temporal.Instant =>
  now.add({ seconds: refreshSeconds });

/** What follows a failure: pauses that grow, at most an hour or the calendar's own interval where that is longer. */
export function afterFailure(
  { refreshSeconds, failures, failingSince }: ReadingState,
  now: Temporal.Instant,
): { readonly failures: number; readonly failingSince: Temporal.Instant; readonly wakeAt: Temporal.Instant } {
  const growing = FIRST_RETRY_SECONDS * 2 ** Math.min(failures, 10);
  const seconds = Math.min(growing, Math.max(LONGEST_RETRY_SECONDS, refreshSeconds));
  return { failures: failures + 1, failingSince: failingSince ?? now, wakeAt: now.add({ seconds }) };
}

/** The mark to ask with whether anything changed; null to be told everything. */
export function askWith({ etag, readAt, failures }: ReadingState, now: Temporal.Instant): string | null {
  if (etag === null || readAt === null || failures > 0) return null;
  return Temporal.Instant.compare(readAt.add(ASK_ANEW_AFTER), now) > 0 ? etag : null;
}
