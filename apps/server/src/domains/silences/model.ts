import type { CompiledMatcher, LabelView, Matcher } from '#routing';

/** Alerts that its matchers accept call nobody while it is active: [startsAt, endsAt). */
export type Silence = {
  readonly id: string;
  /** All must accept. Never all of them accept an alert without labels (`validateSilence`). */
  readonly matchers: readonly Matcher[];
  readonly startsAt: Temporal.Instant;
  readonly endsAt: Temporal.Instant;
  readonly createdBy: string;
  readonly comment: string;
  /** Set when it was made through an integration's key: it mutes only alerts of that integration. */
  readonly integrationId: string | null;
};

/** Where a silence stands: not begun, muting, over. */
export type SilenceState = 'pending' | 'active' | 'expired';

/**
 * While an alert that `sourceMatchers` accept fires, alerts that `targetMatchers` accept call nobody, as long as both
 * carry the same values of the `equal` labels; missing in both counts as the same.
 */
export type InhibitRule = {
  readonly id: string;
  readonly name: string | null;
  readonly sourceMatchers: readonly Matcher[];
  readonly targetMatchers: readonly Matcher[];
  readonly equal: readonly string[];
};

/** Numbers from `begin` to `end`, both included. */
export type InclusiveRange = { readonly begin: number; readonly end: number };

/** Minutes of a day as its wall clock shows them, [start, end): 0 to 1440. */
export type MinuteRange = { readonly start: number; readonly end: number };

/**
 * One entry of a time interval: a moment is in it when every field that is set holds it. Null sets no bound; an empty
 * list holds nothing, as in Alertmanager.
 */
export type IntervalSpec = {
  readonly times: readonly MinuteRange[] | null;
  /** 0 is Sunday. */
  readonly weekdays: readonly InclusiveRange[] | null;
  /** 1 to 31, or -1 (the last day) to -31. */
  readonly daysOfMonth: readonly InclusiveRange[] | null;
  /** 1 is January. */
  readonly months: readonly InclusiveRange[] | null;
  readonly years: readonly InclusiveRange[] | null;
  /** IANA name of the zone whose clock is read; null is UTC. */
  readonly location: string | null;
};

/** A named set of times that routes refer to; a moment is in it when any of its specs holds it. */
export type TimeInterval = { readonly name: string; readonly specs: readonly IntervalSpec[] };

/** ISO weekday, Monday is 1. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/**
 * When a maintenance window is open. Recurring ones open at a local time of the window's zone and stay open for their
 * whole length, however the clock jumps meanwhile: 02:00 for 4 hours is 4 hours long also in the night of the change.
 * A local time that is skipped opens as much later as the clock jumps; one that is shown twice opens at the first.
 */
export type Recurrence =
  | { readonly kind: 'once'; readonly startsAt: Temporal.Instant; readonly endsAt: Temporal.Instant }
  | (Recurring & {
      readonly kind: 'weekly';
      /** Every so many weeks, counted from the week (Monday to Sunday) of `firstDate`. */
      readonly every: number;
      readonly weekdays: readonly Weekday[];
    })
  | (Recurring & {
      readonly kind: 'monthly';
      /** Every so many months, counted from the month of `firstDate`. */
      readonly every: number;
      readonly on: MonthDay;
    });

/** A day of a month: by number (-1 is the last; 31 is left out of short months), or e.g. the last Sunday. */
export type MonthDay =
  | { readonly kind: 'day'; readonly day: number }
  | { readonly kind: 'weekday'; readonly weekday: Weekday; readonly nth: 1 | 2 | 3 | 4 | 5 | -1 };

/** What recurring windows share. */
export type Recurring = {
  /** `HH:MM`, 00:00 to 23:59, in the window's zone. */
  readonly startTime: string;
  readonly durationMinutes: number;
  /** `YYYY-MM-DD`: no occurrence opens before this local date. */
  readonly firstDate: string;
  /** `YYYY-MM-DD`: none opens after this one; null is for ever. */
  readonly lastDate: string | null;
};

/** Planned work: alerts that its matchers accept call nobody while it is open. */
export type MaintenanceWindow = {
  readonly id: string;
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** IANA name. */
  readonly zone: string;
  readonly recurrence: Recurrence;
  /** Why it is there, for people. */
  readonly comment: string;
  readonly createdBy: string;
};

/** One opening of a window, [startsAt, endsAt). */
export type WindowSpan = { readonly startsAt: Temporal.Instant; readonly endsAt: Temporal.Instant };

/** What mutes one alert. Every one has a sentence (`reason`) that is stored and shown. */
export type Mute =
  | { readonly kind: 'silence'; readonly id: string; readonly reason: string; readonly endsAt: Temporal.Instant }
  | { readonly kind: 'maintenance'; readonly id: string; readonly reason: string; readonly endsAt: Temporal.Instant }
  | {
      readonly kind: 'inhibition';
      /** Id of the rule. */
      readonly rule: string;
      /** Ids under which the sources were added to the index; at most `MOST_SOURCES` of them. */
      readonly sources: readonly string[];
      readonly reason: string;
    }
  | {
      readonly kind: 'time-interval';
      readonly name: string;
      readonly reason: string;
      /** Null when it never ends. */
      readonly endsAt: Temporal.Instant | null;
    };

/** What is stored of everything that can mute. */
export type StoredMutes = {
  readonly silences: readonly Silence[];
  readonly windows: readonly MaintenanceWindow[];
  readonly inhibitRules: readonly InhibitRule[];
  readonly intervals: readonly TimeInterval[];
};

/** Everything that can mute, compiled once per configuration version by `compileMutes`. */
export type Mutes = {
  readonly silences: CompiledSilences;
  readonly windows: readonly CompiledWindow[];
  readonly inhibitRules: readonly CompiledInhibitRule[];
  readonly intervals: ReadonlyMap<string, TimeInterval>;
};

/** A silence ready to run; its ends as microseconds, because comparing Instants costs 0.5 µs each. */
export type CompiledSilence = {
  readonly silence: Silence;
  /** What it says of every alert that it mutes. */
  readonly mute: Extract<Mute, { kind: 'silence' }>;
  readonly matchers: readonly CompiledMatcher[];
  readonly from: number;
  readonly to: number;
};

/** Silences by one label that they demand, name then value, so that an alert asks only those that may want it. */
export type CompiledSilences = {
  readonly byLabel: ReadonlyMap<string, ReadonlyMap<string, readonly CompiledSilence[]>>;
  readonly others: readonly CompiledSilence[];
};

/** A window with its matchers compiled. */
export type CompiledWindow = { readonly window: MaintenanceWindow; readonly matchers: readonly CompiledMatcher[] };

/** An inhibition rule ready to run. */
export type CompiledInhibitRule = {
  readonly rule: InhibitRule;
  readonly source: readonly CompiledMatcher[];
  readonly target: readonly CompiledMatcher[];
  /** Reads the values of the `equal` labels as one key. */
  readonly keyOf: (view: LabelView) => string;
};

/** One stored thing that cannot be used: it mutes nothing, and whoever runs this must be told. */
export type MuteFault = {
  readonly kind: 'silence' | 'maintenance' | 'inhibition' | 'time-interval';
  readonly id: string;
  readonly message: string;
};
