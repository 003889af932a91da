/** Whole microseconds since 1970-01-01T00:00Z: comparing numbers costs nothing, comparing Instants 0.5 µs. */
export function toMicros(instant: Temporal.Instant): number {
  return Number(instant.epochNanoseconds / 1000n);
}

/** A moment as reasons name it, to the minute. */
export function momentText(at: Temporal.Instant): string {
  return `${at.toString({ smallestUnit: 'minute' }).slice(0, -1).replace('T', ' ')} UTC`;
}
