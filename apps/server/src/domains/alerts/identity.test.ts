import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { labelHash, labelKey } from './identity.ts';
import { cleanLabels, type Labels } from './labels.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ÿ', '\0', '\ufffd', '🙂', '\ue000', '1') });
const labelSet = fc.dictionary(text, text, { noNullPrototype: false, minKeys: 1 });

function clean(input: unknown): Labels {
  const cleaned = cleanLabels(input);
  return cleaned.ok ? cleaned.labels : Object.create(null);
}

describe('labelKey', () => {
  test('names ascend, each name and value ends in NUL', () => {
    expect(labelKey({ severity: 'page', alertname: 'Disk' })).toBe('alertname\0Disk\0severity\0page\0');
    expect(labelKey({})).toBe('');
  });

  test('names that look like numbers are ordered as text', () => {
    expect(labelKey({ 2: 'b', 10: 'a' })).toBe('10\0a\x002\0b\0');
  });

  test('a value cannot pretend to be a separator', () => {
    expect(labelKey({ a: 'xÿbÿy' })).not.toBe(labelKey({ a: 'x', b: 'y' }));
    expect(labelKey(clean({ a: 'x\0b\0y' }))).not.toBe(labelKey(clean({ a: 'x', b: 'y' })));
  });

  test('the order of labels does not matter', () => {
    fc.assert(
      fc.property(labelSet, (input) => {
        const labels = clean(input);
        const turned = Object.fromEntries(Object.entries(labels).reverse());
        expect(labelKey(turned)).toBe(labelKey(labels));
      }),
      { numRuns: 500 },
    );
  });

  test('two label sets have the same key and hash exactly when they are equal', () => {
    const separator = fc.constantFrom('\0', 'ÿ', '\ufffd', '', '=', ',');
    fc.assert(
      fc.property(labelSet, labelSet, separator, (input, unrelated, between) => {
        const one = clean(input);
        const [first, ...rest] = Object.entries(one).flat();
        const folded = first === undefined ? {} : { [first]: rest.join(between) };
        for (const other of [clean(unrelated), clean(folded), clean({ ...input, a: 'b' })]) {
          const names = [...Object.keys(one), ...Object.keys(other)];
          const equal = names.every((name) => one[name] === other[name]);
          expect(labelKey(one) === labelKey(other)).toBe(equal);
          expect(labelHash(labelKey(one)) === labelHash(labelKey(other))).toBe(equal);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test('labelHash is SHA-256 over the UTF-8 of the key', () => {
  expect(labelHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(labelHash('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
});
