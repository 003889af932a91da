import { describe, expect, test } from 'vitest';
import { parseDuration } from './duration.ts';
import { readAlertmanagerConfig } from './read-config.ts';
import { toRoutes } from './to-routes.ts';
import { MAX_CONFIG_LENGTH } from './yaml-text.ts';

const FULL = `
global:
  resolve_timeout: 10m
  smtp_from: tocsin@example.org
templates: ['/etc/alertmanager/*.tmpl']
route:
  receiver: everyone
  group_by: [alertname, cluster]
  group_wait: 45s
  routes:
    - receiver: databases
      matchers: ['service=~"pg|redis"', '{severity="critical"}']
      group_by: ['...']
      repeat_interval: 1d12h
      mute_time_intervals: [weekends, nights]
      routes:
        - match: {region: eu}
          match_re: {zone: a|b}
          group_interval: 90s
          active_time_intervals: [office]
    - receiver: nobody
      matchers: [severity=info]
      continue: yes
receivers:
  - name: everyone
    email_configs: [{to: all@example.org}]
  - name: databases
    webhook_configs: [{url: http://one}, {url: http://two}]
    pagerduty_configs: [{routing_key: x}]
  - name: nobody
inhibit_rules:
  - name: down hides slow
    source_matchers: [alertname=Down]
    target_match_re: {alertname: Slow.*}
    equal: [cluster, service]
  - source_match: {severity: critical}
    target_matchers: ['severity=~"warning|info"']
mute_time_intervals:
  - name: weekends
    time_intervals: [{weekdays: ['saturday', sunday]}]
time_intervals:
  - name: nights
    time_intervals:
      - times: [{start_time: 22:00, end_time: '24:00'}]
        location: Europe/Berlin
  - name: office
    time_intervals: [{weekdays: ['monday:friday'], times: [{start_time: '09:00', end_time: '17:00'}]}]
`;

const read = (text: string) => {
  const result = readAlertmanagerConfig(text);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.config;
};
const faultsOf = (text: string) => {
  const result = readAlertmanagerConfig(text);
  return result.ok
    ? []
    : result.faults.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
};

test('reads a configuration whole', async () => {
  const { route, ...rest } = read(FULL);
  expect(rest).toMatchObject({
    resolveTimeoutSeconds: 600,
    globals: ['resolve_timeout', 'smtp_from'],
    templates: ['/etc/alertmanager/*.tmpl'],
    receivers: [
      { name: 'everyone', integrations: [{ kind: 'email', count: 1 }] },
      {
        name: 'databases',
        integrations: [
          { kind: 'webhook', count: 2 },
          { kind: 'pagerduty', count: 1 },
        ],
      },
      { name: 'nobody', integrations: [] },
    ],
    inhibitRules: [
      {
        id: 'inhibit_rules[0]',
        name: 'down hides slow',
        sourceMatchers: [{ name: 'alertname', op: '=', value: 'Down' }],
        targetMatchers: [{ name: 'alertname', op: '=~', value: 'Slow.*' }],
        equal: ['cluster', 'service'],
      },
      { id: 'inhibit_rules[1]', name: null, equal: [] },
    ],
    intervals: [
      {
        name: 'weekends',
        specs: [
          {
            weekdays: [
              { begin: 6, end: 6 },
              { begin: 0, end: 0 },
            ],
          },
        ],
      },
      { name: 'nights', specs: [{ times: [{ start: 1320, end: 1440 }], location: 'Europe/Berlin' }] },
      { name: 'office', specs: [{ weekdays: [{ begin: 1, end: 5 }] }] },
    ],
  });
  expect(route.routes[0]?.matchers.map(({ name, op, value }) => name + op + value)).toEqual([
    'service=~pg|redis',
    'severity=critical',
  ]);
});

test('routes inherit the receiver, the groups and the times, but no time intervals', () => {
  const routes = toRoutes(read(FULL)).map(({ path, waits, node, written }) => ({
    path: path.join(' '),
    times: Object.values(waits).join(' '),
    own: node.options,
    matchers: node.matchers.length,
    goesOn: node.continue,
    intervals: [...written.muteTimeIntervals, ...written.activeTimeIntervals].join(' '),
  }));
  expect(routes).toEqual([
    {
      path: 'everyone',
      times: '45 300 14400',
      own: {
        groupBy: ['alertname', 'cluster'],
        groupWaitSeconds: 45,
        groupIntervalSeconds: 300,
        repeatIntervalSeconds: 14_400,
      },
      matchers: 0,
      goesOn: false,
      intervals: '',
    },
    {
      path: 'everyone databases[0]',
      times: '45 300 129600',
      own: { groupBy: 'all', repeatIntervalSeconds: 129_600, muteTimeIntervals: ['weekends', 'nights'] },
      matchers: 2,
      goesOn: false,
      intervals: 'weekends nights',
    },
    {
      path: 'everyone databases[0] databases[0]',
      times: '45 90 129600',
      own: { groupIntervalSeconds: 90, activeTimeIntervals: ['office'] },
      matchers: 2,
      goesOn: false,
      intervals: 'office',
    },
    { path: 'everyone nobody[1]', times: '45 300 14400', own: {}, matchers: 1, goesOn: true, intervals: '' },
  ]);
});

test('times that the engine does not count become ones that it does, and are kept as written', () => {
  const [root] = toRoutes(
    read('route: {receiver: r, group_wait: 2y, group_interval: 5ms, repeat_interval: 1500ms}\nreceivers: [{name: r}]'),
  );
  expect(root?.waits).toEqual({
    groupWaitSeconds: 63_072_000,
    groupIntervalSeconds: 0.005,
    repeatIntervalSeconds: 1.5,
  });
  expect(root?.node.options).toMatchObject({
    groupWaitSeconds: 31_536_000,
    groupIntervalSeconds: 1,
    repeatIntervalSeconds: 2,
  });
});

test('aliases and merges stand for what they name; what is written wins over what is merged', () => {
  const { route } = read(`
route:
  receiver: a
  routes:
    - &base {receiver: a, match: {x: y}, group_wait: 1s}
    - {<<: *base, receiver: b}
    - *base
receivers: [{name: a}, {name: b}]
`);
  expect(route.routes.map(({ receiver, groupWaitSeconds }) => `${receiver} ${groupWaitSeconds}`)).toEqual([
    'a 1',
    'b 1',
    'a 1',
  ]);
});

describe('refuses, with line and column,', () => {
  const tail = 'receivers:\n  - name: a\n';
  test.each<[string, string, readonly string[]]>([
    ['nothing', '', ['1:1 : there is no route']],
    ['what is no YAML', 'route:\n  receiver: a\n bad', ['3:1 : All mapping items', '3:2 : Implicit map keys']],
    ['an unknown key', `routes: []\nroute: {receiver: a}\n${tail}`, ['1:9 routes: routes is not known here']],
    [
      'a key written twice',
      `route:\n  receiver: a\n  receiver: a\n${tail}`,
      ['3:3 receiver: receiver is written twice'],
    ],
    ['a receiver that is not there', `route:\n  receiver: b\n${tail}`, ['2:3 route.receiver: there is no receiver b']],
    ['a root without receiver', `route: {}\n${tail}`, ['1:8 route: the root route needs a receiver']],
    [
      'everything a root may not have',
      `route: {receiver: a, matchers: [a=b], continue: true, mute_time_intervals: [], active_time_intervals: [t]}\n${tail}`,
      [
        '1:8 route: the root route takes every alert: it may not have matchers',
        '1:8 route: the root route may not continue',
        '1:8 route: the root route may not have active time intervals',
        '1:8 route: there is no time interval t',
      ],
    ],
    [
      'two receivers of a name, and one without',
      `route: {receiver: a}\nreceivers:\n  - name: a\n  - name: a\n  - webhook_configs: []\n`,
      ['4:5 receivers.1: a receiver a is there already', '5:5 receivers.2: a receiver needs a name'],
    ],
    [
      'a bad matcher, at its place in the list',
      `route:\n  receiver: a\n  routes:\n    - matchers:\n        - a=b\n        - c=~"("\n${tail}`,
      ['6:11 route.routes.0.matchers.1: '],
    ],
    [
      'bad durations, all at once',
      `route:\n  receiver: a\n  group_wait: soon\n  group_interval: 0s\n${tail}`,
      [
        '3:15 route.group_wait: soon is no duration; write one such as 30s or 1h30m',
        '4:19 route.group_interval: it may not be zero',
      ],
    ],
    [
      'a bad time interval, at the very entry',
      `route: {receiver: a}\n${tail}time_intervals:\n  - name: t\n    time_intervals:\n      - weekdays: [monday, funday]\n`,
      ['7:28 time_intervals.0.time_intervals.0.weekdays.1: funday is no weekday'],
    ],
    [
      'two time intervals of a name, old and new',
      `route: {receiver: a}\n${tail}mute_time_intervals: [{name: t}]\ntime_intervals: [{name: t}]\n`,
      ['5:18 time_intervals.0: a time interval t is there already'],
    ],
    ['an alias of nothing', `route: *x\n${tail}`, ['1:8 : ']],
  ])('%s', (_what, text, faults) => {
    expect(faultsOf(text)).toEqual(faults.map((fault) => expect.stringContaining(fault)));
  });
});

describe('is bounded:', () => {
  const bomb = `route:\n  receiver: a\n  routes:\n    - &b0 {receiver: a}\n${Array.from(
    { length: 40 },
    (_, i) => `    - &b${i + 1} {routes: [*b${i}, *b${i}]}\n`,
  ).join('')}receivers: [{name: a}]\n`;
  test.each<[string, string, string]>([
    ['a bomb of aliases', bomb, 'too much, once its aliases are written out'],
    [
      'a route within itself',
      'route: &r {receiver: a, routes: [*r]}\nreceivers: [{name: a}]',
      'routes may stand 64 deep',
    ],
    [
      'a map merged with itself',
      'route: &r {receiver: a, <<: *r}\nreceivers: [{name: a}]',
      'too much, once its aliases',
    ],
    ['brackets without end', '['.repeat(1_000_000), 'nested too deep'],
    ['lists in lists without end', '- '.repeat(20_000), 'nested too deep'],
    ['directives without end', '%\n'.repeat(500_000), 'more than 16 directives'],
    ['a long text', ' '.repeat(MAX_CONFIG_LENGTH + 1), 'longer than 1048576 characters'],
  ])('%s', (_what, text, message) => {
    expect(faultsOf(text)).toContainEqual(expect.stringContaining(message));
  });
});

test.each<[string, number | null]>([
  ['0', 0],
  ['0s', 0],
  ['1ms', 0.001],
  ['1h30m', 5400],
  ['1y2w3d4h5m6s7ms', 33_019_506.007],
  ['00012s', 12],
  ['30', null],
  ['1.5h', null],
  ['30m1h', null],
  ['-5m', null],
  [' 5m', null],
  ['', null],
  ['293y', null],
  ['99999999999999999999999s', null],
])('the duration %j is %j', (text, seconds) => {
  const parsed = parseDuration(text);
  expect(parsed.ok ? parsed.seconds : null).toBe(seconds);
});
