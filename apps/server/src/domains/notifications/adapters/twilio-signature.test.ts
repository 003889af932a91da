import fc from 'fast-check';
import { expect, test } from 'vitest';
import twilio from 'twilio';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { messageAnswer } from '../phone/twiml.ts';
import { isSignedByTwilio, signTwilio } from './twilio-signature.ts';

const token = '12345678901234567890123456789012';
const url = fc
  .record({
    scheme: fc.constantFrom('http', 'https'),
    host: fc.constantFrom('tocsin.example', 'localhost', '10.0.0.5', '[2001:db8::1]'),
    port: fc.constantFrom('', ':443', ':80', ':8443'),
    path: fc.constantFrom('/phone/twilio/main/sms', '/', '/a/b/', '/x/phone/twilio/a/status/018f-7'),
    query: fc.constantFrom('', '?a=1', '?b=2&a=1', '?q=a%20b'),
  })
  .map(({ scheme, host, port, path, query }) => `${scheme}://${host}${port}${path}${query}`);
const name = fc.oneof(
  fc.constantFrom('From', 'Body', 'MessageSid', 'from', 'Z', 'a'),
  fc.string({ minLength: 1, maxLength: 6 }),
);
const fields = fc
  .array(fc.tuple(name, fc.string({ unit: 'grapheme', maxLength: 20 })), { maxLength: 8 })
  // The official library keeps fields in an object, where this one name is none.
  .map((all) => all.filter(([key]) => key !== '__proto__'));

/** Fields as the official library wants them: a name that stands more than once has a list. */
function asObject(all: readonly (readonly [string, string])[]): Record<string, unknown> {
  const byName = Map.groupBy(all, ([key]) => key);
  return Object.fromEntries(
    [...byName].map(([key, own]) => [key, own.length === 1 ? own[0]?.[1] : own.map(([, value]) => value)]),
  );
}

test('agrees with the official library on what it signs, and on every request that was changed', () => {
  const change = fc.constantFrom('none', 'token', 'url', 'field', 'signature', 'port', 'empty');
  fc.assert(
    fc.property(url, fields, change, (address, all, what) => {
      const signature = getExpectedTwilioSignature(token, address, asObject(all) as Record<string, string>);
      expect(signTwilio(token, address, all)).toBe(signature);
      const seen = {
        token: what === 'token' ? `${token.slice(1)}x` : token,
        url: what === 'url' ? `${address}x` : what === 'port' ? address.replace(/:\d+(?=\/)/, '') : address,
        fields: what === 'field' ? [...all, ['Extra', '1'] as const] : all,
        signature:
          what === 'signature'
            ? signature.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'))
            : what === 'empty'
              ? ''
              : signature,
      };
      const theirs = twilio.validateRequest(seen.token, seen.signature, seen.url, asObject(seen.fields));
      expect(isSignedByTwilio(seen.token, seen)).toBe(theirs);
      if (what === 'none') expect(theirs).toBe(true);
      if (what === 'token' || what === 'url' || what === 'signature' || what === 'empty') expect(theirs).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('a published example', () => {
  // The sample of the provider's own documentation.
  const sample = {
    signature: '0/KCTR6DLpKmkAf8muzZqo1nDgQ=',
    url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
    fields: [
      ['Digits', '1234'],
      ['To', '+18005551212'],
      ['From', '+14158675310'],
      ['Caller', '+14158675310'],
      ['CallSid', 'CA1234567890ABCDE'],
    ] as const,
  };
  expect(twilio.validateRequest('12345', sample.signature, sample.url, Object.fromEntries(sample.fields))).toBe(
    isSignedByTwilio('12345', sample),
  );
});

test('an answer to a text is what the official library writes', () => {
  const text = `A <b> & "c" 'd' é 日`;
  const official = new twilio.twiml.MessagingResponse();
  official.message(text);
  const plain = (xml: string) => xml.replaceAll('&quot;', '"').replaceAll('&apos;', "'");
  expect(plain(messageAnswer(text))).toBe(official.toString());
});
