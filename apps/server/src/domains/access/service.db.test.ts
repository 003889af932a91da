import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts';
import { createAudit } from '#audit';
import { createManualClock } from '#platform/clock';
import { createConfigCache } from '#platform/config-cache';
import { type Databases, openDatabases } from '#platform/db';
import { createHttpServer, type HttpServer } from '#platform/http/server';
import { createIds } from '#platform/ids';
import { silentLog } from '#platform/log';
import { createSecrets } from '#platform/secrets';
import { type Access, accessRoutes, authorize, createAccess, sweepAccess } from './index.ts';

const START = Temporal.Instant.from('2026-11-21T10:00:00Z');
const PASSWORD = 'correct horse battery';
const clock = createManualClock(START);
let database: TestDatabase;
let db: Databases;
let access: Access;
let server: HttpServer;
let owner: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabases({ connectionString: database.connectionString, onError: () => {} });
  const config = createConfigCache(db.paging);
  const audit = createAudit({ db });
  access = createAccess({
    db,
    clock,
    newId: createIds(clock),
    config,
    audit: audit.record,
    publicUrl: 'https://tocsin.example',
  });
  await config.refresh();
  server = await createHttpServer(
    { routes: accessRoutes(access, true) },
    {
      clock,
      log: silentLog(),
      db: db.paging,
      authenticate: access.authenticate,
      authorize,
      sealing: createSecrets({ current: Buffer.alloc(32, 7) }),
      publicUrl: 'https://tocsin.example',
      checkAnswers: true,
    },
  );
});

afterAll(async () => {
  await server.close();
  await db.close();
  await database.drop();
});

interface Client {
  (
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    url: string,
    body?: unknown,
  ): Promise<{ status: number; body: any; headers: Record<string, unknown> }>;
}

function client(headers: Record<string, string>, address = '10.0.0.1'): Client {
  return async (method, url, body) => {
    const answer = await server.inject({
      method,
      url: `/api/v1${url}`,
      remoteAddress: address,
      headers: {
        origin: 'https://tocsin.example',
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: answer.body ? JSON.parse(answer.body) : null, headers: answer.headers };
  };
}

const stranger = (address?: string) => client({}, address);
const cookieOf = (answer: { headers: Record<string, unknown> }) =>
  String(answer.headers['set-cookie']).split(';')[0] as string;

async function signIn(email: string, password = PASSWORD, address = '10.0.0.1'): Promise<Client> {
  const answer = await stranger(address)('POST', '/session', { email, password });
  expect(answer.status).toBe(201);
  return client({ cookie: cookieOf(answer) }, address);
}

let people = 0;
async function addPerson(role: string): Promise<{ id: string; email: string; version: number }> {
  const email = `person${(people += 1)}@example.com`;
  const answer = await owner('POST', '/users', { email, name: `Person ${people}`, role, password: PASSWORD });
  expect(answer.status).toBe(201);
  return answer.body;
}

describe('the first-run set-up', () => {
  const body = { name: 'Ann', email: 'Ann@Example.com', password: PASSWORD, timeZone: 'Europe/Berlin' };

  test('refuses a weak password and a zone that does not exist, both at once', async () => {
    const answer = await stranger()('POST', '/setup', { ...body, password: 'short', timeZone: 'Mars/Base' });
    expect(answer.body.faults.map((fault: { path: string }) => fault.path).sort()).toEqual(['password', 'timeZone']);
  });

  test('of many at once exactly one becomes the owner, and it is closed for ever', async () => {
    expect((await stranger()('GET', '/setup')).body).toEqual({ open: true, tokenNeeded: false });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => stranger()('POST', '/setup', { ...body, email: `ann${i}@example.com` })),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    expect(answers.filter(({ body: problem }) => problem.code === 'SETUP_CLOSED')).toHaveLength(7);
    owner = client({ cookie: cookieOf(made[0] as (typeof made)[number]) });
    expect((await owner('GET', '/me')).body).toMatchObject({
      user: { role: 'owner', timeZone: 'Europe/Berlin' },
      via: 'session',
    });
    await db.paging.deleteFrom('settings').where('key', '=', 'access.setup').execute();
    expect((await stranger()('GET', '/setup')).body.open).toBe(false);
    expect((await stranger()('POST', '/setup', body)).body.code).toBe('SETUP_CLOSED');
  });
});

describe('sessions', () => {
  test('the cookie is for this host, https and no script; its token is not stored', async () => {
    const { email } = await addPerson('viewer');
    const answer = await stranger()('POST', '/session', { email: email.toUpperCase(), password: PASSWORD });
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-tocsin=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure$/,
    );
    const stored = await db.paging.selectFrom('sessions').selectAll().execute();
    expect(JSON.stringify(stored)).not.toContain(cookieOf(answer).split('=')[1]);
  });

  test('signing out ends it, and signing in anew ends the one before', async () => {
    const { email } = await addPerson('viewer');
    const me = await signIn(email);
    expect((await me('DELETE', '/session')).status).toBe(204);
    expect((await me('GET', '/me')).status).toBe(401);
    const first = await stranger()('POST', '/session', { email, password: PASSWORD });
    const second = await client({ cookie: cookieOf(first) })('POST', '/session', { email, password: PASSWORD });
    expect((await client({ cookie: cookieOf(first) })('GET', '/me')).status).toBe(401);
    expect((await client({ cookie: cookieOf(second) })('GET', '/me')).status).toBe(200);
  });

  test('it ends after 30 days, or after 14 without use', async () => {
    const { email } = await addPerson('viewer');
    const [idle, used] = [await signIn(email), await signIn(email)];
    for (const days of [10, 20, 29]) {
      clock.set(START.add({ hours: days * 24 }));
      expect((await used('GET', '/me')).status).toBe(200);
    }
    expect((await idle('GET', '/me')).status).toBe(401);
    clock.set(START.add({ hours: 30 * 24 }));
    expect((await used('GET', '/me')).status).toBe(401);
    expect(await sweepAccess(db.paging, clock.now())).toBeGreaterThan(1);
    clock.set(START);
    owner = await signInOwner();
  });

  test('a new password needs the old one and ends the other sessions', async () => {
    const { email } = await addPerson('responder');
    const [here, there] = [await signIn(email), await signIn(email)];
    expect(
      (await here('POST', '/me/password', { currentPassword: 'wrong', newPassword: 'another horse 12' })).body.code,
    ).toBe('PASSWORD_WRONG');
    expect(
      (await here('POST', '/me/password', { currentPassword: PASSWORD, newPassword: 'another horse 12' })).status,
    ).toBe(204);
    expect([(await here('GET', '/me')).status, (await there('GET', '/me')).status]).toEqual([200, 401]);
    expect((await stranger()('POST', '/session', { email, password: PASSWORD })).body.code).toBe('SIGN_IN_REFUSED');
    await signIn(email, 'another horse 12');
    expect((await here('GET', '/me/sessions')).body.sessions).toMatchObject([{ current: expect.any(Boolean) }, {}]);
    expect((await here('DELETE', '/me/sessions')).status).toBe(204);
    expect((await here('GET', '/me/sessions')).body.sessions).toHaveLength(1);
  });
});

async function signInOwner(): Promise<Client> {
  const row = await db.paging.selectFrom('users').select('email').where('role', '=', 'owner').executeTakeFirstOrThrow();
  return signIn(row.email, PASSWORD, '10.0.0.9');
}

describe('back-off', () => {
  test('an unknown address and a wrong password answer alike', async () => {
    const { email } = await addPerson('viewer');
    const wrong = await stranger('10.1.0.1')('POST', '/session', { email, password: 'wrong' });
    const unknown = await stranger('10.1.0.2')('POST', '/session', { email: 'nobody@example.com', password: 'wrong' });
    const shown = (problem: Record<string, unknown>) => ({ ...problem, requestId: null });
    expect(shown(wrong.body)).toEqual(shown(unknown.body));
  });

  test('guessing from many addresses does not keep out who is at a known one', async () => {
    const { email } = await addPerson('responder');
    await signIn(email, PASSWORD, '10.2.0.1');
    const guesses = await Promise.all(
      Array.from({ length: 14 }, (_, i) => stranger(`10.3.0.${i}`)('POST', '/session', { email, password: 'guess' })),
    );
    expect(guesses.some(({ status }) => status === 429)).toBe(true);
    const right = await stranger('10.3.9.9')('POST', '/session', { email, password: PASSWORD });
    expect([right.status, right.body.code]).toEqual([429, 'SIGN_IN_BACK_OFF']);
    expect(Number(right.headers['retry-after'])).toBeLessThanOrEqual(30);
    await signIn(email, PASSWORD, '10.2.0.1');
  });

  test('many tries at once do not outrun the count', async () => {
    const { email } = await addPerson('viewer');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => stranger('10.4.0.1')('POST', '/session', { email, password: 'guess' })),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
    clock.set(START.add({ seconds: 2 }));
    await signIn(email, PASSWORD, '10.4.0.1');
    clock.set(START);
  });
});

describe('people', () => {
  test('two who change the same: the second is told', async () => {
    const { id } = await addPerson('viewer');
    expect((await owner('PATCH', `/users/${id}`, { version: 1, name: 'One' })).body).toMatchObject({
      name: 'One',
      version: 2,
    });
    expect((await owner('PATCH', `/users/${id}`, { version: 1, name: 'Two' })).body.code).toBe('VERSION_CONFLICT');
    expect((await owner('GET', '/users/0197f3a2-1111-7000-8000-000000000001')).body.code).toBe('USER_NOT_FOUND');
  });

  test('an address belongs to one person, whatever its case', async () => {
    const { email } = await addPerson('viewer');
    const again = await owner('POST', '/users', { email: email.toUpperCase(), name: 'x', role: 'viewer' });
    expect(again.body.code).toBe('USER_EMAIL_TAKEN');
  });

  test('deactivating ends sessions and keys at once, and every process hears of it', async () => {
    const { id, email } = await addPerson('responder');
    const me = await signIn(email);
    const { text } = (await me('POST', '/keys', { name: 'script' })).body;
    const script = client({ authorization: `Bearer ${text}` });
    expect((await script('GET', '/me')).body.via).toBe('api-key');
    const before = access.people.current();
    expect(before.users.get(id)?.active).toBe(true);
    expect((await owner('PATCH', `/users/${id}`, { version: 1, active: false })).status).toBe(200);
    expect([(await me('GET', '/me')).status, (await script('GET', '/me')).status]).toEqual([401, 401]);
    expect(access.people.current().users.get(id)?.active).toBe(false);
    expect((await stranger()('POST', '/session', { email, password: PASSWORD })).status).toBe(401);
    await owner('PATCH', `/users/${id}`, { version: 2, active: true });
    expect([(await me('GET', '/me')).status, (await script('GET', '/me')).status]).toEqual([401, 401]);
  });

  test('there is always an owner, also when two leave at the same time', async () => {
    const mine = (await owner('GET', '/me')).body.user;
    expect((await owner('PATCH', `/users/${mine.id}`, { version: mine.version, role: 'admin' })).body.code).toBe(
      'LAST_OWNER',
    );
    const second = await addPerson('owner');
    const other = await signIn(second.email);
    const answers = await Promise.all([
      owner('PATCH', `/users/${mine.id}`, { version: mine.version, active: false }),
      other('PATCH', `/users/${second.id}`, { version: second.version, active: false }),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    owner = answers[0]?.status === 200 ? other : owner;
  });

  test('an admin cannot touch an owner', async () => {
    const { email } = await addPerson('admin');
    const admin = await signIn(email);
    const target = (await owner('GET', '/me')).body.user;
    expect(
      (await admin('PATCH', `/users/${target.id}`, { version: target.version, password: 'taken over 123' })).status,
    ).toBe(403);
    expect((await admin('POST', '/users', { email: 'x@example.com', name: 'x', role: 'owner' })).status).toBe(403);
  });

  test('changes are in the audit log, without names, addresses or passwords', async () => {
    const { id, email } = await addPerson('viewer');
    await owner('PATCH', `/users/${id}`, { version: 1, name: 'Somebody Else', password: 'a new password 1' });
    const rows = await db.paging.selectFrom('audit_entries').selectAll().where('subject', '=', id).execute();
    expect(rows.map(({ kind }) => kind)).toEqual(['user.created', 'user.changed']);
    for (const secret of [email, 'Somebody', 'a new password']) expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

describe('teams', () => {
  test('are made, changed, joined, left and archived; the key is free again afterwards', async () => {
    const { id: userId } = await addPerson('responder');
    const made = (await owner('POST', '/teams', { key: 'payments', name: 'Payments' })).body;
    expect((await owner('POST', '/teams', { key: 'payments', name: 'Other' })).body.code).toBe('TEAM_KEY_TAKEN');
    const joined = (await owner('PUT', `/teams/${made.id}/members/${userId}`, { lead: true })).body;
    expect(joined).toMatchObject({ members: [{ userId, lead: true }], version: 2 });
    expect(access.people.current().teamsByKey.get('payments')?.members).toEqual([{ userId, lead: true }]);
    expect((await owner('PATCH', `/teams/${made.id}`, { version: 1, name: 'x' })).body.code).toBe('VERSION_CONFLICT');
    expect((await owner('DELETE', `/teams/${made.id}/members/${userId}`)).body.members).toEqual([]);
    expect((await owner('DELETE', `/teams/${made.id}`)).status).toBe(204);
    expect((await owner('GET', `/teams/${made.id}`)).body.code).toBe('TEAM_NOT_FOUND');
    expect((await owner('POST', '/teams', { key: 'payments', name: 'New' })).status).toBe(201);
  });
});

describe('API keys', () => {
  test('act within scope and role, show their text once, expire and are revoked', async () => {
    const { text, key } = (
      await owner('POST', '/keys', { name: 'reader', scopes: ['people:read', 'keys:write'], expiresInDays: 1 })
    ).body;
    const script = client({ authorization: `Bearer ${text}` });
    expect(text).toMatch(/^tocsin_[\w-]{43}$/);
    expect((await script('GET', '/users')).status).toBe(200);
    expect((await script('POST', '/users', { email: 'y@example.com', name: 'y', role: 'viewer' })).status).toBe(403);
    expect((await script('POST', '/keys', { name: 'wider' })).status).toBe(403);
    expect((await script('POST', '/keys', { name: 'same', scopes: ['people:read'] })).status).toBe(201);
    expect(JSON.stringify((await owner('GET', '/keys')).body)).not.toContain(text);
    expect(JSON.stringify(await db.paging.selectFrom('api_keys').selectAll().execute())).not.toContain(text);
    clock.set(START.add({ hours: 24 }));
    expect((await script('GET', '/users')).status).toBe(401);
    clock.set(START);
    expect((await script('GET', '/users')).status).toBe(200);
    expect((await owner('DELETE', `/keys/${key.id}`)).status).toBe(204);
    expect((await script('GET', '/users')).status).toBe(401);
  });

  test('somebody else’s key is no key, unless one keeps the people', async () => {
    const [{ email: mine }, { email: theirs }] = [await addPerson('responder'), await addPerson('responder')];
    const { key } = (await (await signIn(theirs))('POST', '/keys', { name: 'x' })).body;
    const me = await signIn(mine);
    expect((await me('DELETE', `/keys/${key.id}`)).body.code).toBe('API_KEY_NOT_FOUND');
    expect((await me('GET', '/keys?all=true')).status).toBe(403);
    expect((await owner('GET', '/keys?all=true')).body.keys.map((each: { id: string }) => each.id)).toContain(key.id);
    expect((await owner('DELETE', `/keys/${key.id}`)).status).toBe(204);
  });

  test('a key made with an idempotency key is made once, and its text is stored sealed only', async () => {
    const { email } = await addPerson('viewer');
    const answer = await stranger()('POST', '/session', { email, password: PASSWORD });
    const me = client({ cookie: cookieOf(answer), 'idempotency-key': 'once' });
    const [first, again] = [await me('POST', '/keys', { name: 'x' }), await me('POST', '/keys', { name: 'x' })];
    expect(again.body).toEqual(first.body);
    expect(JSON.stringify(await db.paging.selectFrom('idempotency_keys').selectAll().execute())).not.toContain(
      first.body.text,
    );
    expect((await client({ cookie: cookieOf(answer) })('GET', '/keys')).body.keys).toHaveLength(1);
  });
});
