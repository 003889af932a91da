import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How to torment a Tocsin. */
export interface ChaosOptions {
  readonly kills: number;
  /** Alerts offered a second while it runs. */
  readonly rate: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** What came of it. `lost`, `undelivered`, `tooMany` and `otherKeys` must be empty. */
export interface ChaosReport {
  readonly accepted: number;
  readonly refused: number;
  readonly kills: Readonly<Record<string, number>>;
  readonly lost: readonly string[];
  readonly undelivered: readonly string[];
  /** Pages called more than once, with how often; each is one call in flight when somebody was killed. */
  readonly repeated: number;
  readonly tooMany: readonly string[];
  /** Pages whose repeat came with another key. */
  readonly otherKeys: readonly string[];
  readonly slowestRestartMs: number;
  readonly verify: { readonly ok: boolean; readonly violations: readonly unknown[] };
}

const ROOT = join(import.meta.dirname, '../../../..');
const MAIN = join(ROOT, 'apps/server/src/main.ts');

/** A reproducible stream of numbers in [0, 1) (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Kills Tocsin, its PostgreSQL or both with SIGKILL at random points under load, then counts what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-chaos-'));
  const sink = await openSink();
  const server = new Victim(dir);
  try {
    await server.start();
    await configure(server, sink.url);
    const load = new Load(server, options.rate);
    const random = randomFrom(options.seed);
    const kills: Record<string, number> = { tocsin: 0, postgres: 0, both: 0 };
    let slowestRestartMs = 0;
    void load.run();
    for (let kill = 1; kill <= options.kills; kill += 1) {
      await sleep(300 + random() * 2_200);
      const victim = (['tocsin', 'postgres', 'both'] as const)[Math.floor(random() * 3)] as
        | 'tocsin'
        | 'postgres'
        | 'both';
      kills[victim] = (kills[victim] ?? 0) + 1;
      const from = performance.now();
      await server.kill(victim);
      await server.serving();
      const took = Math.round(performance.now() - from);
      slowestRestartMs = Math.max(slowestRestartMs, took);
      options.say(
        `kill ${kill} of ${options.kills}: ${victim}, serving again after ${took} ms, ${load.accepted.size} accepted`,
      );
    }
    await sleep(1_000);
    await load.stop();
    return await settle({ server, sink, load, options, kills, slowestRestartMs });
  } finally {
    await server.stop();
    sink.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Settling {
  readonly server: Victim;
  readonly sink: Sink;
  readonly load: Load;
  readonly options: ChaosOptions;
  readonly kills: Readonly<Record<string, number>>;
  readonly slowestRestartMs: number;
}

async function settle({ server, sink, load, options, kills, slowestRestartMs }: Settling): Promise<ChaosReport> {
  const missing = () => [...load.accepted].filter((id) => !sink.calls.has(id));
  for (let i = 0; missing().length > 0 && i < 600; i += 1) await sleep(100);
  const listed = new Set(
    (await (await fetch(`${server.info.integrations.alertmanager.url}/api/v2/alerts`)).text()).match(/chaos-\d+/g) ??
      [],
  );
  const most = options.kills + 1;
  const calls = [...sink.calls].filter(([id]) => load.accepted.has(id));
  const verify = (await server.api('GET', '/api/v1/verify')) as {
    ok: boolean;
    invariants: { violations: unknown[] }[];
  };
  return {
    accepted: load.accepted.size,
    refused: load.refused,
    kills,
    lost: [...load.accepted].filter((id) => !listed.has(id)),
    undelivered: missing(),
    repeated: calls.filter(([, keys]) => keys.length > 1).length,
    tooMany: calls.filter(([, keys]) => keys.length > most).map(([id]) => id),
    otherKeys: calls.filter(([, keys]) => new Set(keys).size > 1).map(([id]) => id),
    slowestRestartMs,
    verify: { ok: verify.ok, violations: verify.invariants.flatMap((one) => one.violations) },
  };
}

interface Sink {
  readonly url: string;
  /** The keys (webhook-id) of each call, by alert. */
  readonly calls: Map<string, string[]>;
  close(): void;
}

async function openSink(): Promise<Sink> {
  const calls = new Map<string, string[]>();
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const key = String(request.headers['webhook-id']);
      for (const id of new Set(
        Buffer.concat(chunks)
          .toString('utf8')
          .match(/chaos-\d+/g) ?? [],
      ))
        calls.set(id, [...(calls.get(id) ?? []), key]);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, calls, close: () => server.close() };
}

interface ReadyFile {
  readonly url: string;
  readonly apiKey: string;
  readonly integrations: { readonly alertmanager: { readonly url: string } };
}

/** The process under torment: started again and again on one data directory and port. */
class Victim {
  info: ReadyFile = { url: '', apiKey: '', integrations: { alertmanager: { url: '' } } };
  private child: ChildProcess | null = null;
  private readonly dir: string;
  private port = 0;
  private said = '';

  constructor(dir: string) {
    this.dir = dir;
  }

  async start(): Promise<void> {
    const ready = join(this.dir, 'ready.json');
    rmSync(ready, { force: true });
    const env = {
      ...process.env,
      TOCSIN_LOG_LEVEL: 'error',
      TOCSIN_EGRESS_ALLOW: '127.0.0.0/8',
      DATABASE_URL: '',
      TEST_DATABASE_URL: '',
    };
    const child = spawn(
      process.execPath,
      [MAIN, 'demo', '--quiet', '--data-dir', this.dir, '--port', String(this.port), '--ready-file', ready],
      { env, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.child = child;
    this.said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      this.said = (this.said + chunk.toString()).slice(-4_000);
    });
    for (let i = 0; !existsSync(ready); i += 1) {
      if (child.exitCode !== null)
        throw new Error(`Tocsin ended with ${child.exitCode} instead of getting ready:\n${this.said}`);
      if (i > 600) throw new Error(`not ready in 60 s:\n${this.said}`);
      await sleep(100);
    }
    this.info = JSON.parse(readFileSync(ready, 'utf8')) as ReadyFile;
    this.port = Number(new URL(this.info.url).port);
  }

  async kill(victim: 'tocsin' | 'postgres' | 'both'): Promise<void> {
    const { exitCode, signalCode } = this.child ?? {};
    // Only our own kills may end it: a lost database is no reason to die.
    if (exitCode !== null || signalCode !== null) throw new Error(`Tocsin ended by itself (${exitCode ?? signalCode}):\n${this.said}`);
    if (victim !== 'tocsin') killQuietly(this.postmaster());
    if (victim === 'postgres') return;
    const ended = new Promise((resolve) => this.child?.once('exit', resolve));
    this.child?.kill('SIGKILL');
    await ended;
    await this.start();
  }

  private postmaster(): number {
    const file = join(this.dir, 'pg/postmaster.pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
  }

  /** Resolves when intake takes alerts again. */
  async serving(): Promise<void> {
    for (let i = 0; i < 300; i += 1) {
      const answer = await fetch(`${this.info.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      await sleep(100);
    }
    throw new Error('not serving again within 30 s');
  }

  async api(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.info.apiKey}`, 'content-type': 'application/json' };
    const answer = await fetch(this.info.url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
  }

  async stop(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
}

function killQuietly(pid: number): void {
  if (pid <= 0) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was already gone: then this kill is one less.
  }
}

/** Has every alert page at once, each in a group of its own, by a webhook. */
async function configure(server: Victim, sinkUrl: string): Promise<void> {
  const hook = (await server.api('POST', '/api/v1/webhook-endpoints', { name: 'chaos', url: sinkUrl })) as {
    endpoint: { id: string };
  };
  const steps = [{ delaySeconds: 86_400, targets: [{ kind: 'webhook', id: hook.endpoint.id }] }];
  const { policy } = (await server.api('POST', '/api/v1/policies', {
    name: 'chaos',
    steps,
    rounds: 1,
    repeatIntervalSeconds: 86_400,
  })) as { policy: { id: string } };
  const { routes } = (await server.api('GET', '/api/v1/routing')) as {
    routes: { id: string; parentId: string | null; version: number }[];
  };
  const root = routes.find((route) => route.parentId === null) as { id: string };
  const options = { mode: 'page', groupBy: 'all', groupWaitSeconds: 0, policy: { kind: 'policy', id: policy.id } };
  await server.api('POST', '/api/v1/routing', {
    parentId: root.id,
    position: 0,
    name: 'chaos',
    matchers: 'alertname="Chaos"',
    continue: false,
    options,
  });
}

/** A sender that keeps offering alerts and remembers which ones were answered 2xx. */
class Load {
  readonly accepted = new Set<string>();
  refused = 0;
  private running = true;
  private readonly server: Victim;
  private readonly rate: number;
  private readonly open = new Set<Promise<void>>();
  private n = 0;

  constructor(server: Victim, rate: number) {
    this.server = server;
    this.rate = rate;
  }

  async run(): Promise<void> {
    while (this.running) {
      const batch = 1 + (this.n % 4);
      const sending = this.send(batch).finally(() => this.open.delete(sending));
      this.open.add(sending);
      await sleep((1_000 * batch) / this.rate);
    }
  }

  private async send(batch: number): Promise<void> {
    const ids = Array.from({ length: batch }, () => `chaos-${++this.n}`);
    const startsAt = new Date().toISOString();
    const endsAt = new Date(Date.now() + 3_600_000).toISOString();
    const alerts = ids.map((id) => ({
      labels: { alertname: 'Chaos', id, severity: 'critical' },
      annotations: { summary: `Chaos ${id}` },
      startsAt,
      endsAt,
    }));
    try {
      const answer = await fetch(`${this.server.info.integrations.alertmanager.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
        signal: AbortSignal.timeout(10_000),
      });
      if (answer.ok) for (const id of ids) this.accepted.add(id);
      else this.refused += batch;
    } catch {
      // Cut off in the middle: nobody promised anything.
      this.refused += batch;
    }
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.open);
  }
}
