import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEmergency } from './emergency.ts';
import { sendHeartbeat } from './outside-heartbeat.ts';
import { callOutward } from './outward-call.ts';

let server: Server;
let base: string;
let heard: string[];

beforeAll(async () => {
  heard = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += String(part);
    });
    request.on('end', () => {
      heard.push(`${request.method} ${request.url} ${body}`);
      const status = Number(/\/(\d{3})/.exec(request.url ?? '')?.[1] ?? 200);
      response.writeHead(status, status === 302 ? { location: '/' } : {}).end('x'.repeat(100_000));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test.each([
  [204, { ok: true }],
  [302, { ok: false, retryable: false, reason: 'redirected' }],
  [404, { ok: false, retryable: false, reason: 'refused' }],
  [429, { ok: false, retryable: true, reason: 'server-error' }],
  [500, { ok: false, retryable: true, reason: 'server-error' }],
])('an answer %i is judged', async (status, expected) => {
  expect(await callOutward({ url: `${base}/${status}`, method: 'POST', body: '{}' })).toMatchObject(expected);
});

test('nobody there is a failure, not an exception', async () => {
  expect(await callOutward({ url: 'http://127.0.0.1:1/', method: 'GET' })).toMatchObject({
    ok: false,
    reason: 'connection-failed',
  });
});

test('the heartbeat by GET carries the seal in its query and keeps the rest of the address', async () => {
  heard = [];
  await sendHeartbeat(
    callOutward,
    { url: `${base}/beat?key=k`, method: 'GET' },
    { at: '2026-11-21T03:00:00Z', seal: { n: 7, hash: 'ab' } },
  );
  await sendHeartbeat(callOutward, { url: `${base}/beat`, method: 'POST' }, { at: '2026-11-21T03:00:00Z', seal: null });
  expect(heard).toEqual(['GET /beat?key=k&seal=7&hash=ab ', 'POST /beat {"at":"2026-11-21T03:00:00Z","seal":null}']);
});

const now = Temporal.Instant.from('2026-11-21T03:00:00Z');
const utterance = { subject: 's', text: 'help', key: 'k', alsoMail: ['ann@example.org'], now };

test('the emergency channel takes every way at once; one yes is enough and a way that throws sinks none', async () => {
  heard = [];
  const fails = createEmergency({
    channel: { webhookUrl: `${base}/200`, mailTo: 'ops@example.org' },
    call: callOutward,
    mail: () => Promise.reject(new Error('no')),
  });
  expect(await fails.speak(utterance)).toEqual({ ok: true, failures: ['mail: failed', 'mail: failed'] });
  expect(heard).toEqual(['POST /200 {"text":"help"}']);
  expect(fails.last()).toEqual({ spokeAt: now, failure: 'mail: failed' });
});

test('without a channel nobody is told, and it says so', async () => {
  const none = createEmergency({
    channel: { webhookUrl: null, mailTo: 'ops@example.org' },
    call: callOutward,
    mail: null,
  });
  expect([none.configured, await none.speak(utterance)]).toEqual([
    false,
    { ok: false, failures: ['no emergency channel is configured'] },
  ]);
});
