import { useNow } from './clock.ts';
import { age, dayTime, duration, moment, msOf, zoneSentence } from './time.ts';

/** The zone of this device. */
export const localZone = { zone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC' };

/** How long ago something was, counting. */
export function Age({ at, until }: { readonly at: string; readonly until?: string | null }) {
  const now = useNow();
  const text = until ? duration((msOf(until) - msOf(at)) / 1000) : age(at, now);
  return (
    <time dateTime={at} title={moment(at, now, localZone)}>
      {text}
    </time>
  );
}

/** A moment on the wall clock, to the second today. */
export function Moment({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={`${at.slice(0, 19).replace('T', ' ')} UTC`}>
      {moment(at, useNow(), localZone)}
    </time>
  );
}

/** A moment to the minute, with its day where that is not today. */
export function DayTime({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={`${at.slice(0, 19).replace('T', ' ')} UTC`}>
      {dayTime(at, useNow(), localZone)}
    </time>
  );
}

/** Names the zone of all times of a page; stands once, at its end. */
export function ZoneLine() {
  return <p className="foot">{zoneSentence(useNow(), localZone)}</p>;
}
