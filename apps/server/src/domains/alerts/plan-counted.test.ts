import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileTree, type RouteNode } from '#routing';
import { describeAlert } from './describe-alert.ts';
import { collectByKey, toWaiting, type Waiting } from './flush-input.ts';
import type { KnownGroup } from './grouping.ts';
import { labelHash, labelKey } from './identity.ts';
import { planCounted } from './plan-counted.ts';
import { planFlush } from './plan-flush.ts';
import type { Severity } from './model.ts';

const NOW_MS = 1_795_255_200_000;
const root: RouteNode = {
  id: 'root',
  parentId: null,
  position: 0,
  name: 'Everything',
  matchers: [],
  continue: false,
  options: { mode: 'page', groupBy: ['alertname'] },
};
const compiled = compileTree([root]);
if (!compiled.ok) throw new Error('the tree is not valid');
const config = { tree: compiled.tree, service: () => undefined };
const payload = {
  id: 'request',
  integrationId: 'int',
  at: Temporal.Instant.fromEpochMilliseconds(NOW_MS),
  contentType: null,
  body: Buffer.alloc(0),
};

function waiting(name: string, n: number, severity: string, status: 'firing' | 'resolved' = 'firing'): Waiting {
  const labels = { alertname: name, instance: String(n), severity };
  const event = {
    integrationId: 'int',
    labels,
    annotations: { summary: `${name} on ${n}` },
    generatorUrl: null,
    status,
    startsAtMs: NOW_MS - 1_000,
    endsAtMs: NOW_MS + 60_000,
    endsAtIsTimeout: false,
    resends: true,
    identity: labelHash(labelKey(labels)),
  };
  return toWaiting({ event, payload });
}

/** What a process knows of the groups of these alert names: each has kind `int/<name>` at SEV3. */
function knowing(...names: readonly string[]): ReadonlyMap<string, KnownGroup> {
  return new Map(
    names.map((name) => {
      const [destination] = describeAlert(waiting(name, 0, 'warning').event, config).destinations;
      const kinds = new Map<string, Severity>([[`int/${name}`, 3]]);
      return [destination?.groupKey as string, { id: `group-${name}`, kinds }];
    }),
  );
}

function plan(items: readonly Waiting[], more: Partial<Parameters<typeof planCounted>[1]> = {}) {
  let id = 0;
  return planCounted(items, {
    describe: (event) => describeAlert(event, config),
    openGroups: knowing('Lag', 'Disk'),
    knows: () => false,
    newId: () => `id-${++id}`,
    isMuted: () => false,
    isSource: () => false,
    ...more,
  });
}

describe('planCounted', () => {
  test('comes to the alerts and the counts of planFlush', () => {
    const item = fc.tuple(fc.constantFrom('Lag', 'Disk'), fc.nat(500), fc.constantFrom('warning', 'info'));
    const distinct = fc.uniqueArray(item, { minLength: 1, maxLength: 30, selector: (one) => one.join('/') });
    fc.assert(
      fc.property(distinct, (drawn) => {
        const items = drawn.map(([name, n, severity]) => waiting(name, n, severity));
        const counted = plan(items);
        let id = 0;
        const groups = new Map([...knowing('Lag', 'Disk')].map(([key, group]) => [key, group.id]));
        const identities = [...collectByKey(items)].map(([key, { identity, events }]) => ({
          key,
          identity,
          events,
          stored: null,
        }));
        const full = planFlush(identities, {
          nowMs: NOW_MS,
          newId: () => `id-${++id}`,
          describe: (event) => describeAlert(event, config),
          groupIdOf: (key) => groups.get(key) as string,
        });
        expect(counted?.inserts).toEqual(full.inserts);
        expect(counted?.joined).toEqual(
          new Map([...full.traffic].map(([group, { joined }]) => [group, { count: joined.length, loud: true }])),
        );
      }),
    );
  });

  test('a group is loud as soon as one that joins is not muted', () => {
    const isMuted = (event: Waiting['event']) => event.labels['instance'] === '1';
    const joined = (...numbers: readonly number[]) => [
      ...(plan(
        numbers.map((n) => waiting('Lag', n, 'info')),
        { isMuted },
      )?.joined.values() ?? []),
    ];
    expect(joined(1)).toEqual([{ count: 1, loud: false }]);
    expect(joined(1, 2)).toEqual([{ count: 2, loud: true }]);
  });

  test.each<[string, readonly Waiting[], Partial<Parameters<typeof planCounted>[1]>]>([
    ['a resolve', [waiting('Lag', 1, 'info', 'resolved')], {}],
    ['an alert that may be stored', [waiting('Lag', 1, 'info')], { knows: () => true }],
    ['a group that it does not know', [waiting('Cpu', 1, 'info')], {}],
    ['one worse than its kind was', [waiting('Lag', 1, 'critical')], {}],
    ['one that may inhibit others', [waiting('Lag', 1, 'info')], { isSource: () => true }],
    ['one identity twice', [waiting('Lag', 1, 'info'), waiting('Lag', 1, 'info')], {}],
  ])('wants to read for %s', (_what, items, more) => {
    expect(plan(items, more)).toBeNull();
    expect(plan([waiting('Disk', 9, 'info'), ...items], more)).toBeNull();
  });
});
