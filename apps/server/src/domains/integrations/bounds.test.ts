import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isShallow, MOST_DEPTH } from './bounds.ts';

const nested = (depth: number, open = '[', close = ']') => Buffer.from(open.repeat(depth) + close.repeat(depth));

/** How deep a parsed value nests; the oracle. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('isShallow', () => {
  test('takes exactly the deepest allowed nesting', () => {
    expect(isShallow(nested(MOST_DEPTH))).toBe(true);
    expect(isShallow(nested(MOST_DEPTH + 1))).toBe(false);
    expect(isShallow(nested(MOST_DEPTH, '{"a":', '}'))).toBe(true);
    expect(isShallow(nested(MOST_DEPTH + 1, '{"a":', '}'))).toBe(false);
  });

  test('brackets inside strings do not count, also after escaped quotes and backslashes', () => {
    const text = `${'['.repeat(50)}"\\${'{'.repeat(50)}`;
    expect(isShallow(Buffer.from(JSON.stringify([text, 'x\\', `${text}\\`])))).toBe(true);
    expect(isShallow(Buffer.from(`["\\\\"${'['.repeat(50)}`))).toBe(false);
  });

  test('width is not depth', () => {
    expect(isShallow(Buffer.from(JSON.stringify(Array.from({ length: 1_000 }, () => [{ a: [] }]))), 4)).toBe(true);
  });

  test('judges every document as its parsed depth', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ depthSize: 'medium', noUnicodeString: false }),
        fc.integer({ min: 0, max: 5 }),
        (value, most) => {
          expect(isShallow(Buffer.from(JSON.stringify(value)), most)).toBe(depthOf(value) <= most);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('every body that it lets through and that is JSON nests no deeper', () => {
    const noise = fc.string({
      unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', ',', ':', '1', 'a'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(noise, (text) => {
        if (!isShallow(Buffer.from(text), 2)) return;
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          return;
        }
        expect(depthOf(value)).toBeLessThanOrEqual(2);
      }),
      { numRuns: 5_000 },
    );
  });

  test('is linear: ten megabytes of quotes, backslashes or brackets are judged at once', () => {
    for (const piece of ['\\"', '"', '\\', '[]', '"\\\\']) {
      isShallow(Buffer.from(`"${piece.repeat(5_000_000)}`));
    }
  }, 5_000);
});
