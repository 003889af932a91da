import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import twilio from 'twilio';
import { afterEach, describe, expect, test } from 'vitest';
import { type FakeTwilio, startFakeTwilio } from '#harness/fake-twilio';
import { createEgress } from '#platform/egress';
import { readNumber } from '../phone/countries.ts';
import type { SmsMessage, SpokenMessage } from './channel.ts';
import { type Behaviour, channelConformance, type Peer, TEST_TIMEOUT_MS } from './conformance.ts';
import { createHttpProvider } from './http-sms.ts';
import type { PhoneProvider } from './phone-provider.ts';
import { createSmsChannel } from './sms.ts';
import { createTwilioProvider } from './twilio.ts';
import { createVoiceChannel } from './voice.ts';

const now = Temporal.Instant.from('2026-11-21T03:07:48Z');
const key = '01934d6c-0000-7000-8000-000000000001';
const context = { key, now, signal: new AbortController().signal };
const sms: SmsMessage = { format: 'sms', text: 'SEV1 #123 Käse & <b> "quoted" +1' };
const call: SpokenMessage = { format: 'spoken', sentences: ['A & B', { spell: '481516' }], keys: 'Press 4.' };
const to = '+491701234567';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function egress() {
  const made = createEgress({ allow: ['127.0.0.1'] });
  closers.push(() => made.close());
  return made;
}

const account = {
  accountSid: `AC${'0'.repeat(32)}`,
  authToken: 'token',
  smsFrom: '+15005550006',
  voiceFrom: '+15005550006',
  machineDetection: true,
};

function providerAt(url: string, more: Partial<Parameters<typeof createTwilioProvider>[0]> = {}): PhoneProvider {
  return createTwilioProvider(
    { id: 'main', ...account, apiUrl: url, ...more },
    { egress: egress(), publicUrl: () => 'https://tocsin.example' },
  );
}

function channelOf(...providers: readonly PhoneProvider[]) {
  return createSmsChannel({
    lines: () => ({ providers, countries: [] }),
    readAddress: readNumber,
    timeoutMs: TEST_TIMEOUT_MS,
  });
}

async function fake(): Promise<FakeTwilio> {
  const made = await startFakeTwilio({
    deliver: async () => ({ status: 0, body: '' }),
    inboundUrl: 'https://tocsin.example/phone/twilio/main/inbound',
  });
  closers.push(() => made.close());
  return made;
}

const accountAt = (one: FakeTwilio, id = 'main', more = {}) =>
  providerAt(one.url, { id, accountSid: one.accountSid, authToken: one.authToken, ...more });

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
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, open: () => sockets.size, stop };
}

/** Answers whatever comes whole, and keeps it. */
async function receiver(answer: (response: http.ServerResponse) => void) {
  const got: { readonly body: string; readonly headers: http.IncomingHttpHeaders }[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      got.push({ body, headers: request.headers });
      answer(response);
    });
  });
  return { ...(await listen(server)), got };
}

async function peerOf(behaviour: Behaviour) {
  const say = (status: number, body: unknown) =>
    receiver((response) => response.writeHead(status).end(JSON.stringify(body)));
  const plain = async (server: net.Server) => ({ ...(await listen(server)), got: [] as { body: string }[] });
  const raw = (speak: (socket: net.Socket) => void) =>
    plain(net.createServer((socket) => void socket.once('data', () => speak(socket))));
  switch (behaviour) {
    case 'accepts':
      return say(201, { sid: 'SM1', id: 'SM1', status: 'queued' });
    case 'busy':
      return say(429, { code: 20429 });
    case 'server-error':
      return say(500, {});
    case 'refuses':
      return say(400, { code: 21211, message: 'invalid' });
    case 'cut':
      return plain(net.createServer((socket) => void socket.destroy()));
    case 'silent':
      return plain(net.createServer((socket) => void socket.resume()));
    case 'accepts-and-drops':
      return receiver((response) => response.socket?.destroy());
    case 'garbage':
      return raw((socket) => socket.end('220 smtp ready\r\n'));
    case 'drips':
      return raw((socket) => {
        socket.write('HTTP/1.1 201 Created\r\nx-');
        const drip = setInterval(() => socket.write('a'), 20);
        socket.on('close', () => clearInterval(drip));
      });
    case 'floods':
      return raw((socket) => {
        const more = () => {
          while (!socket.destroyed && socket.write('HTTP/1.1 201 Created\r\nx-more: and more\r\n'.repeat(500))) {}
        };
        socket.on('drain', more);
        more();
      });
  }
}

channelConformance('sms by Twilio', async (behaviour): Promise<Peer> => {
  const peer = await peerOf(behaviour);
  return {
    get keys() {
      return peer.got.map(({ body }) => new URLSearchParams(body).get('StatusCallback')?.split('/').at(-1) ?? '');
    },
    open: peer.open,
    send: (one) => channelOf(providerAt(peer.url)).send(sms, { to }, { ...context, ...one }),
    stop: peer.stop,
  };
});

const plainHttp = { id: 'plain', carries: ['sms', 'voice'] as const, headers: {}, success: [], idPointer: '/id' };

channelConformance('sms by any HTTP provider', async (behaviour): Promise<Peer> => {
  const peer = await peerOf(behaviour);
  const body = { message: { recipient: '{{to}}', content: '{{text}}' }, reference: '{{key}}' };
  return {
    get keys() {
      return peer.got.map((one) => JSON.parse(one.body).reference);
    },
    open: peer.open,
    send: (one) =>
      channelOf(createHttpProvider({ ...plainHttp, url: peer.url, body }, { egress: egress() })).send(
        sms,
        { to },
        { ...context, ...one },
      ),
    stop: peer.stop,
  };
});

describe('Twilio', () => {
  test('gets a text as its official client would send it', async () => {
    const peer = await fake();
    const result = await accountAt(peer).send(sms, to, { context, timeoutMs: 5_000 });
    const client = twilio(peer.accountSid, peer.authToken);
    await client.request({
      method: 'post',
      uri: `${peer.url}/2010-04-01/Accounts/${peer.accountSid}/Messages.json`,
      data: {
        To: to,
        From: '+15005550006',
        Body: sms.text,
        StatusCallback: `https://tocsin.example/phone/twilio/main/message/${key}`,
      },
    });
    expect(result).toEqual({ ok: true, providerId: peer.taken[0]?.sid, detail: 'HTTP 201' });
    expect(peer.requests).toHaveLength(2);
    const [ours, official] = peer.requests.map(({ path, fields }) => ({ path, fields: Object.fromEntries(fields) }));
    expect(ours).toEqual(official);
  });

  test('gets a call whole: its words twice, its keys, where to report', async () => {
    const peer = await fake();
    await accountAt(peer).send(call, to, { context, timeoutMs: 5_000 });
    const [one] = peer.taken;
    const base = 'https://tocsin.example/phone/twilio/main';
    expect(Object.fromEntries(one?.fields ?? [])).toMatchObject({
      To: to,
      From: '+15005550006',
      StatusCallback: `${base}/call/${key}`,
      MachineDetection: 'Enable',
      AsyncAmd: 'true',
      AsyncAmdStatusCallback: `${base}/machine/${key}`,
    });
    expect(one?.fields.getAll('StatusCallbackEvent')).toEqual(['initiated', 'ringing', 'answered', 'completed']);
    const said = '<Say>A &amp; B</Say><Say>4. 8. 1. 5. 1. 6.</Say><Say>Press 4.</Say>';
    expect(one?.text).toContain(`action="${base}/keys/${key}"`);
    expect(one?.text.split(said)).toHaveLength(3);
  });

  test('is asked for nothing in return when nobody can reach us', async () => {
    const peer = await fake();
    const provider = createTwilioProvider(
      { id: 'main', ...account, accountSid: peer.accountSid, authToken: peer.authToken, apiUrl: peer.url },
      { egress: egress(), publicUrl: () => null },
    );
    await provider.send(sms, to, { context, timeoutMs: 5_000 });
    await provider.send(call, to, { context, timeoutMs: 5_000 });
    for (const { fields } of peer.taken) expect([...fields.keys()].join()).not.toMatch(/Callback|Amd/);
    expect(peer.taken[1]?.text).not.toContain('Gather');
  });

  test('sends from a messaging service where one is named', async () => {
    const peer = await fake();
    const service = `MG${'a'.repeat(32)}`;
    await accountAt(peer, 'main', { smsFrom: service }).send(sms, to, { context, timeoutMs: 5_000 });
    expect(peer.taken[0]?.fields.get('MessagingServiceSid')).toBe(service);
    expect(peer.taken[0]?.fields.has('From')).toBe(false);
  });

  test.each([
    ['refuse', 'refused-address', false],
    ['opted-out', 'gone', false],
    ['wrong-token', 'authentication', false],
    ['down', 'server-error', true],
    ['busy', 'busy', true],
  ] as const)('that answers "%s" is %s', async (behaviour, reason, retryable) => {
    const peer = await fake();
    peer.behave(behaviour);
    const result = await accountAt(peer).send(sms, to, { context, timeoutMs: 5_000 });
    expect(result).toMatchObject({ ok: false, reason, retryable });
    expect(JSON.stringify(result)).not.toContain(peer.authToken);
  });

  test('has not taken what it gives no id for', async () => {
    const peer = await receiver((response) => response.writeHead(200).end('<html>log in</html>'));
    const result = await providerAt(peer.url).send(sms, to, { context, timeoutMs: 5_000 });
    expect(result).toMatchObject({ ok: false, retryable: true, reason: 'answer-invalid' });
  });
});

describe('any HTTP provider', () => {
  const send = async (answer: readonly [number, string], settings = {}, message: SmsMessage | SpokenMessage = sms) => {
    const peer = await receiver((response) => response.writeHead(answer[0]).end(answer[1]));
    const provider = createHttpProvider(
      {
        ...plainHttp,
        url: peer.url,
        headers: { Authorization: 'Bearer s3cret', 'X-Key': '{{key}}' },
        body: {
          to: ['{{to}}'],
          text: '<{{text}}>',
          '{{to}}': 1,
          deep: [{ a: '{{key}}{{nothing}}' }],
          n: 7,
          none: null,
        },
        ...settings,
      },
      { egress: egress() },
    );
    return { result: await provider.send(message, to, { context, timeoutMs: 5_000 }), peer };
  };
  test('gets its own body, with the words as text whatever they hold', async () => {
    const { result, peer } = await send([202, '{"id":77}']);
    expect(JSON.parse(peer.got[0]?.body ?? '')).toEqual({
      to: [to],
      text: `<${sms.text}>`,
      '{{to}}': 1,
      deep: [{ a: `${key}{{nothing}}` }],
      n: 7,
      none: null,
    });
    expect(peer.got[0]?.headers).toMatchObject({
      authorization: 'Bearer s3cret',
      'x-key': key,
      'idempotency-key': key,
    });
    expect(result).toEqual({ ok: true, detail: 'HTTP 202', providerId: '77' });
  });
  test('speaks a call in one text, twice, with its code spelled', async () => {
    const { peer } = await send([200, '{"id":"x"}'], {}, call);
    expect(JSON.parse(peer.got[0]?.body ?? '').text).toBe(
      '<A & B 4. 8. 1. 5. 1. 6. Once more. A & B 4. 8. 1. 5. 1. 6.>',
    );
  });
  test.each([
    [[200, '{"id":"x"}'], { success: [202] }, false],
    [[202, '{"id":"x"}'], { success: [202] }, true],
    [[200, '{"ok":false}'], {}, false],
    [[200, 'fine'], { idPointer: null }, true],
    [[200, '{"a":[{"b/c":"9"}]}'], { idPointer: '/a/0/b~1c' }, true],
    [[200, '{}'], { idPointer: '/__proto__/constructor/name' }, false],
  ] as const)('that answers %j with %j has taken it: %s', async (answer, settings, ok) => {
    const { result } = await send(answer, settings);
    expect(result.ok).toBe(ok);
  });
});

describe('several providers', () => {
  test('a second one takes over within the time of one send, and the first is asked last for a while', async () => {
    const [first, second] = [await fake(), await fake()];
    first.behave('hang');
    const channel = channelOf(accountAt(first, 'first'), accountAt(second, 'second'));
    const result = await channel.send(sms, { to }, context);
    expect(result).toMatchObject({
      ok: true,
      providerId: second.taken[0]?.sid,
      detail: 'first: timeout; second: HTTP 201',
    });
    first.behave('accept');
    await channel.send(sms, { to }, context);
    expect([first.taken.length, second.taken.length]).toEqual([0, 2]);
    await channel.send(sms, { to }, { ...context, now: now.add({ seconds: 31 }) });
    expect([first.taken.length, second.taken.length]).toEqual([1, 2]);
  });
  test('one that refuses a number passes it on, and is asked first again', async () => {
    const [first, second] = [await fake(), await fake()];
    first.behave('refuse');
    const channel = channelOf(accountAt(first, 'first'), accountAt(second, 'second'));
    expect((await channel.send(sms, { to }, context)).ok).toBe(true);
    first.behave('accept');
    await channel.send(sms, { to: '+4930901820' }, context);
    expect([first.taken.length, second.taken.length]).toEqual([1, 1]);
  });
  test('nobody is texted by another provider after saying stop', async () => {
    const [first, second] = [await fake(), await fake()];
    first.behave('opted-out');
    const result = await channelOf(accountAt(first, 'first'), accountAt(second, 'second')).send(sms, { to }, context);
    expect(result).toMatchObject({ ok: false, retryable: false, reason: 'gone' });
    expect(second.requests).toEqual([]);
  });
  test('all failing is worth another try when it is for one of them, and says what each said', async () => {
    const [first, second] = [await fake(), await fake()];
    first.behave('wrong-token');
    second.behave('down');
    const result = await channelOf(accountAt(first, 'first'), accountAt(second, 'second')).send(sms, { to }, context);
    expect(result).toMatchObject({ ok: false, retryable: true, reason: 'server-error' });
    expect(result.detail).toMatch(/^first: HTTP 401: .*; second: HTTP 500/);
  });
  test('those that do not carry it are not asked; without any the channel is not ready', async () => {
    const peer = await fake();
    const lines = () => ({ providers: [accountAt(peer, 'texts', { voiceFrom: null })], countries: [] });
    const voice = createVoiceChannel({ lines, readAddress: readNumber });
    expect(voice.isReady?.()).toBe(false);
    expect(createSmsChannel({ lines, readAddress: readNumber }).isReady?.()).toBe(true);
    expect(await voice.send(call, { to }, context)).toMatchObject({
      ok: false,
      retryable: false,
      reason: 'not-supported',
    });
  });
});
