// Starts a fresh Tocsin on its embedded PostgreSQL for a benchmark, prints one JSON line {pids, url, …}, ends on SIGTERM.
//   node bench/target.mjs --route null      ten routes, five inhibition rules, twenty silences, groups by alertname, group_wait 30 s: nothing is told
//   node bench/target.mjs --route each      one group an alert, group_wait 0, a policy that calls the sink's webhook
//   --dir DIR keeps the data directory (crash.mjs starts the same one again)
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flags, sleep } from './ingest/lib.mjs';

const F = flags({ route: 'null', sink: 'http://127.0.0.1:9099/hook', dir: '', port: 0 });
const dir = F.dir || mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
const ready = join(dir, 'ready.json');
rmSync(ready, { force: true });
const main = join(import.meta.dirname, '../apps/server/src/main.ts');
const args = [main, 'demo', '--quiet', '--data-dir', dir, '--port', String(F.port), '--ready-file', ready];
const server = spawn(process.execPath, args, {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, TOCSIN_LOG_LEVEL: 'warn', TOCSIN_EGRESS_ALLOW: '127.0.0.0/8' },
});
server.on('exit', (code, signal) => {
  if (!F.dir) rmSync(dir, { recursive: true, force: true });
  process.exit(signal ? 0 : (code ?? 0));
});
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.kill('SIGTERM'));
for (let i = 0; !existsSync(ready); i += 1) {
  if (i > 600) throw new Error('not ready in 60 s');
  await sleep(100);
}
const info = JSON.parse(readFileSync(ready, 'utf8'));
const api = async (method, path, body) => {
  const answer = await fetch(info.url + path, {
    method,
    headers: { authorization: `Bearer ${info.apiKey}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json();
};
if (!info.restarted) await configure();
const postmaster = Number(readFileSync(join(dir, 'pg/postmaster.pid'), 'utf8').split('\n')[0]);
console.log(
  JSON.stringify({
    pids: [server.pid, postmaster],
    pid: server.pid,
    url: `${info.integrations.alertmanager.url}/api/v2/alerts`,
    api: info.url,
    apiKey: info.apiKey,
  }),
);

async function configure() {
  const { routes } = await api('GET', '/api/v1/routing');
  const root = routes.find((route) => route.parentId === null);
  for (const route of routes.filter((one) => one.parentId === root.id))
    await api('DELETE', `/api/v1/routing/${route.id}`).catch(() => {});
  let policy = null;
  if (F.route === 'each') {
    const hook = await api('POST', '/api/v1/webhook-endpoints', { name: 'sink', url: F.sink });
    policy = await api('POST', '/api/v1/policies', {
      name: 'sink',
      steps: [{ delaySeconds: 86_400, targets: [{ kind: 'webhook', id: hook.endpoint?.id ?? hook.id }] }],
      rounds: 1,
      repeatIntervalSeconds: 86_400,
    });
  }
  const options =
    F.route === 'each'
      ? { mode: 'page', groupBy: 'all', groupWaitSeconds: 0, policy: { kind: 'policy', id: policy.policy.id } }
      : { mode: 'page', groupBy: ['alertname'], groupWaitSeconds: 30 };
  const fresh = (await api('GET', '/api/v1/routing')).routes.find((route) => route.id === root.id);
  await api('PATCH', `/api/v1/routing/${root.id}`, { version: fresh.version, options });
  for (let i = 0; i < 10; i += 1)
    await api('POST', '/api/v1/routing', {
      parentId: root.id,
      position: 100 + i,
      name: `bench ${i}`,
      matchers: `team="bench-${i}",severity=~"critical|warning"`,
      continue: false,
      options: {},
    });
  for (let i = 0; i < 5; i += 1)
    await api('POST', '/api/v1/inhibit-rules', {
      name: `bench ${i}`,
      sourceMatchers: `alertname="BenchDown${i}",severity="critical"`,
      targetMatchers: `severity=~"warning|info",team="bench-${i}"`,
      equal: ['cluster', 'instance'],
    });
  const endsAt = new Date(Date.now() + 86_400_000).toISOString();
  for (let i = 0; i < 20; i += 1)
    await api('POST', '/api/v1/silences', {
      matchers: `instance=~"silenced-${i}-.*",cluster="bench"`,
      endsAt,
      comment: 'part of the benchmark',
    });
}
