import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillTemplate } from './template.ts';
import { textOf } from './text.ts';

describe('a value as text', () => {
  test.each([
    ['  Disk full ', 'Disk full'],
    ['', null],
    [' \n', null],
    [null, null],
    [undefined, null],
    [0, '0'],
    [97.5, '97.5'],
    [false, 'false'],
    [['a', 2, true], 'a, 2, true'],
    [[], null],
    [[{ a: 1 }], '[{"a":1}]'],
    [{ a: [1, 'b'], c: null }, '{"a":[1,"b"],"c":null}'],
  ])('%j reads as %j', (value, text) => {
    expect(textOf(value)).toBe(text);
  });

  test('is as long as asked at most, and written as JSON writes it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 200 }), (value, most) => {
        const text = textOf(value, most);
        expect((text ?? '').length).toBeLessThanOrEqual(most);
        if (typeof value === 'object' && value !== null && !Array.isArray(value) && text?.endsWith('…') === false)
          expect(text).toBe(JSON.stringify(value));
      }),
      { numRuns: 2_000 },
    );
  });

  test('of a body of megabytes costs no more than what is shown of it', () => {
    const huge = { list: Array.from({ length: 200_000 }, (_, i) => ({ i, text: 'x'.repeat(20) })) };
    const began = performance.now();
    for (let i = 0; i < 1_000; i += 1) expect(textOf(huge, 500)?.length).toBe(500);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('a template', () => {
  const texts: Readonly<Record<string, string>> = { '/host': 'h1', '/long': 'x'.repeat(5_000), '/trick': '{{/host}}' };
  const fill = (template: string) => fillTemplate(template, (pointer) => texts[pointer] ?? null);

  test.each([
    ['Disk on {{/host}}', 'Disk on h1'],
    ['{{ /host }}/{{/none}}', 'h1/'],
    ['{{/none}}', null],
    ['only words', 'only words'],
    ['{{/trick}}', '{{/host}}'],
    ['{{#if /host}}x{{/if}}', null],
    ['{{/host', '{{/host'],
    ['a {{}} b {{/host}}', 'a b h1'],
  ])('%j yields %j', (template, text) => {
    expect(fill(template)).toBe(text);
  });

  test('is bounded, however long what fills it is', () => {
    expect(fill('{{/long}}')).toHaveLength(500);
    expect(fill('{{/long}} '.repeat(100))).toHaveLength(1_000);
  });

  test('with any text ends and is bounded', () => {
    const piece = fc.constantFrom('{', '}', '{{', '}}', '/host', ' ', 'x', '\n');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        expect((fill(pieces.join('')) ?? '').length).toBeLessThanOrEqual(1_000);
      }),
    );
  });
});
