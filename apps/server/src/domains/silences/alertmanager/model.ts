import type { Matcher } from '#routing';
import type { InhibitRule, TimeInterval } from '../model.ts';

/** Where something stands in a text, both from 1. */
export type Place = { readonly line: number; readonly column: number };

/** One reason a configuration is refused: where in its structure (`route.routes.0.receiver`), where in its text, why. */
export type ConfigFault = Place & { readonly path: string; readonly message: string };

/** A route as it is written: null is what it does not set. */
export type ConfigRoute = {
  readonly place: Place;
  readonly receiver: string | null;
  readonly matchers: readonly Matcher[];
  readonly continue: boolean;
  readonly groupBy: readonly string[] | 'all' | null;
  readonly groupWaitSeconds: number | null;
  readonly groupIntervalSeconds: number | null;
  readonly repeatIntervalSeconds: number | null;
  readonly muteTimeIntervals: readonly string[];
  readonly activeTimeIntervals: readonly string[];
  /** Labels that newer ones attach to what they send; kept by name only. */
  readonly labelNames: readonly string[];
  readonly routes: readonly ConfigRoute[];
};

/** A receiver: how many integrations of which kind (`slack`, `webhook`) it has. What they say stays unread. */
export type ConfigReceiver = {
  readonly name: string;
  readonly integrations: readonly { readonly kind: string; readonly count: number }[];
};

/** An Alertmanager configuration, read and checked. */
export type AlertmanagerConfig = {
  readonly route: ConfigRoute;
  readonly receivers: readonly ConfigReceiver[];
  /** Their ids are their places in the file: `inhibit_rules[0]`. */
  readonly inhibitRules: readonly InhibitRule[];
  /** Of `time_intervals` and of the older `mute_time_intervals`. */
  readonly intervals: readonly TimeInterval[];
  readonly templates: readonly string[];
  readonly resolveTimeoutSeconds: number;
  /** Keys of `global` that are set. */
  readonly globals: readonly string[];
};
