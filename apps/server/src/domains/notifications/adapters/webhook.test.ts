import { createHmac } from 'node:crypto';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createEgress } from '#platform/egress';
import type { EventMessage } from './channel.ts';
import { type Behaviour, channelConformance, type Peer, TEST_TIMEOUT_MS } from './conformance.ts';
import { readRetryAfter } from './http-call.ts';
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

async function listen(server: net.Server) {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  closers.push(stop);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, open: () => sockets.size, stop };
}

interface Got {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

async function receiver(answer: (response: http.ServerResponse) => void) {
  const got: Got[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      answer(response);
    });
  });
  return { ...(await listen(server)), got };
}

function pour(stream: NodeJS.WritableStream & { destroyed?: boolean }, text: string): void {
  const more = () => {
    while (!stream.destroyed && stream.write(text)) {}
  };
  stream.on('drain', more);
  more();
}

/** A raw peer: says this as soon as something arrives. */
function raw(speak: (socket: net.Socket) => void): net.Server {
  return net.createServer((socket) => void socket.once('data', () => speak(socket)));
}

async function peerOf(behaviour: Behaviour) {
  const status = (code: number) => receiver((response) => response.writeHead(code).end('{}'));
  const plain = async (server: net.Server) => ({ ...(await listen(server)), got: [] as Got[] });
  switch (behaviour) {
    case 'accepts':
      return status(204);
    case 'busy':
      return status(429);
    case 'server-error':
      return status(500);
    case 'refuses':
      return status(410);
    case 'cut':
      return plain(net.createServer((socket) => void socket.destroy()));
    case 'silent':
      return plain(net.createServer((socket) => void socket.resume()));
    case 'accepts-and-drops':
      return receiver((response) => response.socket?.destroy());
    case 'garbage':
      return plain(raw((socket) => socket.end('220 smtp ready\r\n')));
    case 'drips':
      return plain(
        raw((socket) => {
          socket.write('HTTP/1.1 200 OK\r\nx-');
          const drip = setInterval(() => socket.write('a'), 20);
          socket.on('close', () => clearInterval(drip));
        }),
      );
    case 'floods':
      return plain(raw((socket) => pour(socket, `HTTP/1.1 200 OK\r\n${'x-more: and more\r\n'.repeat(2000)}`)));
  }
}

channelConformance('webhook', async (behaviour): Promise<Peer> => {
  const peer = await peerOf(behaviour);
  return {
    get keys() {
      return peer.got.map(({ headers }) => String(headers['webhook-id']));
    },
    open: peer.open,
    send: (call) => channel().send(event, { to: peer.url, secrets: [secret('a')] }, { ...context, ...call }),
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
