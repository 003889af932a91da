import type { Rotation } from './model.ts';
import {
  DAY,
  HOUR,
  type Micros,
  remember,
  type Stretch,
  startOfDate,
  timeOfDay,
  type WallClock,
} from './wall-clock.ts';

/**
 * Whose turn it is: the member (null for nobody) at a moment, and the stretch over which it is theirs.
 * Neighbouring turns of the same member are one stretch, and a rotation of one member never hands off.
 * The answer is found by calendar arithmetic from the anchor, so its cost does not grow with the distance.
 */
export function turnsOf(rotation: Rotation, clock: WallClock): (at: Micros) => Stretch<string | null> {
  const { members } = rotation;
  const only = members[0] ?? null;
  if (members.every((member) => (member ?? null) === only)) {
    return () => ({ value: only, start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY });
  }
  const handoffs = handoffsOf(rotation, clock);
  const memberOf = (turn: number): string | null => members[slotOf(turn, members.length)] ?? null;
  return remember((at) => {
    const turn = turnAt(handoffs, at);
    const value = memberOf(turn);
    let first = turn;
    while (memberOf(first - 1) === value) first -= 1;
    let last = turn;
    while (memberOf(last + 1) === value) last += 1;
    return { value, start: handoffs.moment(first), end: handoffs.moment(last + 1) };
  });
}

/** The hand-offs of a rotation, numbered: turn n runs from `moment(n)` to `moment(n + 1)`; turn 0 is member 0's. */
type Handoffs = {
  readonly moment: (turn: number) => Micros;
  /** The turn by the clock's face alone, off by one at most around a change of offset. */
  readonly guess: (at: Micros) => number;
};

function handoffsOf(rotation: Rotation, clock: WallClock): Handoffs {
  const anchor = startOfDate(rotation.anchorDate) + timeOfDay(rotation.handoffTime);
  switch (rotation.unit) {
    case 'hours': {
      const begin = clock.momentOf(anchor);
      const step = rotation.length * HOUR;
      return { moment: (turn) => begin + turn * step, guess: (at) => Math.floor((at - begin) / step) };
    }
    case 'days':
    case 'weeks': {
      const step = rotation.length * (rotation.unit === 'weeks' ? 7 : 1) * DAY;
      return {
        moment: (turn) => clock.momentOf(anchor + turn * step),
        guess: (at) => Math.floor((clock.read(at) - anchor) / step),
      };
    }
  }
}

/**
 * The turn in force: the last hand-off at or before the moment. Hand-offs never decrease (a skipped day makes
 * two of them one moment, and that turn empty), so stepping from the guess ends after a step or two.
 */
function turnAt(handoffs: Handoffs, at: Micros): number {
  let turn = handoffs.guess(at);
  while (handoffs.moment(turn) > at) turn -= 1;
  while (handoffs.moment(turn + 1) <= at) turn += 1;
  return turn;
}

function slotOf(turn: number, count: number): number {
  return ((turn % count) + count) % count;
}
