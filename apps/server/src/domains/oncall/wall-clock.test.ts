import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, toInstant, toMicros, wallClock } from './wall-clock.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/Santiago',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Africa/Casablanca',
];
const YEAR_2000 = toMicros(Temporal.Instant.from('2000-01-01T00:00Z'));

/** Moments within two days of a change of offset, and anywhere between 2000 and 2040. */
function momentsIn(zone: string): fc.Arbitrary<number> {
  const changes: number[] = [];
  let zoned: Temporal.ZonedDateTime | null = toInstant(YEAR_2000).toZonedDateTimeISO(zone);
  while ((zoned = zoned.getTimeZoneTransition('next')) !== null && zoned.year < 2040)
    changes.push(toMicros(zoned.toInstant()));
  const anywhere = fc.integer({ min: YEAR_2000, max: YEAR_2000 + 40 * 365 * DAY });
  if (changes.length === 0) return anywhere;
  const edge = fc.constantFrom(-1, 0, 1, -MINUTE, MINUTE, -HOUR / 2, HOUR / 2, -HOUR, HOUR, -DAY, DAY);
  const near = fc.oneof(edge, fc.integer({ min: -2 * DAY, max: 2 * DAY }));
  return fc.oneof(
    anywhere,
    fc.tuple(fc.constantFrom(...changes), near).map(([change, offset]) => change + offset),
  );
}

test.each(ZONES)('reads and resolves as Temporal does, in any order of questions: %s', (zone) => {
  fc.assert(
    fc.property(fc.array(momentsIn(zone), { minLength: 1, maxLength: 20 }), (moments) => {
      const clock = wallClock(zone);
      for (const moment of moments) {
        const face = toInstant(moment).toZonedDateTimeISO(zone).toPlainDateTime();
        const wall = clock.read(moment);
        expect(toInstant(wall).toZonedDateTimeISO('UTC').toPlainDateTime().toString()).toBe(face.toString());
        const minute = face.round({ smallestUnit: 'minute', roundingMode: 'floor' });
        for (const shift of [0, 1, -1, 24]) {
          const asked = minute.add({ hours: shift });
          const expected = toMicros(asked.toZonedDateTime(zone, { disambiguation: 'compatible' }).toInstant());
          expect(clock.momentOf(toMicros(asked.toZonedDateTime('UTC').toInstant()))).toBe(expected);
        }
      }
    }),
    { numRuns: 150 },
  );
});

test('a wall time never comes before the same wall time of an earlier day', () => {
  for (const zone of ZONES) {
    const clock = wallClock(zone);
    const start = toMicros(Temporal.Instant.from('2011-01-01T00:00Z'));
    for (let wall = start; wall < start + 500 * DAY; wall += HOUR / 2) {
      expect(clock.momentOf(wall + DAY)).toBeGreaterThanOrEqual(clock.momentOf(wall));
    }
  }
});
