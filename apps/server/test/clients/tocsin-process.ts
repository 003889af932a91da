import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Calls the API with somebody's key; throws on an error answer. */
// biome-ignore lint/suspicious/noExplicitAny: a story reads what it needs
export type Api = (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => Promise<any>;

/** A server as a stranger runs it: the real process with its own PostgreSQL, on a directory that vanishes with it. */
export interface Tocsin {
  readonly url: string;
  /** The base URL to give to Prometheus and amtool. */
  readonly alertmanagerUrl: string;
  /** What the ready file says of each kind of integration. */
  readonly integrations: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Calls the API as the owner. */
  readonly api: Api;
  /** Stops it and removes its files; throws when it did not end in order. */
  stop(): Promise<void>;
}

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 25_000;

/**
 * Starts `demo --quiet` with these settings, and waits until it is ready. With a port of its own it is reached there,
 * whatever its public address is.
 */
export async function startTocsin(settings: Readonly<Record<string, string>>, port = 0): Promise<Tocsin> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-client-'));
  const readyFile = join(dir, 'ready.json');
  const env = { ...process.env, DATABASE_URL: '', TOCSIN_LOG_LEVEL: 'warn', ...settings };
  const args = [
    MAIN,
    'demo',
    '--quiet',
    '--port',
    String(port),
    '--data-dir',
    join(dir, 'data'),
    '--ready-file',
    readyFile,
  ];
  const child = startChild(process.execPath, args, env);
  const stop = async () => {
    const code = await child.stop();
    const postgres = postmasterOf(join(dir, 'data/pg'));
    rmSync(dir, { recursive: true, force: true });
    if (code !== 0) throw new Error(`Tocsin ended with ${code}:\n${child.said()}`);
    if (postgres !== null) throw new Error(`Tocsin left its PostgreSQL (${postgres}) behind`);
  };
  try {
    await child.until(() => existsSync(readyFile), READY_WITHIN_MS);
  } catch (error) {
    await child.stop();
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
  const ready = JSON.parse(readFileSync(readyFile, 'utf8'));
  const { apiKey } = ready;
  const url = port === 0 ? ready.url : `http://127.0.0.1:${port}`;
  return {
    url,
    alertmanagerUrl: ready.integrations.alertmanager.url.replace(ready.url, url),
    integrations: ready.integrations,
    api: apiOf(url, apiKey),
    stop,
  };
}

/** A process of a test; it ends with the test run. */
export interface Child {
  /** Waits for a sign of life; throws when the process ends first or time is up. */
  until(seen: () => boolean, withinMs: number): Promise<void>;
  /** The end of what it has said on either stream. */
  said(): string;
  /** Asks it to end and, when it does not, ends it; answers its exit code, null after a kill. */
  stop(): Promise<number | null>;
}

/** Starts a process that cannot outlive this one's orderly end. */
export function startChild(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Child {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-8_000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      said += error.message;
      resolve(null);
    });
    child.once('exit', resolve);
  });
  const endWithUs = () => child.kill('SIGTERM');
  process.once('exit', endWithUs);
  return {
    said: () => said,
    async until(seen, withinMs) {
      const deadline = Date.now() + withinMs;
      while (!seen()) {
        if (hasEnded(child)) throw new Error(`${command} ended before it was ready:\n${said}`);
        if (Date.now() > deadline) throw new Error(`${command} was not ready within ${withinMs / 1000} s:\n${said}`);
        await sleep(50);
      }
    },
    async stop() {
      process.off('exit', endWithUs);
      child.kill('SIGTERM');
      const cut = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
      return ended.finally(() => clearTimeout(cut));
    },
  };
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

/** An API of this server for who holds the key. */
export function apiOf(url: string, apiKey: string): Api {
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    return answerOf(url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  };
}

/** The parsed body of an answer; throws on an error answer. */
// biome-ignore lint/suspicious/noExplicitAny: a story reads what it needs
export async function answerOf(url: string, request: RequestInit): Promise<any> {
  const answer = await fetch(url, request);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${request.method} ${url}: ${answer.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** The process id of a PostgreSQL that still runs on this directory. */
function postmasterOf(pgDir: string): number | null {
  const file = join(pgDir, 'postmaster.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
  return pid > 0 && existsSync(`/proc/${pid}`) ? pid : null;
}
