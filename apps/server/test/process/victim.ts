import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a process under torment is run. */
export interface VictimOptions {
  /** Its data directory; made when missing. */
  readonly dir: string;
  /** Default `demo`, which seeds an empty installation and tells a key in its ready file. */
  readonly command?: 'demo' | 'serve';
  /** Settings by the name of their variable. */
  readonly settings?: Readonly<Record<string, string>>;
}

interface ReadyFile {
  readonly url: string;
  /** Only the process that seeded the demo tells keys. */
  readonly apiKey?: string;
  readonly integrations: { readonly alertmanager?: { readonly url: string } };
}

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const READY_WITHIN_MS = 60_000;
const SERVING_WITHIN_MS = 30_000;

/** The process under torment: started again and again on one data directory and port. */
export class Victim {
  private readonly options: VictimOptions;
  private info: ReadyFile = { url: '', integrations: {} };
  private child: ChildProcess | null = null;
  private port = 0;
  private said = '';

  constructor(options: VictimOptions) {
    this.options = options;
  }

  /** Where it listens; the same after every start. */
  get url(): string {
    return this.info.url;
  }

  /** The base URL for a Prometheus. */
  get alertmanagerUrl(): string {
    return this.info.integrations.alertmanager?.url ?? '';
  }

  async start(): Promise<void> {
    const { dir, command = 'demo', settings = {} } = this.options;
    const ready = join(dir, 'ready.json');
    mkdirSync(dir, { recursive: true });
    rmSync(ready, { force: true });
    const quiet = command === 'demo' ? ['--quiet'] : [];
    const args = [MAIN, command, ...quiet, '--data-dir', dir, '--port', String(this.port), '--ready-file', ready];
    const ours = { TOCSIN_LOG_LEVEL: 'error', TOCSIN_EGRESS_ALLOW: '127.0.0.0/8', DATABASE_URL: '' };
    const env = { ...process.env, ...ours, ...settings };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    this.said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      this.said = (this.said + chunk.toString()).slice(-4_000);
    });
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!existsSync(ready)) {
      if (this.ended()) throw new Error(`Tocsin ended with ${child.exitCode} instead of getting ready:\n${this.said}`);
      if (performance.now() > deadline) throw new Error(`not ready in ${READY_WITHIN_MS} ms:\n${this.said}`);
      await sleep(50);
    }
    this.info = JSON.parse(readFileSync(ready, 'utf8')) as ReadyFile;
    this.port = Number(new URL(this.info.url).port);
  }

  /** Kills it, or its embedded PostgreSQL, or both; what was Tocsin is started again. */
  async kill(victim: 'tocsin' | 'postgres' | 'both'): Promise<void> {
    if (victim !== 'tocsin') killQuietly(this.postmaster());
    if (victim === 'postgres') return;
    await this.killForGood();
    await this.start();
  }

  /** Kills the process; only this may end it: a lost database is no reason to die. */
  async killForGood(): Promise<void> {
    const child = this.child;
    if (!child || this.ended())
      throw new Error(`Tocsin ended by itself (${child?.exitCode ?? child?.signalCode}):\n${this.said}`);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Resolves when intake takes alerts again. */
  async serving(): Promise<void> {
    const deadline = performance.now() + SERVING_WITHIN_MS;
    while (performance.now() < deadline) {
      const answer = await fetch(`${this.info.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      if (this.ended())
        throw new Error(`Tocsin ended by itself (${this.child?.exitCode ?? this.child?.signalCode}):\n${this.said}`);
      await sleep(100);
    }
    throw new Error(`not serving again within ${SERVING_WITHIN_MS} ms:\n${this.said}`);
  }

  /** Calls the API as the demo's owner. */
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

  /** What the invariants say of the stored state. */
  async verify(): Promise<{ readonly ok: boolean; readonly violations: readonly unknown[] }> {
    const report = (await this.api('GET', '/api/v1/verify')) as {
      ok: boolean;
      invariants: { violations: unknown[] }[];
    };
    return { ok: report.ok, violations: report.invariants.flatMap((one) => one.violations) };
  }

  /** Asks it to end. */
  async stop(): Promise<void> {
    const child = this.child;
    if (!child || this.ended()) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  private ended(): boolean {
    return this.child?.exitCode !== null || this.child.signalCode !== null;
  }

  private postmaster(): number {
    const file = join(this.options.dir, 'pg/postmaster.pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
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
