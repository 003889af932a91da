/** What a running postmaster writes about itself into `postmaster.pid`. */
export interface PidFile {
  readonly pid: number;
  readonly dataDir: string;
  /** Seconds since 1970 by the wall clock of that moment. */
  readonly startedAtSeconds: number;
  /** Directory of the Unix socket; empty when there is none. */
  readonly socketDir: string;
  /** `undefined` in the first milliseconds, before the server has written its eighth line. */
  readonly status: 'starting' | 'stopping' | 'ready' | 'standby' | undefined;
}

/** What the operating system says about a process. */
export interface ProcessFacts {
  readonly pid: number;
  /** With `pid` it names one process for ever: boot and start tick. */
  readonly startId: string;
  readonly argv: readonly string[];
  /** Path of the program; `undefined` where the system does not tell. */
  readonly program: string | undefined;
  /** Working directory; `undefined` where the system does not tell. */
  readonly workingDir: string | undefined;
}

const STATUSES = ['starting', 'stopping', 'ready', 'standby'] as const;

/** Reads `postmaster.pid`; `undefined` when the text is cut off before the first three lines (a write caught half-way). */
export function parsePidFile(text: string): PidFile | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  const startedAtSeconds = Number(lines[2]);
  const dataDir = lines[1] ?? '';
  if (!Number.isInteger(pid) || pid === 0 || dataDir === '' || !lines[2] || !Number.isInteger(startedAtSeconds)) return;
  return {
    // A negative number marks a single-user server.
    pid: Math.abs(pid),
    dataDir,
    startedAtSeconds,
    socketDir: lines[4] ?? '',
    status: STATUSES.find((status) => status === lines[7]),
  };
}

/**
 * Whether a process belongs to the server of this data directory: postmaster, backend, or one still being launched.
 *
 * Program, working directory and command line decide. The start time in `postmaster.pid` does not: it is wall-clock
 * time, and a clock stepped after the start would make our own server look like a stranger.
 */
export function servesDataDir(facts: ProcessFacts, pgDir: string): boolean {
  const program = (facts.program ?? facts.argv[0] ?? '').replace(/ \(deleted\)$/, '');
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (name !== 'postgres' && name !== 'unshare') return false;
  // PostgreSQL changes into its data directory; before that, only the command line names it.
  return (name === 'postgres' && facts.workingDir === pgDir) || argumentAfter(facts.argv, '-D') === pgDir;
}

/** Whether a process is an `initdb` (or a server it runs) that works on a directory whose path begins so. */
export function initialises(facts: ProcessFacts, prefix: string): boolean {
  const name = (facts.program ?? facts.argv[0] ?? '').split('/').at(-1);
  if (name !== 'initdb' && name !== 'postgres' && name !== 'unshare') return false;
  return (facts.workingDir?.startsWith(prefix) || argumentAfter(facts.argv, '-D')?.startsWith(prefix)) ?? false;
}

/** Whether a server already runs exactly the command that we would run: same program, same settings. */
export function sameCommand(facts: ProcessFacts, command: readonly string[]): boolean {
  return (
    facts.program === command[0] &&
    facts.argv.length === command.length &&
    facts.argv.every((word, index) => word === command[index])
  );
}

function argumentAfter(argv: readonly string[], flag: string): string | undefined {
  const at = argv.indexOf(flag);
  return at === -1 ? undefined : argv[at + 1];
}
