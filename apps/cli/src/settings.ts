import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from './usage-error.ts';

/** What `tocsin login` remembers, readable by its owner alone. */
export interface SettingsFile {
  readonly url?: string;
  readonly apiKey?: string;
  /** The server's main file, where it is not beside the CLI. */
  readonly server?: string;
}

/** Where to call and as whom. */
export interface Connection {
  readonly url: string;
  readonly apiKey: string | undefined;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

/** Where the configuration file is: `$XDG_CONFIG_HOME/tocsin/config.json`, by default under `~/.config`. */
export function settingsPath(env: Readonly<Record<string, string | undefined>>): string {
  const base = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  return join(base, 'tocsin', 'config.json');
}

/** The configuration file; empty when there is none. A file that others may read is refused: it holds a key. */
export function readSettings(path: string): SettingsFile {
  if (!existsSync(path)) return {};
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
    throw new UsageError(`${path} may be read by others.`, `Run: chmod 600 ${path}`);
  try {
    return parseSettings(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new UsageError(`${path} is not understood.`, 'Mend it, or run: tocsin login', { cause: error });
  }
}

const NAMES = new Set(['url', 'apiKey', 'server']);

function parseSettings(value: unknown): SettingsFile {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is no object');
  for (const [name, field] of Object.entries(value))
    if (!NAMES.has(name) || typeof field !== 'string') throw new Error(`${name} is not known`);
  return value as SettingsFile;
}

/** Writes the configuration file whole: never seen by others, never half. */
export function writeSettings(path: string, settings: SettingsFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, path);
}

/** Decides where to call: what was said on the command line, else the environment, else the file, else this machine. */
export function connectionOf(
  flags: { readonly url?: string | undefined; readonly apiKey?: string | undefined },
  env: Readonly<Record<string, string | undefined>>,
  file: SettingsFile,
): Connection {
  const url = flags.url ?? (env['TOCSIN_URL'] || undefined) ?? file.url ?? DEFAULT_URL;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(`${url} is not an address.`, 'Give one such as https://tocsin.example.org');
  const given = flags.apiKey ?? (env['TOCSIN_API_KEY'] || undefined);
  // The file's key belongs to the file's server: another address must not get it.
  const stored = file.apiKey !== undefined && sameServer(url, file.url) ? file.apiKey : undefined;
  return { url, apiKey: given ?? stored };
}

function sameServer(url: string, other: string | undefined): boolean {
  return new URL(url).origin === new URL(other ?? DEFAULT_URL).origin;
}
