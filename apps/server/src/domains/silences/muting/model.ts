import type { LabelView } from '#routing';
import type { RouteIntervals } from '../mute.ts';

/** An alert as the engine asks about it. */
export interface Subject {
  readonly view: LabelView;
  readonly integrationId: string;
  /** Of the route that its group is on; null asks only what mutes it on every route. */
  readonly intervals: RouteIntervals | null;
}

/** One value of a rule's `equal` labels: `key` is its SHA-256 in hex. */
export interface SourceKey {
  readonly rule: string;
  readonly key: string;
}

/** A firing alert as a source of one rule. */
export interface SourceRow extends SourceKey {
  readonly alertId: string;
  readonly twoSided: boolean;
}

/** One mute of a page, with how many of its alerts it mutes. */
export interface MuteCount {
  readonly kind: 'silence' | 'maintenance' | 'inhibition' | 'time-interval';
  /** Id of the silence, window or rule; name of the interval. */
  readonly ref: string;
  readonly reason: string;
  readonly alerts: number;
}

/** A page that is muted whole, as it is recorded. */
export interface SuppressedPage {
  readonly groupId: string;
  readonly routeId: string;
  readonly title: string;
  readonly severity: number;
  readonly serviceId: string | null;
  readonly teamId: string | null;
  readonly alerts: number;
  readonly by: readonly MuteCount[];
  readonly stoppedRun: boolean;
  readonly wouldPage: unknown;
}

/** What has changed since the pages were last looked at. */
export interface MuteChanges {
  /** Every page that calls or is muted is to be decided again. */
  readonly pages: boolean;
  /** Those that these keys may mute. */
  readonly keys: readonly SourceKey[];
  /** How many changes these are. */
  readonly count: number;
}
