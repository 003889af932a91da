import { randomBytes } from 'node:crypto';
import type { VendorDoor } from '#platform/http/door';
import { renderPhones } from './phones.ts';
import type { Demo } from './service.ts';

/** The phones page of the demo, behind a secret of its own; also as JSON for scripts. */
export function demoDoors(demo: Demo): readonly VendorDoor[] {
  const door = (
    url: string,
    answer: (phones: NonNullable<ReturnType<Demo['phonesFor']>>) => ReturnType<VendorDoor['handle']>,
  ): VendorDoor => ({
    method: 'GET',
    url,
    permission: 'demo-secret',
    summary: 'The phones of the demo people',
    bodyLimit: 1_024,
    fail: (status, message) => ({ status, contentType: 'text/plain; charset=utf-8', body: `${message}\n` }),
    handle(request) {
      const phones = demo.phonesFor(request.params['secret'] ?? '');
      return phones
        ? answer(phones)
        : { status: 404, contentType: 'text/plain; charset=utf-8', body: 'There is no such page.\n' };
    },
  });
  return [
    door('/demo/phones/:secret', (phones) => {
      const nonce = randomBytes(12).toString('base64url');
      const csp = `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
      return {
        status: 200,
        contentType: 'text/html; charset=utf-8',
        headers: { 'content-security-policy': csp, 'cache-control': 'no-store' },
        body: renderPhones(phones, nonce),
      };
    }),
    door('/demo/phones/:secret/messages.json', (phones) => ({
      status: 200,
      contentType: 'application/json; charset=utf-8',
      headers: { 'cache-control': 'no-store' },
      body: JSON.stringify({
        phones: phones.map((phone) => ({
          ...phone,
          messages: phone.messages.map(({ at, text }) => ({ at: at.toString(), text })),
        })),
      }),
    })),
  ];
}
