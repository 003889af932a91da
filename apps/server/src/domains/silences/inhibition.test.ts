import { type LabelView, type Matcher, withCatalog } from '#routing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileInhibitRules, createSourceIndex, MOST_SOURCES } from './inhibition.ts';
import type { InhibitRule } from './model.ts';

const is = (name: string, value: string): Matcher => ({ name, op: '=', value });
const DOWN: InhibitRule = {
  id: 'r1',
  name: 'down hides slow',
  sourceMatchers: [is('alertname', 'Down')],
  targetMatchers: [{ name: 'severity', op: '!=', value: 'critical' }],
  equal: ['cluster', 'service'],
};

function index(rules: readonly InhibitRule[], firing: Readonly<Record<string, Record<string, string>>>) {
  const built = createSourceIndex(compileInhibitRules(rules).rules);
  for (const [id, labels] of Object.entries(firing)) built.add(id, withCatalog(labels));
  return built;
}
const sources = (of: ReturnType<typeof index>, labels: Record<string, string>) =>
  of.sourcesFor(withCatalog(labels)).map((mute) => `${mute.rule}: ${mute.sources.join(' ')}`);

test.each<[string, Record<string, string>, Record<string, string>, readonly string[]]>([
  [
    'is inhibited while the source fires with equal labels',
    { alertname: 'Down', severity: 'critical', cluster: 'eu', service: 'db' },
    { alertname: 'Slow', cluster: 'eu', service: 'db' },
    ['r1: a'],
  ],
  [
    'is not, when a label differs',
    { alertname: 'Down', severity: 'critical', cluster: 'us' },
    { alertname: 'Slow', cluster: 'eu' },
    [],
  ],
  [
    'is, when a label is missing in both',
    { alertname: 'Down', severity: 'critical', cluster: 'eu' },
    { cluster: 'eu' },
    ['r1: a'],
  ],
  ['is not, when it is missing in one', { alertname: 'Down', severity: 'critical', service: 'db' }, { a: 'b' }, []],
  ['is not, when it is no target', { alertname: 'Down', severity: 'critical' }, { severity: 'critical' }, []],
  ['is, when the source is a target too', { alertname: 'Down' }, { alertname: 'Slow' }, ['r1: a']],
  ['is not, when both match both sides', { alertname: 'Down', node: 'a' }, { alertname: 'Down', node: 'b' }, []],
  [
    'is by a one-sided source though it matches both',
    { alertname: 'Down', severity: 'critical' },
    { alertname: 'Down' },
    ['r1: a'],
  ],
])('a target %s', (_rule, source, target, expected) => {
  expect(sources(index([DOWN], { a: source }), target)).toEqual(expected);
});

test('never inhibits itself', () => {
  expect(sources(index([DOWN], { a: { alertname: 'Down' } }), { alertname: 'Down' })).toEqual([]);
});

test('forgets what resolved, and takes changed labels', () => {
  const of = index([DOWN], { a: { alertname: 'Down' }, b: { alertname: 'Up' } });
  expect([of.has('a'), of.has('b'), of.size]).toEqual([true, false, 1]);
  of.add('a', withCatalog({ alertname: 'Down', cluster: 'us' }));
  expect(sources(of, {})).toEqual([]);
  expect(sources(of, { cluster: 'us' })).toEqual(['r1: a']);
  of.remove('a');
  of.remove('b');
  expect([sources(of, { cluster: 'us' }), of.size]).toEqual([[], 0]);
});

test('names each rule that inhibits, in order, and counts what it does not name', () => {
  const other: InhibitRule = { ...DOWN, id: 'r2', name: null, equal: [] };
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`s${i}`, { alertname: 'Down', n: `${i}` }]));
  const [first, second] = index([DOWN, other], many).sourcesFor(withCatalog({ alertname: 'Slow' }));
  expect(first?.sources).toHaveLength(MOST_SOURCES);
  expect(first?.reason).toBe(
    'Inhibited by down hides slow: 50 alerts that it yields to fire with the same cluster, service.',
  );
  expect(second?.reason).toBe('Inhibited: 50 alerts that it yields to fire.');
});

test('a rule that cannot be used is named and left out', () => {
  const broken: InhibitRule = { ...DOWN, targetMatchers: [{ name: 'a', op: '=~', value: '(' }] };
  const { rules, faults } = compileInhibitRules([broken, DOWN]);
  expect(rules.map(({ rule }) => rule)).toEqual([DOWN]);
  expect(faults).toMatchObject([{ kind: 'inhibition', id: 'r1' }]);
});

test('answers as asking every pair does', () => {
  const value = fc.constantFrom('x', 'y', '1:x', '');
  const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { noNullPrototype: false }).map(withoutEmpty);
  const matchers = fc.array(
    fc.record({ name: fc.constantFrom('a', 'b', 'c'), op: fc.constantFrom('=', '!=', '=~', '!~'), value }),
    { maxLength: 2 },
  ) as fc.Arbitrary<Matcher[]>;
  const rules = fc
    .array(
      fc.record({
        sourceMatchers: matchers,
        targetMatchers: matchers,
        equal: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 }),
      }),
      { maxLength: 3 },
    )
    .map((drawn) => drawn.map((rule, i) => ({ ...rule, id: `r${i}`, name: null })));
  let inhibited = 0;
  fc.assert(
    fc.property(rules, fc.array(labels, { maxLength: 6 }), labels, (all, firing, target) => {
      const of = index(all, Object.fromEntries(firing.map((map, i) => [`s${i}`, map])));
      const plain = all.flatMap((rule) => {
        const named = firing.flatMap((source, i) => (yields(rule, target, source) ? [`s${i}`] : []));
        return named.length > 0 ? [{ rule: rule.id, sources: named }] : [];
      });
      const found = of.sourcesFor(withCatalog(target)).map(({ rule, sources: ids }) => ({
        rule,
        sources: [...ids].sort(),
      }));
      expect(found).toEqual(plain);
      inhibited += plain.length;
    }),
    { numRuns: 500 },
  );
  expect(inhibited).toBeGreaterThan(5);
});

function withoutEmpty(map: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== ''));
}

function yields(rule: InhibitRule, target: Record<string, string>, source: Record<string, string>): boolean {
  const matches = (matchers: readonly Matcher[], map: LabelView['labels']) =>
    matchers.every(({ name, op, value }) => ((map[name] ?? '') === value) === !op.startsWith('!'));
  const twoSided = (map: LabelView['labels']) => matches(rule.sourceMatchers, map) && matches(rule.targetMatchers, map);
  if (!matches(rule.targetMatchers, target) || !matches(rule.sourceMatchers, source)) return false;
  if (twoSided(target) && twoSided(source)) return false;
  return rule.equal.every((name) => (target[name] ?? '') === (source[name] ?? ''));
}
