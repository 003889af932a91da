import type {
  onCallEntry,
  schedule as scheduleSchema,
  scheduleChange,
  scheduleOverride,
  scheduleShift,
  scheduleWarning,
} from '@tocsin/contracts';
import type { z } from 'zod';
import type { ScheduleChange } from './compare.ts';
import type { Line } from './line.ts';
import type { Handoff, Layer, Override, Schedule, Shift } from './model.ts';
import type { RosterAnswer } from './roster.ts';
import type { ScheduleWarning } from './warnings.ts';

type Instant = Temporal.Instant;
type Row = { readonly version: number; readonly createdAt: Instant; readonly updatedAt: Instant };

const text = (at: Instant | null) => at?.toString() ?? null;

/** A stored schedule as the API shows it, without its overrides. */
export function scheduleOnTheWire(schedule: Schedule & Row): z.output<typeof scheduleSchema> {
  const { id, name, teamId, zone, version, layers } = schedule;
  const [createdAt, updatedAt] = [schedule.createdAt.toString(), schedule.updatedAt.toString()];
  return { id, name, teamId, zone, layers: layers.map(layerOnTheWire), version, createdAt, updatedAt };
}

function layerOnTheWire({ id, name, position, startsAt, endsAt, rotation, restrictions }: Layer) {
  return {
    id,
    name,
    position,
    startsAt: startsAt.toString(),
    endsAt: text(endsAt),
    rotation: { ...rotation, members: [...rotation.members] },
    restrictions: [...restrictions],
  };
}

/** A stored override as the API shows it. */
export function overrideOnTheWire(
  override: Override & { readonly createdBy: string },
): z.output<typeof scheduleOverride> {
  const { id, userId, replacesUserId, createdBy } = override;
  const [startsAt, endsAt] = [override.startsAt.toString(), override.endsAt.toString()];
  return { id, userId, replacesUserId, startsAt, endsAt, createdAt: override.createdAt.toString(), createdBy };
}

/** A warning as the API shows it. */
export function warningOnTheWire(warning: ScheduleWarning): z.output<typeof scheduleWarning> {
  if (warning.kind !== 'coverage-gap') return warning;
  return { ...warning, from: warning.from.toString(), to: warning.to.toString() };
}

function shiftOnTheWire({ userId, because, from, to }: Shift): z.output<typeof scheduleShift> {
  return { userId, because, from: from.toString(), to: to.toString() };
}

/** A calculated line as the API shows it. */
export function lineOnTheWire({ zone, from, to, shifts, gaps, layers }: Line) {
  return {
    zone,
    from: from.toString(),
    to: to.toString(),
    shifts: shifts.map(shiftOnTheWire),
    gaps: gaps.map((gap) => ({ from: gap.from.toString(), to: gap.to.toString(), reason: gap.reason })),
    layers: layers.map((layer) => ({ ...layer, shifts: layer.shifts.map(shiftOnTheWire) })),
  };
}

/** A change for people as the API shows it. */
export function changeOnTheWire(change: ScheduleChange): z.output<typeof scheduleChange> {
  return { ...change, from: change.from.toString(), to: change.to.toString() };
}

/** Who is on call in a schedule as the API shows it. */
export function entryOnTheWire(schedule: Schedule, answer: RosterAnswer): z.output<typeof onCallEntry> {
  const { id, name, teamId, zone } = schedule;
  const users = answer.users.map(({ userId, because, since, until }) => ({
    userId,
    because,
    since: text(since),
    until: text(until),
  }));
  const { gap, reason } = answer;
  return { scheduleId: id, name, teamId, zone, users, gap, reason, until: text(answer.until) };
}

/** A hand-off as the API shows it. */
export function handoffOnTheWire({ at, fromUserIds, toUserIds }: Handoff) {
  return { at: at.toString(), fromUserIds, toUserIds };
}
