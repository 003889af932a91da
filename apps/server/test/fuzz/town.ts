import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type App, createApp } from '#app';
import { integrationKinds } from '@tocsin/contracts';
import { cloneTemplate } from '#harness/clone';
import { createPhones } from '#harness/phones';
import type { TestServer } from '#harness/run';
import { createLog } from '#platform/log';
import { readConfig } from '../../src/config.ts';

/** The secret of every integration that asks for a signature, and of the phone provider. */
export const SECRET = 'the secret of the fuzz';

/** Somebody who may send: a key, and the integration it opens. */
export interface Sender {
  readonly id: string;
  readonly key: string;
}

/** A whole Tocsin on a database of its own, with an open door of every kind and the engine running. */
export interface Town {
  readonly app: App;
  /** Where it listens, and what it gives providers to call back at. */
  readonly url: string;
  /** One of each kind; kinds that can be signed also as `signed-<kind>`; `alertmanager-reads` is only read and silenced. */
  readonly senders: ReadonlyMap<string, Sender>;
  /** The token of a link that somebody was sent. */
  readonly replyToken: string;
  /** What the log has said at level error since the town was opened. */
  readonly errors: string[];
  query<T extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<readonly T[]>;
  /** Broken invariants, once the engine has caught up. */
  verify(): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** Opens one. Its clock is the real one: whoever is called is called while the doors are tried. */
export async function openTown(server: TestServer): Promise<Town> {
  const database = await cloneTemplate(server);
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-fuzz-'));
  const errors: string[] = [];
  const phones = createPhones();
  const config = readConfig({
    env: {},
    flags: { dataDir, port: 0, apiRatePerSecond: 0, egressAllow: ['127.0.0.1'] },
  });
  const app = await createApp({
    config,
    connectionString: database.connectionString,
    log: createLog({ level: 'error', target: { write: (line) => errors.push(line.trim()) } }),
    channels: phones.channels.filter(({ name }) => name === 'email'),
  });
  const sql = new pg.Client({ connectionString: database.connectionString });
  sql.on('error', () => {});
  await sql.connect();
  const { url } = await app.start();
  const query = async <T extends pg.QueryResultRow>(text: string, values: readonly unknown[]) =>
    (await sql.query<T>(text, [...values])).rows;
  const ownerKey = await app.createOwner({ name: 'Olga', email: 'olga@fuzz.test', password: 'a long fuzzy password' });
  // biome-ignore lint/suspicious/noExplicitAny: what is set up reads what it needs
  const api = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<any> => {
    const headers = { authorization: `Bearer ${ownerKey}` };
    const answer = await app.inject({ method, url: path, headers, ...(body ? { payload: body } : {}) });
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${answer.statusCode} ${answer.body}`);
    return answer.json();
  };
  const senders = await openSenders(api);
  await api('PUT', '/api/v1/phone-providers', {
    version: (await api('GET', '/api/v1/phone-providers')).version,
    providers: [twilioAt('http://127.0.0.1:9')],
  });
  await query(
    `INSERT INTO contact_methods (id, user_id, channel, label, address, verified_at, created_at, updated_at)
     SELECT gen_random_uuid(), id, 'email', 'mail', email, created_at, created_at, created_at FROM users`,
    [],
  );
  await query('UPDATE config_version SET version = version + 1', []);
  await app.refreshConfig();
  const replyToken = await tokenFromMail(app, senders.get('alertmanager-reads') as Sender, phones);
  return {
    app,
    url,
    senders,
    replyToken,
    errors,
    query,
    verify: () => verifyOnceQuiet(api),
    async close() {
      await app.stop();
      await sql.end();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

type Api = (method: 'GET' | 'POST' | 'PUT', path: string, body?: object) => Promise<any>; // oxlint-disable-line typescript/no-explicit-any

/** The account of a provider whose callbacks the fuzz signs; it is never reached. */
function twilioAt(apiUrl: string): object {
  const [accountSid, number] = [`AC${'0'.repeat(32)}`, '+15005550006'];
  return { id: 'main', kind: 'twilio', accountSid, authToken: SECRET, smsFrom: number, voiceFrom: number, apiUrl };
}

async function openSenders(api: Api): Promise<ReadonlyMap<string, Sender>> {
  const senders = new Map<string, Sender>();
  const open = async (name: string, kind: string) => {
    const made = await api('POST', '/api/v1/integrations', { name, kind });
    senders.set(name, { id: made.integration.id, key: made.key });
    return made.integration as { id: string; version: number };
  };
  for (const kind of integrationKinds) await open(kind, kind);
  await open('alertmanager-reads', 'alertmanager');
  for (const kind of ['webhook', 'grafana', 'github']) {
    const { id, version } = await open(`signed-${kind}`, kind);
    if (kind !== 'github')
      await api('PUT', `/api/v1/integrations/${id}/settings`, {
        version,
        settings: {
          hmac: { header: 'x-fuzz-signature', signs: 'timestamp.body', timestampHeader: 'x-fuzz-time' },
        },
      });
    await api('PUT', `/api/v1/integrations/${id}/secret`, { secret: SECRET });
  }
  await api('POST', '/api/v1/heartbeats', {
    integrationId: senders.get('heartbeat')?.id as string,
    name: 'Nightly backup',
    slug: 'nightly-backup',
    intervalSeconds: 3_600,
    graceSeconds: 3_600,
  });
  return senders;
}

/** Fires an alert and waits for the mail about it: its link is what a reply is made to. */
async function tokenFromMail(app: App, sender: Sender, phones: ReturnType<typeof createPhones>): Promise<string> {
  await app.inject({
    method: 'POST',
    url: `/am/${sender.key}/api/v2/alerts`,
    payload: [{ labels: { alertname: 'Linked' } }],
  });
  for (let tries = 0; tries < 200; tries += 1) {
    const token = phones.all.map(({ text }) => /\/a\/([A-Za-z0-9]{14})/.exec(text)?.[1]).find(Boolean);
    if (token !== undefined) return token;
    await pause(50);
  }
  throw new Error('nobody was told of the first alert');
}

/** A wake-up may be a second late; what is broken for longer is broken. */
async function verifyOnceQuiet(api: Api): Promise<readonly unknown[]> {
  for (let tries = 0; ; tries += 1) {
    const { ok, ...report } = await api('GET', '/api/v1/verify');
    if (ok === true) return [];
    if (tries === 20) return [report];
    await pause(500);
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
