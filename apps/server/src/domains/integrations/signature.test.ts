import { createHmac } from 'node:crypto';
import { signatureSettings } from '@tocsin/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkSignature } from './signature.ts';

const NOW = Temporal.Instant.from('2026-11-21T10:00:00Z').epochMilliseconds;
const SECONDS = NOW / 1_000;
const body = Buffer.from('{"title":"Disk full"}');
const mac = (text: string, secret = 'secret', encoding: 'hex' | 'base64' = 'hex') =>
  createHmac('sha256', secret).update(text).update(body).digest(encoding);
const check = (draft: object, headers: Record<string, string>, secrets: readonly string[] = ['secret']) =>
  checkSignature({ headers, body }, signatureSettings.parse({ header: 'x-sig', ...draft }), secrets, NOW);

describe('a signature over the body', () => {
  test('holds in hex of either case, in base64, behind a prefix, by any of the secrets, beside others', () => {
    const good = { ok: true, once: null };
    expect(check({}, { 'x-sig': mac('') })).toEqual(good);
    expect(check({}, { 'x-sig': mac('').toUpperCase() })).toEqual(good);
    expect(check({ encoding: 'base64' }, { 'x-sig': mac('', 'secret', 'base64') })).toEqual(good);
    expect(check({ prefix: 'sha256=' }, { 'x-sig': `sha256=${mac('')}` })).toEqual(good);
    expect(check({}, { 'x-sig': mac('', 'old') }, ['secret', 'old'])).toEqual(good);
    expect(check({ prefix: 'v1=' }, { 'x-sig': `v1=${'0'.repeat(64)},v1=${mac('')}` })).toEqual(good);
  });

  test.each([
    ['another secret', {}, { 'x-sig': mac('', 'other') }],
    ['another encoding', { encoding: 'base64' }, { 'x-sig': mac('') }],
    ['no prefix', { prefix: 'sha256=' }, { 'x-sig': mac('') }],
    ['half of it', {}, { 'x-sig': mac('').slice(0, 32) }],
    ['the empty secret', {}, { 'x-sig': mac('', '') }],
  ])('is refused with %s', (_what, draft, headers) => {
    expect(check(draft, headers)).toEqual({ ok: false, reason: 'the signature does not fit' });
  });

  test('is refused without a header, and without a secret to check by', () => {
    expect(check({}, {})).toEqual({ ok: false, reason: 'no signature in x-sig' });
    expect(check({}, { 'x-sig': mac('', '') }, [])).toMatchObject({ ok: false });
  });

  test('is refused after any change of the body', () => {
    const settings = signatureSettings.parse({ header: 'x-sig' });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: body.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(body);
        changed[at] = (changed[at] as number) ^ by;
        const request = { headers: { 'x-sig': mac('') }, body: changed };
        expect(checkSignature(request, settings, ['secret'], NOW).ok).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a signature with its date', () => {
  const draft = { timestampHeader: 'x-time', toleranceSeconds: 60 };
  const at = (seconds: number | string, more: object = {}) =>
    check({ ...draft, ...more }, { 'x-time': String(seconds), 'x-sig': mac(`${seconds}:`) });

  test('holds up to the tolerance before and after, and not a second further', () => {
    expect([-60, 0, 60].map((offset) => at(SECONDS + offset).ok)).toEqual([true, true, true]);
    expect(at(SECONDS - 61)).toEqual({ ok: false, reason: 'sent more than 60 s ago' });
    expect(at(SECONDS + 61)).toEqual({ ok: false, reason: 'sent more than 60 s ahead' });
  });

  test('names the delivery until no date of it can pass any more', () => {
    const first = at(SECONDS + 60);
    expect(first).toMatchObject({ once: { expiresAtMs: NOW + 121_000 } });
    expect(at(SECONDS + 60)).toEqual(first);
    expect(at(SECONDS + 59)).not.toMatchObject({ once: { key: first.ok && first.once?.key } });
  });

  test('may count milliseconds, and nothing else', () => {
    expect(at(NOW).ok).toBe(true);
    for (const text of ['', 'now', '1e9', '-1', '2026-11-21T10:00:00Z', '9'.repeat(17)])
      expect(at(text).ok).toBe(false);
  });

  test('by Standard Webhooks: id, date and body, the key in base64, several signatures in one header', () => {
    const settings = {
      signs: 'id.timestamp.body',
      header: 'webhook-signature',
      idHeader: 'webhook-id',
      timestampHeader: 'webhook-timestamp',
      encoding: 'base64',
      prefix: 'v1,',
    };
    const key = Buffer.from('the very secret key').toString('base64');
    const good = createHmac('sha256', 'the very secret key').update(`msg_1.${SECONDS}.`).update(body).digest('base64');
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(SECONDS),
      'webhook-signature': `v1,AAAA v1,${good}`,
    };
    expect(check(settings, headers, [`whsec_${key}`])).toMatchObject({ ok: true, once: { key: 'id msg_1' } });
    expect(check(settings, { ...headers, 'webhook-id': 'msg_2' }, [`whsec_${key}`]).ok).toBe(false);
  });
});
