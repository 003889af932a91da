import type { RouteReason } from '#routing';
import type { Labels } from './labels.ts';

/** What a source said about one alert, normalised by its adapter. Times are epoch milliseconds: the hot path makes no objects of them. */
export interface InboundEvent {
  readonly integrationId: string;
  readonly labels: Labels;
  /** As received; cleaned (annotations.ts) only when they are stored: most events are repeats. */
  readonly annotations: unknown;
  readonly generatorUrl: string | null;
  readonly status: 'firing' | 'resolved';
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  /** True when the source named no end and ours is now + the integration's resolve timeout. */
  readonly endsAtIsTimeout: boolean;
  /** True for protocols that send a firing alert again and again by themselves: only their repeats may skip the database. */
  readonly resends: boolean;
  /** The identity within its integration: SHA-256 of the sorted labels, or of the sender's own key, in hex (identity.ts). */
  readonly identity: string;
  /** How bad the sender itself says it is, where its protocol has a field for that: beats what the labels say. */
  readonly severity?: Severity;
  /** True for protocols whose sender changes an alert's text by requests of their own: a repeat leaves what is stored. */
  readonly keepsText?: true;
}

/** Who ended an alert: its source, the end of its time, or a person by hand. */
export type ResolvedBy = 'source' | 'expiry' | `user:${string}` | `system:${string}`;

/** The state of an alert that decisions need; the rest of the row is text. */
export interface AlertState {
  readonly id: string;
  readonly status: 'firing' | 'resolved';
  /** The source still claims it: firing, or resolved by hand while the source goes on. */
  readonly current: boolean;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly endsAtIsTimeout: boolean;
  readonly resolvedAtMs: number | null;
  readonly resolvedBy: ResolvedBy | null;
  readonly groupIds: readonly string[];
  readonly kind: string;
  readonly severity: Severity;
  readonly version: number;
}

/** SEV1 (worst) to SEV5. */
export type Severity = 1 | 2 | 3 | 4 | 5;

/** A stored change of an alert: a fact, never a re-decision. Folding them in order gives the alert (fold.ts). */
export type AlertChange =
  | { readonly kind: 'opened'; readonly startsAtMs: number; readonly severity: Severity }
  | { readonly kind: 'began-earlier'; readonly startsAtMs: number }
  | { readonly kind: 'resolved'; readonly by: ResolvedBy; readonly current: boolean }
  | { readonly kind: 'released'; readonly by: 'source' | 'expiry' }
  | {
      readonly kind: 'amended';
      readonly by: string;
      /** What was changed, in the sender's words. */
      readonly fields: readonly string[];
      /** The severity from now on. */
      readonly severity: Severity;
    };

/** Why an event did what it did. */
export type LifecycleReason =
  | 'opened'
  | 'repeated'
  | 'began-earlier'
  | 'resolved-by-source'
  | 'expired'
  | 'resolved-by-hand'
  | 'held-by-hand'
  | 'released-by-source'
  | 'opened-after-hand-resolve'
  | 'resolve-without-alert'
  | 'resolve-of-earlier-episode'
  | 'not-yet-expired'
  | 'already-resolved';

/** Where a route led an alert, stored with it. The reason stands in the group, or here where the route only records. */
export interface RoutedTo {
  readonly routeId: string;
  /** Null where the route only records. */
  readonly groupId: string | null;
  readonly reason?: RouteReason;
}
