import net, { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isSigned, openReceiver, type Received, type Receiver } from '#harness/receiver';
import { createEgress, type Egress } from '#platform/egress';
import { callReceiver } from './receiver.ts';

const TIMEOUT_MS = 300;
const now = Temporal.Instant.from('2026-03-10T12:00:00Z');
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;

let receiver: Receiver;
let egress: Egress;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  receiver = await openReceiver();
  egress = createEgress({ allow: ['127.0.0.1'] });
});
afterEach(async () => {
  egress.close();
  await receiver.close();
  for (const close of closers.splice(0)) await close();
});

const call = (url = receiver.url, more: { secrets?: readonly string[]; signal?: AbortSignal } = {}) =>
  callReceiver(
    { egress, timeoutMs: TIMEOUT_MS },
    {
      url,
      eventId: '0190a0b0-0000-7000-8000-000000000001',
      body: '{"event":{"id":"ä"}}',
      secrets: [secret],
      signal: new AbortController().signal,
      now,
      ...more,
    },
  );

describe('a call', () => {
  test('is signed over its id, its time and its very bytes', async () => {
    expect(await call()).toEqual({ ok: true, status: 204, answer: '' });
    const got = receiver.calls[0] as Received;
    expect(got.headers).toMatchObject({
      'webhook-id': '0190a0b0-0000-7000-8000-000000000001',
      'webhook-timestamp': '1773144000',
      'content-type': 'application/json',
    });
    expect(isSigned(got, secret)).toBe(true);
    const change = (headers: Record<string, string>, text = got.text) =>
      isSigned({ ...got, text, headers: { ...got.headers, ...headers } }, secret);
    expect([change({ 'webhook-id': 'x' }), change({ 'webhook-timestamp': '1' }), change({}, `${got.text} `)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('carries a signature of each secret that is good', async () => {
    await call(receiver.url, { secrets: [secret, other] });
    const got = receiver.calls[0] as Received;
    expect([isSigned(got, secret), isSigned(got, other)]).toEqual([true, true]);
  });

  test.each([
    [200, true, null, null],
    [299, true, null, null],
    [300, false, false, 'redirect'],
    [304, false, false, 'redirect'],
    [400, false, false, 'refused'],
    [401, false, false, 'refused'],
    [404, false, false, 'refused'],
    [408, false, true, 'busy'],
    [410, false, false, 'gone'],
    [425, false, true, 'busy'],
    [429, false, true, 'busy'],
    [500, false, true, 'server-error'],
    [503, false, true, 'busy'],
    [599, false, true, 'server-error'],
  ])('answered by %i', async (status, ok, retryable, reason) => {
    receiver.behave(status);
    const result = await call();
    expect(result.ok).toBe(ok);
    if (!result.ok) expect([result.retryable, result.reason, result.status]).toEqual([retryable, reason, status]);
  });

  test('keeps the beginning of the answer, and when to come back', async () => {
    receiver.behave({ status: 429, headers: { 'retry-after': '17' }, text: `no\0 ${'ä'.repeat(2_000)}` });
    expect(await call()).toMatchObject({
      ok: false,
      retryAfterSeconds: 17,
      answer: expect.stringMatching(/^no� ä{509}/),
    });
  });
});

describe('a receiver that behaves badly', () => {
  const raw = async (onConnection: (socket: net.Socket) => void) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      onConnection(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };
  const outcome = async (url?: string) => {
    const result = await call(url);
    return result.ok ? `yes ${result.status}` : `${result.reason}${result.retryable ? '' : ' for good'}`;
  };

  test('hangs: the call ends in time', async () => {
    receiver.behave(() => {});
    expect(await outcome()).toBe('timeout');
  });

  test('takes it and closes in the middle of the request, the head, the body', async () => {
    expect(await outcome(await raw((socket) => socket.destroy()))).toBe('connection-lost');
    expect(await outcome(await raw((socket) => socket.once('data', () => socket.end('HTTP/1.1 200'))))).toMatch(
      /answer-invalid|connection-lost/,
    );
    const cut = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc';
    expect(await outcome(await raw((socket) => socket.once('data', () => socket.end(cut))))).toBe('yes 200');
  });

  test('drips its answer: the status counts, and the call ends in time', async () => {
    receiver.behave((_request, response) => {
      response.writeHead(500);
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
    });
    expect(await outcome()).toBe('server-error');
  });

  test('answers with 10 MB: no more is read than is kept', async () => {
    let sent = 0;
    receiver.behave((_request, response) => {
      const pour = () => {
        while (sent < 10_000_000 && !response.destroyed) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536, 'x'))) return;
        }
        response.end();
      };
      response.on('drain', pour);
      pour();
    });
    const result = await call();
    expect(result.ok && result.answer.length).toBe(1_024);
    expect(sent).toBeLessThan(10_000_000);
  });

  test('speaks no HTTP, listens no more, has an unknown name or lies inside', async () => {
    expect(await outcome(await raw((socket) => socket.end('220 mail\r\n')))).toBe('answer-invalid');
    const gone = receiver.url;
    await receiver.close();
    expect(await outcome(gone)).toBe('connection-failed');
    expect(await outcome('http://nowhere.invalid/')).toMatch(/connection-failed/);
    expect(await outcome('http://127.0.0.2/')).toBe('address-blocked for good');
    expect(await outcome('http://user:secret@127.0.0.1/')).toBe('address-blocked for good');
  });

  test('our own stop breaks the call off', async () => {
    receiver.behave(() => {});
    expect(await call(receiver.url, { signal: AbortSignal.abort() })).toMatchObject({
      reason: 'aborted',
      retryable: true,
    });
  });
});
