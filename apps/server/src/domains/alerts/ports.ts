import type { Trx } from '#platform/db';
import type { RouteOptions } from '#routing';
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
}

/**
 * The response stage's decision on locked groups, in the same transaction: starts, steps and ends runs. Answers when
 * each group's run wants to wake next (null: no live run). Filled by app.ts with escalation's.
 */
export interface PageDecider {
  decide(
    trx: Trx,
    groups: readonly DueGroup[],
    now: Temporal.Instant,
  ): Promise<ReadonlyMap<string, Temporal.Instant | null>>;
  /** Called after the commit: something may have become due. */
  committed(): void;
}
