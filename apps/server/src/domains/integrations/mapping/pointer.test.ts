import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePointer, valueAt } from './pointer.ts';

/** The document and the answers of RFC 6901, section 5. */
const rfc = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

const at = (document: unknown, text: string) => valueAt(document, parsePointer(text)?.path ?? ['not a pointer']);

describe('a JSON pointer', () => {
  test.each([
    ['', rfc],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('%j finds what the RFC says', (text, value) => {
    expect(at(rfc, text)).toEqual(value);
  });

  test.each(['/foo/00', '/foo/-', '/foo/2', '/foo/length', '/constructor', '/__proto__', '/foo/0/x', '/toString/name'])(
    '%s finds nothing',
    (text) => {
      expect(at(rfc, text)).toBeUndefined();
    },
  );

  test('finds a field of that name where the body has one, whatever objects inherit', () => {
    expect(at(JSON.parse('{"__proto__":{"x":1}}'), '/__proto__/x')).toBe(1);
  });

  test('counts from the whole body with # in front', () => {
    expect(parsePointer('#/a/b')).toEqual({ fromRoot: true, path: ['a', 'b'] });
    expect(parsePointer('/a')).toEqual({ fromRoot: false, path: ['a'] });
  });

  test.each(['a', 'a/b', '/~', '/~2', '##/a', '/a~'])('%j is none', (text) => {
    expect(parsePointer(text)).toBeNull();
  });

  test('finds every field of every document by its escaped names', () => {
    const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 6 }), fc.jsonValue(), (names, leaf) => {
        const document = names.reduceRight<unknown>((inner, name) => Object.fromEntries([[name, inner]]), leaf);
        expect(at(document, names.map((name) => `/${escaped(name)}`).join(''))).toEqual(leaf);
      }),
    );
  });
});
