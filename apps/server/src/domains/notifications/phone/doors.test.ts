import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createManualClock } from '#platform/clock';
import type { DoorRequest } from '#platform/http/door';
import { signTwilio } from '../adapters/twilio-signature.ts';
import type { InboundText, PressedKey } from '../phone-answers/service.ts';
import type { Reported } from '../phone-receipts/service.ts';
import { phoneDoors } from './routes.ts';

const token = 'token';
const key = '01934d6c-0000-7000-8000-000000000001';
const publicUrl = 'https://tocsin.example';
const seen: (Reported | InboundText | PressedKey)[] = [];
const doors = phoneDoors({
  clock: createManualClock(Temporal.Instant.from('2026-11-21T03:00:00Z')),
  phone: { signingToken: (id) => (id === 'main' ? token : null) },
  publicUrl: () => publicUrl,
  reporting: { report: async (reported) => void seen.push(reported), applyWaiting: async () => {} },
  answering: {
    text: async (text) => {
      seen.push(text);
      return '<Response/>';
    },
    key: async (pressed) => {
      seen.push(pressed);
      return '<Response/>';
    },
  },
});

const text = fc.string({ unit: 'binary', maxLength: 40 });
const name = fc.oneof(
  fc.constantFrom(
    'From',
    'Body',
    'MessageSid',
    'MessageStatus',
    'CallSid',
    'CallStatus',
    'Digits',
    'AnsweredBy',
    'ErrorCode',
  ),
  fc.constantFrom('__proto__', 'constructor', ''),
  text,
);
const form = fc.array(fc.tuple(name, text), { maxLength: 12 });
const anyDoor = fc.constantFrom(...doors);
const request = (fields: Partial<DoorRequest>): DoorRequest => ({
  params: { provider: 'main', key },
  query: new URLSearchParams(),
  headers: {},
  body: Buffer.alloc(0),
  address: '198.51.100.7',
  ...fields,
});

test('whatever is sent without a signature is refused and reaches nobody', async () => {
  const anyRequest = fc.record({
    params: fc.record({ provider: fc.oneof(fc.constant('main'), text), key: fc.oneof(fc.constant(key), text) }),
    query: fc.constantFrom('', 'a=1').map((query) => new URLSearchParams(query)),
    headers: fc.oneof(
      fc.constant({}),
      text.map((signature) => ({ 'x-twilio-signature': signature })),
      fc.constant({ 'x-twilio-signature': ['a', 'b'] }),
    ),
    body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  });
  await fc.assert(
    fc.asyncProperty(anyDoor, anyRequest, async (door, sent) => {
      expect((await door.handle(request(sent))).status).toBe(403);
      expect(seen).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test('whatever is signed is taken, and only short plain words of it are kept', async () => {
  await fc.assert(
    fc.asyncProperty(anyDoor, form, async (door, fields) => {
      seen.length = 0;
      const inbound = door.url.endsWith('/inbound');
      const path = door.url.replace(':provider', 'main').replace(':key', key);
      const body = Buffer.from(new URLSearchParams(fields).toString());
      const signed = signTwilio(token, publicUrl + path, [...new URLSearchParams(body.toString('utf8'))]);
      const answer = await door.handle(
        request({
          params: inbound ? { provider: 'main' } : { provider: 'main', key },
          headers: { 'x-twilio-signature': signed },
          body,
        }),
      );
      expect([200, 204]).toContain(answer.status);
      for (const one of seen) {
        const { sid, status, detail, callSid, digits } = one as unknown as Record<string, string | null | undefined>;
        for (const word of [sid, callSid, digits]) if (word) expect(word).toMatch(/^[\w.+-]{1,64}$/);
        if (status) expect(status).toMatch(/^(sms|voice|machine):[\w.+-]{0,64}$/);
        if (detail) expect(detail).toMatch(/^code [\w.+-]{1,64}$/);
      }
    }),
    { numRuns: 1000 },
  );
});

test('each body is bounded before it is read', () => {
  for (const door of doors) expect(door.bodyLimit).toBeLessThanOrEqual(32_768);
});
