import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Layer, OnCallAnswer, Override, Restriction, Rotation, Schedule, Weekday } from './model.ts';
import { type ClockLog, minuteOf, oracle, watchClock } from './shifts.oracle.ts';
import { shiftsBetween } from './shifts.ts';
import { validateSchedule } from './validate.ts';
import { nextHandoff, onCallAt } from './who.ts';

/** Nights worth watching: clocks jump, a day is missing, an offset changes for good, a leap day, a new year. */
const NIGHTS: readonly (readonly [zone: string, date: string])[] = [
  ['UTC', '2024-02-29'],
  ['UTC', '2027-01-01'],
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['Europe/Berlin', '2028-02-29'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['America/Santiago', '2026-04-05'],
  ['America/Santiago', '2026-09-06'],
  ['America/Havana', '2026-03-08'],
  ['America/Havana', '2026-11-01'],
  ['Asia/Beirut', '2026-03-29'],
  ['Asia/Beirut', '2026-10-25'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Pacific/Apia', '2011-12-30'],
  ['Pacific/Apia', '2011-12-31'],
  ['Pacific/Apia', '2021-04-04'],
  ['Africa/Casablanca', '2026-02-15'],
  ['Africa/Casablanca', '2026-03-22'],
  ['Asia/Kathmandu', '1986-01-01'],
  ['Asia/Kathmandu', '2024-02-29'],
  ['America/Asuncion', '2024-03-24'],
  ['America/Asuncion', '2024-10-06'],
];

const RUNS_PER_NIGHT = 10;
const WINDOW_MINUTES = 24 * 60;

const twoDigits = (n: number): string => String(n).padStart(2, '0');
const minutesAfter = (date: string, minutes: number): Temporal.Instant =>
  Temporal.Instant.from(`${date}T00:00Z`).add({ minutes });
const daysAfter = (date: string, days: number): string => Temporal.PlainDate.from(date).add({ days }).toString();

const person = fc.constantFrom('ann', 'bob', 'eve');
const weekday = fc.integer({ min: 1, max: 7 }) as fc.Arbitrary<Weekday>;
const time = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('00:00', '00:15', '00:30', '01:00', '01:45', '02:00', '02:30', '03:00', '23:30'),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map(([hour, minute]) => `${twoDigits(hour)}:${twoDigits(minute)}`),
  },
);

function rotationNear(date: string): fc.Arbitrary<Rotation> {
  const daysToAnchor = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: -16, max: 4 }) },
    { weight: 1, arbitrary: fc.constantFrom(-1, 0, 1) },
    { weight: 1, arbitrary: fc.integer({ min: -3700, max: -300 }) },
  );
  const common = {
    handoffTime: time,
    anchorDate: daysToAnchor.map((days) => daysAfter(date, days)),
    members: fc.array(fc.option(person, { freq: 5 }), { minLength: 1, maxLength: 5 }),
  };
  return fc.oneof(
    fc.record({ unit: fc.constant('hours' as const), length: fc.integer({ min: 1, max: 30 }), ...common }),
    fc.record({ unit: fc.constant('days' as const), length: fc.integer({ min: 1, max: 3 }), ...common }),
    fc
      .record({ unit: fc.constant('weeks' as const), length: fc.integer({ min: 1, max: 2 }), ...common })
      .map((rotation) => ({
        ...rotation,
        handoffWeekday: Temporal.PlainDate.from(rotation.anchorDate).dayOfWeek as Weekday,
      })),
  );
}

const restriction: fc.Arbitrary<Restriction> = fc
  .oneof(
    fc.record({ kind: fc.constant('daily' as const), from: time, to: time }),
    fc.record({ kind: fc.constant('weekly' as const), fromWeekday: weekday, from: time, toWeekday: weekday, to: time }),
  )
  .filter(({ from, to }) => from !== to);

function layersNear(date: string): fc.Arbitrary<Layer[]> {
  const layer = fc.record({
    name: fc.constant('layer'),
    position: fc.integer({ min: 0, max: 9 }),
    startsAt: fc.integer({ min: -5000, max: 600 }).map((minutes) => minutesAfter(date, minutes)),
    endsAt: fc.option(
      fc.integer({ min: 601, max: 4000 }).map((minutes) => minutesAfter(date, minutes)),
      { freq: 2 },
    ),
    rotation: rotationNear(date),
    restrictions: fc.array(restriction, { maxLength: 2 }),
  });
  return fc
    .uniqueArray(layer, { minLength: 1, maxLength: 3, selector: ({ position }) => position })
    .map((layers) => layers.map((each, index) => ({ ...each, id: `layer-${index}` })));
}

function overridesNear(date: string): fc.Arbitrary<Override[]> {
  const override = fc
    .record({
      start: fc.integer({ min: -1600, max: 1000 }),
      length: fc.integer({ min: 1, max: 1200 }),
      made: fc.integer({ min: -3, max: 0 }),
      userId: person,
      replacesUserId: fc.option(person, { freq: 3 }),
    })
    .filter(({ userId, replacesUserId }) => userId !== replacesUserId)
    .map(({ start, length, made, ...people }) => ({
      ...people,
      startsAt: minutesAfter(date, start),
      endsAt: minutesAfter(date, start + length),
      createdAt: minutesAfter(date, made),
    }));
  return fc
    .array(override, { maxLength: 5 })
    .map((overrides) => overrides.map((each, index) => ({ ...each, id: `override-${index}` })));
}

function scheduleNear(zone: string, date: string): fc.Arbitrary<Schedule> {
  return fc.record({
    id: fc.constant('schedule'),
    name: fc.constant('schedule'),
    teamId: fc.constant(null),
    zone: fc.constant(zone),
    layers: fc.oneof({ weight: 15, arbitrary: layersNear(date) }, { weight: 1, arbitrary: fc.constant([]) }),
    overrides: overridesNear(date),
  });
}

function told({ users, reason }: OnCallAnswer): string {
  const [user] = users;
  return user === undefined ? `nobody ${reason}` : `${user.userId} ${user.because.kind}:${user.because.id}`;
}

const withoutReason = (line: string): string => (line.startsWith('nobody') ? 'nobody' : line);

/** Shifts and gaps as one list in order of time. */
function timeline(schedule: Schedule, from: Temporal.Instant, to: Temporal.Instant) {
  const { shifts, gaps } = shiftsBetween(schedule, from, to);
  const people = shifts.map(({ userId, because, ...interval }) => ({
    ...interval,
    line: `${userId} ${because.kind}:${because.id}`,
  }));
  const nobody = gaps.map(({ reason, ...interval }) => ({ ...interval, line: `nobody ${reason}` }));
  return [...people, ...nobody].toSorted((a, b) => Temporal.Instant.compare(a.from, b.from));
}

describe.each(NIGHTS)('in %s around %s', (zone, date) => {
  let log: ClockLog | undefined;
  const cases = fc.record({ schedule: scheduleNear(zone, date), start: fc.integer({ min: -1200, max: 0 }) });

  test('every minute has exactly the people the oracle computes, from onCallAt and from shiftsBetween', () => {
    const clock = (log ??= watchClock(zone, daysAfter(date, -14), 26));
    fc.assert(
      fc.property(cases, ({ schedule, start }) => {
        expect(validateSchedule(schedule)).toEqual([]);
        const from = minutesAfter(date, start);
        const to = from.add({ minutes: WINDOW_MINUTES });
        const window = { from: minuteOf(from), to: minuteOf(to) };
        const truth = oracle(schedule, clock, window);
        const asked = truth.map((_, index) => told(onCallAt(schedule, from.add({ minutes: index }))));
        expect(asked).toEqual(truth);
        const listed = timeline(schedule, from, to).flatMap((piece) =>
          Array.from({ length: minuteOf(piece.to) - minuteOf(piece.from) }, () => withoutReason(piece.line)),
        );
        expect(listed).toEqual(truth.map(withoutReason));
      }),
      { numRuns: RUNS_PER_NIGHT },
    );
  });

  test('shifts and gaps fill the interval, neighbours differ, and answers name the same edges', () => {
    fc.assert(
      fc.property(cases, ({ schedule, start }) => {
        const from = minutesAfter(date, start);
        const to = from.add({ minutes: WINDOW_MINUTES });
        const pieces = timeline(schedule, from, to);
        expect(pieces[0]?.from.toString()).toBe(from.toString());
        expect(pieces.at(-1)?.to.toString()).toBe(to.toString());
        for (const [index, piece] of pieces.entries()) {
          const next = pieces[index + 1];
          expect(Temporal.Instant.compare(piece.from, piece.to)).toBe(-1);
          if (next === undefined) continue;
          expect(next.from.toString()).toBe(piece.to.toString());
          expect(withoutReason(next.line)).not.toBe(withoutReason(piece.line));
          const lastMoment = onCallAt(schedule, piece.to.subtract({ microseconds: 1 }));
          const answer = onCallAt(schedule, next.from);
          expect(lastMoment.until?.toString()).toBe(piece.to.toString());
          if (index > 0 && !lastMoment.gap) expect(lastMoment.users[0]?.since?.toString()).toBe(piece.from.toString());
          expect(told(answer)).toBe(next.line);
          if (!answer.gap) expect(answer.users[0]?.since?.toString()).toBe(next.from.toString());
          const sameAgain = next.line.split(' ')[0] === piece.line.split(' ')[0];
          const handoff = nextHandoff(schedule, piece.from);
          if (sameAgain) expect(handoff?.at.toString()).not.toBe(piece.to.toString());
          else expect(handoff?.at.toString()).toBe(piece.to.toString());
        }
      }),
      { numRuns: RUNS_PER_NIGHT * 2 },
    );
  });
});
