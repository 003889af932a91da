import { describe, expect, test } from 'vitest';
import { drawnOrder, namesOf, pathsOf, readMatchers } from './draft.ts';
import type { RouteNode } from './model.ts';

describe('readMatchers', () => {
  const eu = { name: 'region', op: '=~', value: 'eu-.*' } as const;
  test.each([
    ['a text of several', 'severity="page", region=~"eu-.*"', [{ name: 'severity', op: '=', value: 'page' }, eu]],
    ['a text in braces', '{region=~"eu-.*"}', [eu]],
    ['nothing', '', []],
    ['a list of texts', ['region=~"eu-.*"'], [eu]],
    ['a list of objects', [eu], [eu]],
    ['both in one list', [eu, 'a!=b'], [eu, { name: 'a', op: '!=', value: 'b' }]],
  ] as const)('%s', (_form, input, matchers) => {
    expect(readMatchers(input)).toMatchObject({ ok: true, matchers });
  });

  test('names every bad one by its place', () => {
    const read = readMatchers(['a=b', 'a=~"("', { name: 'x', op: '=~', value: '[' }, '= ']);
    expect(read.ok ? [] : read.faults.map(({ path }) => path)).toEqual(['matchers.1', 'matchers.2', 'matchers.3']);
  });

  test('a bad text tells the character', () => {
    const read = readMatchers('a="b", c~"d"');
    expect(read).toMatchObject({
      ok: false,
      faults: [{ path: 'matchers', message: expect.stringContaining('at character') }],
    });
  });
});

const node = (id: string, parentId: string | null, position = 0): RouteNode => ({
  id,
  parentId,
  position,
  name: id.toUpperCase(),
  matchers: [],
  continue: false,
  options: {},
});
const nodes = [node('c', 'b'), node('root', null), node('b', 'root', 1), node('a', 'root', 0), node('lost', 'gone')];

test('each route is drawn after its parent, siblings as they are asked, and none is left out', () => {
  expect(drawnOrder(nodes).map(({ id }) => id)).toEqual(['root', 'a', 'b', 'c', 'lost']);
});

test('a ring of routes is drawn and named without going round for ever', () => {
  const ring = [node('root', null), node('x', 'y'), node('y', 'x')];
  expect(drawnOrder(ring).map(({ id }) => id)).toEqual(['root', 'x', 'y']);
  expect(namesOf(ring, 'x')).toEqual(['Y', 'X']);
});

test('a fault of the changed route is told by its field, any other by the route and its place in the tree', () => {
  const faults = [
    { reason: 'bad-matcher', routeId: 'b', message: 'm1' },
    { reason: 'bad-option', routeId: 'c', message: 'm2' },
    { reason: 'no-root', routeId: null, message: 'm3' },
  ] as const;
  expect(pathsOf(faults, nodes, 'b')).toEqual([
    { path: 'matchers', message: 'm1' },
    { path: 'routes.c.options', message: 'ROOT / B / C: m2' },
    { path: 'routes', message: 'm3' },
  ]);
});
