import { expect, test } from 'vitest';
import { withCatalog } from './label-view.ts';
import { match } from './match.ts';
import type { RouteNode } from './model.ts';
import { treeInUse } from './tree-in-use.ts';

const root: RouteNode = {
  id: 'root',
  parentId: null,
  position: 0,
  name: 'Everything',
  matchers: [],
  continue: false,
  options: { mode: 'record' },
};
const child: RouteNode = {
  ...root,
  id: 'child',
  parentId: 'root',
  name: 'Child',
  matchers: [{ name: 'a', op: '=', value: 'b' }],
  options: { mode: 'page' },
};
const broken: RouteNode = { ...child, matchers: [{ name: 'a', op: '=~', value: '(' }] };

test('a tree that compiles is used', () => {
  const { tree, faults } = treeInUse([root, child], null);
  expect(faults).toEqual([]);
  expect([...tree.byId.keys()]).toEqual(['root', 'child']);
});

test('one that does not leaves the last good tree routing, and says why', () => {
  const good = treeInUse([root, child], null).tree;
  const { tree, faults } = treeInUse([root, broken], good);
  expect(tree).toBe(good);
  expect(faults).toMatchObject([{ reason: 'bad-matcher', routeId: 'child' }]);
});

test.each([
  ['a bad matcher', [root, broken]],
  ['no root', [child]],
  ['no routes', []],
  ['rows that are no routes', [{ ...root, matchers: null }]],
  ['an unknown comparison', [root, { ...child, matchers: [{ name: 'a', op: '==', value: 'b' }] }]],
])('without a last good tree, %s pages for everything rather than for nothing', (_what, nodes) => {
  const { tree, faults } = treeInUse(nodes as readonly RouteNode[], null);
  expect(faults.length).toBeGreaterThan(0);
  const [found] = match(tree, withCatalog({ a: 'b' }));
  expect(found?.options).toMatchObject({ mode: 'page', policy: { kind: 'service-owner' } });
});
