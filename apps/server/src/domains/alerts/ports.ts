import type { Trx } from '#platform/db';
import type { RouteOptions } from '#routing';
import type { MuteCount } from '#silences';
import type { GroupChange } from './group-model.ts';
import type { Labels } from './labels.ts';
import type { Severity } from './model.ts';

/** A locked group with what its flush found; what the response stage decides by. */
export interface DueGroup {
  readonly id: string;
  readonly number: number;
  readonly routeId: string;
  readonly options: RouteOptions;
  readonly title: string;
  readonly labels: Labels;
  readonly severity: Severity;
  readonly serviceId: string | null;
  readonly teamId: string | null;
  readonly firing: number;
  readonly openedAt: Temporal.Instant;
  readonly lastEventAt: Temporal.Instant;
  /** What grouping found, null when only the run is due. */
  readonly change: GroupChange | null;
  /** When the run of this group wants to wake; due when not after `now`. */
  readonly runAt: Temporal.Instant | null;
  readonly version: number;
  /** Every firing alert of it is muted: a run ends, none begins, and it is decided again at `until`. Null: it may call. */
  readonly mute: {
    readonly until: Temporal.Instant;
    readonly by: readonly MuteCount[];
    /** It was not so at the last decision. */
    readonly isNew: boolean;
  } | null;
  /** It was muted whole at the last decision, and is no longer. */
  readonly isUnmuted: boolean;
}

/**
 * The response stage's decision on locked groups, in the same transaction: starts, steps and ends runs. Answers when
 * each group's run wants to wake next (null: no live run), or a muted group is to be asked about again. Filled by app.ts with escalation's.
 */
export interface PageDecider {
  decide(
    trx: Trx,
    groups: readonly DueGroup[],
    now: Temporal.Instant,
  ): Promise<ReadonlyMap<string, Temporal.Instant | null>>;
  /** Called after the commit: something may have become due. */
  committed(): void;
  /** Whom a group's first moment would call, were it decided now: kept with what was suppressed. From memory. */
  wouldCall(group: DueGroup, now: Temporal.Instant): unknown;
}
