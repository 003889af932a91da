import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClock, createManualClock, earliest, later, parseRfc3339 } from './clock.ts';

const at = (text: string) => Temporal.Instant.from(text);

describe('parseRfc3339', () => {
  test('reads every instant at every offset as Temporal does', () => {
    const instant = fc.bigInt({ min: -59_011_459_200_000_000_000n, max: 253_402_300_799_999_999_999n });
    const offset = fc.integer({ min: -(23 * 60 + 59), max: 23 * 60 + 59 });
    const digits = fc.integer({ min: 0, max: 9 }) as fc.Arbitrary<0>;
    fc.assert(
      fc.property(
        instant,
        offset,
        digits,
        fc.constantFrom('T', 't'),
        (nanoseconds, minutes, fractionalSecondDigits, separator) => {
          const sign = minutes < 0 ? '-' : '+';
          const two = (n: number) => String(n).padStart(2, '0');
          const zone = `${sign}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
          const text = new Temporal.Instant(nanoseconds).toString({
            timeZone: zone,
            fractionalSecondDigits,
            roundingMode: 'floor',
          });
          // The years 0 to 99 are refused, those outside 0 to 9999 are written in another form.
          fc.pre(/^(0[1-9]|[1-9]\d)\d\d-/.test(text));
          expect(parseRfc3339(text.replace('T', separator))).toBe(at(text).epochMilliseconds);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  test.each([
    ['2026-11-21T05:38:29.119Z', 1_795_239_509_119],
    ['2026-11-21t05:38:29z', 1_795_239_509_000],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000],
    ['2026-11-21T05:38:29.1Z', 1_795_239_509_100],
    ['2026-11-21T05:38:29.1199999999999Z', 1_795_239_509_119],
    ['1970-01-01T00:00:00.000Z', 0],
    ['2000-02-29T00:00:00Z', 951_782_400_000],
  ])('%s', (text, expected) => {
    expect(parseRfc3339(text)).toBe(expected);
  });

  test.each([
    '',
    'yesterday',
    '2026-11-21',
    '2026-11-21T05:38:29',
    '2026-11-21T05:38Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:61Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+00:60',
    '2026-01-01T00:00:00+0000',
    '2026-01-01T00:00:00.Z',
    '+02026-01-01T00:00:00Z',
    ' 2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
    '0099-12-31T23:59:59Z',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00[UTC]',
  ])('%j is no time', (text) => {
    expect(parseRfc3339(text)).toBeNaN();
  });
});

describe('the production clock', () => {
  test('shows whole microseconds, and the same moment in milliseconds', () => {
    const clock = createClock();
    expect(clock.now().epochNanoseconds % 1_000n).toBe(0n);
    expect(Math.abs(clock.epochMs() - clock.now().epochMilliseconds)).toBeLessThan(100);
  });

  test("shows the database's clock once anchored: answered in the middle of the round trip", () => {
    const clock = createClock();
    const middle = performance.now();
    clock.anchor(at('2031-01-01T00:00:00Z'), middle - 40, middle + 40);
    const shown = clock.now().epochMilliseconds - at('2031-01-01T00:00:00Z').epochMilliseconds;
    expect(shown).toBeGreaterThanOrEqual(0);
    expect(shown).toBeLessThan(1_000);
  });

  test('never steps back, whatever the readings within the trusted drift', () => {
    const reading = fc.record({
      driftMs: fc.integer({ min: -1_900, max: 1_900 }),
      tripMs: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 30 }), (readings) => {
        const clock = createClock();
        const base = clock.now();
        const beganMs = performance.now();
        let last = base;
        for (const { driftMs, tripMs } of readings) {
          const nowMs = performance.now();
          const database = base.add({ microseconds: Math.round((nowMs - beganMs + driftMs / 2) * 1000) });
          clock.anchor(database, nowMs - tripMs / 2, nowMs + tripMs / 2);
          for (let i = 0; i < 3; i += 1) {
            const now = clock.now();
            expect(Temporal.Instant.compare(now, last)).toBeGreaterThanOrEqual(0);
            last = now;
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a database clock within two seconds agrees and moves nothing; further off it does not, and is followed', () => {
    const clock = createClock();
    const before = clock.now();
    expect(clock.agrees(clock.now().add({ milliseconds: 1_500 }))).toBe(true);
    expect(clock.agrees(clock.now().subtract({ milliseconds: 1_500 }))).toBe(true);
    expect(clock.now().epochMilliseconds - before.epochMilliseconds).toBeLessThan(1_000);
    const ahead = clock.now().add({ hours: 3 });
    expect(clock.agrees(ahead)).toBe(false);
    expect(Math.abs(clock.now().epochMilliseconds - ahead.epochMilliseconds)).toBeLessThan(1_000);
    expect(clock.agrees(ahead)).toBe(true);
  });

  test('a database clock mended by hours is followed back: time does not stand still for hours', () => {
    const clock = createClock();
    const right = clock.now();
    clock.agrees(right.add({ hours: 3 }));
    expect(clock.agrees(right)).toBe(false);
    expect(Math.abs(clock.now().epochMilliseconds - right.epochMilliseconds)).toBeLessThan(1_000);
  });

  test('sleep ends at once for the past, and when the signal aborts', async () => {
    const clock = createClock();
    await clock.sleep(clock.now().subtract({ seconds: 1 }), new AbortController().signal);
    await clock.sleep(clock.now().add({ hours: 1 }), AbortSignal.abort());
    const stop = new AbortController();
    const sleeping = clock.sleep(clock.now().add({ hours: 24 * 60 }), stop.signal);
    stop.abort();
    await sleeping;
  });
});

test('the manual clock stands still, and follows a database that disagrees by more than two seconds', () => {
  const clock = createManualClock(at('2026-11-21T10:00:00Z'));
  expect(clock.agrees(at('2026-11-21T10:00:02Z'))).toBe(true);
  expect(clock.now()).toEqual(at('2026-11-21T10:00:00Z'));
  expect(clock.agrees(at('2026-11-21T10:00:02.001Z'))).toBe(false);
  expect(clock.now()).toEqual(at('2026-11-21T10:00:02.001Z'));
});

test('earliest and later', () => {
  const [a, b] = [at('2026-11-21T10:00:00Z'), at('2026-11-21T10:00:01Z')];
  expect(earliest([null, b, a, null])).toBe(a);
  expect(earliest([null])).toBeNull();
  expect(later(a, b)).toBe(b);
  expect(later(b, a)).toBe(b);
});
