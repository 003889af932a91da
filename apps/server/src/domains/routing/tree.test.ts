import { describe, expect, test } from 'vitest';

import type { Matcher } from './matcher.ts';
import { defaultRouteOptions, type RouteNode, type RouteOptions } from './model.ts';
import { compileTree, MAX_DEPTH } from './tree.ts';

type Sketch = {
  readonly id: string;
  readonly parent: string | null;
  readonly position?: number;
  readonly matchers?: readonly Matcher[];
  readonly options?: Partial<RouteOptions>;
};

function node(sketch: Sketch): RouteNode {
  return {
    id: sketch.id,
    parentId: sketch.parent,
    position: sketch.position ?? 0,
    name: sketch.id,
    matchers: sketch.matchers ?? [],
    continue: false,
    options: sketch.options ?? {},
  };
}

function faults(...sketches: readonly Sketch[]): readonly string[] {
  const compiled = compileTree(sketches.map(node));
  return compiled.ok ? [] : compiled.faults.map((f) => `${f.reason} ${f.routeId ?? '-'}`);
}

const root: Sketch = { id: 'root', parent: null };

describe('faults', () => {
  test.each<[string, readonly Sketch[], readonly string[]]>([
    ['a lone root is a tree', [root], []],
    ['nothing has no root', [], ['no-root -']],
    ['two roots', [root, { id: 'b', parent: null }], ['several-roots b']],
    ['the same id twice', [root, { id: 'a', parent: 'root' }, { id: 'a', parent: 'root' }], ['duplicate-id a']],
    ['an orphan, not its children', [root, { id: 'c', parent: 'a' }, { id: 'a', parent: 'gone' }], ['orphan a']],
    ['a node that is its own parent', [root, { id: 'a', parent: 'a' }], ['cycle a']],
    [
      'a cycle, each member once, not what hangs below it',
      [
        root,
        { id: 'below', parent: 'a' },
        { id: 'a', parent: 'b' },
        { id: 'b', parent: 'c' },
        { id: 'c', parent: 'a' },
      ],
      ['cycle a', 'cycle b', 'cycle c'],
    ],
    [
      'only a cycle',
      [
        { id: 'a', parent: 'b' },
        { id: 'b', parent: 'a' },
      ],
      ['no-root -', 'cycle a', 'cycle b'],
    ],
    ['matchers on the root', [{ ...root, matchers: [{ name: 'a', op: '=', value: 'b' }] }], ['root-has-matchers root']],
    [
      'a bad regex',
      [root, { id: 'a', parent: 'root', matchers: [{ name: 'a', op: '=~', value: '(' }] }],
      ['bad-matcher a'],
    ],
    [
      'an empty label name',
      [root, { id: 'a', parent: 'root', matchers: [{ name: '', op: '=', value: 'x' }] }],
      ['bad-matcher a'],
    ],
    [
      'intervals of nothing, waits below nothing',
      [root, { id: 'a', parent: 'root', options: { groupIntervalSeconds: 0, groupWaitSeconds: -1 } }],
      ['bad-option a', 'bad-option a'],
    ],
    ['no number', [{ ...root, options: { repeatIntervalSeconds: Number.NaN } }], ['bad-option root']],
    ['an empty label to group by', [{ ...root, options: { groupBy: [''] } }], ['bad-option root']],
  ])('%s', (_rule, sketches, expected) => expect(faults(...sketches)).toEqual(expected));

  test('a tree may be as deep as allowed and no deeper', () => {
    const chain = (length: number) =>
      Array.from({ length }, (_, i) => ({ id: `n${i}`, parent: i === 0 ? null : `n${i - 1}` }));
    expect(faults(...chain(MAX_DEPTH))).toEqual([]);
    expect(faults(...chain(MAX_DEPTH + 1))).toEqual([`too-deep n${MAX_DEPTH - 1}`]);
  });
});

describe('options', () => {
  function optionsOf(id: string, ...sketches: readonly Sketch[]): RouteOptions | undefined {
    const compiled = compileTree(sketches.map(node));
    return compiled.ok ? compiled.tree.byId.get(id)?.options : undefined;
  }

  test('the root starts from the defaults', () => expect(optionsOf('root', root)).toEqual(defaultRouteOptions));

  test('a child keeps its own and inherits the rest from its parent, not from the root', () => {
    const middle: Sketch = {
      id: 'm',
      parent: 'root',
      options: { mode: 'ticket', groupBy: 'all', groupWaitSeconds: 30 },
    };
    const leaf: Sketch = { id: 'l', parent: 'm', options: { groupBy: [], groupWaitSeconds: 0, severity: 2 } };
    expect(optionsOf('l', root, middle, leaf)).toEqual({
      ...defaultRouteOptions,
      mode: 'ticket',
      groupBy: [],
      groupWaitSeconds: 0,
      severity: 2,
    });
  });

  test('null is a value of its own: nobody is called, the alert keeps its severity', () => {
    const middle: Sketch = { id: 'm', parent: 'root', options: { severity: 1, policy: { kind: 'policy', id: 'p' } } };
    const leaf: Sketch = { id: 'l', parent: 'm', options: { severity: null, policy: null } };
    expect(optionsOf('l', root, middle, leaf)).toMatchObject({ severity: null, policy: null });
    expect(optionsOf('m', root, middle, leaf)).toMatchObject({ severity: 1, policy: { kind: 'policy', id: 'p' } });
  });
});

test('children are asked by position, then by id, whatever order they are stored in', () => {
  const compiled = compileTree(
    [
      { id: 'z', parent: 'root', position: 1 },
      { id: 'b', parent: 'root', position: 2 },
      { id: 'a', parent: 'root', position: 2 },
      root,
    ].map(node),
  );
  expect(compiled.ok && compiled.tree.root.children.map((c) => c.id)).toEqual(['z', 'a', 'b']);
});
