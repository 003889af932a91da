import { phoneProviders, phoneProvidersUpdate } from '@tocsin/contracts';
import type { Clock } from '#platform/clock';
import { actorRef } from '#platform/http/actor';
import type { DoorAnswer, DoorRequest, VendorDoor } from '#platform/http/door';
import { type Route, route } from '#platform/http/route';
import { twilioCallback, type TwilioCallback } from '../adapters/twilio.ts';
import { type FormFields, isSignedByTwilio } from '../adapters/twilio-signature.ts';
import type { Answering } from '../phone-answers/service.ts';
import type { PhoneSettings } from './model.ts';
import type { Reporting } from '../phone-receipts/service.ts';
import type { Phone } from './service.ts';

/** A callback has a few dozen short fields; an inbound text at most 1,600 letters. */
const CALLBACK_LIMIT = 32_768;

/** The routes of who carries texts and calls. */
export function phoneRoutes(phone: Phone, baseUrl: () => string): readonly Route[] {
  const tag = 'phone';
  const url = '/api/v1/phone-providers';
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'settings:read',
      summary: 'Who carries texts and calls, in order',
      answers: { 200: phoneProviders },
      handle: async () => ({ status: 200, body: onTheWire(phone.settings(), baseUrl()) }),
    }),
    route({
      method: 'PUT',
      url,
      tag,
      permission: 'settings:write',
      summary: 'Set who carries texts and calls; a secret that is left out stays as it is',
      body: phoneProvidersUpdate,
      answers: { 200: phoneProviders },
      handle: async ({ body, actor, now }) => ({
        status: 200,
        body: onTheWire(await phone.save(body, { by: actorRef(actor), now }), baseUrl()),
      }),
    }),
  ];
}

function onTheWire({ providers, countries, guard, version }: PhoneSettings, baseUrl: string) {
  return {
    providers: providers.map((provider) => {
      const { sealed, ...shown } = provider;
      return shown.kind === 'twilio'
        ? { ...shown, hasAuthToken: sealed !== '', callbacks: { sms: twilioCallback(baseUrl, shown.id, 'inbound') } }
        : shown;
    }),
    countries,
    guard,
    version,
  };
}

/** What the doors of providers need from outside. */
export interface PhoneDoorDeps {
  readonly clock: Clock;
  readonly phone: Pick<Phone, 'signingToken'>;
  readonly reporting: Reporting;
  readonly answering: Answering;
  /** Where providers reach us: what they sign begins with it. */
  readonly publicUrl: () => string;
}

/** A callback whose signature was checked. */
interface Callback {
  readonly provider: string;
  readonly key: string;
  /** A field as it was sent; empty when it was not. */
  readonly field: (name: string) => string;
  /** The same as a short word: an id, a status. What else it holds is left out. */
  readonly word: (name: string) => string;
  readonly action: string;
  readonly now: Temporal.Instant;
}

/** The doors that Twilio calls back at. Each is opened by its signature alone; replays and unknown ids change nothing. */
export function phoneDoors(deps: PhoneDoorDeps): readonly VendorDoor[] {
  const { reporting, answering } = deps;
  const door = (
    kind: TwilioCallback,
    summary: string,
    handle: (callback: Callback) => Promise<DoorAnswer>,
  ): VendorDoor => ({
    method: 'POST',
    url: `/phone/twilio/:provider/${kind}${kind === 'inbound' ? '' : '/:key'}`,
    permission: 'provider-signature',
    summary,
    bodyLimit: CALLBACK_LIMIT,
    fail: (status, message) => ({ status, contentType: 'text/plain; charset=utf-8', body: message }),
    async handle(request) {
      const callback = openCallback(deps, kind, request);
      if (callback === null)
        return { status: 403, contentType: 'text/plain; charset=utf-8', body: 'the signature is wrong' };
      if (kind !== 'inbound' && !UUID.test(callback.key)) return NOTED;
      return handle(callback);
    },
  });
  const report = (kind: 'sms' | 'voice' | 'machine', sid: string, status: string) => async (callback: Callback) => {
    const { provider, key, word, now } = callback;
    const code = word('ErrorCode');
    if (word(sid) === '') return NOTED;
    await reporting.report({
      provider,
      sid: word(sid),
      status: `${kind}:${word(status)}`,
      notificationId: key,
      detail: code === '' ? null : `code ${code}`,
      now,
    });
    return NOTED;
  };
  return [
    door('message', 'Take a receipt of a text', report('sms', 'MessageSid', 'MessageStatus')),
    door('call', 'Take a receipt of a call', report('voice', 'CallSid', 'CallStatus')),
    door('machine', 'Take who picked up a call', report('machine', 'CallSid', 'AnsweredBy')),
    door('inbound', 'Take a text that somebody sent', async ({ provider, field, word, now }) => {
      const sid = word('MessageSid');
      if (sid === '') return NOTED;
      return twiml(await answering.text({ provider, sid, from: field('From'), body: field('Body'), now }));
    }),
    door('keys', 'Take a key that was pressed in a call', async ({ provider, key, word, action, now }) =>
      twiml(
        await answering.key({
          provider,
          callSid: word('CallSid'),
          notificationId: key,
          digits: word('Digits').slice(0, 10),
          answeredBy: word('AnsweredBy'),
          action,
          now,
        }),
      ),
    ),
  ];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NOTED: DoorAnswer = { status: 204 };

function twiml(body: string): DoorAnswer {
  return { status: 200, contentType: 'text/xml; charset=utf-8', body, headers: { 'cache-control': 'no-store' } };
}

/**
 * Checks who calls: what is signed is the address as the provider knows it, so it is put together from the public
 * address and never read from the request. Our addresses have no query, so one with a query is not ours.
 */
function openCallback(
  deps: PhoneDoorDeps,
  kind: TwilioCallback,
  { params, query, headers, body }: DoorRequest,
): Callback | null {
  const { provider = '', key } = params;
  const token = deps.phone.signingToken(provider);
  const signature = headers['x-twilio-signature'];
  if (token === null || typeof signature !== 'string' || query.size > 0) return null;
  const url = twilioCallback(deps.publicUrl(), provider, kind, key);
  const fields: FormFields = [...new URLSearchParams(body.toString('utf8'))];
  if (!isSignedByTwilio(token, { signature, url, fields })) return null;
  const field = (name: string) => fields.find(([one]) => one === name)?.[1] ?? '';
  return {
    provider,
    key: key ?? '',
    field,
    word: (name) =>
      field(name)
        .replaceAll(/[^\w.+-]/g, '')
        .slice(0, 64),
    action: url,
    now: deps.clock.now(),
  };
}
