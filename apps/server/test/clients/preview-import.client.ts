import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTocsin, type Tocsin } from './tocsin-process.ts';

const CLI = join(import.meta.dirname, '../../../cli/src/main.ts');
const CONFIG = `
route:
  receiver: everyone
  group_by: [cluster]
  routes:
    - receiver: databases
      matchers: [job=~"db.*"]
      continue: true
      mute_time_intervals: [always]
      routes: [{match: {severity: critical}, group_wait: 1500ms}]
    - receiver: void
      matchers: [severity=info]
    - matchers: ['job=db1', cluster!=""]
receivers:
  - {name: everyone, webhook_configs: [{url: 'http://127.0.0.1/'}]}
  - {name: databases, webhook_configs: [{url: 'http://127.0.0.1/'}]}
  - {name: void}
inhibit_rules: [{source_matchers: [alertname=Down], target_matchers: [severity=warning], equal: [cluster]}]
time_intervals: [{name: always, time_intervals: [{months: ['1:12']}]}]
templates: [x.tmpl]
`;
const ALERTS = [
  { job: 'db1', cluster: 'eu' },
  { job: 'db2', severity: 'critical' },
  { job: 'db1', severity: 'info' },
  { job: 'web', cluster: 'eu' },
];

let tocsin: Tocsin;
let dir: string;
let apiKey: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-import-'));
  writeFileSync(join(dir, 'am.yml'), CONFIG);
  tocsin = await startTocsin({});
  apiKey = (await tocsin.api('POST', '/api/v1/keys', { name: 'import' })).text;
});
afterAll(async () => {
  await tocsin?.stop();
  rmSync(dir, { recursive: true, force: true });
});

function cli(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, HOME: dir, TOCSIN_URL: tocsin.url, TOCSIN_API_KEY: apiKey };
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

const destinations = async (labels: object): Promise<readonly { routeNames: string[]; mutedBy: { ref: string }[] }[]> =>
  (await tocsin.api('POST', '/api/v1/explain', { labels })).destinations;

test('an imported configuration sends alerts where the preview said', async () => {
  const before = await destinations(ALERTS[0] as object);
  const planned = await cli('import', 'alertmanager', join(dir, 'am.yml'));
  expect(planned).toMatchObject({ code: 0, err: '' });
  expect(planned.out).toContain('Plan for am.yml: 5 routes, 1 time interval, 1 inhibition rule.');
  expect(await destinations(ALERTS[0] as object)).toEqual(before);

  const made = await cli('import', 'alertmanager', join(dir, 'am.yml'), '--yes', '--json');
  expect(made).toMatchObject({ code: 0 });
  expect(JSON.parse(made.out)).toMatchObject({ made: true });
  const { alerts } = await tocsin.api('POST', '/api/v1/routing/preview', {
    config: CONFIG,
    alerts: ALERTS.map((labels) => ({ labels })),
    at: Temporal.Now.instant().toString(),
  });
  for (const [index, labels] of ALERTS.entries()) {
    const taken = await destinations(labels);
    // Ours stand under our own root, and the first of them carries what it came from in its name.
    const theirs = alerts[index].routes.map(({ path, mutedBy }: { path: string[]; mutedBy: { name: string }[] }) => ({
      names: path.map((name, i) => (i === 0 ? `Alertmanager: ${name}` : name.replace(/\[\d+\]$/, ''))),
      mutedBy: mutedBy.map(({ name }) => name),
    }));
    const ours = taken.map(({ routeNames, mutedBy }) => ({
      names: routeNames.slice(1),
      mutedBy: mutedBy.map(({ ref }) => ref),
    }));
    expect(ours).toEqual(theirs);
  }
  const { rules } = await tocsin.api('GET', '/api/v1/inhibit-rules');
  expect(rules).toMatchObject([{ equal: ['cluster'], targetMatchers: [{ value: 'warning' }] }]);

  const again = await cli('import', 'alertmanager', join(dir, 'am.yml'), '--yes');
  expect(again).toMatchObject({
    code: 2,
    err: expect.stringContaining('There is a route Alertmanager: everyone here'),
  });
});

test('a bad file is refused with line and column', async () => {
  writeFileSync(join(dir, 'bad.yml'), 'route:\n  receiver: nobody\n');
  const { code, err } = await cli('import', 'alertmanager', join(dir, 'bad.yml'));
  expect([code, err]).toEqual([
    2,
    expect.stringContaining('at line 2, column 3: route.receiver: there is no receiver nobody'),
  ]);
});
