/**
 * A schedule: who is on call, when. Layers hold the plan, overrides change it for a while.
 *
 * At any instant the highest layer that has somebody answers; overrides are then applied in the order they
 * were made, each to the schedule as the ones before it left it, so the newest wins where two overlap.
 * All wall times (hand-offs, active hours) are read in `zone`; nothing ever depends on the server's zone.
 */
export type Schedule = {
  readonly id: string;
  readonly name: string;
  readonly teamId: string | null;
  /** IANA name, for example `Europe/Berlin`. A bare offset is refused: it knows no daylight saving. */
  readonly zone: string;
  readonly layers: readonly Layer[];
  readonly overrides: readonly Override[];
};

/** One row of a schedule: a rotation, when it applies, and its active hours. Empty restrictions mean always. */
export type Layer = {
  readonly id: string;
  readonly name: string;
  /** Higher wins where it has somebody. Unique within the schedule. */
  readonly position: number;
  /** The layer applies in [startsAt, endsAt); null means without end. */
  readonly startsAt: Temporal.Instant;
  readonly endsAt: Temporal.Instant | null;
  readonly rotation: Rotation;
  /** Active hours: the layer has somebody while any one of them is open. */
  readonly restrictions: readonly Restriction[];
};

/** ISO weekday, Monday is 1. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/**
 * The order in which members take turns. It has neither beginning nor end (a layer's dates bound it): before
 * the anchor the same cycle runs backwards, so a layer that starts early has no accidental gap.
 *
 * Days and weeks count calendar days in the schedule's zone, so a hand-off stays at its wall time over
 * daylight saving. Hours count elapsed hours from the anchor instant, so a 12-hour turn is always 12 hours
 * and its wall time moves by one on a DST day.
 */
export type Rotation = RotationBase &
  ({ readonly unit: 'hours' | 'days' } | { readonly unit: 'weeks'; readonly handoffWeekday: Weekday });

type RotationBase = {
  /** How many units one turn lasts, from 1. */
  readonly length: number;
  /** `HH:MM`, 00:00 to 23:59. */
  readonly handoffTime: string;
  /** `YYYY-MM-DD`: the local date on which member 0 takes over. For weeks it falls on `handoffWeekday`. */
  readonly anchorDate: string;
  /** User ids in turn; null leaves that turn to nobody on purpose (lower layers, else a gap). */
  readonly members: readonly (string | null)[];
};

/**
 * Active hours of a layer, from (inclusive) to (exclusive), in wall time of the schedule's zone. `to` before
 * `from` runs over midnight, or over the end of the week. Equal ends are refused: leave the restriction out.
 */
export type Restriction =
  | { readonly kind: 'daily'; readonly from: string; readonly to: string }
  | {
      readonly kind: 'weekly';
      readonly fromWeekday: Weekday;
      readonly from: string;
      readonly toWeekday: Weekday;
      readonly to: string;
    };

/**
 * A change for [startsAt, endsAt): `userId` takes over. With `replacesUserId` only where that person would be
 * on call, else the whole slot, gaps and hours outside a layer's active hours included.
 */
export type Override = {
  readonly id: string;
  readonly userId: string;
  readonly replacesUserId: string | null;
  readonly startsAt: Temporal.Instant;
  readonly endsAt: Temporal.Instant;
  /** Orders overlapping overrides; equal times are ordered by id. */
  readonly createdAt: Temporal.Instant;
};

/** What put somebody on call. */
export type Because =
  | { readonly kind: 'override'; readonly id: string }
  | { readonly kind: 'layer'; readonly id: string };

/** Why nobody is on call, nearest to coverage first when layers differ. */
export type GapReason =
  /** A layer applies and is in its active hours, but the turn is left to nobody. */
  | 'nobody-in-rotation'
  /** Layers apply, all outside their active hours. */
  | 'outside-active-hours'
  /** There are layers, none of them at this time. */
  | 'no-layer-in-force'
  | 'no-layers';

/** Somebody on call, and the shift [since, until) that makes it so. */
export type OnCallUser = {
  readonly userId: string;
  readonly because: Because;
  /** Null: more than `HORIZON_DAYS` back, not looked for further. */
  readonly since: Temporal.Instant | null;
  /** Null: never, or more than `HORIZON_DAYS` ahead. */
  readonly until: Temporal.Instant | null;
};

/** Who is on call at one instant, and why. A list, because shadow layers and second responders will join it. */
export type OnCallAnswer = {
  readonly users: readonly OnCallUser[];
  /** True exactly when `users` is empty. */
  readonly gap: boolean;
  readonly reason: Because['kind'] | GapReason;
  /** Until when this answer's people stay the same, so a reader may keep it; null as in `OnCallUser`. */
  readonly until: Temporal.Instant | null;
};

/** One person on call in [from, to), for one reason. */
export type Shift = {
  readonly userId: string;
  readonly because: Because;
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
};

/** Nobody on call in [from, to). The reason is that of its first instant. */
export type Gap = { readonly from: Temporal.Instant; readonly to: Temporal.Instant; readonly reason: GapReason };

/** Shifts and gaps in order; together they fill the asked interval exactly, without overlap. */
export type Shifts = { readonly shifts: readonly Shift[]; readonly gaps: readonly Gap[] };

/** The instant at which other people are on call than before it; an empty list is a gap. */
export type Handoff = {
  readonly at: Temporal.Instant;
  readonly fromUserIds: readonly string[];
  readonly toUserIds: readonly string[];
};

/** How far answers look for the end of a stretch that is made of many pieces. */
export const HORIZON_DAYS = 400;

/** Calendar bounds of what `validateSchedule` accepts, so that arithmetic on microseconds stays exact. */
export const EARLIEST_YEAR = 1970;
export const LATEST_YEAR = 2199;

/** Longest turn by unit, and most members of a rotation. */
export const TURN_LENGTH_MAX = { hours: 8784, days: 366, weeks: 53 } as const;
export const MEMBERS_MAX = 200;
