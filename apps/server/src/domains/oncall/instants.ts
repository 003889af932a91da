import { EARLIEST_YEAR, LATEST_YEAR } from './model.ts';

/** The instant of an RFC 3339 text whose form the contract has checked, cut to whole microseconds. */
export function instantOf(text: string): Temporal.Instant {
  return Temporal.Instant.from(text.replace(/(\.\d{6})\d+/, '$1'));
}

/** Whether the calculator is exact at this instant. */
export function isCalculable(at: Temporal.Instant): boolean {
  const { year } = at.toZonedDateTimeISO('UTC');
  return year >= EARLIEST_YEAR && year <= LATEST_YEAR;
}

/** Whether `a` lies before `b`. */
export function isBefore(a: Temporal.Instant, b: Temporal.Instant): boolean {
  return Temporal.Instant.compare(a, b) < 0;
}
