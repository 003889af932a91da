import { describe, expect, test } from 'vitest';
import { initialises, type ProcessFacts, parsePidFile, sameCommand, servesDataDir } from './pidfile.ts';

const text = '4711\n/data/pg\n1795000000\n5432\n/data/socket\n\n  1234567   98765\nready   \n';

describe('postmaster.pid', () => {
  test('gives pid, directory, start, socket and status', () => {
    expect(parsePidFile(text)).toEqual({
      pid: 4711,
      dataDir: '/data/pg',
      startedAtSeconds: 1795000000,
      socketDir: '/data/socket',
      status: 'ready',
    });
  });

  test.each(['', '4711', '4711\n/data/pg', '4711\n/data/pg\n', 'x\n/data/pg\n1\n'])(
    'cut off as %j gives nothing',
    (cut) => {
      expect(parsePidFile(cut)).toBeUndefined();
    },
  );

  test('before the status line is written the status is unknown', () => {
    expect(parsePidFile('4711\n/data/pg\n1795000000\n5432\n/s\n')?.status).toBeUndefined();
  });

  test('a single-user server is written as a negative pid', () => {
    expect(parsePidFile('-12\n/data/pg\n5\n')?.pid).toBe(12);
  });
});

describe('a process of our server', () => {
  const postmaster: ProcessFacts = {
    pid: 4711,
    startId: 'b.1',
    argv: ['/opt/bin/postgres', '-D', '/data/pg', '-c', 'jit=off'],
    program: '/opt/bin/postgres',
    workingDir: '/data/pg',
  };
  const cases: readonly (readonly [string, Partial<ProcessFacts>, boolean])[] = [
    ['the postmaster', {}, true],
    ['a backend, whose command line is its title', { argv: ['postgres: checkpointer '] }, true],
    ['a postmaster that has not changed directory yet', { workingDir: '/' }, true],
    ['one about to be executed by unshare', { program: '/usr/bin/unshare', workingDir: '/' }, true],
    ['one whose binary was replaced by an update', { program: '/opt/bin/postgres (deleted)' }, true],
    ['the server of another directory', { argv: ['postgres', '-D', '/data/pg2'], workingDir: '/data/pg2' }, false],
    ['a shell standing in the directory', { program: '/bin/bash', argv: ['bash'] }, false],
    ['an editor that names the directory', { program: '/usr/bin/vi', argv: ['vi', '-D', '/data/pg'] }, false],
    ['a stranger that got the recycled pid', { program: '/usr/bin/node', argv: ['node'], workingDir: '/' }, false],
  ];
  test.each(cases)('%s', (_name, difference, ours) => {
    expect(servesDataDir({ ...postmaster, ...difference }, '/data/pg')).toBe(ours);
  });

  test('is adopted only with the very same program and settings', () => {
    expect(sameCommand(postmaster, postmaster.argv)).toBe(true);
    expect(sameCommand(postmaster, [...postmaster.argv, '-c', 'fsync=off'])).toBe(false);
    expect(sameCommand(postmaster, postmaster.argv.with(4, 'jit=on'))).toBe(false);
    expect(sameCommand({ ...postmaster, program: '/opt/bin/postgres (deleted)' }, postmaster.argv)).toBe(false);
  });

  test('an initdb is known by the directory it makes', () => {
    const initdb = {
      ...postmaster,
      program: '/opt/bin/initdb',
      argv: ['initdb', '-D', '/data/pg.init-1'],
      workingDir: '/',
    };
    expect(initialises(initdb, '/data/pg.init-')).toBe(true);
    expect(initialises(initdb, '/other/pg.init-')).toBe(false);
    expect(
      initialises(
        { ...initdb, argv: ['postgres'], program: 'postgres', workingDir: '/data/pg.init-1' },
        '/data/pg.init-',
      ),
    ).toBe(true);
  });
});
