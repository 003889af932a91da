import { createHash, randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from './errors.ts';
import { giveTo, type Identity } from './identity.ts';
import { writeDurably } from './write.ts';
import { type Endpoint, fitsSocket, socketFile } from './settings.ts';

/** Chooses where the server listens and makes the place; the same answer at every start of one data directory. */
export async function prepareEndpoint(dataDir: string, identity: Identity): Promise<Endpoint> {
  // Windows: written with care, never run by us.
  if (process.platform === 'win32') return { kind: 'loopback', port: await rememberedPort(join(dataDir, 'port')) };
  const directory = await socketDirectory(dataDir);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  await giveTo(identity, directory);
  return { kind: 'socket', directory };
}

/** Whether somebody takes connections at this endpoint. */
export function answers(endpoint: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const socket =
      endpoint.kind === 'socket' ? connect(socketFile(endpoint.directory)) : connect(endpoint.port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** `<data dir>/socket`, or, where its path is too long for a socket, a short directory in the temporary one. */
async function socketDirectory(dataDir: string): Promise<string> {
  const own = join(dataDir, 'socket');
  if (fitsSocket(own)) return own;
  const note = join(dataDir, 'socket-directory');
  const remembered = await readIfThere(note);
  if (remembered && fitsSocket(remembered) && (await usable(remembered))) return remembered;
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const chosen = await firstUsable(hash);
  await writeDurably(note, chosen);
  return chosen;
}

async function firstUsable(hash: string): Promise<string> {
  for (const parent of [tmpdir(), '/tmp']) {
    for (const name of [`tocsin-${hash}`, `tocsin-${hash}-${randomBytes(4).toString('hex')}`]) {
      const directory = join(parent, name);
      if (fitsSocket(directory) && (await usable(directory))) return directory;
    }
  }
  throw new Error('No directory for the socket of PostgreSQL: set TMPDIR to a short, writable directory.');
}

// Everybody may write in the temporary directory: what lies there already must be a directory of ours, not a link.
async function usable(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, { mode: 0o700 });
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') return false;
    const found = await lstat(directory);
    const us = process.getuid?.();
    return found.isDirectory() && (us === 0 || found.uid === us) && (found.mode & 0o077) === 0;
  }
}

async function rememberedPort(note: string): Promise<number> {
  const remembered = Number(await readIfThere(note));
  if (remembered > 0) return remembered;
  const port = await freePort();
  await writeDurably(note, String(port));
  return port;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
