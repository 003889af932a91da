import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, createApp } from '#app';
import { createTestDatabase, type TestDatabase } from '#harness/database';
import { createManualClock, type ManualClock } from '#platform/clock';
import { createLog } from '#platform/log';
import { createSecrets } from '#platform/secrets';
import { readConfig } from '../src/config.ts';

const [OLD, NEW, LOST] = [1, 2, 3].map((fill) => Buffer.alloc(32, fill)) as [Buffer, Buffer, Buffer];
const old = createSecrets({ current: OLD });
const present = createSecrets({ current: NEW });
const AT = '2026-11-21T10:00:00Z';

let database: TestDatabase;
let sql: pg.Client;
let app: App;
let clock: ManualClock;
let dataDir: string;
const lines: { msg: string; resealed?: number; places?: string[] }[] = [];

/** A row of a table with its sealed columns, and what each is sealed about. */
interface Case {
  readonly table: string;
  readonly column: string;
  readonly about: (id: string) => string;
  readonly insert: (id: string, sealed: Buffer) => Promise<unknown>;
  readonly read: (id: string) => Promise<Buffer>;
}

const insert = (table: string, row: Record<string, unknown>) => {
  const names = Object.keys(row);
  const places = names.map((_, i) => `$${i + 1}`).join(', ');
  return sql.query(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${places})`, Object.values(row));
};
const stamps = { created_at: AT, updated_at: AT };
const user = randomUUID();
const bytesOf = (table: string, column: string) => async (id: string) =>
  (await sql.query(`SELECT ${column} AS sealed FROM ${table} WHERE id = $1`, [id])).rows[0].sealed as Buffer;
const method = { user_id: user, channel: 'webhook', label: 'l', ...stamps };
const endpoint = { name: 'n', url: 'https://a.test/', ...stamps };
const calendar = {
  name: 'n',
  shown_url: 'https://a.test/…',
  event_matchers: '{}',
  zone: 'UTC',
  refresh_seconds: 900,
  ...stamps,
};
const subscription = { url: 'https://a.test/', description: '', event_types: '["*"]', wake_at: AT, ...stamps };
const integration = (id: string) => ({
  ...{ name: 'n', kind: 'webhook', key_hash: Buffer.from(id), key_prefix: 'abc', resolve_timeout_seconds: 300 },
  ...{ enabled: true, ...stamps },
});

const cases: readonly Case[] = [
  {
    table: 'contact_methods',
    column: 'secret',
    about: (id) => `contact_methods/${id}/secret`,
    insert: (id, secret) => insert('contact_methods', { ...method, id, address: `https://${id}.test/`, secret }),
    read: bytesOf('contact_methods', 'secret'),
  },
  {
    table: 'contact_methods',
    column: 'address',
    about: (id) => `contact_methods/${id}/address`,
    insert: (id, sealed) =>
      insert('contact_methods', {
        ...method,
        channel: 'ntfy',
        id,
        address: `shown sealed:${sealed.toString('base64')}`,
      }),
    async read(id) {
      const { rows } = await sql.query('SELECT address FROM contact_methods WHERE id = $1', [id]);
      expect(rows[0].address).toMatch(/^shown sealed:/);
      return Buffer.from(rows[0].address.slice('shown sealed:'.length), 'base64');
    },
  },
  ...['secret', 'previous_secret'].flatMap((column): readonly Case[] => [
    {
      table: 'webhook_endpoints',
      column,
      about: (id) => `webhook_endpoints/${id}/secret`,
      insert: (id, sealed) => insert('webhook_endpoints', { ...endpoint, id, secret: sealed, [column]: sealed }),
      read: bytesOf('webhook_endpoints', column),
    },
    {
      table: 'webhook_subscriptions',
      column,
      about: (id) => `webhook_subscriptions/${id}.secret`,
      insert: (id, sealed) =>
        insert('webhook_subscriptions', { ...subscription, id, secret: sealed, [column]: sealed }),
      read: bytesOf('webhook_subscriptions', column),
    },
  ]),
  {
    table: 'maintenance_calendars',
    column: 'sealed_url',
    about: (id) => `maintenance_calendars/${id}.url`,
    insert: (id, sealed_url) => insert('maintenance_calendars', { ...calendar, id, sealed_url }),
    read: bytesOf('maintenance_calendars', 'sealed_url'),
  },
  {
    table: 'integrations',
    column: 'sealed_secret',
    about: (id) => `integrations/${id}/sealed_secret`,
    insert: (id, sealed_secret) => insert('integrations', { ...integration(id), id, sealed_secret }),
    read: bytesOf('integrations', 'sealed_secret'),
  },
];

const provider = (id: string, sealing: Pick<typeof old, 'seal'>) => ({
  ...{ id, kind: 'twilio', accountSid: `AC${'0'.repeat(32)}`, smsFrom: '+15005550006', voiceFrom: '+15005550006' },
  ...{ apiUrl: 'https://a.test', sealed: sealing.seal(`token of ${id}`, `settings/phone/${id}`).toString('base64') },
});
const phone = async () => (await sql.query("SELECT value FROM settings WHERE key = 'phone'")).rows[0].value;

const ids = new Map<Case, string>();
const lost = { id: randomUUID(), sealed: createSecrets({ current: LOST }).seal('x', 'y') };
/** More than one batch. */
const MANY = 450;

beforeAll(async () => {
  database = await createTestDatabase();
  sql = new pg.Client({ connectionString: database.connectionString });
  sql.on('error', () => {});
  await sql.connect();
  dataDir = mkdtempSync(join(tmpdir(), 'tocsin-reseal-'));
  await insert('users', { id: user, email: 'a@b.test', name: 'Ann', role: 'owner', time_zone: 'UTC', ...stamps });
  for (const one of cases) {
    const id = randomUUID();
    ids.set(one, id);
    await one.insert(id, old.seal(`${one.table} ${one.column}`, one.about(id)));
  }
  const [webhook] = cases as [Case];
  for (let n = 0; n < MANY; n += 1) {
    const id = randomUUID();
    await webhook.insert(id, old.seal('one of many', webhook.about(id)));
  }
  await webhook.insert(lost.id, lost.sealed);
  await insert('settings', {
    key: 'phone',
    updated_at: AT,
    value: JSON.stringify({
      ...{ providers: [provider('main', old), provider('second', present)], countries: [], version: 3 },
      guard: { countries: null, perNumberPerDay: 5, perPrefixPerHour: 5, perHour: 5 },
    }),
  });
  clock = createManualClock(Temporal.Instant.from(AT));
  app = await createApp({
    config: readConfig({
      env: {},
      flags: { dataDir, port: 0, secretKey: NEW.toString('hex'), previousSecretKey: OLD.toString('hex') },
    }),
    connectionString: database.connectionString,
    log: createLog({ level: 'info', target: { write: (line) => lines.push(JSON.parse(line)) } }),
    clock,
  });
  await app.prepare();
  await app.engine.runUntilIdle(['jobs']);
});
afterAll(async () => {
  await app.stop();
  await sql.end();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('what the previous key sealed opens with the present one alone', () => {
  it.each(cases)('$table $column', async (one) => {
    const id = ids.get(one) as string;
    expect(present.open(await one.read(id), one.about(id))).toBe(`${one.table} ${one.column}`);
  });

  it('the phone providers, under a new version, and those of the present key as they were', async () => {
    const { providers, version } = await phone();
    expect(version).toBe(4);
    for (const { id, sealed } of providers)
      expect(present.open(Buffer.from(sealed, 'base64'), `settings/phone/${id}`)).toBe(`token of ${id}`);
  });

  it('every row of a table that is longer than one batch', async () => {
    const { rows } = await sql.query('SELECT secret FROM contact_methods WHERE secret IS NOT NULL AND id <> $1', [
      lost.id,
    ]);
    expect(rows).toHaveLength(MANY + 1);
    expect(rows.filter(({ secret }) => present.isOld(secret))).toEqual([]);
  });
});

it('leaves alone what no key here opens, and names its place', async () => {
  const { rows } = await sql.query('SELECT secret FROM contact_methods WHERE id = $1', [lost.id]);
  expect(rows[0].secret).toEqual(lost.sealed);
  const [line] = lines.filter(({ msg }) => msg.includes('no key here opens'));
  expect(line?.places).toEqual([`contact_methods/${lost.id}/secret`]);
  // Both secrets of two rows, where the one before is the one asked about.
  expect(line?.resealed).toBe(MANY + cases.length + 2 + 1);
});

it('says when the previous key can go', async () => {
  await sql.query('DELETE FROM contact_methods WHERE id = $1', [lost.id]);
  clock.set(clock.now().add({ minutes: 6 }));
  await app.engine.runUntilIdle(['jobs']);
  expect(lines.map(({ msg }) => msg).filter((msg) => msg.includes('can go'))).toHaveLength(1);
  clock.set(clock.now().add({ minutes: 6 }));
  await app.engine.runUntilIdle(['jobs']);
  expect(lines.map(({ msg }) => msg).filter((msg) => msg.includes('can go'))).toHaveLength(1);
});
