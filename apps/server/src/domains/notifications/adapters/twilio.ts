import type { Egress } from '#platform/egress';
import { callTwiml } from '../phone/twiml.ts';
import type { ChannelFailure, SmsMessage, SpokenMessage } from './channel.ts';
import { postOnce, readJson } from './http-call.ts';
import type { PhoneChannel, PhoneProvider } from './phone-provider.ts';

/** An account at Twilio, or at who speaks its protocol. */
export interface TwilioSettings {
  readonly id: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** A number, short code, sender name, or messaging service (`MG…`). */
  readonly smsFrom: string | null;
  readonly voiceFrom: string | null;
  readonly machineDetection: boolean;
  /** Without a slash at its end. */
  readonly apiUrl: string;
}

/** Seconds that a phone rings: long enough to wake, short enough for the next method. */
const RING_SECONDS = 30;
/** A call ends by itself, whoever holds the line. */
const LONGEST_CALL_SECONDS = 180;

/** Where Twilio calls back about one message; `key` is the notification, so that a receipt finds it. */
export function twilioCallback(publicUrl: string, provider: string, kind: TwilioCallback, key?: string): string {
  return `${publicUrl}/phone/twilio/${provider}/${kind}${key === undefined ? '' : `/${key}`}`;
}

/** What Twilio calls back for. */
export type TwilioCallback = 'inbound' | 'message' | 'call' | 'machine' | 'keys';

/**
 * Twilio's REST API. It knows no idempotency key: a repeat after a lost answer may send twice, and both carry the same
 * key in the address that they are reported to. Without a public address there are no receipts and no keys to press.
 */
export function createTwilioProvider(
  settings: TwilioSettings,
  { egress, publicUrl }: { readonly egress: Egress; readonly publicUrl: () => string | null },
): PhoneProvider {
  const { id, accountSid, authToken, smsFrom, voiceFrom, apiUrl } = settings;
  const carries: PhoneChannel[] = [...(smsFrom ? (['sms'] as const) : []), ...(voiceFrom ? (['voice'] as const) : [])];
  return {
    id,
    carries,
    send(message, to, { context, timeoutMs }) {
      const base = publicUrl();
      const back = (kind: TwilioCallback) => (base === null ? null : twilioCallback(base, id, kind, context.key));
      const fields =
        message.format === 'sms' ? smsFields(settings, message, back) : callFields(settings, message, back);
      const resource = message.format === 'sms' ? 'Messages' : 'Calls';
      return postOnce(
        { egress, timeoutMs },
        {
          url: `${apiUrl}/2010-04-01/Accounts/${accountSid}/${resource}.json`,
          headers: {
            authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
            'content-type': 'application/x-www-form-urlencoded',
          },
          body: new URLSearchParams([['To', to], ...fields]).toString(),
          secrets: [authToken],
        },
        { context, form: { yes: readTaken, no: (_status, body) => refusalOf(body) } },
      );
    },
  };
}

type Fields = readonly [string, string][];
type Back = (kind: TwilioCallback) => string | null;

function smsFields({ smsFrom }: TwilioSettings, { text }: SmsMessage, back: Back): Fields {
  const from = smsFrom ?? '';
  const callback = back('message');
  return [
    [/^MG[0-9a-fA-F]{32}$/.test(from) ? 'MessagingServiceSid' : 'From', from],
    ['Body', text],
    ...(callback === null ? [] : [['StatusCallback', callback] satisfies [string, string]]),
  ];
}

/** The whole call goes along: nothing has to be fetched from us while the phone rings. */
function callFields({ voiceFrom, machineDetection }: TwilioSettings, message: SpokenMessage, back: Back): Fields {
  const [status, machine, keys] = [back('call'), back('machine'), back('keys')];
  const events = ['initiated', 'ringing', 'answered', 'completed'];
  return [
    ['From', voiceFrom ?? ''],
    ['Twiml', callTwiml(keys === null ? { ...message, keys: null } : message, keys ?? '')],
    ['Timeout', String(RING_SECONDS)],
    ['TimeLimit', String(LONGEST_CALL_SECONDS)],
    ...(status === null
      ? []
      : ([
          ['StatusCallback', status],
          ['StatusCallbackMethod', 'POST'],
          ...events.map((event) => ['StatusCallbackEvent', event]),
        ] as [string, string][])),
    ...(machine === null || !machineDetection
      ? []
      : ([
          ['MachineDetection', 'Enable'],
          // Beside the call: who answers at night hears the page at once, not after seconds of silence.
          ['AsyncAmd', 'true'],
          ['AsyncAmdStatusCallback', machine],
          ['AsyncAmdStatusCallbackMethod', 'POST'],
        ] as [string, string][])),
  ];
}

function readTaken(body: string): { readonly providerId: string } | null {
  const sid = readJson(body)?.['sid'];
  return typeof sid === 'string' && /^[A-Za-z0-9]{2,64}$/.test(sid) ? { providerId: sid } : null;
}

/** Codes of numbers that cannot be reached from this account; another provider may know them. */
const REFUSED_NUMBER = new Set([13223, 13224, 13225, 13227, 21211, 21214, 21217, 21408, 21421, 21612, 21614, 21635]);
/** The person has said STOP: no provider is to be tried. */
const OPTED_OUT = 21610;

function refusalOf(body: string): ChannelFailure | null {
  const code = Number(readJson(body)?.['code']);
  if (code === OPTED_OUT) return 'gone';
  if (code === 20003 || code === 20404) return 'authentication';
  return REFUSED_NUMBER.has(code) ? 'refused-address' : null;
}
