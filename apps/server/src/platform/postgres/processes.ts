import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessFacts } from './pidfile.ts';

const linux = process.platform === 'linux';
const bootId = linux ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8) : '';

/** What the system knows of a living process; `undefined` when it is gone, or dead and only not yet reaped. */
export function processFacts(pid: number): ProcessFacts | undefined {
  if (!linux) return factsWithoutProc(pid);
  try {
    const startId = startIdFromProc(pid);
    if (!startId) return undefined;
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '').split('\0');
    return { pid, startId, argv, program: link(`/proc/${pid}/exe`), workingDir: link(`/proc/${pid}/cwd`) };
  } catch {
    return undefined; // ended while we looked
  }
}

/** Every living process; empty where there is no /proc (macOS, Windows). */
export function allProcesses(): readonly ProcessFacts[] {
  if (!linux) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processFacts(Number(name)) ?? []);
}

/** Whether this very process still lives, not merely one with its number. */
export function lives(known: Pick<ProcessFacts, 'pid' | 'startId'>): boolean {
  if (linux) return startIdFromProc(known.pid) === known.startId;
  return processFacts(known.pid)?.startId === known.startId;
}

/** Signals this very process; does nothing when it is gone, also when its number is in use again. */
export function signalProcess(known: Pick<ProcessFacts, 'pid' | 'startId'>, signal: NodeJS.Signals): void {
  if (!lives(known)) return;
  try {
    process.kill(known.pid, signal);
  } catch {
    // It ended between the look and the call.
  }
}

/** Waits until the condition holds, looking every 20 ms; false when the time is up first. */
export async function until(condition: () => boolean, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() >= deadline) return false;
    await sleep(20);
  }
  return true;
}

function startIdFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may itself hold blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${bootId}.${fields[19]}`;
  } catch {
    return undefined;
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // another user's process
  }
}

// macOS and Windows: written with care, never run by us. macOS tells start and command line through ps; Windows only
// whether the number is in use, so there a recycled number looks like a living owner until it ends.
function factsWithoutProc(pid: number): ProcessFacts | undefined {
  try {
    process.kill(pid, 0);
    if (process.platform === 'win32') return { pid, startId: '', argv: [], program: undefined, workingDir: undefined };
    const line = execFileSync('ps', ['-ww', '-o', 'lstart=,command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    // lstart is five words: "Sat Nov 21 10:00:00 2026".
    const words = line.split(/\s+/);
    const argv = words.slice(5);
    return { pid, startId: words.slice(0, 5).join('_'), argv, program: argv[0], workingDir: undefined };
  } catch {
    return undefined;
  }
}
