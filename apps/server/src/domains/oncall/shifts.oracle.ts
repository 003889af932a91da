import type { Layer, Override, Restriction, Rotation, Schedule } from './model.ts';

/**
 * The brute-force oracle of the schedule calculator: slow, obvious, and sharing no code with it.
 *
 * It knows of zones only what a clock on the wall shows at each minute: a wall time is turned into a moment by
 * looking for the minute that shows it, a hand-off by walking the calendar day by day from the anchor. A moment
 * is a whole number of minutes since 1970-01-01T00:00Z.
 */
type Minute = number;

/** What the wall clock of a zone shows at each minute from `first`, as `YYYY-MM-DDTHH:MM`. */
export type ClockLog = {
  readonly zone: string;
  readonly first: Minute;
  readonly shown: readonly string[];
  readonly firstTimeShown: ReadonlyMap<string, Minute>;
};

/** Watches the clock of a zone for `days` days from midnight UTC of a date. */
export function watchClock(zone: string, date: string, days: number): ClockLog {
  const first = minuteOf(Temporal.Instant.from(`${date}T00:00Z`));
  const shown: string[] = [];
  const firstTimeShown = new Map<string, Minute>();
  for (let minute = first; minute < first + days * 1440; minute += 1) {
    const face = Temporal.Instant.fromEpochMilliseconds(minute * 60_000)
      .toZonedDateTimeISO(zone)
      .toString()
      .slice(0, 16);
    shown.push(face);
    if (!firstTimeShown.has(face)) firstTimeShown.set(face, minute);
  }
  return { zone, first, shown, firstTimeShown };
}

export function minuteOf(instant: Temporal.Instant): Minute {
  return instant.epochMilliseconds / 60_000;
}

/**
 * For each minute of [from, to): `person layer:id`, `person override:id`, or `nobody reason`. The log
 * must cover the window with eleven days on either side.
 */
export function oracle(schedule: Schedule, log: ClockLog, window: { from: Minute; to: Minute }): readonly string[] {
  const layers = schedule.layers
    .toSorted((a, b) => b.position - a.position)
    .map((layer) => watchLayer(layer, log, window));
  const overrides = schedule.overrides.toSorted(
    (a, b) => Temporal.Instant.compare(a.createdAt, b.createdAt) || a.id.localeCompare(b.id),
  );
  const answers: string[] = [];
  for (let minute = window.from; minute < window.to; minute += 1) answers.push(answer(layers, overrides, minute));
  return answers;
}

type WatchedLayer = {
  readonly layer: Layer;
  readonly handoffs: readonly Handoff[];
  readonly open: readonly Hours[] | 'always';
};
type Handoff = { readonly at: Minute; readonly member: string | null };
type Hours = { readonly from: Minute; readonly to: Minute };

function answer(layers: readonly WatchedLayer[], overrides: readonly Override[], minute: Minute): string {
  let person: string | null = null;
  let because = '';
  let inForce = 0;
  let open = 0;
  for (const { layer, handoffs, open: hours } of layers) {
    if (minute < minuteOf(layer.startsAt)) continue;
    if (layer.endsAt !== null && minute >= minuteOf(layer.endsAt)) continue;
    inForce += 1;
    if (hours !== 'always' && !hours.some(({ from, to }) => from <= minute && minute < to)) continue;
    open += 1;
    let member: string | null = null;
    for (const handoff of handoffs) if (handoff.at <= minute) member = handoff.member;
    if (person === null && member !== null) {
      person = member;
      because = `layer:${layer.id}`;
    }
  }
  for (const { id, userId, replacesUserId, startsAt, endsAt } of overrides) {
    if (minute < minuteOf(startsAt) || minute >= minuteOf(endsAt)) continue;
    if (replacesUserId !== null && replacesUserId !== person) continue;
    person = userId;
    because = `override:${id}`;
  }
  if (person !== null) return `${person} ${because}`;
  if (layers.length === 0) return 'nobody no-layers';
  if (inForce === 0) return 'nobody no-layer-in-force';
  return open === 0 ? 'nobody outside-active-hours' : 'nobody nobody-in-rotation';
}

function watchLayer(layer: Layer, log: ClockLog, window: { from: Minute; to: Minute }): WatchedLayer {
  const { rotation, restrictions } = layer;
  const turns = rotation.unit === 'hours' ? hourHandoffs(rotation, log, window.to) : dayHandoffs(rotation, log, window);
  const relevant = turns.filter(
    ({ at }, index) => at < window.to && (turns[index + 1]?.at ?? window.to) >= window.from,
  );
  if (restrictions.length === 0) return { layer, handoffs: relevant, open: 'always' };
  const hours = restrictions.flatMap((restriction) => hoursOf(restriction, log, window));
  return { layer, handoffs: relevant, open: hours.filter(({ from, to }) => from < window.to && to > window.from) };
}

/** Steps of `length` elapsed hours from the anchor, one after the other, in both directions. */
function hourHandoffs(rotation: Rotation, log: ClockLog, until: Minute): Handoff[] {
  const { members, length } = rotation;
  const anchor = momentShowing(`${rotation.anchorDate}T${rotation.handoffTime}`, log);
  const handoffs: Handoff[] = [];
  let slot = 0;
  for (let at = anchor; at < until; at += length * 60) {
    handoffs.push({ at, member: members[slot] ?? null });
    slot = slot + 1 === members.length ? 0 : slot + 1;
  }
  slot = members.length - 1;
  for (let at = anchor - length * 60; at > log.first; at -= length * 60) {
    handoffs.unshift({ at, member: members[slot] ?? null });
    slot = slot === 0 ? members.length - 1 : slot - 1;
  }
  return handoffs;
}

/** Walks the calendar day by day from the anchor date, in both directions, handing off every so many days. */
function dayHandoffs(rotation: Rotation, log: ClockLog, window: { from: Minute; to: Minute }): Handoff[] {
  const { members, handoffTime } = rotation;
  const every = rotation.unit === 'weeks' ? rotation.length * 7 : rotation.length;
  const handoffs: Handoff[] = [];
  const logStart = Temporal.PlainDate.from((log.shown[0] ?? '').slice(0, 10))
    .add({ days: 2 })
    .toString();
  const windowEnd = faceAt(window.to, log).slice(0, 10);
  const windowStart = faceAt(window.from, log).slice(0, 10);
  let slot = 0;
  let days = 0;
  const moment = (date: string): Minute =>
    date < logStart ? Number.NEGATIVE_INFINITY : momentShowing(`${date}T${handoffTime}`, log);
  for (let date = rotation.anchorDate; date <= windowEnd; date = dayAfter(date, 1)) {
    if (days === 0) {
      handoffs.push({ at: moment(date), member: members[slot] ?? null });
      slot = slot + 1 === members.length ? 0 : slot + 1;
    }
    days = days + 1 === every ? 0 : days + 1;
  }
  slot = members.length - 1;
  days = 1;
  for (let date = dayAfter(rotation.anchorDate, -1); ; date = dayAfter(date, -1)) {
    if (days === every) {
      handoffs.unshift({ at: moment(date), member: members[slot] ?? null });
      slot = slot === 0 ? members.length - 1 : slot - 1;
      if (date < dayAfter(windowStart, -3)) return handoffs;
    }
    days = days === every ? 1 : days + 1;
  }
}

/** The active hours that open on each local date from nine days before the window to its end. */
function hoursOf(restriction: Restriction, log: ClockLog, window: { from: Minute; to: Minute }): Hours[] {
  const hours: Hours[] = [];
  const last = dayAfter(faceAt(window.to, log).slice(0, 10), 1);
  for (let date = dayAfter(faceAt(window.from, log).slice(0, 10), -9); date <= last; date = dayAfter(date, 1)) {
    if (restriction.kind === 'weekly' && weekdayOf(date) !== restriction.fromWeekday) continue;
    let closing = date;
    if (restriction.kind === 'weekly') {
      while (weekdayOf(closing) !== restriction.toWeekday) closing = dayAfter(closing, 1);
      if (closing === date && restriction.to < restriction.from) closing = dayAfter(date, 7);
    } else if (restriction.to < restriction.from) closing = dayAfter(date, 1);
    hours.push({
      from: momentShowing(`${date}T${restriction.from}`, log),
      to: momentShowing(`${closing}T${restriction.to}`, log),
    });
  }
  return hours;
}

/** The first minute that shows this; if the clock jumped over it, as long after the jump as it lies inside it. */
function momentShowing(face: string, log: ClockLog): Minute {
  const exact = log.firstTimeShown.get(face);
  if (exact !== undefined) return exact;
  for (let index = 0; index + 1 < log.shown.length; index += 1) {
    const before = log.shown[index] ?? '';
    const after = log.shown[index + 1] ?? '';
    if (before < face && face < after) {
      return log.first + index + Temporal.PlainDateTime.from(before).until(face).total('minutes');
    }
  }
  // Off the log (an anchor years ago): watch the clock around that day.
  const date = face.slice(0, 10);
  return momentShowing(face, watchClock(log.zone, dayAfter(date, -2), 5));
}

function faceAt(minute: Minute, log: ClockLog): string {
  return log.shown[minute - log.first] ?? '';
}

function dayAfter(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

function weekdayOf(date: string): number {
  return Temporal.PlainDate.from(date).dayOfWeek;
}
