import type { ReadBody, Refusal } from '../model.ts';

/**
 * What of a request that is read again is to be taken: where some of its items were refused, those alone, because the
 * others were taken when it came in and may be over by now; else all of it.
 */
export function toBeTaken(read: ReadBody, refusedBefore: readonly Refusal[] | null): ReadBody {
  const places = (refusedBefore ?? []).map(({ index }) => index);
  if (refusedBefore === null || places.includes(null)) return read;
  const wanted = new Set(places);
  const kept = read.events
    .map((event, i) => ({ event, place: read.places[i] as number }))
    .filter(({ place }) => wanted.has(place));
  return {
    events: kept.map(({ event }) => event),
    places: kept.map(({ place }) => place),
    refused: read.refused.filter(({ index }) => index === null || wanted.has(index)),
    ignored: read.ignored,
  };
}
