import { createHmac } from 'node:crypto';
import type http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { createEgress } from '#platform/egress';
import type { EventMessage } from './channel.ts';
import { channelConformance, type Peer, TEST_TIMEOUT_MS } from './conformance.ts';
import { readRetryAfter } from './http-call.ts';
import { type Got, type HttpPeer, peerOf, pour, receiver as receive } from './http-testkit.ts';
import { createWebhookChannel, sign } from './webhook.ts';

const now = Temporal.Instant.from('2026-11-21T03:07:48Z');
const event: EventMessage = {
  format: 'event',
  type: 'page.called',
  timestamp: '2026-11-21T03:07:40Z',
  data: { title: 'Käse ✓' },
};
const context = { key: 'n-1', now, signal: new AbortController().signal };
const secret = (text: string) => `whsec_${Buffer.from(text).toString('base64')}`;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function channel() {
  const egress = createEgress({ allow: ['127.0.0.1'] });
  closers.push(() => egress.close());
  return createWebhookChannel({ egress, timeoutMs: TEST_TIMEOUT_MS });
}

/** A receiver of this test, and the address of its hook. */
async function receiver(answer: (response: http.ServerResponse) => void): Promise<HttpPeer & { readonly url: string }> {
  const peer = await receive(answer);
  closers.push(peer.stop);
  return { ...peer, url: `${peer.origin}/hook` };
}

channelConformance('webhook', async (behaviour): Promise<Peer> => {
  const peer = await peerOf(behaviour, { status: 204, body: '' });
  return {
    get keys() {
      return peer.got.map(({ headers }) => String(headers['webhook-id']));
    },
    open: peer.open,
    send: (call) =>
      channel().send(event, { to: `${peer.origin}/hook`, secrets: [secret('a')] }, { ...context, ...call }),
    stop: peer.stop,
  };
});

test('signs id, time and body with each secret that is good, as Standard Webhooks has it', async () => {
  const peer = await receiver((response) => response.writeHead(204).end());
  await channel().send(event, { to: peer.url, secrets: [secret('new'), secret('old')] }, context);
  const { headers, body } = peer.got[0] as Got;
  const at = String(now.epochMilliseconds / 1000);
  const hmac = (key: string) => `v1,${createHmac('sha256', key).update(`n-1.${at}.${body}`).digest('base64')}`;
  expect(headers['webhook-id']).toBe('n-1');
  expect(headers['webhook-timestamp']).toBe(at);
  expect(headers['webhook-signature']).toBe(`${hmac('new')} ${hmac('old')}`);
  expect(JSON.parse(body)).toEqual({
    type: 'page.called',
    timestamp: '2026-11-21T03:07:40Z',
    data: { title: 'Käse ✓' },
  });
});

test('signs the published example of the standard as it is published', () => {
  const content = 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}';
  expect(sign(content, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

test.each([
  [200, 'ok', null],
  [299, 'ok', null],
  [301, false, 'redirect'],
  [307, false, 'redirect'],
  [400, false, 'refused-message'],
  [401, false, 'authentication'],
  [404, false, 'refused-address'],
  [408, true, 'server-error'],
  [410, false, 'gone'],
  [422, false, 'refused-message'],
  [429, true, 'busy'],
  [500, true, 'server-error'],
  [503, true, 'busy'],
  [599, true, 'server-error'],
])('HTTP %s: retryable %s', async (status, retryable, reason) => {
  const peer = await receiver((response) => response.writeHead(status, { location: '/x' }).end());
  const result = await channel().send(event, { to: peer.url }, context);
  expect(result).toMatchObject(retryable === 'ok' ? { ok: true } : { ok: false, retryable, reason });
  expect(peer.got).toHaveLength(1);
});

test('success does not wait for a body that drips or never ends', async () => {
  const drips = await receiver((response) => response.writeHead(200).write('a'));
  const floods = await receiver((response) => pour(response, 'a'.repeat(65_536)));
  const startedMs = performance.now();
  for (const peer of [drips, floods]) {
    expect(await channel().send(event, { to: peer.url }, context)).toEqual({ ok: true, detail: 'HTTP 200' });
    await expect.poll(peer.open).toBe(0);
  }
  expect(performance.now() - startedMs).toBeLessThan(TEST_TIMEOUT_MS * 4);
});

test('passes on how long the receiver wishes to be left alone', async () => {
  const peer = await receiver((response) => response.writeHead(429, { 'retry-after': '17' }).end());
  expect(await channel().send(event, { to: peer.url }, context)).toMatchObject({
    retryable: true,
    retryAfterSeconds: 17,
  });
});

test.each([
  ['120', 120],
  ['0', 0],
  ['Sat, 21 Nov 2026 03:08:48 GMT', 60],
  ['Sat, 21 Nov 2026 03:00:00 GMT', 0],
  ['Sat, 31 Feb 2026 03:00:00 GMT', null],
  ['soon', null],
  ['-5', null],
  ['1.5', null],
  [undefined, null],
])('Retry-After %s is read as %s', (header, seconds) => {
  expect(readRetryAfter(header, now)).toBe(seconds);
});

test('an address that the guard refuses is final and says why', async () => {
  const result = await channel().send(event, { to: 'http://169.254.169.254/' }, context);
  expect(result).toEqual({
    ok: false,
    retryable: false,
    reason: 'address-blocked',
    detail: 'address-refused: 169.254.169.254',
  });
});

test('takes only events', async () => {
  const result = await channel().send({ format: 'text', text: 'x' }, { to: 'http://127.0.0.1:9/' }, context);
  expect(result).toMatchObject({ ok: false, retryable: false, reason: 'not-supported' });
});
