import { afterEach, describe, expect, test } from 'vitest';
import { createEgress } from '#platform/egress';
import type { SendResult } from './channel.ts';
import { channelConformance, type Peer, TEST_TIMEOUT_MS } from './conformance.ts';
import { type HttpPeer, listen, peerOf, pour, receiver, speaking } from './http-testkit.ts';
import { note, type ProviderUnderTest, PROVIDERS } from './note-testkit.ts';

const now = Temporal.Instant.from('2026-11-21T03:07:48Z');
const KEY = '01990a3e-7c5e-7000-8000-0000deadbeef';
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function channelTo(provider: ProviderUnderTest, origin: string) {
  const egress = createEgress({ allow: ['127.0.0.1'] });
  closers.push(() => egress.close());
  return provider.build(origin, egress);
}

/** Sends the note to a peer of this test. */
async function sendTo(provider: ProviderUnderTest, started: Promise<HttpPeer>, times = 1) {
  const peer = await started;
  closers.push(peer.stop);
  const channel = channelTo(provider, peer.origin);
  const results: SendResult[] = [];
  for (let i = 0; i < times; i += 1) {
    const context = { key: times === 1 ? KEY : `${KEY}-${i}`, now, signal: new AbortController().signal };
    results.push(await channel.send(note, { to: provider.address(peer.origin) }, context));
  }
  return { peer, results, result: results[0] as SendResult };
}

const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
  receiver((response) => response.writeHead(status, headers).end(body));
const provider = (name: string) => PROVIDERS.find((one) => one.name === name) as ProviderUnderTest;

for (const one of PROVIDERS) {
  channelConformance(one.name, async (behaviour): Promise<Peer> => {
    const peer = await peerOf(behaviour, one.yes);
    return {
      get keys() {
        return peer.got.map(({ headers }) => String(headers['idempotency-key']));
      },
      open: peer.open,
      send: (call) => channelTo(one, peer.origin).send(note, { to: one.address(peer.origin) }, { ...call, now }),
      stop: peer.stop,
    };
  });
}

describe.each(PROVIDERS)('$name', (one) => {
  test('takes what its provider answers as taken', async () => {
    const { result, peer } = await sendTo(one, answering(one.yes.status, one.yes.body));
    expect(result).toMatchObject({ ok: true, detail: `HTTP ${one.yes.status}` });
    expect(peer.got).toHaveLength(1);
  });

  test('a redirect is not followed', async () => {
    const { result, peer } = await sendTo(one, answering(307, '', { location: '/elsewhere' }));
    expect(result).toMatchObject({ ok: false, retryable: false, reason: 'redirect' });
    expect(peer.got).toHaveLength(1);
  });

  test('passes on how long its provider wishes to be left alone', async () => {
    const { result } = await sendTo(one, answering(429, '{}', { 'retry-after': '17' }));
    expect(result).toMatchObject({ ok: false, retryable: true, reason: 'busy', retryAfterSeconds: 17 });
  });

  test('no reason that is stored repeats the secret of its address', async () => {
    const { result } = await sendTo(
      one,
      receiver((response, got) =>
        response.writeHead(400).end(`no: ${got.path} ${got.body} ${JSON.stringify(got.headers)}`),
      ),
    );
    const secrets = /Azyo|uQiRz|azGDO|AAHdq|XXXXXX|9yp1b|3d89b|vJ-ex|AIza|s3cr3t|tk_op|maya-pages/;
    expect(result).toMatchObject({ ok: false, retryable: false, reason: 'refused-message' });
    expect(result.detail).not.toMatch(secrets);
  });

  test('takes only notes', async () => {
    const context = { key: KEY, now, signal: new AbortController().signal };
    const result = await channelTo(one, 'http://127.0.0.1:9').send({ format: 'text', text: 'x' }, { to: 'x' }, context);
    expect(result).toMatchObject({ ok: false, retryable: false, reason: 'not-supported' });
  });

  test('an address that can no longer be read is refused, never thrown', async () => {
    const context = { key: KEY, now, signal: new AbortController().signal };
    const result = await channelTo(one, 'http://127.0.0.1:9').send(note, { to: 'http://[' }, context);
    expect(result).toMatchObject({ ok: false, retryable: false, reason: 'refused-address' });
  });

  test('says yes twice on one connection: the second yes is never taken for the next message', async () => {
    const answer = `HTTP/1.1 ${one.yes.status} OK\r\ncontent-length: ${one.yes.body.length}\r\n\r\n${one.yes.body}`;
    const connections: number[] = [];
    const twice = listen(
      speaking((socket) => {
        connections.push(1);
        if (connections.length > 1) return;
        socket.write(answer);
        setImmediate(() => socket.write(answer));
      }),
    );
    const { results } = await sendTo(one, twice, 2);
    expect(results.map(({ ok }) => ok)).toEqual([true, false]);
    expect(results[1]).toMatchObject({ retryable: true });
  });
});

describe.each(PROVIDERS.filter(({ confirms }) => confirms))('$name, which confirms in its body', (one) => {
  test.each([
    ['a page of a proxy', '<html><title>Sign in</title></html>'],
    ['JSON of another form', '{"hello":"world"}'],
    ['JSON that is cut', '{"id":"a'],
    ['a list', '[]'],
    ['null', 'null'],
    ['nothing', ''],
  ])('200 with %s is no yes', async (_, body) => {
    const { result } = await sendTo(one, answering(200, body));
    expect(result).toMatchObject({ ok: false, retryable: true, reason: 'answer-invalid' });
  });

  test('a yes that drips on, a byte a moment, ends in time and is no yes', async () => {
    const startedMs = performance.now();
    const drips = receiver((response) => {
      response.writeHead(200).write(one.yes.body);
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    const { result, peer } = await sendTo(one, drips);
    expect(result).toMatchObject({ ok: false, retryable: true, reason: 'answer-invalid' });
    expect(performance.now() - startedMs).toBeLessThan(TEST_TIMEOUT_MS * 4);
    await expect.poll(peer.open).toBe(0);
  });

  test('a yes of 10 MB is cut off and is no yes', async () => {
    let written = 0;
    const floods = receiver((response) => {
      response.writeHead(200).write(one.yes.body);
      pour(response, ' '.repeat(65_536));
      response.on('close', () => {
        written = response.socket?.bytesWritten ?? 0;
      });
    });
    const { result, peer } = await sendTo(one, floods);
    expect(result).toMatchObject({ ok: false, retryable: true, reason: 'answer-invalid' });
    await expect.poll(peer.open).toBe(0);
    expect(written).toBeLessThan(10_000_000);
  });
});

describe('what providers say in their own words', () => {
  test.each([
    ['telegram', 400, '{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}', 'refused-address'],
    ['telegram', 400, '{"ok":false,"error_code":400,"description":"Bad Request: text is too long"}', 'refused-message'],
    ['telegram', 401, '{"ok":false,"error_code":401,"description":"Unauthorized"}', 'authentication'],
    ['telegram', 403, '{"ok":false,"description":"Forbidden: bot was blocked by the user"}', 'refused-address'],
    ['telegram', 404, '{"ok":false,"error_code":404,"description":"Not Found"}', 'authentication'],
    ['pushover', 400, '{"user":"invalid","errors":["user identifier is invalid"],"status":0}', 'refused-address'],
    ['pushover', 400, '{"token":"invalid","errors":["application token is invalid"],"status":0}', 'authentication'],
    ['discord', 401, '{"message":"Invalid Webhook Token","code":50027}', 'refused-address'],
    ['discord', 404, '{"message":"Unknown Webhook","code":10015}', 'refused-address'],
    ['slack', 410, 'channel_is_archived', 'gone'],
    ['slack', 404, 'no_service', 'refused-address'],
    ['ntfy', 403, '{"code":40301,"http":403,"error":"forbidden"}', 'authentication'],
    ['gotify', 401, '{"error":"Unauthorized","errorCode":401,"errorDescription":"…"}', 'authentication'],
    ['google-chat', 404, '{"error":{"code":404,"status":"NOT_FOUND"}}', 'refused-address'],
    ['teams', 401, '{"error":{"code":"DirectApiAuthorizationRequired"}}', 'authentication'],
  ])('%s, %s %s: %s', async (name, status, body, reason) => {
    const { result } = await sendTo(provider(name), answering(status, body));
    expect(result).toMatchObject({ ok: false, retryable: false, reason });
  });

  test.each([
    ['telegram', '{"ok":false,"error_code":429,"parameters":{"retry_after":35}}', 35],
    ['discord', '{"message":"You are being rate limited.","retry_after":64.57,"global":false}', 65],
  ])('%s says in its answer how long to wait', async (name, body, retryAfterSeconds) => {
    const { result } = await sendTo(provider(name), answering(429, body));
    expect(result).toMatchObject({ reason: 'busy', retryable: true, retryAfterSeconds });
  });

  test.each([
    ['ntfy', 'sPs71M8A2T'],
    ['gotify', '25'],
    ['pushover', 'rLqVuqTRh62UzxtmqiaLzQmVcPgiCy'],
    ['telegram', '4711'],
    ['discord', '1044628000000000000'],
    ['google-chat', 'spaces/AAAABBBB/messages/CCCC.CCCC'],
  ])('%s names the message that it took', async (name, providerId) => {
    const one = provider(name);
    expect((await sendTo(one, answering(one.yes.status, one.yes.body))).result).toMatchObject({ ok: true, providerId });
  });
});
