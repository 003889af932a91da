import pg from 'pg';
import { expect, test } from 'vitest';
import { connectionString, fitsSocket, serverArguments } from './settings.ts';

const settings = {
  pgDir: '/data/pg',
  endpoint: { kind: 'socket', directory: '/data/socket' },
  durable: true,
  maxConnections: 100,
  sharedBuffersMb: 64,
} as const;

test('an accepted alert is on disk: fsync, commits and page images are on unless a test switches them off', () => {
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    expect(serverArguments(settings)).toContain(`${name}=on`);
    expect(serverArguments({ ...settings, durable: false })).toContain(`${name}=off`);
  }
});

test('on Unix nothing listens on the network', () => {
  expect(serverArguments(settings)).toContain('listen_addresses=');
});

test('the same settings give the same command line, other settings another', () => {
  expect(serverArguments(settings)).toEqual(serverArguments({ ...settings }));
  expect(serverArguments(settings)).not.toEqual(serverArguments({ ...settings, maxConnections: 50 }));
});

test('the socket path may have 103 bytes, not characters', () => {
  const room = 103 - '/.s.PGSQL.5432'.length;
  expect(fitsSocket(`/${'a'.repeat(room - 1)}`)).toBe(true);
  expect(fitsSocket(`/${'a'.repeat(room)}`)).toBe(false);
  expect(fitsSocket(`/${'ä'.repeat(Math.ceil(room / 2))}`)).toBe(false);
});

test('the URL carries directory and password unharmed', () => {
  const directory = '/data/my "alerts", & more/socket';
  const url = connectionString({ kind: 'socket', directory }, 'p/w+?&', 'tocsin');
  expect(new pg.Client({ connectionString: url })).toMatchObject({
    user: 'tocsin',
    password: 'p/w+?&',
    database: 'tocsin',
    host: directory,
  });
});
