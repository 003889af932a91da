import fc from 'fast-check';
import { expect } from 'vitest';
import { cleanAnnotations, cleanLabels, type InboundEvent } from '#alerts';

/** For tests only: what nobody should send to a door, and what a door may hand on. */

/** An intake that takes only what the real one could store. */
export function storableOnly(events: readonly InboundEvent[]): void {
  for (const event of events) {
    const labels = cleanLabels(event.labels);
    expect(labels.ok && labels.labels).toEqual(event.labels);
    expect(event.identity).toMatch(/^[0-9a-f]{64}$/);
    expect([event.startsAtMs, event.endsAtMs].every(Number.isSafeInteger)).toBe(true);
    if (event.generatorUrl !== null) expect(event.generatorUrl).toMatch(/^https?:\/\//i);
    if (event.annotations !== undefined)
      for (const text of Object.values(cleanAnnotations(event.annotations))) expect(text.isWellFormed()).toBe(true);
    // A name that every object inherits must be found in no label map.
    expect('constructor' in event.labels && !Object.hasOwn(event.labels, 'constructor')).toBe(false);
  }
}

const nasty: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    '\0',
    '\ud800',
    '__proto__',
    'x'.repeat(5_000),
    null,
    true,
    -0,
    1e308,
    [],
    {},
    '🔥',
    'javascript:alert(1)',
  ),
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.jsonValue({ maxDepth: 4 }),
);

/** A good body with some of its values, at any depth, replaced by what nobody should send. */
export function mutated(good: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(good))
    return fc.oneof({ weight: 6, arbitrary: fc.tuple(...good.map(mutated)) }, { weight: 1, arbitrary: nasty });
  if (typeof good === 'object' && good !== null) {
    const fields = Object.fromEntries(Object.entries(good).map(([name, value]) => [name, mutated(value)]));
    const object = fc
      .tuple(
        fc.record(fields, { requiredKeys: [] }),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor')), nasty, { maxKeys: 3 }),
      )
      .map(([known, more]) => ({ ...known, ...more }));
    return fc.oneof({ weight: 8, arbitrary: object }, { weight: 1, arbitrary: nasty });
  }
  return fc.oneof({ weight: 4, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: nasty });
}

/** The bytes of a body: whole, cut anywhere, with other bytes in it, nested deep, or no JSON at all. */
export function bytes(good: object): fc.Arbitrary<Buffer> {
  const whole = mutated(good).map((body) => Buffer.from(JSON.stringify(body) ?? ''));
  const broken = fc.tuple(whole, fc.nat(), fc.nat(255)).map(([body, at, byte]) => {
    const copy = Buffer.from(body);
    if (copy.length > 0) copy[at % copy.length] = byte;
    return copy;
  });
  return fc.oneof(
    whole,
    broken,
    fc.tuple(whole, fc.nat()).map(([body, at]) => body.subarray(0, at % (body.length + 1))),
    fc.integer({ min: 1, max: 5_000 }).map((depth) => Buffer.from('{"a":'.repeat(depth))),
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  );
}
