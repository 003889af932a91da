import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type AcceptConfig, cleanLabels, fingerprint, type FiringAlert } from '#alerts';
import type { DoorAnswer } from '#platform/http/door';
import { compileTree, parseMatchers, type RouteNode } from '#routing';
import type { Db } from '#platform/db';
import { type Mute, NO_MUTES } from '#silences';
import type { Integration } from '../model.ts';
import { alertmanagerConfig, receiverNames } from './alertmanager-config.ts';
import { alertmanagerReads } from './alertmanager-reads.ts';

const folder = join(import.meta.dirname, '../../../../testdata/alertmanager');
const integration: Integration = {
  id: 'int',
  name: 'Prometheus',
  kind: 'alertmanager',
  teamId: null,
  resolveTimeoutSeconds: 300,
  enabled: true,
  settings: {},
};

function node(name: string, parentId: string | null, matchers: string, more: Partial<RouteNode> = {}): RouteNode {
  const parsed = parseMatchers(matchers, 'fallback');
  if (!parsed.ok) throw new Error(parsed.error.message);
  return { id: name, parentId, position: 0, name, matchers: parsed.matchers, continue: false, options: {}, ...more };
}

const nodes = [
  node('Everything', null, '', {
    options: { mode: 'record', groupBy: ['alertname', 'cluster'], groupWaitSeconds: 30 },
  }),
  node('Databases', 'Everything', 'job=~"db.*"', {
    continue: true,
    options: { mode: 'page', policy: { kind: 'policy', id: '0199' } },
  }),
  node('eu', 'Databases', 'region="eu"', { name: 'Databases', options: { groupBy: 'all', groupIntervalSeconds: 60 } }),
  node('Owners', 'Everything', 'team!="", severity="page"', {
    position: 1,
    options: { groupWaitSeconds: 0, groupBy: ['alertname', 'cluster'] },
  }),
];
const compiled = compileTree(nodes);
if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults));
const { tree } = compiled;

const NOTHING_MUTES = {
  muting: { evaluate: async () => ({ muted: [], labelsOf: () => undefined }) },
  mutes: () => ({ any: false, mutes: NO_MUTES }),
  db: null as unknown as Db,
  clock: { now: () => Temporal.Instant.from('2026-11-21T10:00:00Z') },
};

const AT = Temporal.Instant.from('2026-11-21T10:00:00Z').epochMilliseconds;

function firing(labels: Record<string, string>, more: Partial<FiringAlert> = {}): FiringAlert {
  const cleaned = cleanLabels(labels);
  if (!cleaned.ok) throw new Error(cleaned.error.message);
  return {
    labels: cleaned.labels,
    annotations: {},
    generatorUrl: null,
    startsAtMs: AT,
    endsAtMs: AT + 240_000,
    lastSeenMs: AT + 60_123,
    ...more,
  };
}

const alerts = [
  firing(
    { alertname: 'Lag', job: 'db1', region: 'eu', team: 'dba', severity: 'page' },
    { annotations: { summary: 'replication lags' }, generatorUrl: 'http://vm:9090/graph' },
  ),
  firing({ alertname: 'Lag', job: 'db2', region: 'us' }),
  firing({ alertname: 'Cpu', job: 'web', cluster: 'lab' }),
  firing({ alertname: 'Cpu', job: 'web', cluster: 'lab', instance: '2' }),
];

const reads = alertmanagerReads({
  ...NOTHING_MUTES,
  async *firingAlerts(id) {
    if (id !== integration.id) return;
    yield alerts.slice(0, 2);
    yield alerts.slice(2);
  },
  acceptConfig: { current: (): AcceptConfig => ({ tree, service: () => undefined }) },
  version: '0.1.0',
  startedAt: Temporal.Instant.from('2026-11-21T09:00:00Z'),
});

async function get(path: string, query = '', method = 'GET', of = integration): Promise<DoorAnswer> {
  const door = reads.find((one) => one.path === path && one.method === method);
  if (!door) throw new Error(`no door ${path}`);
  return door.handle(of, {
    params: {},
    query: new URLSearchParams(query),
    headers: {},
    body: Buffer.alloc(0),
    address: '::1',
  });
}
const json = async (path: string, query = '') => JSON.parse((await get(path, query)).body ?? 'null') as never;
const names = async (query: string) =>
  ((await json('/api/v2/alerts', query)) as { labels: Record<string, string> }[])
    .map(({ labels }) => `${labels['alertname']}/${labels['job']}${labels['instance'] ?? ''}`)
    .sort();

describe('GET /api/v2/alerts', () => {
  test('has the shape of Alertmanager, every array there, in the order of fingerprints', async () => {
    const body = (await json('/api/v2/alerts')) as object[];
    await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot(join(folder, 'read-alerts.golden.json'));
    for (const item of body)
      expect(Object.keys(item)).toEqual(
        expect.arrayContaining([
          'annotations',
          'endsAt',
          'fingerprint',
          'labels',
          'receivers',
          'startsAt',
          'status',
          'updatedAt',
        ]),
      );
    const fingerprints = body.map((item) => (item as { fingerprint: string }).fingerprint);
    expect(fingerprints).toEqual([...fingerprints].sort());
  });

  const all = ['Cpu/web', 'Cpu/web2', 'Lag/db1', 'Lag/db2'];
  test.each([
    ['', all],
    ['active=true&silenced=false&inhibited=false&unprocessed=false', all],
    ['active=false', []],
    ['active=0', []],
    ['filter=alertname%3D%22Lag%22', ['Lag/db1', 'Lag/db2']],
    ['filter=alertname%3DLag&filter=region!%3Deu', ['Lag/db2']],
    ['filter=job%3D~%22db.*%7Cweb%22&filter=instance%3D%22%22', ['Cpu/web', 'Lag/db1', 'Lag/db2']],
    ['filter=constructor%3D%22%22', all],
    ['receiver=Databases', ['Lag/db2']],
    ['receiver=Data', []],
    ['receiver=Data.*', ['Lag/db1', 'Lag/db2']],
    ['receiver=Owners%7CEverything', ['Cpu/web', 'Cpu/web2', 'Lag/db1']],
  ])('%s', async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  test.each([
    ['active=perhaps', 'active in query must be of type boolean: "perhaps"'],
    ['filter=%7Ba%3Db%7D', 'bad matcher format'],
    ['filter=a%3D~(', 'bad matcher format'],
    ['receiver=(', 'failed to parse receiver param'],
  ])('%s is answered 400, a JSON string', async (query, reason) => {
    const { status, body } = await get('/api/v2/alerts', query);
    expect(status).toBe(400);
    expect(JSON.parse(body ?? '')).toContain(reason);
  });

  test('a key sees its own integration only', async () => {
    expect((await get('/api/v2/alerts', '', 'GET', { ...integration, id: 'other' })).body).toBe('[]\n');
  });
});

describe('GET /api/v2/alerts/groups', () => {
  test('has a group for each route and its group labels', async () => {
    const body = (await json('/api/v2/alerts/groups')) as object[];
    await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot(join(folder, 'read-groups.golden.json'));
  });

  test('narrowed to a receiver it has only the groups of that one', async () => {
    const body = (await json('/api/v2/alerts/groups', 'receiver=Owners')) as {
      receiver: { name: string };
      alerts: unknown[];
    }[];
    expect(body.map(({ receiver, alerts: inside }) => [receiver.name, inside.length])).toEqual([['Owners', 1]]);
  });
});

test('receivers are the routes, each under a name of its own', async () => {
  expect(await json('/api/v2/receivers')).toEqual([
    { name: 'Everything' },
    { name: 'Databases' },
    { name: 'Databases (2)' },
    { name: 'Owners' },
  ]);
  expect(receiverNames(tree).get('eu')).toBe('Databases (2)');
});

test('the status has every field that clients demand', async () => {
  expect(await json('/api/v2/status')).toEqual({
    cluster: { peers: [], status: 'disabled' },
    config: { original: alertmanagerConfig(tree, 300) },
    uptime: '2026-11-21T09:00:00.000Z',
    versionInfo: { branch: 'HEAD', buildDate: '', buildUser: 'tocsin', goVersion: '', revision: '', version: '0.1.0' },
  });
});

test('the tree is written as an Alertmanager configuration, without what it calls', async () => {
  const text = alertmanagerConfig(tree, 300);
  await expect(text).toMatchFileSnapshot(join(folder, 'config.golden.yml'));
  expect(text).not.toContain('0199');
});

test('names of the catalogue are written so that a classic amtool reads them', () => {
  const owned = node('Owned', 'Everything', 'catalog.service!="",catalog.tier=~"1|2",catalog.other="x"', {
    options: { groupBy: ['alertname', 'catalog.team'] },
  });
  const made = compileTree([node('Everything', null, ''), owned]);
  const text = made.ok ? alertmanagerConfig(made.tree, 300) : '';
  expect([...text.matchAll(/catalog\S+/g)].map(String)).toEqual([
    'catalog_team',
    'catalog_service!=""',
    'catalog_tier=~"1|2"',
    'catalog.other="x"',
  ]);
});

test('it is well, and it is ready', async () => {
  expect(await get('/-/healthy')).toMatchObject({ status: 200, body: 'OK' });
  expect(await get('/-/ready')).toMatchObject({ status: 200, body: 'OK' });
});

test('an alert that is muted is suppressed, by whom is told, and the states narrow the list', async () => {
  const until = Temporal.Instant.from('2026-11-21T12:00:00Z');
  const by: Readonly<Record<string, readonly Mute[]>> = {
    db1: [{ kind: 'silence', id: 's1', reason: 'quiet', endsAt: until }],
    db2: [{ kind: 'inhibition', rule: 'r1', sources: ['a1'], reason: 'down' }],
  };
  const muted = alertmanagerReads({
    ...NOTHING_MUTES,
    muting: {
      evaluate: async (_db, subjects) => ({
        muted: subjects.map(({ view }) => ({ by: by[view.labels['job'] ?? ''] ?? [], until: null })),
        labelsOf: () => ({ alertname: 'Down' }),
      }),
    },
    mutes: () => ({ any: true, mutes: NO_MUTES }),
    async *firingAlerts() {
      yield alerts;
    },
    acceptConfig: { current: (): AcceptConfig => ({ tree, service: () => undefined }) },
    version: '0.1.0',
    startedAt: Temporal.Instant.from('2026-11-21T09:00:00Z'),
  });
  const list = async (query: string) => {
    const request = { params: {}, headers: {}, body: Buffer.alloc(0), address: '::1' };
    const answer = await muted[0]?.handle(integration, { ...request, query: new URLSearchParams(query) });
    return JSON.parse(answer?.body ?? 'null') as { labels: Record<string, string>; status: object }[];
  };
  const all = await list('');
  expect(all.find(({ labels }) => labels['job'] === 'db1')?.status).toEqual({
    state: 'suppressed',
    silencedBy: ['s1'],
    inhibitedBy: [],
    mutedBy: [],
  });
  expect(all.find(({ labels }) => labels['job'] === 'db2')?.status).toEqual({
    state: 'suppressed',
    silencedBy: [],
    inhibitedBy: [fingerprint({ alertname: 'Down' })],
    mutedBy: [],
  });
  const jobs = async (query: string) =>
    (await list(query)).map(({ labels }) => labels['job'] ?? '').sort((a, b) => (a < b ? -1 : 1));
  expect(await jobs('silenced=false')).toEqual(['db2', 'web', 'web']);
  expect(await jobs('inhibited=false')).toEqual(['db1', 'web', 'web']);
  expect(await jobs('active=false')).toEqual(['db1', 'db2']);
  expect(await jobs('active=false&silenced=false&inhibited=false')).toEqual([]);
});

test('10,000 alerts are listed in under a second and a half', async () => {
  const many = Array.from({ length: 10_000 }, (_, i) =>
    firing({
      alertname: 'Disk',
      instance: `h${i}`,
      job: 'db',
      region: 'eu',
      severity: 'page',
      team: 'dba',
      cluster: 'lab',
    }),
  );
  const [list] = alertmanagerReads({
    ...NOTHING_MUTES,
    async *firingAlerts() {
      yield many;
    },
    acceptConfig: { current: (): AcceptConfig => ({ tree, service: () => undefined }) },
    version: '0',
    startedAt: Temporal.Instant.from('2026-11-21T09:00:00Z'),
  });
  const began = performance.now();
  const answer = await list?.handle(integration, {
    params: {},
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.alloc(0),
    address: '::1',
  });
  expect(performance.now() - began).toBeLessThan(1_500);
  expect(JSON.parse(answer?.body ?? '')).toHaveLength(10_000);
});
