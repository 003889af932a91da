import net from 'node:net';
import twilio from 'twilio';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeTwilio, startFakeTwilio, type Taken } from '#harness/fake-twilio';
import { eventually } from './eventually.ts';
import { pageFor, pageOf, type Person } from './paging.ts';
import { answerOf, apiOf, startTocsin, type Tocsin } from './tocsin-process.ts';

/**
 * A real Tocsin with a Twilio that calls back over the network, signed by Twilio's own library for the public address, as
 * it stands behind a proxy that ends TLS.
 */
const PUBLIC = 'https://tocsin.example';

let fake: FakeTwilio;
let tocsin: Tocsin;

beforeAll(async () => {
  fake = await startFakeTwilio({
    inboundUrl: `${PUBLIC}/phone/twilio/main/inbound`,
    async deliver({ url, headers, body }) {
      const answer = await fetch(url.replace(PUBLIC, tocsin.url), { method: 'POST', headers, body });
      return { status: answer.status, body: await answer.text() };
    },
  });
  tocsin = await startTocsin({ TOCSIN_EGRESS_ALLOW: '127.0.0.0/8', TOCSIN_PUBLIC_URL: PUBLIC }, await freePort());
  await tocsin.api('PUT', '/api/v1/phone-providers', {
    version: 0,
    providers: [
      {
        id: 'main',
        kind: 'twilio',
        accountSid: fake.accountSid,
        authToken: fake.authToken,
        smsFrom: '+15005550006',
        voiceFrom: '+15005550006',
        apiUrl: fake.url,
      },
    ],
  });
});
afterAll(async () => {
  await tocsin?.stop();
  await fake?.close();
});

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** Takes what was sent to a number, when it comes. */
async function taken(number: string, kind: Taken['kind'], words: RegExp): Promise<Taken> {
  const found = () => fake.taken.findIndex((one) => one.to === number && one.kind === kind && words.test(one.text));
  const index = await eventually(`${kind} to ${number}`, 30_000, () => (found() >= 0 ? [found()] : undefined));
  return fake.taken.splice(index[0] as number, 1)[0] as Taken;
}

/** A responder who confirmed a number by the code that came to it. */
async function responder(name: string, channel: 'sms' | 'voice', number: string): Promise<Person> {
  const email = `${name.toLowerCase()}@clients.test`;
  const password = 'a long enough password';
  const { id } = await tocsin.api('POST', '/api/v1/users', { name, email, role: 'responder', password });
  const headers = { 'content-type': 'application/json', origin: PUBLIC };
  const session = await fetch(`${tocsin.url}/api/v1/session`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ email, password }),
  });
  const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const { text } = await answerOf(`${tocsin.url}/api/v1/keys`, {
    method: 'POST',
    headers: { ...headers, cookie },
    body: JSON.stringify({ name: 'story' }),
  });
  const api = apiOf(tocsin.url, text);
  const { method } = await api('POST', '/api/v1/me/contact-methods', { channel, label: 'phone', address: number });
  const message = await taken(number, channel, /code/);
  const code = (/code: (\d{6})|code is:<\/Say><Say>([\d. ]+)</.exec(message.text)?.slice(1).join('') ?? '').replaceAll(
    /\D/g,
    '',
  );
  await api('POST', `/api/v1/me/contact-methods/${method.id}/confirm`, { code });
  return { id, name, email, api };
}

async function fire(alertname: string): Promise<void> {
  const answer = await fetch(`${tocsin.alertmanagerUrl}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ labels: { alertname, severity: 'critical' }, annotations: { summary: alertname } }]),
  });
  expect(answer.status).toBe(200);
}

const stateOf = (title: string) => async () => (await pageOf(tocsin, title))?.state;

describe('over the network', () => {
  test('a text is reported delivered, and answered with 4', async () => {
    const ann = await responder('Ann', 'sms', '+491700000001');
    await pageFor(tocsin, 'TextedByPhone', ann);
    await fire('TextedByPhone');
    const text = await taken('+491700000001', 'sms', /4=ack/);
    expect((await fake.report(text, 'delivered')).status).toBe(204);
    const answer = await fake.reply('+491700000001', '4');
    expect(answer.body).toMatch(/<Message>Acknowledged #\d+ TextedByPhone/);
    await eventually('the page taken', 5_000, async () => (await stateOf('TextedByPhone')()) === 'acknowledged');
  });

  test('a call is answered with the key 8, and what Tocsin says in it is what Twilio reads', async () => {
    const bo = await responder('Bo', 'voice', '+491700000002');
    await pageFor(tocsin, 'CalledByPhone', bo);
    await fire('CalledByPhone');
    const call = await taken('+491700000002', 'voice', /page for you/);
    const official = new twilio.twiml.VoiceResponse();
    const gather = official.gather({
      input: ['dtmf'],
      numDigits: 1,
      timeout: 8,
      method: 'POST',
      action: /action="([^"]+)"/.exec(call.text)?.[1] as string,
    });
    for (const [, said = ''] of call.text.split('</Gather>')[0]?.matchAll(/<Say>([^<]*)<\/Say>|<Pause/g) ?? [])
      if (said) gather.say(said);
      else gather.pause({ length: 1 });
    official.say('No key was pressed. Goodbye.');
    expect(call.text).toBe(official.toString());
    expect((await fake.press(call, '8')).body).toContain('<Say>Escalated page ');
    expect((await fake.press(call, '4')).body).toContain('<Say>Acknowledged page ');
  });

  test('a callback that Twilio’s own check refuses is refused, and one that it takes is taken', async () => {
    const url = `${PUBLIC}/phone/twilio/main/inbound`;
    const fields = { From: '+491700000009', Body: '4', MessageSid: 'SM1' };
    for (const token of [fake.authToken, 'another token']) {
      const theirs = twilio.validateRequest(
        fake.authToken,
        getExpectedTwilioSignature(token, url, fields),
        url,
        fields,
      );
      expect((await fake.callback(url, fields, token)).status).toBe(theirs ? 200 : 403);
    }
  });

  test('the stand-in speaks as Twilio does: its official client, pointed at it, is understood', async () => {
    const client = twilio(fake.accountSid, fake.authToken, { httpClient: pointedAt(fake.url) });
    const sent = await client.messages.create({ to: '+491700000003', from: '+15005550006', body: 'hello' });
    const called = await client.calls.create({
      to: '+491700000003',
      from: '+15005550006',
      twiml: '<Response/>',
      statusCallback: `${PUBLIC}/phone/twilio/main/call/x`,
      statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      machineDetection: 'Enable',
      asyncAmd: 'true',
      asyncAmdStatusCallback: `${PUBLIC}/phone/twilio/main/machine/x`,
      timeout: 30,
      timeLimit: 180,
    });
    const [text, call] = [await taken('+491700000003', 'sms', /hello/), await taken('+491700000003', 'voice', /./)];
    expect([sent.sid, called.sid]).toEqual([text.sid, call.sid]);
    await expect(client.messages.create({ to: 'nobody', from: '+15005550006', body: 'x' })).rejects.toMatchObject({
      code: 21211,
      status: 400,
    });
    // The same fields by the same names as those that Tocsin posts.
    const ours = fake.requests.find(({ fields }) => fields.get('Twiml')?.includes('page for you'));
    expect(new Set(ours?.fields.keys())).toEqual(
      new Set([...call.fields.keys(), 'StatusCallbackMethod', 'AsyncAmdStatusCallbackMethod']),
    );
  });
});

/** The official client's own transport, with the host replaced: its API address cannot be set. */
function pointedAt(url: string): twilio.RequestClient {
  const transport = new twilio.RequestClient();
  const request = transport.request.bind(transport);
  transport.request = (options) => request({ ...options, uri: options.uri.replace('https://api.twilio.com', url) });
  return transport;
}
