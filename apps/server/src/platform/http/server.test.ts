import { expect, test } from 'vitest';
import { z } from 'zod';
import { AppError } from '#platform/errors';
import { createLog } from '#platform/log';
import type { VendorDoor } from './door.ts';
import { type Call, type Route, route } from './route.ts';
import { createHttpServer } from './server.ts';
import { testDeps } from './testkit.ts';

let last: Call<unknown, unknown, unknown> | null = null;

const routes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/v1/things/:id',
    permission: 'alerts:read',
    summary: 'One thing',
    tag: 'things',
    params: z.strictObject({ id: z.uuid() }),
    query: z.strictObject({ limit: z.coerce.number().int().max(200).default(50) }),
    answers: { 200: z.strictObject({ id: z.string(), at: z.string() }) },
    handle: async (call) => {
      last = call;
      return { status: 200, body: { id: call.params.id, at: call.now } };
    },
  }),
  route({
    method: 'POST',
    url: '/api/v1/things',
    permission: 'routing:write',
    summary: 'Add a thing',
    tag: 'things',
    body: z.object({ name: z.string().min(1), steps: z.array(z.strictObject({ delaySeconds: z.int().min(0) })) }),
    answers: { 201: z.strictObject({ name: z.string() }), 204: null },
    idempotent: false,
    handle: async ({ body }) => {
      if (body.name === 'boom') throw new Error('the secret plan failed');
      if (body.name === 'down') throw Object.assign(new Error('x'), { code: '57P01' });
      if (body.name === 'gone') throw new AppError('VERSION_CONFLICT');
      if (body.name === 'leak') return { status: 201, body: { name: 'leak', passwordHash: 'x' } };
      return { status: 201, body: { name: body.name } };
    },
  }),
  route({
    method: 'POST',
    url: '/api/v1/door',
    permission: 'first-run',
    summary: 'A door',
    tag: 'things',
    answers: { 204: null },
    handle: async () => ({ status: 204 }),
  }),
];

const vendor: VendorDoor = {
  method: 'POST',
  url: '/api/v2/alerts',
  permission: 'integration-key',
  summary: 'x',
  bodyLimit: 100,
  handle: ({ body, query }) => {
    if (body.toString() === 'boom') throw new Error('boom');
    return { status: 200, contentType: 'text/plain', body: `${body.toString()} ${query.getAll('a').join('+')}` };
  },
  fail: (status, message) => ({
    status,
    contentType: 'application/json',
    body: JSON.stringify(`${status}: ${message}`),
  }),
};

const open = (more = {}) => createHttpServer({ routes, doors: [vendor] }, testDeps(more));
const ID = '0197f3a2-1111-7000-8000-000000000001';
const json = { 'content-type': 'application/json' };
const good = { name: 'a', steps: [] };

test('a request with a permission is answered, at one reading of the clock', async () => {
  const server = await open();
  const answer = await server.inject({ url: `/api/v1/things/${ID}`, headers: { authorization: 'Bearer responder' } });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({ id: ID, at: '2026-11-21T10:00:00Z' });
  expect(last).toMatchObject({ query: { limit: 50 }, actor: { role: 'responder' }, address: '127.0.0.1' });
  expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  expect(answer.headers['strict-transport-security']).toBeDefined();
});

test('nobody without a credential, nobody beyond their role', async () => {
  const server = await open();
  const none = await server.inject({ url: `/api/v1/things/${ID}` });
  expect(none.statusCode).toBe(401);
  expect(none.headers['content-type']).toBe('application/problem+json');
  expect(none.json()).toMatchObject({
    code: 'UNAUTHENTICATED',
    status: 401,
    title: 'Unauthenticated',
    requestId: none.headers['x-request-id'],
  });
  const viewer = await server.inject({
    method: 'POST',
    url: '/api/v1/things',
    headers: { authorization: 'Bearer viewer', ...json },
    payload: good,
  });
  expect(viewer.json()).toMatchObject({ code: 'FORBIDDEN', detail: expect.stringContaining('routing:write') });
});

test('all faults of a request are told at once, with dotted paths; unknown keys are faults', async () => {
  const server = await open();
  const answer = await server.inject({
    method: 'POST',
    url: '/api/v1/things?x=1',
    headers: { authorization: 'Bearer admin', ...json },
    payload: { name: '', steps: [{ delaySeconds: -1 }, { delaySeconds: 1, dealy: 2 }], colour: 'red' },
  });
  expect(answer.statusCode).toBe(400);
  expect(
    answer
      .json()
      .faults.map((fault: { path: string }) => fault.path)
      .sort(),
  ).toEqual(['colour', 'name', 'query.x', 'steps.0.delaySeconds', 'steps.1.dealy']);
});

test.each<[string, string | Buffer, Record<string, string>, number, string]>([
  ['not JSON', '{', json, 400, 'BODY_NOT_JSON'],
  ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), json, 400, 'BODY_NOT_JSON'],
  ['another type', 'a=b', { 'content-type': 'text/plain' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
  ['no type', 'a=b', {}, 415, 'MEDIA_TYPE_UNSUPPORTED'],
  ['nothing', '', json, 400, 'BODY_INVALID'],
  ['a NUL that PostgreSQL cannot store', '{"name":"a\\u0000","steps":[]}', json, 400, 'BODY_INVALID'],
  ['half a surrogate pair', '{"name":"\\ud800","steps":[]}', json, 400, 'BODY_INVALID'],
  ['very deep', `{"name":${'['.repeat(5000)}${']'.repeat(5000)}}`, json, 400, 'BODY_INVALID'],
  ['over a megabyte', `"${'x'.repeat(1_100_000)}"`, json, 413, 'BODY_TOO_LARGE'],
])('a body that is %s is refused', async (_, payload, headers, status, code) => {
  const server = await open();
  const answer = await server.inject({
    method: 'POST',
    url: '/api/v1/things',
    headers: { authorization: 'Bearer admin', ...headers },
    payload,
  });
  expect(answer.json()).toMatchObject({ status, code });
  expect(answer.statusCode).toBe(status);
});

test('an unexpected error is answered blandly and logged fully', async () => {
  const lines: string[] = [];
  const server = await open({
    log: createLog({ level: 'error', target: { write: (line: string) => lines.push(line) } }),
  });
  const answer = await server.inject({
    method: 'POST',
    url: '/api/v1/things',
    headers: { authorization: 'Bearer admin', ...json },
    payload: { ...good, name: 'boom' },
  });
  expect(answer.json()).toMatchObject({ code: 'INTERNAL', status: 500 });
  expect(answer.body).not.toContain('secret plan');
  expect(lines.join('')).toContain('the secret plan failed');
  expect(lines.join('')).toContain(answer.json().requestId);
});

test.each([
  ['down', 503, 'DATABASE_UNAVAILABLE', '5'],
  ['gone', 409, 'VERSION_CONFLICT', undefined],
])('a database that does not answer and a known error have their codes: %s', async (name, status, code, retryAfter) => {
  const server = await open();
  const answer = await server.inject({
    method: 'POST',
    url: '/api/v1/things',
    headers: { authorization: 'Bearer admin', ...json },
    payload: { ...good, name },
  });
  expect(answer.json()).toMatchObject({ status, code });
  expect(answer.headers['retry-after']).toBe(retryAfter);
});

test('an undeclared field or status never leaves while answers are checked', async () => {
  const server = await open();
  const answer = await server.inject({
    method: 'POST',
    url: '/api/v1/things',
    headers: { authorization: 'Bearer admin', ...json },
    payload: { ...good, name: 'leak' },
  });
  expect(answer.statusCode).toBe(500);
});

test('HEAD answers as GET without a body; another method says which are taken; an unknown address is a problem', async () => {
  const server = await open();
  const headers = { authorization: 'Bearer viewer' };
  const head = await server.inject({ method: 'HEAD', url: `/api/v1/things/${ID}`, headers });
  expect([head.statusCode, head.body]).toEqual([200, '']);
  const wrong = await server.inject({ method: 'DELETE', url: `/api/v1/things/${ID}`, headers });
  expect(wrong.json()).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
  expect(wrong.headers.allow).toBe('GET, HEAD');
  expect((await server.inject({ url: '/nowhere' })).json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect((await server.inject({ url: '/%ff' })).json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
});

test.each<[string, Record<string, string>, number]>([
  ['by cookie from our own pages', { cookie: '__Host-tocsin=admin', origin: 'https://tocsin.example' }, 201],
  [
    'by cookie from the address we listen at',
    { cookie: '__Host-tocsin=admin', origin: 'http://localhost:80', host: 'localhost' },
    201,
  ],
  ['by cookie from another site', { cookie: '__Host-tocsin=admin', origin: 'https://evil.example' }, 403],
  ['by cookie from a sibling host', { cookie: '__Host-tocsin=admin', origin: 'https://blog.tocsin.example' }, 403],
  ['by cookie without an origin', { cookie: '__Host-tocsin=admin' }, 403],
  ['by cookie with an opaque origin', { cookie: '__Host-tocsin=admin', origin: 'null' }, 403],
  [
    'by cookie from our name without https',
    { cookie: '__Host-tocsin=admin', origin: 'http://tocsin.example', host: 'tocsin.example' },
    403,
  ],
  [
    'by cookie from a name that was pointed at us',
    { cookie: '__Host-tocsin=admin', origin: 'http://evil.example', host: 'evil.example' },
    403,
  ],
  [
    'by cookie from our own page without referrer',
    { cookie: '__Host-tocsin=admin', origin: 'null', 'sec-fetch-site': 'same-origin' },
    201,
  ],
  [
    'by cookie from a sibling’s page, as the browser says',
    { cookie: '__Host-tocsin=admin', 'sec-fetch-site': 'same-site' },
    403,
  ],
  ['by a key from another site', { authorization: 'Bearer admin', origin: 'https://evil.example' }, 201],
])('a write %s answers %#', async (_, headers, status) => {
  const server = await open();
  const answer = await server.inject({
    method: 'POST',
    url: '/api/v1/things',
    headers: { ...headers, ...json },
    payload: good,
  });
  expect(answer.statusCode).toBe(status);
});

test('a door without a session takes requests of tools, not of other sites', async () => {
  const server = await open();
  expect((await server.inject({ method: 'POST', url: '/api/v1/door' })).statusCode).toBe(204);
  expect(
    (await server.inject({ method: 'POST', url: '/api/v1/door', headers: { origin: 'https://evil.example' } }))
      .statusCode,
  ).toBe(403);
});

test('the page behind a link takes the form of a browser without script, wherever it was opened', async () => {
  const link = route({
    method: 'POST',
    url: '/a/:token',
    permission: 'link-token',
    summary: 'x',
    tag: 'x',
    params: z.strictObject({ token: z.string() }),
    body: z.strictObject({ act: z.string() }),
    answers: { 200: null },
    handle: async ({ body }) => ({
      status: 200,
      body: `<p>${body.act}</p>`,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    }),
  });
  const server = await createHttpServer({ routes: [link] }, testDeps());
  const headers = { origin: 'null', 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await server.inject({ method: 'POST', url: '/a/x', headers, payload: 'act=acknowledge' });
  expect([answer.statusCode, answer.body]).toEqual([200, '<p>acknowledge</p>']);
  expect(answer.headers['content-security-policy']).toContain("script-src 'self'");
});

test('a vendor’s door gets bytes and answers in its own form, also for errors', async () => {
  const server = await open();
  const send = (payload: string) => server.inject({ method: 'POST', url: '/api/v2/alerts?a=1&a=2', payload });
  expect((await send('[]')).body).toBe('[] 1+2');
  expect((await send('boom')).body).toBe('"500: something failed on our side"');
  expect((await send('x'.repeat(101))).body).toBe('"413: the body is too large"');
});

test('the server does not start with a route without permission, a loose body, or a route that stands twice', async () => {
  const raw = createHttpServer({ routes, raw: [(app) => void app.get('/naked', async () => 'x')] }, testDeps());
  await expect(raw).rejects.toThrow('declares no permission');
  const [, second] = routes as [Route, Route];
  const loose = { ...second, body: z.object({ steps: z.array(z.object({ name: z.string() })) }) };
  await expect(createHttpServer({ routes: [loose] }, testDeps())).rejects.toThrow('unknown keys');
  await expect(createHttpServer({ routes: [second, second] }, testDeps())).rejects.toThrow('twice');
});

test('too many requests wait', async () => {
  const server = await open({ throttle: () => 7 });
  const answer = await server.inject({ url: `/api/v1/things/${ID}`, headers: { authorization: 'Bearer admin' } });
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '7']);
});
