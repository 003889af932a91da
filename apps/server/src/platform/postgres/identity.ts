import { execFile } from 'node:child_process';
import { chown, readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { codeOf, postgresError } from './errors.ts';

const run = promisify(execFile);

/** As whom PostgreSQL runs; it refuses uid 0. */
export type Identity =
  /** As ourselves: we are not root. */
  | { readonly kind: 'self' }
  /** We are root: in a user namespace where root looks like an ordinary user. Files stay root's, 0700 is no obstacle. */
  | { readonly kind: 'namespace'; readonly prefix: readonly string[] }
  /** We are root and drop to this user, who then owns the data. */
  | { readonly kind: 'user'; readonly name: string; readonly uid: number; readonly gid: number };

/** How to spawn a program under an identity. */
export interface SpawnPlan {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: { readonly uid?: number; readonly gid?: number };
}

interface IdentityRequest {
  readonly dataDir: string;
  readonly pgDir: string;
  /** A program to try. */
  readonly postgres: string;
  readonly runAs: string | undefined;
}

/** The number Linux gives the user called nobody. */
const NOBODY = 65534;

/** The command that runs a program under an identity. */
export function planSpawn(identity: Identity, file: string, args: readonly string[]): SpawnPlan {
  switch (identity.kind) {
    case 'self':
      return { file, args, options: {} };
    case 'namespace':
      return { file: 'unshare', args: [...identity.prefix, file, ...args], options: {} };
    case 'user':
      return { file, args, options: { uid: identity.uid, gid: identity.gid } };
  }
}

/** Gives a directory or file to the user that PostgreSQL runs as, where that is another one. */
export async function giveTo(identity: Identity, path: string): Promise<void> {
  if (identity.kind === 'user') await chown(path, identity.uid, identity.gid);
}

/**
 * Decides as whom to run. As root: data that already belongs to a user runs as that user; otherwise a user namespace,
 * else the configured user, else `POSTGRES_ROOT_UNSUPPORTED` naming both ways and what stood in them.
 */
export async function chooseIdentity(request: IdentityRequest): Promise<Identity> {
  if (process.getuid?.() !== 0) return { kind: 'self' };
  const owner = await ownerUid(request.pgDir);
  const refusals: string[] = [];
  if (!owner) {
    const namespace = await tryNamespace(request);
    if (typeof namespace !== 'string') return namespace;
    refusals.push(`A user namespace (unshare) does not work here: ${namespace}.`);
  }
  const wanted = owner ? String(owner) : request.runAs;
  if (wanted) {
    const user = await tryUser(request, wanted);
    if (typeof user !== 'string') return user;
    refusals.push(user);
  }
  throw postgresError(
    'POSTGRES_ROOT_UNSUPPORTED',
    `PostgreSQL does not run as root, and no other way was found. ${refusals.join(' ')} Either allow user namespaces ` +
      '(util-linux with unshare; in a container, CAP_SYS_ADMIN or a seccomp profile that lets unshare pass), or name an ' +
      `ordinary user for it to run as and a data directory that this user can reach (now ${request.dataDir}), or start ` +
      'Tocsin itself as an ordinary user, or set DATABASE_URL.',
  );
}

// One shell shows that the namespace can be made, that the directory can be written from inside, that the program runs.
const PROBE = 'cd "$1" && test -w . && exec "$2" --version';

async function tryNamespace(request: IdentityRequest): Promise<Identity | string> {
  if (process.platform !== 'linux') return 'this is not Linux';
  const uid = await ordinaryUid();
  if (uid === undefined) return '/etc/passwd names no ordinary user to appear as';
  const prefix = ['--user', `--map-user=${uid}`, `--map-group=${uid}`];
  try {
    await run('unshare', [...prefix, '/bin/sh', '-c', PROBE, 'sh', request.dataDir, request.postgres]);
    return { kind: 'namespace', prefix };
  } catch (error) {
    return complaint(error);
  }
}

async function tryUser(request: IdentityRequest, wanted: string): Promise<Identity | string> {
  const user = await lookUpUser(wanted);
  if (!user) return `There is no user ${wanted} here.`;
  if (user.uid === 0) return `User ${wanted} is root too.`;
  try {
    const probe = 'cd "$1" && exec "$2" --version';
    await run('/bin/sh', ['-c', probe, 'sh', request.dataDir, request.postgres], { uid: user.uid, gid: user.gid });
    return { kind: 'user', ...user };
  } catch (error) {
    return `User ${user.name} cannot enter ${request.dataDir} or run ${request.postgres}: ${complaint(error)}.`;
  }
}

/** A user by name or number, with what else the system's directory (NSS) says. */
async function lookUpUser(wanted: string): Promise<{ name: string; uid: number; gid: number } | undefined> {
  try {
    const { stdout } = await run('getent', ['passwd', wanted]);
    const [name = wanted, , uid, gid] = stdout.split(':');
    return { name, uid: Number(uid), gid: Number(gid) };
  } catch {
    return undefined; // exit 2: unknown
  }
}

// PostgreSQL looks its user up and fails for a number without an entry.
async function ordinaryUid(): Promise<number | undefined> {
  const uids = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .map((line) => Number(line.split(':')[2] || Number.NaN))
    .filter((uid) => uid > 0);
  return uids.includes(NOBODY) ? NOBODY : uids[0];
}

async function ownerUid(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).uid;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function complaint(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim().split('\n').at(-1) || message).replace(/\.$/, '');
}
