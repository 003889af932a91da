import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/harness/database.ts';
import { type Databases, openDatabases } from './db.ts';
import { createSecrets, openSecrets, SecretKeyWrong, SecretUnreadable } from './secrets.ts';

const NOW = Temporal.Instant.from('2026-11-21T10:00:00Z');
const key = (fill: number) => Buffer.alloc(32, fill);
const hex = (fill: number) => key(fill).toString('hex');
let database: TestDatabase;
let db: Databases;
let dataDir: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});
beforeEach(async () => {
  await db.paging.deleteFrom('settings').execute();
  dataDir = mkdtempSync(join(tmpdir(), 'tocsin-secrets-'));
  return () => rmSync(dataDir, { recursive: true });
});

test('what was sealed opens at its own place only, and no bit of it may change', () => {
  const secrets = createSecrets({ current: key(1) });
  const sealed = secrets.seal('whsec_täst', 'webhook_endpoints/1/secret');
  expect(sealed.toString('latin1')).not.toContain('whsec');
  expect(secrets.open(sealed, 'webhook_endpoints/1/secret')).toBe('whsec_täst');
  expect(() => secrets.open(sealed, 'webhook_endpoints/2/secret')).toThrow(SecretUnreadable);
  for (let i = 0; i < sealed.length; i += 1) {
    const changed = Buffer.from(sealed);
    changed[i] = (changed[i] as number) ^ 1;
    expect(() => secrets.open(changed, 'webhook_endpoints/1/secret')).toThrow(SecretUnreadable);
    expect(() => secrets.open(sealed.subarray(0, i), 'webhook_endpoints/1/secret')).toThrow(SecretUnreadable);
  }
  expect(secrets.seal('x', 'a')).not.toEqual(secrets.seal('x', 'a'));
});

test('during a rotation both keys open, only the new one seals, and old values are known', () => {
  const before = createSecrets({ current: key(1) });
  const during = createSecrets({ current: key(2), previous: key(1) });
  const old = before.seal('x', 'a');
  const fresh = during.seal('x', 'a');
  expect([during.open(old, 'a'), during.isOld(old), during.isOld(fresh)]).toEqual(['x', true, false]);
  expect(() => before.open(fresh, 'a')).toThrow(SecretUnreadable);
});

test('the first start makes a key only its owner reads; the next one finds it', async () => {
  const first = await openSecrets(db.paging, { dataDir }, NOW);
  expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600);
  const next = await openSecrets(db.paging, { dataDir }, NOW);
  expect(next.open(first.seal('x', 'a'), 'a')).toBe('x');
});

test('another key, no key, or one that others can read stops the start, and leaves no new key behind', async () => {
  await openSecrets(db.paging, { dataDir, secretKey: hex(1) }, NOW);
  await expect(openSecrets(db.paging, { dataDir }, NOW)).rejects.toThrow(SecretKeyWrong);
  expect(existsSync(join(dataDir, 'secret.key'))).toBe(false);
  await expect(openSecrets(db.paging, { dataDir, secretKey: hex(2) }, NOW)).rejects.toThrow(
    'TOCSIN_PREVIOUS_SECRET_KEY',
  );
  writeFileSync(join(dataDir, 'secret.key'), hex(1), { mode: 0o644 });
  await expect(openSecrets(db.paging, { dataDir }, NOW)).rejects.toThrow('chmod 600');
});

test('a rotation with both keys passes, and afterwards the new one alone', async () => {
  await openSecrets(db.paging, { dataDir, secretKey: hex(1) }, NOW);
  await openSecrets(db.paging, { dataDir, secretKey: hex(2), previousSecretKey: hex(1) }, NOW);
  await openSecrets(db.paging, { dataDir, secretKey: hex(2) }, NOW);
});
