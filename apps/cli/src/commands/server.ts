import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../usage-error.ts';

/** Where the server's main file may be. */
export interface ServerPlaces {
  /** Said on the command line. */
  readonly flag: string | undefined;
  /** From the configuration file. */
  readonly configured: string | undefined;
  /** Folder of the workspace that this CLI runs in. */
  readonly workspace: string;
}

/** Finds the server's main file; an error says where it was looked for. */
export function findServer({ flag, configured, workspace }: ServerPlaces): string {
  const named = flag ?? configured;
  if (named !== undefined) {
    const path = resolve(named);
    if (existsSync(path)) return path;
    throw new UsageError(
      `There is no server at ${path}.`,
      'Give the path of its main file: tocsin serve --server PATH',
    );
  }
  const beside = [join(workspace, 'apps/server/src/main.ts'), join(workspace, 'server/main.js')];
  const found = beside.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new UsageError(
    `The server is not installed beside this CLI (looked for ${beside.join(' and ')}).`,
    'Install the server, or give the path of its main file: tocsin serve --server PATH',
  );
}

const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** Runs the server in the foreground until it ends; its exit code is ours. Signals are passed on to it. */
export function runServer(main: string, args: readonly string[]): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals) => {
      // Ctrl-C in a terminal reaches the child by itself; twice would cut its clean stop short.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, pass);
    const clear = () => {
      for (const signal of FORWARDED) process.off(signal, pass);
    };
    child.on('error', (error) => {
      clear();
      failed(error);
    });
    child.on('exit', (code, signal) => {
      clear();
      done(code ?? 128 + (signal === 'SIGKILL' ? 9 : 15));
    });
  });
}
