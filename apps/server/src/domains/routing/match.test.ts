import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { type LabelView, withCatalog } from './label-view.ts';
import { match } from './match.ts';
import { parseMatchers } from './matcher-parse.ts';
import type { RouteNode, RouteOptions, RouteVisit } from './model.ts';
import { compileTree, type RouteTree } from './tree.ts';

/** A tree as it is drawn: the name is also the id. */
type Drawn = {
  readonly name: string;
  readonly when?: string;
  readonly continue?: boolean;
  readonly options?: Partial<RouteOptions>;
  readonly routes?: readonly Drawn[];
};

function nodesOf(drawn: Drawn, parentId: string | null = null, position = 0): RouteNode[] {
  const parsed = parseMatchers(drawn.when ?? '', 'fallback');
  if (!parsed.ok) throw new Error(`${drawn.when}: ${parsed.error.message}`);
  const node = {
    id: drawn.name,
    parentId,
    position,
    name: drawn.name,
    matchers: parsed.matchers,
    continue: drawn.continue ?? false,
    options: drawn.options ?? {},
  };
  return [node, ...(drawn.routes ?? []).flatMap((child, i) => nodesOf(child, drawn.name, i))];
}

function treeOf(nodes: readonly RouteNode[]): RouteTree {
  const compiled = compileTree(nodes);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults));
  return compiled.tree;
}

function view(labels: Record<string, string>): LabelView {
  return withCatalog(Object.assign(Object.create(null), labels));
}

const ids = (tree: RouteTree, labels: Record<string, string>) => match(tree, view(labels)).map((m) => m.routeId);

const drawn: Drawn = {
  name: 'default',
  routes: [
    {
      name: 'team-a',
      when: 'owner="team-A"',
      routes: [
        { name: 'a-testing', when: 'env="testing"', continue: true },
        { name: 'a-production', when: 'env="production"', options: { groupWaitSeconds: 30 } },
        { name: 'a-wide', when: 'env=~"produ.*", job=~".*"', continue: true },
        { name: 'a-log', when: 'env=~".*", severity!="critical"' },
      ],
    },
    { name: 'team-b-or-c', when: 'owner=~"team-(B|C)"', options: { groupBy: ['alertname', 'cluster'] } },
    {
      name: 'compliance',
      when: 'regulated!="", regulated!~"no|false"',
      continue: true,
      routes: [
        { name: 'audit', when: 'audited="yes"', continue: true },
        { name: 'audit-eu', when: 'region=~"eu-.+"' },
      ],
    },
    { name: 'database', when: 'kind="db"', options: { groupBy: 'all', mode: 'ticket' } },
  ],
};

const rules: readonly (readonly [string, Record<string, string>, readonly string[]])[] = [
  ['the root catches what nobody wants', { owner: 'team-X' }, ['default']],
  ['no labels at all reach the root', {}, ['default']],
  ['a node none of whose children match takes the alert', { owner: 'team-A', severity: 'critical' }, ['team-a']],
  ['a missing label meets .* and !=', { owner: 'team-A' }, ['a-log']],
  ['continue asks the next siblings', { owner: 'team-A', env: 'testing' }, ['a-testing', 'a-log']],
  ['continue need not find another', { owner: 'team-A', env: 'testing', severity: 'critical' }, ['a-testing']],
  ['the first match stops its siblings', { owner: 'team-A', env: 'production' }, ['a-production']],
  ['position decides before exactness', { owner: 'team-A', env: 'production', job: 'x' }, ['a-production']],
  ['regexes are anchored', { owner: 'team-BC' }, ['default']],
  ['regex alternatives', { owner: 'team-C' }, ['team-b-or-c']],
  ['a match stops the branch to its right', { owner: 'team-B', kind: 'db' }, ['team-b-or-c']],
  ['negative matchers', { regulated: 'no', kind: 'db' }, ['database']],
  ['continue works across branches', { regulated: 'yes', kind: 'db' }, ['compliance', 'database']],
  [
    'continue inside a branch and across branches, depth first',
    { regulated: 'yes', audited: 'yes', region: 'eu-west', kind: 'db' },
    ['audit', 'audit-eu', 'database'],
  ],
  ['a continuing child that matches keeps its parent out', { regulated: 'y', audited: 'yes' }, ['audit']],
];

describe('match, as Alertmanager', () => {
  const tree = treeOf(nodesOf(drawn));
  test.each(rules)('%s', (_rule, labels, expected) => expect(ids(tree, labels)).toEqual(expected));
});

describe('what a match carries', () => {
  const tree = treeOf(nodesOf(drawn));

  test('path, inherited options and the matchers that said yes, root first', () => {
    const [taken] = match(tree, view({ owner: 'team-A', env: 'production' }));
    expect(taken?.path).toEqual(['default', 'team-a', 'a-production']);
    expect(taken?.reason).toEqual({ kind: 'matched', by: ['owner="team-A"', 'env="production"'] });
    expect(taken?.options).toMatchObject({ mode: 'page', groupWaitSeconds: 30, repeatIntervalSeconds: 14_400 });
  });

  test('fell-through when only the root caught it', () => {
    expect(match(tree, view({ a: 'b' }))[0]).toMatchObject({ path: ['default'], reason: { kind: 'fell-through' } });
  });

  test('group labels are those present, names ascending; all labels share the sender’s map', () => {
    const grouped = match(tree, view({ owner: 'team-B', cluster: 'eu', alertname: 'Disk' }))[0]?.groupLabels ?? {};
    expect(Object.entries(grouped)).toEqual([
      ['alertname', 'Disk'],
      ['cluster', 'eu'],
    ]);
    expect(match(tree, view({ owner: 'team-C', cluster: 'eu' }))[0]?.groupLabels).toEqual({ cluster: 'eu' });
    const all = view({ kind: 'db', x: 'y' });
    expect(match(tree, all)[0]?.groupLabels).toBe(all.labels);
  });

  test('catalogue labels route and group', () => {
    const routed = treeOf(
      nodesOf({
        name: 'root',
        routes: [{ name: 'tier-1', when: 'catalog.tier="1"', options: { groupBy: ['catalog.service'] } }],
      }),
    );
    const facts = { service: { key: 'checkout', teamKey: 'payments', tier: 1 } };
    const [taken] = match(routed, withCatalog(Object.create(null), facts));
    expect(taken).toMatchObject({ routeId: 'tier-1', groupLabels: { 'catalog.service': 'checkout' } });
  });
});

describe('trace', () => {
  test('tells every node looked at, in order, and which matcher said no to which value', () => {
    const trace: RouteVisit[] = [];
    match(treeOf(nodesOf(drawn)), view({ owner: 'team-B', env: 'testing' }), trace);
    expect(trace).toEqual([
      { routeId: 'default', name: 'default', depth: 0, outcome: { kind: 'matched', by: [] } },
      {
        routeId: 'team-a',
        name: 'team-a',
        depth: 1,
        outcome: { kind: 'refused', by: 'owner="team-A"', label: 'owner', actual: 'team-B' },
      },
      {
        routeId: 'team-b-or-c',
        name: 'team-b-or-c',
        depth: 1,
        outcome: { kind: 'matched', by: ['owner=~"team-(B|C)"'] },
      },
    ]);
  });
});

const labelName = fc.constantFrom('a', 'b', 'c', 'd');
const labelValue = fc.constantFrom('x', 'y', 'xy', 'z');
const labelSet = fc.dictionary(labelName, labelValue);
const matcherText = fc
  .tuple(labelName, fc.constantFrom('=', '!=', '=~', '!~'), fc.constantFrom('x', 'y', '', 'x.*', 'x|y', '.+'))
  .map(([name, op, value]) => `${name}${op}"${value}"`);

const shape = fc.array(
  fc.record({
    parent: fc.nat(),
    when: fc.array(matcherText, { maxLength: 2 }).map((list) => list.join(',')),
    continue: fc.boolean(),
  }),
  { maxLength: 14 },
);

/** Random tree: each node hangs below an earlier one; stored order is the reverse of the drawn one. */
const randomNodes = shape.map((drafts) => {
  const nodes = nodesOf({ name: 'root' });
  drafts.forEach((draft, i) => {
    const parentId = nodes[draft.parent % nodes.length]?.id ?? 'root';
    const [node] = nodesOf({ name: `n${i}`, when: draft.when, continue: draft.continue }, parentId, i);
    if (node !== undefined) nodes.push(node);
  });
  return nodes;
});

/** Labels with their names written in another order. */
function reordered(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).reverse());
}

describe('properties', () => {
  test('routing does not depend on the order of labels', () => {
    fc.assert(
      fc.property(randomNodes, labelSet, (nodes, labels) => {
        const tree = treeOf(nodes);
        expect(match(tree, view(reordered(labels)))).toEqual(match(tree, view(labels)));
      }),
      { numRuns: 500 },
    );
  });

  test('routing does not depend on what was routed before, nor on the order nodes are stored in', () => {
    fc.assert(
      fc.property(randomNodes, fc.array(labelSet, { maxLength: 20 }), (nodes, alerts) => {
        const used = treeOf(nodes);
        const forth = alerts.map((labels) => match(used, view(labels)));
        const back = alerts.toReversed().map((labels) => match(used, view(labels)));
        expect(back.toReversed()).toEqual(forth);
        expect(alerts.map((labels) => match(treeOf(nodes.toReversed()), view(labels)))).toEqual(forth);
      }),
      { numRuns: 300 },
    );
  });

  test('a trace changes no answer, starts at the root and ends every match in a matched visit', () => {
    fc.assert(
      fc.property(randomNodes, labelSet, (nodes, labels) => {
        const tree = treeOf(nodes);
        const trace: RouteVisit[] = [];
        const traced = match(tree, view(labels), trace);
        expect(traced).toEqual(match(tree, view(labels)));
        expect(trace[0]?.routeId).toBe('root');
        const yes = new Set(trace.filter((v) => v.outcome.kind === 'matched').map((v) => v.routeId));
        for (const taken of traced) for (const id of taken.path) expect(yes.has(id)).toBe(true);
        for (const { outcome } of trace) {
          if (outcome.kind === 'refused') expect(outcome.actual).toBe(labels[outcome.label] ?? '');
        }
      }),
      { numRuns: 500 },
    );
  });

  test('there is always a match, none is the ancestor of another, none is named twice', () => {
    fc.assert(
      fc.property(randomNodes, labelSet, (nodes, labels) => {
        const found = match(treeOf(nodes), view(labels));
        expect(found.length).toBeGreaterThan(0);
        for (const one of found) {
          expect(found.filter((other) => other.path.includes(one.routeId))).toEqual([one]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
