import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Matcher, MatcherFault, MatcherOp } from './matcher.ts';
import { formatMatcher, formatMatchers } from './matcher-format.ts';
import { type ParseMode, parseMatcher, parseMatchers } from './matcher-parse.ts';

/** Short form of a reading: matchers as `name|op|value`, or the reason and position of the refusal. */
function read(text: string, mode: ParseMode): readonly string[] | string {
  const parsed = parseMatchers(text, mode);
  if (!parsed.ok) return `${parsed.error.reason}@${parsed.error.position}`;
  return parsed.matchers.map((m) => `${m.name}|${m.op}|${m.value}`);
}

type Row = readonly [text: string, expected: readonly string[] | `${MatcherFault}@${number}`];

const utf8Rows: readonly Row[] = [
  ['', []],
  ['  ', []],
  ['{}', []],
  ['{ }', []],
  ['{foo=bar}', ['foo|=|bar']],
  ['{foo=bar,}', ['foo|=|bar']],
  ['foo=bar,', ['foo|=|bar']],
  ['foo!=bar', ['foo|!=|bar']],
  ['foo=~[a-z]+', ['foo|=~|[a-z]+']],
  ['{foo!~[a-z]+}', ['foo|!~|[a-z]+']],
  ['foo=🙂bar', ['foo|=|🙂bar']],
  ['{"foo"="bar"}', ['foo|=|bar']],
  ['"foo"=bar , baz != "q u x"', ['foo|=|bar', 'baz|!=|q u x']],
  ['catalog.team="db"', ['catalog.team|=|db']],
  ['größe=1', ['größe|=|1']],
  ['"a b"="c"', ['a b|=|c']],
  ['foo="\\xf0\\x9f\\x99\\x82"', ['foo|=|🙂']],
  ['foo="\\360\\237\\231\\202"', ['foo|=|🙂']],
  ['foo="\\U0001f642\\u00e9"', ['foo|=|🙂é']],
  ['foo="bar\\n\\t\\a\\\\"', ['foo|=|bar\n\t\x07\\']],
  ['foo="\\"bar\\""', ['foo|=|"bar"']],
  ['foo=""', ['foo|=|']],
  ['foo="a,b}"', ['foo|=|a,b}']],
  ['foo\u3000=\u00a0bar', ['foo|=|bar']],
  [',', 'name-expected@0'],
  ['{,}', 'name-expected@1'],
  ['a=b,,c=d', 'name-expected@4'],
  ['{', 'unbalanced-brace@1'],
  ['}', 'unbalanced-brace@0'],
  ['foo=bar}', 'unbalanced-brace@7'],
  ['{foo=bar', 'unbalanced-brace@8'],
  ['{foo=bar}}', 'trailing-text@9'],
  ['{foo=bar}, a=b', 'trailing-text@9'],
  ['{{foo=bar}}', 'name-expected@1'],
  ['{foo=:"bar"}', 'separator-expected@6'],
  ['foo', 'operator-expected@3'],
  ['foo!bar', 'operator-expected@3'],
  ['foo=', 'value-expected@4'],
  ['foo==bar', 'value-expected@4'],
  ['foo=~~bar', 'unexpected-character@5'],
  ['=bar', 'name-expected@0'],
  ['""="bar"', 'empty-name@0'],
  ['foo="bar', 'unbalanced-quote@4'],
  ['foo="bar\\"', 'unbalanced-quote@4'],
  ['foo="bar\\w"', 'bad-escape@4'],
  ['foo="a\nb"', 'bad-escape@4'],
  ['foo="\\xf0\\x9f"', 'bad-escape@4'],
  ['foo="\\777"', 'bad-escape@4'],
  ['foo="\\ud800"', 'bad-escape@4'],
  ['foo="\\U00110000"', 'bad-escape@4'],
  ['foo="\\\'"', 'bad-escape@4'],
  ['foo=bar\\n', 'unexpected-character@7'],
  ['foo=`bar`', 'unexpected-character@4'],
  ['foo="\\x00"', 'unstorable-text@0'],
  ['foo=\0', 'unstorable-text@0'],
  ['foo=\ud83d', 'unstorable-text@0'],
  ['a=b, c=~"("', 'bad-regex@5'],
  ['a=~"("', 'bad-regex@0'],
  ['a=~"(?=x)"', 'bad-regex@0'],
  ['a=~"(a{1000}){1000}"', 'bad-regex@0'],
  ['a=~"x)|(y"', 'bad-regex@0'],
  [`a=~"(.{0,900}){9}"`, 'bad-regex@0'],
  [`a=~".{0,900}.{0,900}.{0,900}.{0,900}"`, 'regex-too-big@0'],
];

const classicRows: readonly Row[] = [
  ['', []],
  ['{}', []],
  ['{', []],
  ['}', []],
  ['foo=bar', ['foo|=|bar']],
  ['foo=bar}', ['foo|=|bar']],
  ['{foo=bar', ['foo|=|bar']],
  ['{foo = "bar", dings != "bums", }', ['foo|=|bar', 'dings|!=|bums']],
  ['foo=bar, dings!=bums', ['foo|=|bar', 'dings|!=|bums']],
  [
    '{quote="She said: \\"Hi, ladies! That\'s gender-neutral…\\""}',
    ['quote|=|She said: "Hi, ladies! That\'s gender-neutral…"'],
  ],
  ['statuscode=~"5.."', ['statuscode|=~|5..']],
  ['foo=', ['foo|=|']],
  ['foo=~', ['foo|=~|']],
  ['foo="\\w\\n\\\\"', ['foo|=|\\w\n\\']],
  ['foo=a\\', ['foo|=|a\\']],
  ['foo="a\nb"', ['foo|=|a\nb']],
  ['foo==bar', ['foo|=|=bar']],
  ['foo={bar}', ['foo|=|{bar']],
  ['a:b=c d', ['a:b|=|c d']],
  ['foo=a\\"b', ['foo|=|a"b']],
  [',', 'name-expected@0'],
  ['a=b,,c=d', 'name-expected@4'],
  ['größe=1', 'name-expected@0'],
  ['catalog.team=db', 'name-expected@0'],
  ['"foo"=bar', 'name-expected@0'],
  ['1a=b', 'name-expected@0'],
  ['=b', 'name-expected@0'],
  ['foo', 'name-expected@0'],
  ['foo="bar', 'unbalanced-quote@4'],
  ['foo=bar"', 'unbalanced-quote@7'],
  ['foo="b"ar"', 'unbalanced-quote@6'],
  ['foo="bar\\"', 'unbalanced-quote@4'],
  ['foo="', 'unbalanced-quote@4'],
  ['a=b,  c=~(', 'bad-regex@6'],
  ['a=\0', 'unstorable-text@0'],
];

describe('one grammar', () => {
  test.each(utf8Rows)('utf8 reads %j as %j', (text, expected) => expect(read(text, 'utf8')).toEqual(expected));
  test.each(classicRows)('classic reads %j as %j', (text, expected) => expect(read(text, 'classic')).toEqual(expected));
});

describe('fallback', () => {
  test.each<[string, 'utf8' | 'classic', readonly string[]]>([
    ['foo=bar', 'utf8', ['foo|=|bar']],
    ['"größe"="1"', 'utf8', ['größe|=|1']],
    ['foo=', 'classic', ['foo|=|']],
    ['foo=bar baz', 'classic', ['foo|=|bar baz']],
    ['foo="\\d+"', 'classic', ['foo|=|\\d+']],
    ['{foo=bar', 'classic', ['foo|=|bar']],
    ['foo="\\xf0\\x9f\\x99\\x82"', 'classic', ['foo|=|\\xf0\\x9f\\x99\\x82']],
    ['foo="a\\tb"', 'classic', ['foo|=|a\\tb']],
  ])('reads %j by the %s grammar', (text, grammar, expected) => {
    expect(parseMatchers(text, 'fallback')).toMatchObject({ ok: true, grammar });
    expect(read(text, 'fallback')).toEqual(expected);
  });

  test('tells the UTF-8 fault when no grammar accepts', () => {
    expect(read('größe=1, foo', 'fallback')).toBe('operator-expected@12');
    expect(read('a=~"("', 'fallback')).toBe('bad-regex@0');
  });
});

describe('exactly one matcher', () => {
  test.each<[string, ParseMode, string]>([
    ['foo=bar', 'utf8', 'foo="bar"'],
    ['foo=bar,', 'utf8', 'foo="bar"'],
    ['foo=bar,baz=qux', 'utf8', 'not-one-matcher'],
    ['foo=bar,baz=qux', 'fallback', 'foo="bar,baz=qux"'],
    ['foo=bar,', 'fallback', 'foo="bar,"'],
    ['{foo=bar}', 'fallback', 'unbalanced-brace'],
    ['foo=bar}', 'fallback', 'unbalanced-brace'],
    ['foo=bar}', 'classic', 'foo="bar}"'],
    ['', 'utf8', 'not-one-matcher'],
    ['', 'fallback', 'not-one-matcher'],
  ])('%j in mode %s gives %s', (text, mode, expected) => {
    const parsed = parseMatcher(text, mode);
    expect(parsed.ok ? formatMatcher(parsed.matcher) : parsed.error.reason).toBe(expected);
  });
});

const ops = fc.constantFrom<MatcherOp>('=', '!=', '=~', '!~');
const hostile = fc.constantFrom('"', '\\', '\n', ',', '{', '}', '=', '~', '!', "'", '`', ' ', '\u00a0', 'n', 'é', '🙂');
const text = fc
  .oneof(fc.string({ unit: hostile }), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }))
  .filter((s) => s.isWellFormed() && !s.includes('\0'));
const classicName = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,9}$/);
const escapeRegex = (s: string) => s.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');

function matcherWith(names: fc.Arbitrary<string>): fc.Arbitrary<Matcher> {
  return fc
    .record({ name: names, op: ops, value: text })
    .map((m) => (m.op === '=~' || m.op === '!~' ? { ...m, value: escapeRegex(m.value) } : m));
}

describe('properties', () => {
  const anyName = fc.oneof(
    classicName,
    text.filter((s) => s !== ''),
  );

  test.each<ParseMode>(['utf8', 'fallback'])('parse after format is the identity (%s)', (mode) => {
    fc.assert(
      fc.property(fc.array(matcherWith(anyName), { maxLength: 4 }), (matchers) => {
        expect(parseMatchers(formatMatchers(matchers), mode)).toMatchObject({ ok: true, matchers });
        for (const matcher of matchers) {
          if (formatMatcher(matcher).startsWith('{')) continue;
          expect(parseMatcher(formatMatcher(matcher), mode)).toMatchObject({ ok: true, matcher });
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('parse after format is the identity for classic names in the classic grammar', () => {
    fc.assert(
      fc.property(fc.array(matcherWith(classicName), { maxLength: 4 }), (matchers) => {
        expect(parseMatchers(formatMatchers(matchers), 'classic')).toMatchObject({ ok: true, matchers });
      }),
      { numRuns: 1000 },
    );
  });

  test('any text is answered by matchers that format and parse to themselves, or by a fault inside the text', () => {
    const noise = fc.oneof(fc.string({ unit: hostile }), fc.string({ unit: 'binary' }), text);
    fc.assert(
      fc.property(noise, fc.constantFrom<ParseMode>('utf8', 'classic', 'fallback'), (input, mode) => {
        const parsed = parseMatchers(input, mode);
        if (!parsed.ok) {
          expect(parsed.error.position).toBeGreaterThanOrEqual(0);
          expect(parsed.error.position).toBeLessThanOrEqual(input.length);
          return;
        }
        expect(parseMatchers(formatMatchers(parsed.matchers), mode)).toMatchObject({ matchers: parsed.matchers });
      }),
      { numRuns: 2000 },
    );
  });

  test('a hostile text of 65,536 characters is answered at once', () => {
    for (const unit of ['"', '\\', '{', ',', 'a=', ' ', 'a="b",', '"\\']) {
      const input = unit.repeat(Math.floor(65_536 / unit.length));
      expect(typeof parseMatchers(input, 'fallback').ok).toBe('boolean');
    }
    expect(read('a'.repeat(65_537), 'fallback')).toBe('input-too-long@65536');
  });
});
