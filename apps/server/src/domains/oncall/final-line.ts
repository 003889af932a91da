import { activeHours } from './active-hours.ts';
import type { Because, GapReason, Layer, Override, Schedule } from './model.ts';
import { turnsOf } from './rotation.ts';
import { type Micros, MINUTE, remember, type Stretch, toMicros, type WallClock, wallClock } from './wall-clock.ts';

/** Who holds the schedule and why; null is a gap. */
export type Slot = { readonly userId: string; readonly because: Because } | null;

/**
 * The final schedule: layers and overrides folded into one line that can be asked anywhere. Made for one
 * question or one walk (it remembers the last stretch of each part), from about 10 µs for a plain layer.
 */
export type FinalLine = {
  readonly at: (at: Micros) => Stretch<Slot>;
  /** Why nobody is on call; ask only where `at` answered null. */
  readonly gapReason: (at: Micros) => GapReason;
};

/** Folds a valid schedule; throws RangeError only where `validateSchedule` names a fault. */
export function finalLine(schedule: Schedule): FinalLine {
  const clock = wallClock(schedule.zone);
  const layers = schedule.layers.toSorted(byPrecedence).map((layer) => layerLine(layer, clock));
  const overrides = schedule.overrides.map(overrideLine).toSorted(byMaking);
  return {
    at: (at) => slotAt(layers, overrides, at),
    gapReason: (at) => gapReason(layers, at),
  };
}

type LayerLine = {
  readonly because: Because;
  readonly start: Micros;
  readonly end: Micros;
  readonly hours: (at: Micros) => Stretch<boolean>;
  readonly userAt: (at: Micros) => Stretch<string | null>;
};

function byPrecedence(a: Layer, b: Layer): number {
  return b.position - a.position || (a.id < b.id ? -1 : 1);
}

function layerLine(layer: Layer, clock: WallClock): LayerLine {
  const start = toMicros(layer.startsAt);
  const end = layer.endsAt === null ? Number.POSITIVE_INFINITY : toMicros(layer.endsAt);
  const turns = turnsOf(layer.rotation, clock);
  const hours = activeHours(layer.restrictions, clock);
  const userAt = remember((at): Stretch<string | null> => {
    if (at < start) return { value: null, start: Number.NEGATIVE_INFINITY, end: start };
    if (at >= end) return { value: null, start: end, end: Number.POSITIVE_INFINITY };
    const user = withinHours(turns(at), hours(at));
    return { value: user.value, start: Math.max(user.start, start), end: Math.min(user.end, end) };
  });
  return { because: { kind: 'layer', id: layer.id }, start, end, hours, userAt };
}

/**
 * The turn while in active hours, else nobody. Where both say nobody the stretch is their union: a member
 * off for three weeks is then one stretch, not forty-two half days.
 */
function withinHours(turn: Stretch<string | null>, hours: Stretch<boolean>): Stretch<string | null> {
  const open = hours.value;
  const staffed = turn.value !== null;
  if (!open && !staffed) {
    return { value: null, start: Math.min(turn.start, hours.start), end: Math.max(turn.end, hours.end) };
  }
  if (!open) return { ...hours, value: null };
  if (!staffed) return turn;
  return { value: turn.value, start: Math.max(turn.start, hours.start), end: Math.min(turn.end, hours.end) };
}

type OverrideLine = {
  readonly override: Override;
  readonly start: Micros;
  readonly end: Micros;
  readonly made: Micros;
};

function overrideLine(override: Override): OverrideLine {
  return {
    override,
    start: toMicros(override.startsAt),
    end: toMicros(override.endsAt),
    made: toMicros(override.createdAt),
  };
}

function byMaking(a: OverrideLine, b: OverrideLine): number {
  return a.made - b.made || (a.override.id < b.override.id ? -1 : 1);
}

function slotAt(layers: readonly LayerLine[], overrides: readonly OverrideLine[], at: Micros): Stretch<Slot> {
  const planned = plannedAt(layers, at);
  let { value, start, end } = planned;
  for (const { override, start: from, end: to } of overrides) {
    if (from >= to) continue;
    if (to <= at) start = Math.max(start, to);
    else if (from > at) end = Math.min(end, from);
    else {
      start = Math.max(start, from);
      end = Math.min(end, to);
      if (override.replacesUserId === null || override.replacesUserId === value?.userId) {
        value = { userId: override.userId, because: { kind: 'override', id: override.id } };
      }
    }
  }
  // Walks go from edge to edge: whatever a fault upstream made of these two, a walk may not stand still.
  return { value, start: start <= at ? start : at, end: end > at ? end : at + MINUTE };
}

function plannedAt(layers: readonly LayerLine[], at: Micros): Stretch<Slot> {
  let start = Number.NEGATIVE_INFINITY;
  let end = Number.POSITIVE_INFINITY;
  for (const layer of layers) {
    const user = layer.userAt(at);
    start = Math.max(start, user.start);
    end = Math.min(end, user.end);
    if (user.value !== null) return { value: { userId: user.value, because: layer.because }, start, end };
  }
  return { value: null, start, end };
}

function gapReason(layers: readonly LayerLine[], at: Micros): GapReason {
  if (layers.length === 0) return 'no-layers';
  const inForce = layers.filter((layer) => layer.start <= at && at < layer.end);
  if (inForce.length === 0) return 'no-layer-in-force';
  return inForce.some((layer) => layer.hours(at).value) ? 'nobody-in-rotation' : 'outside-active-hours';
}
