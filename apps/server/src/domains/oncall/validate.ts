import {
  EARLIEST_YEAR,
  type Layer,
  LATEST_YEAR,
  MEMBERS_MAX,
  type Override,
  type Restriction,
  type Rotation,
  type Schedule,
  TURN_LENGTH_MAX,
} from './model.ts';

/** Why a part of a schedule is refused. */
export type FaultReason =
  | 'unknown-zone'
  | 'duplicate-id'
  | 'duplicate-position'
  | 'bad-position'
  /** Outside the years EARLIEST_YEAR to LATEST_YEAR. */
  | 'out-of-range'
  /** An end that is not after its start. */
  | 'ends-before-start'
  | 'unknown-unit'
  | 'length-out-of-bounds'
  | 'bad-time'
  | 'bad-date'
  | 'bad-weekday'
  /** The anchor of a weekly rotation does not fall on its hand-off weekday. */
  | 'anchor-off-weekday'
  | 'no-members'
  | 'too-many-members'
  | 'empty-user-id'
  /** Active hours that begin and end at the same wall time. */
  | 'zero-length'
  /** An override that replaces somebody by the same person. */
  | 'replaces-itself';

/** One fault: where (dotted path from the schedule, `layers.0.rotation.length`) and why. */
export type ScheduleFault = { readonly path: string; readonly reason: FaultReason };

/**
 * All faults of a schedule, in reading order; none means that `onCallAt`, `shiftsBetween` and `nextHandoff`
 * answer for every instant of the years EARLIEST_YEAR to LATEST_YEAR without throwing.
 */
export function validateSchedule(schedule: Schedule): readonly ScheduleFault[] {
  const { layers, overrides } = schedule;
  return [
    ...when(!isZone(schedule.zone), 'zone', 'unknown-zone'),
    ...layers.flatMap((layer, index) => layerFaults(layer, `layers.${index}`)),
    ...repeats(layers.map(({ id }) => id)).map((index) => fault(`layers.${index}.id`, 'duplicate-id')),
    ...repeats(layers.map(({ position }) => position)).map((index) =>
      fault(`layers.${index}.position`, 'duplicate-position'),
    ),
    ...overrides.flatMap((override, index) => overrideFaults(override, `overrides.${index}`)),
    ...repeats(overrides.map(({ id }) => id)).map((index) => fault(`overrides.${index}.id`, 'duplicate-id')),
  ];
}

/** Whether a name is an IANA zone this runtime knows; bare offsets and ISO strings, which Temporal takes, are not. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    // The only way to ask: Temporal answers an unknown name with a RangeError.
    return false;
  }
}

function layerFaults(layer: Layer, path: string): ScheduleFault[] {
  return [
    ...when(!Number.isSafeInteger(layer.position), `${path}.position`, 'bad-position'),
    ...intervalFaults(layer.startsAt, layer.endsAt, path),
    ...rotationFaults(layer.rotation, `${path}.rotation`),
    ...layer.restrictions.flatMap((restriction, index) =>
      restrictionFaults(restriction, `${path}.restrictions.${index}`),
    ),
  ];
}

function rotationFaults(rotation: Rotation, path: string): ScheduleFault[] {
  const { unit, length, members } = rotation;
  const longest = Object.hasOwn(TURN_LENGTH_MAX, unit) ? TURN_LENGTH_MAX[unit] : undefined;
  const fits = Number.isSafeInteger(length) && length >= 1 && length <= (longest ?? length);
  return [
    ...when(longest === undefined, `${path}.unit`, 'unknown-unit'),
    ...when(!fits, `${path}.length`, 'length-out-of-bounds'),
    ...when(!isTime(rotation.handoffTime), `${path}.handoffTime`, 'bad-time'),
    ...anchorFaults(rotation, path),
    ...when(members.length === 0, `${path}.members`, 'no-members'),
    ...when(members.length > MEMBERS_MAX, `${path}.members`, 'too-many-members'),
    ...members.flatMap((member, index) => when(member === '', `${path}.members.${index}`, 'empty-user-id')),
  ];
}

function anchorFaults(rotation: Rotation, path: string): ScheduleFault[] {
  const weekly = rotation.unit === 'weeks';
  const weekdayFaults = when(weekly && !isWeekday(rotation.handoffWeekday), `${path}.handoffWeekday`, 'bad-weekday');
  const date = dateOf(rotation.anchorDate);
  if (date === null) return [...weekdayFaults, fault(`${path}.anchorDate`, 'bad-date')];
  const off = weekly && weekdayFaults.length === 0 && date.dayOfWeek !== rotation.handoffWeekday;
  return [
    ...weekdayFaults,
    ...when(!isYearInRange(date.year), `${path}.anchorDate`, 'out-of-range'),
    ...when(off, `${path}.anchorDate`, 'anchor-off-weekday'),
  ];
}

function restrictionFaults(restriction: Restriction, path: string): ScheduleFault[] {
  const { from, to } = restriction;
  const weekly = restriction.kind === 'weekly';
  const sameDay = !weekly || restriction.fromWeekday === restriction.toWeekday;
  return [
    ...when(weekly && !isWeekday(restriction.fromWeekday), `${path}.fromWeekday`, 'bad-weekday'),
    ...when(!isTime(from), `${path}.from`, 'bad-time'),
    ...when(weekly && !isWeekday(restriction.toWeekday), `${path}.toWeekday`, 'bad-weekday'),
    ...when(!isTime(to), `${path}.to`, 'bad-time'),
    ...when(sameDay && from === to, path, 'zero-length'),
  ];
}

function overrideFaults(override: Override, path: string): ScheduleFault[] {
  return [
    ...when(override.userId === '', `${path}.userId`, 'empty-user-id'),
    ...when(override.replacesUserId === '', `${path}.replacesUserId`, 'empty-user-id'),
    ...when(
      override.userId !== '' && override.replacesUserId === override.userId,
      `${path}.replacesUserId`,
      'replaces-itself',
    ),
    ...intervalFaults(override.startsAt, override.endsAt, path),
  ];
}

function intervalFaults(startsAt: Temporal.Instant, endsAt: Temporal.Instant | null, path: string): ScheduleFault[] {
  return [
    ...when(!isInRange(startsAt), `${path}.startsAt`, 'out-of-range'),
    ...when(endsAt !== null && !isInRange(endsAt), `${path}.endsAt`, 'out-of-range'),
    ...when(endsAt !== null && Temporal.Instant.compare(startsAt, endsAt) >= 0, `${path}.endsAt`, 'ends-before-start'),
  ];
}

function isInRange(instant: Temporal.Instant): boolean {
  return isYearInRange(instant.toZonedDateTimeISO('UTC').year);
}

function isYearInRange(year: number): boolean {
  return year >= EARLIEST_YEAR && year <= LATEST_YEAR;
}

function isTime(time: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(time);
}

function isWeekday(day: number): boolean {
  return Number.isInteger(day) && day >= 1 && day <= 7;
}

function dateOf(date: string): Temporal.PlainDate | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return null;
  try {
    return Temporal.PlainDate.from(date);
  } catch {
    // A day the calendar does not have, such as 2026-02-30.
    return null;
  }
}

/** The places at which a value occurs that occurred before. */
function repeats(values: readonly (string | number)[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}

function when(faulty: boolean, path: string, reason: FaultReason): ScheduleFault[] {
  return faulty ? [fault(path, reason)] : [];
}

function fault(path: string, reason: FaultReason): ScheduleFault {
  return { path, reason };
}
