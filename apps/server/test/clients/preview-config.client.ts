import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatMatchers, type Matcher } from '#routing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isPassedOver } from './binaries.ts';
import { startTocsin, type Tocsin } from './tocsin-process.ts';

/** Fixed, so that a difference found once is found again; another one looks elsewhere. Failures print it. */
const SEED = Number(process.env['PREVIEW_SEED'] ?? 20_261_121);

const RECEIVERS = 'receivers: [{name: root}, {name: a}]\n';
const INTERVALS = 'time_intervals: [{name: t, time_intervals: [{weekdays: [monday]}]}]\n';
const route = (fields: string, rest = RECEIVERS + INTERVALS) => `route: {receiver: root, ${fields}}\n${rest}`;
const child = (fields: string) => route(`routes: [{${fields}}]`);
const rule = (fields: string) => `${route('')}inhibit_rules: [{${fields}}]\n`;
const interval = (fields: string) =>
  `route: {receiver: root}\n${RECEIVERS}time_intervals: [{name: x, time_intervals: [{${fields}}]}]\n`;

/** Texts whose fate Alertmanager decides, good and bad. */
const CONFIGS: readonly string[] = [
  '',
  '# nothing\n',
  '[]',
  'route',
  'route:\n',
  '{',
  'a: b: c',
  '\troute: {}',
  route(''),
  `---\n${route('')}`,
  `${route('')}---\nfoo: bar\n`,
  `${route('')}routing: {}\n`,
  `${route('')}receivers: []\n`,
  'route: {}\nreceivers: [{name: root}]\n',
  'route: {receiver: ""}\nreceivers: [{name: root}]\n',
  'route: {receiver: nobody}\nreceivers: [{name: root}]\n',
  'route: {receiver: root}\n',
  'route: {receiver: root}\nreceivers: [{name: root}, {name: root}]\n',
  'route: {receiver: root}\nreceivers: [{name: root}, {}]\n',
  'route: {receiver: root}\nreceivers: {name: root}\n',
  'route: {receiver: 1}\nreceivers: [{name: "1"}]\n',
  'route: {receiver: root}\nreceivers: [{name: root, labelz: {}}]\n',
  'route: {receiver: root}\nreceivers: [{name: root, webhook_configs: []}]\n',
  'route: {receiver: root}\nreceivers: [{name: root, webhook_configs: [{url: "http://127.0.0.1/"}]}]\n',
  'route: {receiver: root}\nreceivers: [{name: root, webhook_configs: {url: "http://127.0.0.1/"}}]\n',
  'route: [{receiver: root}]\nreceivers: [{name: root}]\n',
  'route: &r {receiver: root}\nreceivers: [{name: root}]\ntemplates: []\n',
  'route: {receiver: root, routes: [&c {receiver: a, matchers: [x=y]}, *c]}\nreceivers: [{name: root}, {name: a}]\n',
  'route: {receiver: root, routes: [*nobody]}\nreceivers: [{name: root}]\n',
  'route:\n  receiver: root\n  routes:\n  - &base\n    receiver: a\n    match: {x: y}\n  - <<: *base\n    continue: true\nreceivers: [{name: root}, {name: a}]\n',
  route('match: {a: b}'),
  route('match_re: {a: b}'),
  route('matchers: [a=b]'),
  route('matchers: []'),
  route('continue: true'),
  route('continue: false'),
  route('mute_time_intervals: [t]'),
  route('active_time_intervals: [t]'),
  route('mute_time_intervals: []'),
  route('group_by: [a, b]'),
  route('group_by: [a, a]'),
  route("group_by: ['...']"),
  route("group_by: ['...', '...']"),
  route("group_by: ['...', a]"),
  route('group_by: a'),
  route('group_by: []'),
  route("group_by: ['']"),
  route('group_wait: 0s'),
  route('group_wait: 0'),
  route('group_wait: 30'),
  route('group_wait: 1h30m'),
  route('group_wait: 30m1h'),
  route('group_wait: 1.5h'),
  route('group_wait: -1s'),
  route('group_wait: ""'),
  route('group_wait: null'),
  route('group_wait: 1y2w3d4h5m6s7ms'),
  route('group_wait: 400y'),
  route('group_interval: 0s'),
  route('group_interval: 1ms'),
  route('repeat_interval: 0m'),
  route('repeat_interval: 5m '),
  route('repeat_interval: 5 m'),
  child(''),
  child('receiver: nobody'),
  child('receiver: a, routes: [{receiver: nobody}]'),
  child('reciever: a'),
  child('receiver: [a]'),
  child('continue: yes'),
  child('continue: "true"'),
  child('continue: 1'),
  child('continue: On'),
  child('continue: null'),
  child('matchers: a=b'),
  child('matchers: [a=b, "c=~d|e", "f!=g,h!~i"]'),
  child('matchers: [{a: b}]'),
  child('matchers: ["a=~("]'),
  child('matchers: ["{a=b}"]'),
  child('matchers: [a]'),
  child('matchers: [""]'),
  child('match: {a: 1}'),
  child('match: {a: null}'),
  child('match: {"a-b": c}'),
  child('match: {a: [b]}'),
  child('match: {a: b, a: c}'),
  child('match_re: {a: "(("}'),
  child('match_re: {a: null}'),
  child('match_re: {a: b|c}'),
  child('mute_time_intervals: [t]'),
  child('active_time_intervals: [t]'),
  child('mute_time_intervals: [nothing]'),
  child('active_time_intervals: [nothing]'),
  child('mute_time_intervals: t'),
  child('routes: {}'),
  `${route('')}mute_time_intervals: [{name: t}]\n`,
  `${route('')}mute_time_intervals: [{name: u}]\n`,
  `${route('')}mute_time_intervals: [{}]\n`,
  `${route('')}mute_time_intervals: [{name: u}, {name: u}]\n`,
  rule('source_matchers: [a=b], target_matchers: [c=d], equal: [e]'),
  rule('source_match: {a: b}, target_match_re: {c: d.*}, equal: [e, e]'),
  rule('source_match: {"a b": b}'),
  rule('target_match_re: {c: "["}'),
  rule('target_matchers: [c]'),
  rule('equal: e'),
  rule(''),
  rule('sources: []'),
  `${route('')}inhibit_rules: {}\n`,
  `${route('')}inhibit_rules: []\n`,
  `${route('')}global:\n`,
  `${route('')}global: {}\n`,
  `${route('')}global: {resolve_timeout: 5m}\n`,
  `${route('')}global: {resolve_timeout: soon}\n`,
  `${route('')}global: {resolve_time: 5m}\n`,
  `${route('')}templates: [a.tmpl]\n`,
  `${route('')}templates: a.tmpl\n`,
  interval(''),
  interval('times: [{start_time: "09:00", end_time: "17:00"}]'),
  interval('times: [{start_time: 09:00, end_time: 17:00}]'),
  interval('times: [{start_time: "9:00", end_time: "17:00"}]'),
  interval('times: [{start_time: "17:00", end_time: "09:00"}]'),
  interval('times: [{start_time: "17:00", end_time: "24:00"}]'),
  interval('times: [{start_time: "17:00"}]'),
  interval('times: [{start_time: "17:00", end_time: "18:00", zone: x}]'),
  interval('times: []'),
  interval('times: ["09:00-17:00"]'),
  interval("weekdays: ['monday:friday', Saturday]"),
  interval("weekdays: ['friday:monday']"),
  interval('weekdays: [1]'),
  interval('weekdays: monday'),
  interval("days_of_month: ['1:5', '-3:-1', 31]"),
  interval("days_of_month: ['0']"),
  interval("days_of_month: ['32']"),
  interval("days_of_month: ['-1:1']"),
  interval("days_of_month: ['20:-10']"),
  interval("days_of_month: ['10:-20']"),
  interval("months: ['january:march', 5, '12']"),
  interval("months: ['march:january']"),
  interval('months: [13]'),
  interval('months: [foo]'),
  interval("years: ['2020:2022', 2030]"),
  interval("years: ['2022:2020']"),
  interval('years: [now]'),
  interval('location: Europe/Berlin'),
  interval('location: Mars/Base'),
  interval('location: ""'),
  interval('location: UTC'),
  interval('hours: []'),
];

describe.skipIf(isPassedOver('amtool'))(`the reader against amtool (seed ${SEED})`, () => {
  let tocsin: Tocsin;
  let folder = '';
  let files = 0;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tocsin-config-'));
    tocsin = await startTocsin({});
  });
  afterAll(async () => {
    await tocsin?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function amtool(...args: readonly string[]): Promise<string> {
    return new Promise((resolve) => {
      execFile('amtool', args, { maxBuffer: 16_777_216 }, (_error, stdout, stderr) => resolve(stdout + stderr));
    });
  }

  function write(content: string): string {
    const path = join(folder, `${++files}.yml`);
    writeFileSync(path, content);
    return path;
  }

  /** Which of these files it takes, asked at once. */
  async function taken(contents: readonly string[]): Promise<readonly boolean[]> {
    const paths = contents.map(write);
    const out = await amtool('check-config', ...paths);
    return paths.map((path) => {
      const verdict = new RegExp(`Checking '${path}' +(SUCCESS|FAILED)`).exec(out)?.[1];
      if (verdict === undefined) throw new Error(`amtool says nothing of ${path}:\n${out}`);
      return verdict === 'SUCCESS';
    });
  }

  /** What the preview says of a configuration: null when it takes it, else the answer. */
  const refusal = (config: string): Promise<{ code: string; detail: string; faults: object[] } | null> =>
    tocsin.api('POST', '/api/v1/routing/preview', { config, alerts: [], at: '2026-11-21T12:00:00Z' }).then(
      () => null,
      ({ message }: Error) => {
        const body = /: 400 (.*)$/s.exec(message)?.[1];
        if (body === undefined) throw new Error(message);
        return JSON.parse(body);
      },
    );

  test(`${CONFIGS.length} configurations, most of them odd, are taken or refused alike, with line and column`, async () => {
    const differ: string[] = [];
    const seen = { taken: 0, refused: 0 };
    const theirs = await taken(CONFIGS);
    for (const [index, config] of CONFIGS.entries()) {
      const ours = await refusal(config);
      if (theirs[index] !== (ours === null))
        differ.push(`${config}\n  amtool: ${theirs[index]}\n  ours: ${JSON.stringify(ours)}`);
      seen[ours === null ? 'taken' : 'refused'] += 1;
      if (ours === null) continue;
      expect(ours.code).toBe('ALERTMANAGER_CONFIG_INVALID');
      expect(ours.detail).toMatch(/at line \d+, column \d+: ./);
      expect(ours.faults[0]).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
    }
    expect(differ).toEqual([]);
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(40);
  }, 60_000);

  test('300 matcher texts in the classic mode hold what amtool shows of them', async () => {
    const parts = fc.constantFrom(
      'a',
      'b_1',
      '=',
      '!=',
      '=~',
      '!~',
      '"',
      '\\',
      ',',
      '{',
      '}',
      ' ',
      'x',
      'n',
      '.*',
      '[',
      '\t',
      'é',
      "'",
    );
    const noise = fc.array(parts, { maxLength: 8 }).map((list) => list.join(''));
    const one = fc.tuple(
      fc.constantFrom('a', ' b', 'c_1', ':d'),
      fc.constantFrom('=', ' != ', '=~', '!~ '),
      fc.constantFrom('x', '"y z"', '""', 'x\\ny', '"a\\\\b\\"c"', 'x|y', '.+ ', "'q'"),
    );
    const texts = fc.oneof(
      noise,
      fc
        .array(
          one.map((three) => three.join('')),
          { minLength: 1, maxLength: 3 },
        )
        .map((list) => `{${list.join(',')}}`),
      fc.tuple(one, noise).map(([three, tail]) => `${three.join('')}${tail}`),
    );
    const seen = { taken: 0, refused: 0 };
    const drawn = fc.sample(texts, { seed: SEED, numRuns: 300 });
    const fileOf = (all: readonly string[]) =>
      JSON.stringify({
        route: { receiver: 'root', routes: all.map((text) => ({ receiver: 'it', matchers: [text] })) },
        receivers: [{ name: 'root' }, { name: 'it' }],
      });
    const verdicts = await taken(drawn.map((text) => fileOf([text])));
    const out = await amtool(
      'config',
      'routes',
      'show',
      `--config.file=${write(fileOf(drawn.filter((_, index) => verdicts[index])))}`,
    );
    const lines = [...out.matchAll(/── (.*) {2}receiver: it/g)].map(([, line]) => line);
    for (const [index, text] of drawn.entries()) {
      const theirs = verdicts[index] ? lines.shift() : 'refused';
      const ours: string = await tocsin.api('POST', '/api/v1/matchers/parse', { text, mode: 'classic' }).then(
        ({ matchers }: { matchers: readonly Matcher[] }) =>
          matchers.length === 0 ? 'default-route' : formatMatchers(matchers.toSorted(inTheirOrder)),
        ({ message }: Error) => {
          expect(message).toContain(': 400 ');
          return 'refused';
        },
      );
      seen[ours === 'refused' ? 'refused' : 'taken'] += 1;
      expect({ text, holds: ours }).toEqual({ text, holds: theirs });
    }
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(80);
  }, 60_000);
});

/** By name, then value, then comparison: how a route's matchers are sorted when they are shown. */
function inTheirOrder(a: Matcher, b: Matcher): number {
  const order = ['=', '!=', '=~', '!~'];
  const by = (x: string, y: string) => (x < y ? -1 : x > y ? 1 : 0);
  return by(a.name, b.name) || by(a.value, b.value) || order.indexOf(a.op) - order.indexOf(b.op);
}
