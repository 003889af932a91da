import { describe, expect, test } from 'vitest';
import { createHttpServer } from '#platform/http/server';
import { testDeps } from '#platform/http/testkit';
import { previewRoutes } from './routes.ts';

/** Names an alert in a way that a test can read. */
const fingerprint = (labels: Readonly<Record<string, string>>) => Object.values(labels).sort().join('+');
const server = await createHttpServer({ routes: previewRoutes({ fingerprint }), doors: [] }, testDeps());

async function post(url: string, payload: object, role = 'viewer') {
  const headers = { authorization: `Bearer ${role}`, 'content-type': 'application/json' };
  const answer = await server.inject({ method: 'POST', url: `/api/v1${url}`, headers, payload });
  return { status: answer.statusCode, body: answer.json() };
}

const AT = '2026-11-21T12:00:00Z';
const CONFIG = `
route:
  receiver: default
  group_by: [cluster]
  routes:
    - receiver: db
      matchers: [job=db]
      group_by: ['...']
      group_wait: 10s
      continue: true
      mute_time_intervals: [noon]
    - matchers: [job=~"db|web"]
      repeat_interval: 90m
      active_time_intervals: [night]
receivers: [{name: default}, {name: db}]
inhibit_rules:
  - name: down
    source_matchers: [alertname=Down]
    target_matchers: [alertname=Slow]
    equal: [cluster]
  - source_matchers: [alertname=Gone]
    target_matchers: [alertname=Slow]
time_intervals:
  - name: noon
    time_intervals: [{times: [{start_time: '11:00', end_time: '13:00'}]}]
  - name: night
    time_intervals: [{times: [{start_time: '00:00', end_time: '06:00'}]}]
`;
const silence = (more: object = {}) => ({
  id: 's1',
  matchers: [{ name: 'job', value: 'db', isRegex: false }],
  startsAt: '2026-11-21T11:00:00Z',
  endsAt: '2026-11-21T13:00:00Z',
  createdBy: 'ann',
  comment: 'disk',
  status: { state: 'active' },
  updatedAt: '2026-11-21T11:00:00Z',
  ...more,
});

async function preview(body: object) {
  const answer = await post('/routing/preview', { config: CONFIG, at: AT, ...body });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body.alerts;
}

describe('the preview', () => {
  test('shows routes in match order, with what they inherit, how they group, and what mutes them', async () => {
    const [alert] = await preview({ alerts: [{ labels: { job: 'db', cluster: 'eu', empty: '' } }] });
    expect(alert).toEqual({
      labels: { job: 'db', cluster: 'eu' },
      routes: [
        {
          receiver: 'db',
          path: ['default', 'db[0]'],
          continue: true,
          groupBy: ['...'],
          groupLabels: { job: 'db', cluster: 'eu' },
          groupWait: 10,
          groupInterval: 300,
          repeatInterval: 14_400,
          mutedBy: [
            { kind: 'time_interval', name: 'noon', reason: 'In the mute time noon until 2026-11-21 13:00 UTC.' },
          ],
        },
        {
          receiver: 'default',
          path: ['default', 'default[1]'],
          continue: false,
          groupBy: ['cluster'],
          groupLabels: { cluster: 'eu' },
          groupWait: 30,
          groupInterval: 300,
          repeatInterval: 5400,
          mutedBy: [
            {
              kind: 'time_interval',
              name: 'night',
              reason: 'Outside the active time night until 2026-11-22 00:00 UTC.',
            },
          ],
        },
      ],
      mutedBy: [],
    });
  });

  test('an alert that no route below the root wants is the root’s', async () => {
    const [alert] = await preview({ alerts: [{ labels: { job: 'x' } }] });
    expect(alert.routes).toMatchObject([{ receiver: 'default', path: ['default'], groupLabels: {}, mutedBy: [] }]);
  });

  test('only silences that are active at the moment mute', async () => {
    const silences = [
      silence(),
      silence({ id: undefined, matchers: [{ name: 'job', value: 'x.*', isRegex: true, isEqual: false }] }),
      silence({ id: 'over', endsAt: AT }),
      silence({ id: 'later', startsAt: '2026-11-21T12:00:01Z' }),
    ];
    const [alert] = await preview({ silences, alerts: [{ labels: { job: 'db' } }] });
    expect(alert.mutedBy).toEqual([
      { kind: 'silence', id: 's1', sources: [], reason: 'Silenced by ann until 2026-11-21 13:00 UTC: disk' },
      { kind: 'silence', id: 'silences[1]', sources: [], reason: 'Silenced by ann until 2026-11-21 13:00 UTC: disk' },
    ]);
  });

  test.each<[string, object, readonly object[]]>([
    ['that fires', {}, [{ rule: 'down' }]],
    [
      'that began before and ends later',
      { startsAt: '2026-11-21T11:00:00Z', endsAt: '2026-11-21T12:00:01Z' },
      [{ rule: 'down' }],
    ],
    ['whose end is the year 1', { endsAt: '0001-01-01T00:00:00Z' }, [{ rule: 'down' }]],
    ['that has ended', { startsAt: '2026-11-21T11:00:00Z', endsAt: AT }, []],
    ['that has not begun', { startsAt: '2026-11-21T12:00:01Z' }, []],
  ])('an alert %s is a source of inhibition or not', async (_what, times, expected) => {
    const alerts = [
      { labels: { alertname: 'Slow', cluster: 'eu' } },
      { labels: { alertname: 'Down', cluster: 'eu' }, ...times },
      { labels: { alertname: 'Down', cluster: 'us' } },
    ];
    const [target, source] = await preview({ alerts });
    expect(target.mutedBy).toMatchObject(expected);
    for (const mute of target.mutedBy) expect(mute.sources).toEqual(['Down+eu']);
    expect(source.mutedBy).toEqual([]);
  });

  test('a rule without a name is named by its place', async () => {
    const [alert] = await preview({ alerts: [{ labels: { alertname: 'Slow' } }, { labels: { alertname: 'Gone' } }] });
    expect(alert.mutedBy).toMatchObject([{ kind: 'inhibition', rule: 'inhibit_rules[1]', sources: ['Gone'] }]);
  });

  test('a bad configuration is refused with line and column', async () => {
    const { status, body } = await post('/routing/preview', { config: 'route:\n  receiver: x\n', alerts: [], at: AT });
    expect({ status, ...body }).toMatchObject({
      status: 400,
      code: 'ALERTMANAGER_CONFIG_INVALID',
      detail: 'The Alertmanager configuration is refused at line 2, column 3: route.receiver: there is no receiver x',
      faults: [{ path: 'config.route.receiver', line: 2, column: 3, message: 'there is no receiver x' }],
    });
  });

  test('a silence that Alertmanager would refuse is refused by name', async () => {
    const silences = [silence(), silence({ matchers: [{ name: 'a', value: '(', isRegex: true }] })];
    const { status, body } = await post('/routing/preview', { config: CONFIG, silences, alerts: [], at: AT });
    expect({ status, ...body }).toMatchObject({ status: 400, faults: [{ path: 'silences.1.matchers.0' }] });
  });

  test('too much at once is refused', async () => {
    const routes = Array.from({ length: 600 }, () => '{continue: true}').join(',');
    const config = `{route: {receiver: a, routes: [${routes}]}, receivers: [{name: a}]}`;
    const alerts = (count: number) => Array.from({ length: count }, (_, i) => ({ labels: { n: String(i) } }));
    const many = await post('/routing/preview', { config, alerts: alerts(100), at: AT });
    expect(many).toMatchObject({ status: 400, body: { code: 'PREVIEW_TOO_LARGE' } });
    const more = await post('/routing/preview', { config, alerts: alerts(4_000), at: AT });
    expect(more).toMatchObject({ status: 400, body: { code: 'PREVIEW_TOO_LARGE' } });
    expect((await post('/routing/preview', { config, alerts: alerts(10), at: AT })).status).toBe(200);
  });
});

describe('matchers are read', () => {
  /** Null: refused. By the grammars of Alertmanager's two parsers and by how it chooses between them. */
  test.each<[text: string, classic: string | null, utf8: string | null, fallback: string | null]>([
    ['', '', '', ''],
    ['{}', '', '', ''],
    ['  ', '', '', ''],
    ['foo=bar', 'foo = bar', 'foo = bar', 'foo = bar'],
    ['{ foo = "bar" , baz !~ qux , }', 'foo = bar; baz !~ qux', 'foo = bar; baz !~ qux', 'foo = bar; baz !~ qux'],
    ['{foo="bar",,}', null, null, null],
    ['{,}', null, null, null],
    ['foo="bar",', 'foo = bar', 'foo = bar', 'foo = bar'],
    ['{foo=bar', 'foo = bar', null, 'foo = bar'],
    ['foo=bar}', 'foo = bar', null, 'foo = bar'],
    ['foo=', 'foo = ', null, 'foo = '],
    ['foo=""', 'foo = ', 'foo = ', 'foo = '],
    ['foo=bar baz', 'foo = bar baz', null, 'foo = bar baz'],
    ['"foo"=bar', null, 'foo = bar', 'foo = bar'],
    ['"foo bar"="x"', null, 'foo bar = x', 'foo bar = x'],
    ['foo🙂=bar', null, 'foo🙂 = bar', 'foo🙂 = bar'],
    ['foo.bar=baz', null, 'foo.bar = baz', 'foo.bar = baz'],
    ['1foo=bar', null, '1foo = bar', '1foo = bar'],
    ['foo:bar=baz', 'foo:bar = baz', 'foo:bar = baz', 'foo:bar = baz'],
    ['foo="\\xf0\\x9f\\x99\\x82"', 'foo = \\xf0\\x9f\\x99\\x82', 'foo = 🙂', 'foo = \\xf0\\x9f\\x99\\x82'],
    ['foo="\\xf0\\x9f"', 'foo = \\xf0\\x9f', null, 'foo = \\xf0\\x9f'],
    ['foo="a\\tb"', 'foo = a\\tb', 'foo = a\tb', 'foo = a\\tb'],
    ['foo="a\\nb"', 'foo = a\nb', 'foo = a\nb', 'foo = a\nb'],
    ['foo="a\nb"', 'foo = a\nb', null, 'foo = a\nb'],
    ['foo=a\\nb', 'foo = a\nb', null, 'foo = a\nb'],
    ["foo='bar'", "foo = 'bar'", null, "foo = 'bar'"],
    ['foo=`bar`', 'foo = `bar`', null, 'foo = `bar`'],
    ['foo="bar', null, null, null],
    ['foo=bar"', null, null, null],
    ['foo="b"ar"', null, null, null],
    ['foo==bar', 'foo = =bar', null, 'foo = =bar'],
    ['foo!bar', null, null, null],
    ['foo=~"("', null, null, null],
    ['foo=~(', null, null, null],
    ['foo=~"a|b"', 'foo =~ a|b', 'foo =~ a|b', 'foo =~ a|b'],
    ['foo="a,b"', 'foo = a,b', 'foo = a,b', 'foo = a,b'],
    ['foo=a,b', null, null, null],
    ['foo={bar}', 'foo = {bar', null, 'foo = {bar'],
    ['{{foo=bar}}', null, null, null],
    ['foo=bar}}', 'foo = bar}', null, 'foo = bar}'],
    ['{foo=bar}{', 'foo = bar}{', null, 'foo = bar}{'],
    ['foo', null, null, null],
    ['=bar', null, null, null],
  ])('%j', async (text, classic, utf8, fallback) => {
    const read = async (mode: string) => {
      const { status, body } = await post('/matchers/parse', { text, mode });
      if (status === 400) expect(body).toMatchObject({ code: 'MATCHERS_INVALID', faults: [{ path: 'text', line: 1 }] });
      if (status === 400) return null;
      const matchers = body.matchers as { name: string; op: string; value: string }[];
      return matchers.map(({ name, op, value }) => `${name} ${op} ${value}`).join('; ');
    };
    expect([await read('classic'), await read('utf8'), await read('fallback')]).toEqual([classic, utf8, fallback]);
  });

  test('in no other mode, and by nobody who may not read the routing', async () => {
    expect((await post('/matchers/parse', { text: 'a=b', mode: 'strict' })).status).toBe(400);
    const anonymous = await server.inject({ method: 'POST', url: '/api/v1/matchers/parse', payload: {} });
    expect(anonymous.statusCode).toBe(401);
  });
});

test('an import is planned: a route for each, receivers without integrations only record', async () => {
  const config = `${CONFIG}templates: [x.tmpl]\n`.replace(
    '{name: db}',
    '{name: db, slack_configs: [{channel: x}, {channel: y}]}',
  );
  const { status, body } = await post('/routing/import-plan', { config });
  expect(status).toBe(200);
  expect(
    body.routes.map(({ key, parentKey, name, options, matcherText }: Record<string, unknown>) => ({
      key,
      parentKey,
      name,
      options,
      matcherText,
    })),
  ).toEqual([
    {
      key: 'root',
      parentKey: null,
      name: 'Alertmanager: default',
      matcherText: '',
      options: {
        groupBy: ['cluster'],
        groupWaitSeconds: 30,
        groupIntervalSeconds: 300,
        repeatIntervalSeconds: 14_400,
        mode: 'record',
        policy: null,
      },
    },
    {
      key: 'root.0',
      parentKey: 'root',
      name: 'db',
      matcherText: 'job="db"',
      options: {
        groupBy: 'all',
        groupWaitSeconds: 10,
        muteTimeIntervals: ['noon'],
        mode: 'page',
        policy: { kind: 'service-owner' },
      },
    },
    {
      key: 'root.1',
      parentKey: 'root',
      name: 'default',
      matcherText: 'job=~"db|web"',
      options: { repeatIntervalSeconds: 5400, activeTimeIntervals: ['night'] },
    },
  ]);
  expect(body.receivers).toEqual([
    { name: 'default', integrations: [], routes: 2 },
    { name: 'db', integrations: [{ kind: 'slack', count: 2 }], routes: 1 },
  ]);
  expect(body.timeIntervals[0]).toEqual({
    name: 'noon',
    timeIntervals: [{ times: [{ start_time: '11:00', end_time: '13:00' }] }],
  });
  expect(body.notMapped.map(({ what }: { what: string }) => what)).toEqual(['receiver db', 'templates']);
});
