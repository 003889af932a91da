import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { type LabelView, withCatalog } from './label-view.ts';
import { accepts, type CompiledMatcher, compileMatcher, firstRefusal, type MatcherOp } from './matcher.ts';
import { compilePattern, patternAccepts } from './pattern.ts';

function compiled(name: string, op: MatcherOp, value: string): CompiledMatcher {
  const result = compileMatcher({ name, op, value });
  if (!result.ok) throw new Error(result.error.message);
  return result.matcher;
}

function view(labels: Record<string, string>): LabelView {
  return withCatalog(Object.assign(Object.create(null), labels));
}

describe('accepts', () => {
  test.each<[string, MatcherOp, string, string | null, boolean]>([
    ['equal value', '=', 'bar', 'bar', true],
    ['other value', '=', 'bar', 'baz', false],
    ['a missing label equals the empty value', '=', '', null, true],
    ['a missing label is not equal to a value', '!=', 'bar', null, true],
    ['a missing label is not unequal to the empty value', '!=', '', null, false],
    ['a present label is unequal to the empty value', '!=', '', 'x', true],
    ['regex takes the whole value', '=~', 'ba', 'bar', false],
    ['regex alternation is anchored as a whole', '=~', 'foo|bar', 'foobar', false],
    ['regex alternation takes each word', '=~', 'foo|bar', 'bar', true],
    ['an empty alternative takes the missing label', '=~', 'foo|', null, true],
    ['regex on a missing label sees the empty value', '=~', '.*', null, true],
    ['regex that needs a character refuses a missing label', '=~', '.+', null, false],
    ['negated regex on a missing label', '!~', '.+', null, true],
    ['negated regex', '!~', 'b.*', 'bar', false],
    ['dot takes no line feed, as in Alertmanager', '=~', 'a.b', 'a\nb', false],
    ['inline flags', '=~', '(?i)BAR', 'bar', true],
    ['UTF-8 classes', '=~', '\\pL+', 'größe', true],
    ['dollar is the end of the text, not of a line', '=~', 'a$\\n?', 'a\n', false],
    ['multi-line anchors do not free the ends', '=~', '(?m)^b$', 'a\nb', false],
  ])('%s', (_rule, op, value, actual, expected) => {
    expect(accepts(compiled('foo', op, value), view(actual === null ? {} : { foo: actual }))).toBe(expected);
  });

  test('names of the object prototype are ordinary labels', () => {
    expect(accepts(compiled('constructor', '=', ''), view({}))).toBe(true);
    const labels = Object.assign(Object.create(null), JSON.parse('{"toString":"x"}'));
    labels.__proto__ = 'y';
    expect(accepts(compiled('__proto__', '=', 'y'), withCatalog(labels))).toBe(true);
    expect(accepts(compiled('toString', '=~', 'x.*'), withCatalog(labels))).toBe(true);
  });
});

describe('catalogue labels', () => {
  const labels = Object.assign(Object.create(null), { 'catalog.team': 'forged', service: 'api' });

  test('are read from the facts, also where the sender wrote the same name', () => {
    const known = withCatalog(labels, { service: { key: 'checkout', teamKey: 'payments', tier: 1 } });
    expect(accepts(compiled('catalog.service', '=', 'checkout'), known)).toBe(true);
    expect(accepts(compiled('catalog.team', '=', 'payments'), known)).toBe(true);
    expect(accepts(compiled('catalog.tier', '=~', '[12]'), known)).toBe(true);
    expect(accepts(compiled('service', '=', 'api'), known)).toBe(true);
  });

  test('are empty without facts and where the catalogue holds nothing', () => {
    expect(accepts(compiled('catalog.team', '=', ''), withCatalog(labels))).toBe(true);
    const unowned = withCatalog(labels, { service: { key: 'checkout', teamKey: null, tier: null } });
    expect(accepts(compiled('catalog.team', '=', ''), unowned)).toBe(true);
    expect(accepts(compiled('catalog.tier', '=', ''), unowned)).toBe(true);
  });
});

test('the first matcher that says no is named, none for an empty list', () => {
  const list = [compiled('a', '=', '1'), compiled('b', '=', '2'), compiled('c', '=', '3')];
  expect(firstRefusal(list, view({ a: '1', b: 'x' }))?.text).toBe('b="2"');
  expect(firstRefusal(list, view({ a: '1', b: '2', c: '3' }))).toBeNull();
  expect(firstRefusal([], view({}))).toBeNull();
});

describe('patterns', () => {
  const literal = fc.string({ unit: fc.constantFrom('a', 'b', '.', '|', '(', '\\', '$', '^', '\n', 'é', '🙂') });
  const escapeRegex = (s: string) => s.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');

  function takes(pattern: string, value: string): boolean {
    const result = compilePattern(pattern);
    if (!result.ok) throw new Error(result.message);
    return patternAccepts(result.pattern, value);
  }

  test('anchoring: an escaped text takes itself and nothing longer', () => {
    fc.assert(
      fc.property(literal, literal, literal, (before, text, after) => {
        expect(takes(escapeRegex(text), before + text + after)).toBe(before === '' && after === '');
      }),
      { numRuns: 1000 },
    );
  });

  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', 'é', 'ab');
  const regex = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      atom,
      fc.tuple(tie('node'), tie('node')).map(([x, y]) => x + y),
      fc.tuple(tie('node'), tie('node')).map(([x, y]) => `${x}|${y}`),
      fc.tuple(tie('node'), fc.constantFrom('*', '+', '?', '{1,2}')).map(([x, q]) => `(?:${x})${q}`),
      tie('node').map((x) => `(${x})`),
    ),
  })).node;

  test('answers agree with an anchored backtracking engine where both know the syntax', () => {
    fc.assert(
      fc.property(regex, fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', 'c') })), (pattern, values) => {
        const oracle = new RegExp(`^(?:${pattern})$`, 'u');
        for (const value of [...values, ...values]) expect(takes(pattern, value)).toBe(oracle.test(value));
      }),
      { numRuns: 1000 },
    );
  });

  test('remembered answers are the engine’s, and at most two generations are kept', () => {
    const result = compilePattern('host-\\d*[02468]');
    if (!result.ok || result.pattern.kind !== 're2') throw new Error('expected an engine');
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 3000; i++) expect(patternAccepts(result.pattern, `host-${i}`)).toBe(i % 2 === 0);
    }
    expect(result.pattern.young.size).toBeLessThanOrEqual(1024);
    expect(result.pattern.old.size).toBe(1024);
    const before = result.pattern.young.size;
    expect(patternAccepts(result.pattern, `host-${'2'.repeat(300)}`)).toBe(true);
    expect(result.pattern.young.size).toBe(before);
  });

  test('a plain alternation needs no engine', () => {
    expect(compilePattern('api|web|db')).toMatchObject({ ok: true, pattern: { kind: 'words' } });
    expect(takes('api|web|db', 'web')).toBe(true);
    expect(takes('api|web|db', 'web|db')).toBe(false);
    expect(takes('', '')).toBe(true);
  });

  test('patterns that make other engines explode are answered in linear time', () => {
    expect(takes('(x+x+)+y', 'x'.repeat(2000))).toBe(false);
    expect(takes('(a|aa)*b', 'a'.repeat(2000))).toBe(false);
  });
});
