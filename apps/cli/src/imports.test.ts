import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  escalationPolicyList,
  importPlan,
  inhibitRule,
  inhibitRuleList,
  routeDraft,
  routeNode,
  routeUpdate,
  routingTree,
  timeInterval,
  timeIntervalList,
} from '@tocsin/contracts';
import { afterAll, afterEach, expect, test } from 'vitest';
import { patientFetch } from './patient-fetch.ts';
import { run } from './program.ts';
import { KEY, ok, refused, type Replies, startFakeServer } from './testkit/fake-server.ts';
import { NOW } from './testkit/samples.ts';

const home = mkdtempSync(join(tmpdir(), 'tocsin-import-'));
const file = join(home, 'alertmanager.yml');
writeFileSync(file, 'route: {receiver: everyone}\n');
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(() => rmSync(home, { recursive: true }));

const ROOT = '00000000-0000-7000-8000-000000000001';
const POLICY = '0197f3a2-5555-7000-8000-000000000001';
const idOf = (n: number) => `0197f3a2-6666-7000-8000-00000000000${n}`;
const matcher = { name: 'job', op: '=', value: 'db' } as const;
const waits = { groupBy: ['cluster'], groupWaitSeconds: 30, groupIntervalSeconds: 300, repeatIntervalSeconds: 14_400 };
const route = { receiver: 'everyone', matchers: [], matcherText: '', continue: false, options: {} };

const plan = {
  routes: [
    { ...route, key: 'root', parentKey: null, name: 'Alertmanager: everyone', options: waits },
    {
      ...route,
      key: 'root.0',
      parentKey: 'root',
      name: 'databases',
      receiver: 'databases',
      matchers: [matcher],
      matcherText: 'job="db"',
      continue: true,
      options: { muteTimeIntervals: ['nights'] },
    },
    { ...route, key: 'root.0.0', parentKey: 'root.0', name: 'everyone', matchers: [matcher], matcherText: 'job="db"' },
    {
      ...route,
      key: 'root.1',
      parentKey: 'root',
      name: 'void \u001b[31m',
      receiver: 'void \u001b[31m',
      matchers: [matcher],
      matcherText: 'job="db"',
      options: { mode: 'record', policy: null },
    },
  ],
  timeIntervals: [
    { name: 'nights', timeIntervals: [{ times: [{ start_time: '22:00', end_time: '24:00' }] }] },
    { name: 'weekends', timeIntervals: [{ weekdays: ['saturday'] }] },
  ],
  inhibitRules: [
    { key: 'inhibit_rules[0]', name: null, sourceMatchers: [matcher], targetMatchers: [matcher], equal: ['cluster'] },
  ],
  receivers: [
    { name: 'everyone', integrations: [{ kind: 'email', count: 1 }], routes: 2 },
    { name: 'databases', integrations: [{ kind: 'pagerduty', count: 1 }], routes: 1 },
    { name: 'void \u001b[31m', integrations: [], routes: 1 },
  ],
  notMapped: [{ what: 'templates', why: 'messages are written here, one for each channel' }],
};

const stored = (more: object) => ({
  parentId: null,
  position: 0,
  path: [],
  matchers: [],
  matcherText: '',
  continue: false,
  options: {},
  effective: null,
  version: 1,
  updatedAt: '2026-01-01T00:00:00Z',
  ...more,
});

/** A server that makes what it is told and numbers it. */
function replies(more: Replies = {}): Replies {
  let made = 0;
  return {
    'POST /api/v1/routing/import-plan': ok(importPlan, plan),
    'GET /api/v1/routing': ok(routingTree, { routes: [stored({ id: ROOT, name: 'Everything' })], faults: [] }),
    'GET /api/v1/policies': ok(escalationPolicyList, { policies: [policy] }),
    'GET /api/v1/time-intervals': ok(timeIntervalList, { intervals: [{ ...plan.timeIntervals[1], ...interval }] }),
    'GET /api/v1/inhibit-rules': ok(inhibitRuleList, { rules: [] }),
    'POST /api/v1/time-intervals': ok(timeInterval, { ...plan.timeIntervals[0], ...interval }, 201),
    'POST /api/v1/inhibit-rules': ({ body }) => ({
      status: 201,
      body: inhibitRule.parse({ ...(body as object), id: idOf(9), heldBack: { pages: 0, alerts: 0 }, version: 1 }),
    }),
    'POST /api/v1/routing': ({ body }) => {
      const draft = routeDraft.parse(body);
      return { status: 201, body: routeNode.parse(stored({ ...draft, matchers: [], id: idOf(++made) })) };
    },
    [`PATCH /api/v1/routing/${idOf(1)}`]: ({ body }) => {
      routeUpdate.parse(body);
      return { status: 200, body: routeNode.parse(stored({ id: idOf(1), name: 'x' })) };
    },
    ...more,
  };
}

const interval = { id: idOf(8), within: false, changesAt: null, version: 1 };
const policy = escalationPolicyList.shape.policies.element.parse({
  id: POLICY,
  version: 1,
  name: 'Databases',
  steps: [{ delaySeconds: 0, targets: [{ kind: 'user', id: POLICY }] }],
});

async function tocsin(line: string, served: Replies = replies()) {
  const server = await startFakeServer(served);
  stops.push(server.stop);
  let out = '';
  let err = '';
  const exit = await run(line.split(' '), {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    env: { HOME: home, TOCSIN_URL: server.url, TOCSIN_API_KEY: KEY },
    columns: null,
    errIsTerminal: false,
    zone: 'UTC',
    now: () => NOW,
    fetch: patientFetch,
  });
  const writes = server.asked.filter(({ method, path }) => method !== 'GET' && !path.endsWith('import-plan'));
  return { exit, out, err, writes, asked: server.asked };
}

test('shows a plan and changes nothing', async () => {
  const { exit, out, err, writes, asked } = await tocsin(`import alertmanager ${file}`);
  expect({ exit, err, writes }).toEqual({ exit: 0, err: '', writes: [] });
  expect(asked[0]?.body).toEqual({ config: 'route: {receiver: everyone}\n' });
  await expect(out).toMatchFileSnapshot('./testdata/import-plan.txt');
});

test('with --yes makes it: time intervals, then routes that stand aside until all are there, then rules', async () => {
  const { exit, out, err, writes } = await tocsin(`import alertmanager ${file} --yes`);
  expect({ exit, err }).toEqual({ exit: 0, err: '' });
  expect(writes.map(({ method, path, body }) => [`${method} ${path}`, body])).toEqual([
    ['POST /api/v1/time-intervals', plan.timeIntervals[0]],
    [
      'POST /api/v1/routing',
      {
        parentId: ROOT,
        name: 'Alertmanager: everyone',
        matchers: [
          { name: 'alertname', op: '=', value: '' },
          { name: 'alertname', op: '!=', value: '' },
        ],
        continue: false,
        options: waits,
      },
    ],
    [
      'POST /api/v1/routing',
      {
        parentId: idOf(1),
        name: 'databases',
        matchers: [matcher],
        continue: true,
        options: { muteTimeIntervals: ['nights'], policy: { kind: 'policy', id: POLICY } },
      },
    ],
    [
      'POST /api/v1/routing',
      {
        parentId: idOf(2),
        name: 'everyone',
        matchers: [matcher],
        continue: false,
        options: { policy: { kind: 'service-owner' } },
      },
    ],
    [
      'POST /api/v1/routing',
      {
        parentId: idOf(1),
        name: 'void \u001b[31m',
        matchers: [matcher],
        continue: false,
        options: { mode: 'record', policy: null },
      },
    ],
    [`PATCH /api/v1/routing/${idOf(1)}`, { version: 1, matchers: [] }],
    [
      'POST /api/v1/inhibit-rules',
      { name: null, sourceMatchers: [matcher], targetMatchers: [matcher], equal: ['cluster'] },
    ],
  ]);
  expect(out).toContain('Made of alertmanager.yml: 4 routes, 2 time intervals, 1 inhibition rule.');
});

test('--json prints the plan as data', async () => {
  const { plan: shown, made } = JSON.parse((await tocsin(`import alertmanager ${file} --json`)).out);
  expect([shown.routes.length, shown.timeIntervals.map(({ here }: { here: string }) => here), made]).toEqual([
    4,
    ['new', 'same'],
    false,
  ]);
});

test('what went wrong is said with its exit code; half of a tree takes no alert', async () => {
  const bad = refused(400, 'ALERTMANAGER_CONFIG_INVALID', 'refused at line 2, column 3: no');
  const refusedPlan = await tocsin(`import alertmanager ${file}`, replies({ 'POST /api/v1/routing/import-plan': bad }));
  expect([refusedPlan.exit, refusedPlan.err]).toEqual([2, expect.stringContaining('line 2, column 3')]);
  expect((await tocsin('import alertmanager /no/such/file')).exit).toBe(2);
  expect((await tocsin('import alertmanager')).exit).toBe(2);
  const other = { ...plan.timeIntervals[0], timeIntervals: [{}], ...interval };
  const clash = await tocsin(
    `import alertmanager ${file} --yes`,
    replies({ 'GET /api/v1/time-intervals': ok(timeIntervalList, { intervals: [other] }) }),
  );
  expect([clash.exit, clash.writes]).toEqual([2, []]);
  const twin = stored({ id: idOf(7), parentId: ROOT, name: 'Alertmanager: everyone' });
  const tree = { routes: [stored({ id: ROOT, name: 'Everything' }), twin], faults: [] };
  const twice = await tocsin(
    `import alertmanager ${file} --yes`,
    replies({ 'GET /api/v1/routing': ok(routingTree, tree) }),
  );
  expect([twice.exit, twice.writes]).toEqual([2, []]);
  const forbidden = refused(403, 'FORBIDDEN', 'You may not.');
  const stopped = await tocsin(
    `import alertmanager ${file} --yes`,
    replies({ [`PATCH /api/v1/routing/${idOf(1)}`]: forbidden }),
  );
  expect([stopped.exit, stopped.err]).toEqual([3, expect.stringContaining('takes nothing yet; archive it')]);
});
