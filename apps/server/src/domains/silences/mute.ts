import type { LabelView } from '#routing';
import { compileInhibitRules, type SourceIndex } from './inhibition.ts';
import { isWithin, nextChange } from './interval.ts';
import { isZone } from './interval-parse.ts';
import { compileWindows, mutedByWindows } from './maintenance.ts';
import { momentText } from './micros.ts';
import type { Mute, MuteFault, Mutes, StoredMutes, TimeInterval } from './model.ts';
import { compileSilences, mutedBySilences } from './silence.ts';

/** Nothing mutes. */
export const NO_MUTES: Mutes = {
  silences: { byLabel: new Map(), others: [] },
  windows: [],
  inhibitRules: [],
  intervals: new Map(),
};

/** Names of time intervals on a route: it is muted in any of `mute`, and outside all of `active` when there are some. */
export type RouteIntervals = { readonly mute: readonly string[]; readonly active: readonly string[] };

/** One alert as mutes see it. */
export type Mutable = {
  readonly view: LabelView;
  /** The integration that it came by; null when none is known. */
  readonly integrationId: string | null;
  /** Of the route that its group is on; null asks only what mutes it on every route. */
  readonly intervals: RouteIntervals | null;
  /** Firing sources of inhibition; null asks nothing about them. */
  readonly sources: SourceIndex | null;
};

/** What mutes an alert, and until when. */
export type Muted = {
  readonly by: readonly Mute[];
  /** When this must be asked again: the first end among what mutes, null when none of it has one. */
  readonly until: Temporal.Instant | null;
};

const NOT_MUTED: Muted = { by: [], until: null };

/** Compiles everything that can mute. What cannot be used is left out and named: it mutes nothing. */
export function compileMutes(stored: StoredMutes): { mutes: Mutes; faults: readonly MuteFault[] } {
  const { silences, faults: badSilences } = compileSilences(stored.silences);
  const { windows, faults: badWindows } = compileWindows(stored.windows);
  const { rules, faults: badRules } = compileInhibitRules(stored.inhibitRules);
  const badIntervals = stored.intervals.flatMap(intervalFaults);
  const refused = new Set(badIntervals.map(({ id }) => id));
  const intervals = new Map(stored.intervals.filter(({ name }) => !refused.has(name)).map((one) => [one.name, one]));
  return {
    mutes: { silences, windows, inhibitRules: rules, intervals },
    faults: [...badSilences, ...badWindows, ...badRules, ...badIntervals],
  };
}

function intervalFaults({ name, specs }: TimeInterval): readonly MuteFault[] {
  return specs.flatMap(({ location }) =>
    location === null || isZone(location)
      ? []
      : [{ kind: 'time-interval', id: name, message: `${location} is no time zone` } as const],
  );
}

/**
 * Everything that mutes an alert now: the one function that the engine, lists, the preview and explanations share.
 * Each mute stands by itself; the alert is muted while any is left.
 */
export function mutesOf(mutes: Mutes, alert: Mutable, now: Temporal.Instant): Muted {
  const by: readonly Mute[] = [
    ...mutedBySilences(mutes.silences, alert.view, alert.integrationId, now),
    ...mutedByWindows(mutes.windows, alert.view, now),
    ...(alert.sources?.sourcesFor(alert.view) ?? []),
    ...(alert.intervals === null ? [] : mutedByIntervals(mutes.intervals, alert.intervals, now)),
  ];
  if (by.length === 0) return NOT_MUTED;
  let until: Temporal.Instant | null = null;
  for (const mute of by) {
    const endsAt = mute.kind === 'inhibition' ? null : mute.endsAt;
    if (endsAt !== null && (until === null || Temporal.Instant.compare(endsAt, until) < 0)) until = endsAt;
  }
  return { by, until };
}

/**
 * The time intervals that mute a route now. A name that is not known mutes nothing, and an active one counts as open:
 * a page too many is better than one lost.
 */
export function mutedByIntervals(
  intervals: Mutes['intervals'],
  { mute, active }: RouteIntervals,
  now: Temporal.Instant,
): readonly Extract<Mute, { kind: 'time-interval' }>[] {
  if (mute.length === 0 && active.length === 0) return [];
  const inside = [...new Set(mute)].flatMap((name) => {
    const interval = intervals.get(name);
    return interval === undefined || !isWithin(interval, now) ? [] : [interval];
  });
  const isOpen = (name: string) => {
    const interval = intervals.get(name);
    return interval === undefined || isWithin(interval, now);
  };
  const closed = active.length > 0 && !active.some(isOpen) ? [...new Set(active)] : [];
  const outside = closed.flatMap((name) => intervals.get(name) ?? []);
  const muteOf = (interval: TimeInterval, words: string) => {
    const endsAt = nextChange(interval, now);
    const until = endsAt === null ? '' : ` until ${momentText(endsAt)}`;
    return {
      kind: 'time-interval',
      name: interval.name,
      reason: `${words} ${interval.name}${until}.`,
      endsAt,
    } as const;
  };
  return [
    ...inside.map((interval) => muteOf(interval, 'In the mute time')),
    ...outside.map((interval) => muteOf(interval, 'Outside the active time')),
  ];
}
