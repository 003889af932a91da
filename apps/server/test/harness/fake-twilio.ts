import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';

/** A text or call that the fake has taken, with every field as it was posted. */
export interface Taken {
  readonly sid: string;
  readonly kind: 'sms' | 'voice';
  readonly to: string;
  /** The words of a text; the TwiML of a call. */
  readonly text: string;
  readonly fields: URLSearchParams;
}

/** How the fake answers the API. */
export type TwilioBehaviour = 'accept' | 'down' | 'hang' | 'refuse' | 'opted-out' | 'wrong-token' | 'busy';

/** Carries one callback to Tocsin; a story injects it, a client test posts it. */
export type Deliver = (callback: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}) => Promise<{ readonly status: number; readonly body: string }>;

/** A stand-in for Twilio: its REST API as documented, on a real socket, and the callbacks it makes, signed by the official library. */
export interface FakeTwilio {
  readonly url: string;
  readonly accountSid: string;
  authToken: string;
  /** Taken and not yet looked at. */
  readonly taken: Taken[];
  /** Every request that came, taken or not. */
  readonly requests: readonly { readonly path: string; readonly fields: URLSearchParams }[];
  behave(behaviour: TwilioBehaviour): void;
  /** Runs between taking a message and saying so: a provider may report before it has answered. */
  beforeAnswer: ((taken: Taken) => Promise<unknown>) | null;
  /** Tells what became of a text or call. */
  report(
    taken: Taken,
    status: string,
    more?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; body: string }>;
  /** Says who picked up. */
  answeredBy(taken: Taken, by: string): Promise<{ status: number; body: string }>;
  /** Presses a key in a call. */
  press(
    taken: Taken,
    digit: string,
    more?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; body: string }>;
  /** Sends a text from somebody's phone. */
  reply(
    from: string,
    body: string,
    options?: { readonly to?: string; readonly sid?: string },
  ): Promise<{ status: number; body: string }>;
  /** Any callback, signed with this token or the right one. */
  callback(
    url: string,
    fields: Readonly<Record<string, string>>,
    token?: string,
  ): Promise<{ status: number; body: string }>;
  close(): Promise<void>;
}

const ERRORS: Readonly<Record<Exclude<TwilioBehaviour, 'accept' | 'hang'>, readonly [number, number, string]>> = {
  down: [500, 20500, 'Internal Server Error'],
  refuse: [400, 21211, "The 'To' number is not a valid phone number."],
  'opted-out': [400, 21610, 'Attempt to send to unsubscribed recipient'],
  'wrong-token': [401, 20003, 'Authenticate'],
  busy: [429, 20429, 'Too Many Requests'],
};

/** Starts one. `inboundUrl`: what is set in its console for texts that come in. */
export async function startFakeTwilio(options: {
  readonly deliver: Deliver;
  readonly inboundUrl: string;
}): Promise<FakeTwilio> {
  const taken: Taken[] = [];
  const requests: { path: string; fields: URLSearchParams }[] = [];
  const sockets = new Set<Socket>();
  let behaviour: TwilioBehaviour = 'accept';
  const fake = { accountSid: `AC${randomBytes(16).toString('hex')}`, authToken: randomBytes(16).toString('hex') };
  const server = http.createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    const finish = async () => {
      const fields = new URLSearchParams(text);
      requests.push({ path: request.url ?? '', fields });
      if (behaviour === 'hang') return;
      const answer = (status: number, body: unknown) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      const refuse = ([status, code, message]: readonly [number, number, string]) =>
        answer(status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });
      const basic = `Basic ${Buffer.from(`${fake.accountSid}:${fake.authToken}`).toString('base64')}`;
      if (request.headers.authorization !== basic) return refuse(ERRORS['wrong-token']);
      if (behaviour !== 'accept') return refuse(ERRORS[behaviour]);
      const fault = faultOf(request.url ?? '', fields, fake.accountSid);
      if (fault !== null) return refuse(fault);
      const one = take(request.url ?? '', fields);
      taken.push(one);
      await made.beforeAnswer?.(one);
      return answer(201, resourceOf(one, fake.accountSid));
    };
    request.on('end', () => void finish());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const callback: FakeTwilio['callback'] = (url, fields, token = fake.authToken) =>
    options.deliver({
      url,
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'x-twilio-signature': getExpectedTwilioSignature(token, url, { ...fields }),
        'user-agent': 'TwilioProxy/1.1',
      },
      body: new URLSearchParams(fields).toString(),
    });
  const addressed = (one: Taken, name: string) => one.fields.get(name) ?? `https://nowhere.invalid/no-${name}`;
  const base = (one: Taken) => ({
    AccountSid: fake.accountSid,
    ApiVersion: '2010-04-01',
    To: one.to,
    From: one.fields.get('From') ?? '',
  });
  const ofCall = (one: Taken, status: string) => ({
    ...base(one),
    CallSid: one.sid,
    CallStatus: status,
    Direction: 'outbound-api',
  });
  const made: FakeTwilio = {
    beforeAnswer: null,
    get authToken() {
      return fake.authToken;
    },
    set authToken(token) {
      fake.authToken = token;
    },
    accountSid: fake.accountSid,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    requests,
    behave(next) {
      behaviour = next;
    },
    callback,
    report: (one, status, more = {}) =>
      callback(
        addressed(one, 'StatusCallback'),
        one.kind === 'sms'
          ? { ...base(one), MessageSid: one.sid, SmsSid: one.sid, MessageStatus: status, SmsStatus: status, ...more }
          : {
              ...ofCall(one, status),
              CallbackSource: 'call-progress-events',
              SequenceNumber: '0',
              Timestamp: 'Sat, 21 Nov 2026 03:00:00 +0000',
              ...more,
            },
      ),
    answeredBy: (one, by) =>
      callback(addressed(one, 'AsyncAmdStatusCallback'), {
        AccountSid: fake.accountSid,
        CallSid: one.sid,
        AnsweredBy: by,
        MachineDetectionDuration: '3200',
      }),
    press(one, digit, more = {}) {
      const action = /<Gather[^>]* action="([^"]*)"/.exec(one.text)?.[1] ?? 'https://nowhere.invalid/no-gather';
      return callback(action.replaceAll('&amp;', '&'), {
        ...ofCall(one, 'in-progress'),
        Digits: digit,
        FinishedOnKey: '',
        msg: 'Gather End',
        ...more,
      });
    },
    reply: (from, body, { to = '+15005550006', sid = `SM${randomBytes(16).toString('hex')}` } = {}) =>
      callback(options.inboundUrl, {
        AccountSid: fake.accountSid,
        ApiVersion: '2010-04-01',
        MessageSid: sid,
        SmsMessageSid: sid,
        SmsSid: sid,
        SmsStatus: 'received',
        From: from,
        To: to,
        Body: body,
        NumMedia: '0',
        NumSegments: '1',
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return made;
}

/** What the API refuses of itself, by its documented codes. */
function faultOf(path: string, fields: URLSearchParams, accountSid: string): readonly [number, number, string] | null {
  const resource = new RegExp(`^/2010-04-01/Accounts/${accountSid}/(Messages|Calls)\\.json$`).exec(path)?.[1];
  if (resource === undefined) return [404, 20404, 'The requested resource was not found'];
  if (!fields.get('To')) return [400, 21604, "A 'To' phone number is required."];
  if (!/^\+[1-9]\d{6,14}$/.test(fields.get('To') ?? '')) return [400, 21211, "Invalid 'To' Phone Number"];
  if (!fields.get('From') && !fields.get('MessagingServiceSid'))
    return [400, 21603, "A 'From' phone number is required."];
  const callback = fields.get('StatusCallback');
  if (callback && !URL.canParse(callback)) return [400, 21609, 'The StatusCallback URL is not valid'];
  if (resource === 'Messages') {
    if (!fields.get('Body')) return [400, 21602, 'Message body is required.'];
    return (fields.get('Body') as string).length > 1600 ? [400, 21617, 'The message body exceeds the limit'] : null;
  }
  const twiml = fields.get('Twiml') ?? '';
  if (twiml === '' && !fields.get('Url')) return [400, 21205, 'Url or Twiml is required.'];
  return twiml.length > 4000 ? [400, 21254, 'Twiml is too long'] : null;
}

function take(path: string, fields: URLSearchParams): Taken {
  const kind = path.endsWith('Messages.json') ? 'sms' : 'voice';
  return {
    sid: `${kind === 'sms' ? 'SM' : 'CA'}${randomBytes(16).toString('hex')}`,
    kind,
    to: fields.get('To') ?? '',
    text: fields.get(kind === 'sms' ? 'Body' : 'Twiml') ?? '',
    fields,
  };
}

function resourceOf(one: Taken, accountSid: string): Readonly<Record<string, unknown>> {
  const resource = one.kind === 'sms' ? 'Messages' : 'Calls';
  const common = {
    sid: one.sid,
    account_sid: accountSid,
    api_version: '2010-04-01',
    status: 'queued',
    to: one.to,
    from: one.fields.get('From'),
    date_created: 'Sat, 21 Nov 2026 03:00:00 +0000',
    date_updated: 'Sat, 21 Nov 2026 03:00:00 +0000',
    direction: 'outbound-api',
    price: null,
    price_unit: 'USD',
    uri: `/2010-04-01/Accounts/${accountSid}/${resource}/${one.sid}.json`,
    subresource_uris: {},
  };
  return one.kind === 'sms'
    ? {
        ...common,
        body: one.text,
        error_code: null,
        error_message: null,
        num_segments: '1',
        num_media: '0',
        date_sent: null,
        messaging_service_sid: null,
      }
    : {
        ...common,
        answered_by: null,
        duration: null,
        start_time: null,
        end_time: null,
        forwarded_from: null,
        parent_call_sid: null,
      };
}
