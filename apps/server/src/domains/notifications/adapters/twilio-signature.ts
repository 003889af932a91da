import { createHmac, timingSafeEqual } from 'node:crypto';

/** Form fields as they were posted; a name may stand more than once. */
export type FormFields = readonly (readonly [name: string, value: string])[];

/** What signs a request: base64 of HMAC-SHA1 over the full address and every field, names sorted, nothing between. */
export function signTwilio(authToken: string, url: string, fields: FormFields): string {
  return createHmac('sha1', authToken)
    .update(url + fieldsText(fields))
    .digest('base64');
}

/** Of a name that stands more than once each different value counts once, sorted. */
function fieldsText(fields: FormFields): string {
  const byName = Map.groupBy(fields, ([name]) => name);
  return [...byName.keys()]
    .toSorted(byUnits)
    .map((name) => {
      const values = new Set(byName.get(name)?.map(([, value]) => value));
      return [...values]
        .toSorted(byUnits)
        .map((value) => name + value)
        .join('');
    })
    .join('');
}

/** By UTF-16 units, as the provider sorts. */
function byUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Whether a request is the provider's own. It signs the address that it was given, but writes the port sometimes and
 * sometimes not, so both forms are tried; every comparison takes the same time.
 */
export function isSignedByTwilio(
  authToken: string,
  { signature, url, fields }: { readonly signature: string; readonly url: string; readonly fields: FormFields },
): boolean {
  const given = Buffer.from(signature);
  return portForms(url)
    .map((form) => {
      const expected = Buffer.from(signTwilio(authToken, form, fields));
      return expected.length === given.length && timingSafeEqual(expected, given);
    })
    .includes(true);
}

function portForms(url: string): readonly string[] {
  const [, scheme, authority, rest] = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)(.*)$/is.exec(url) ?? [];
  if (scheme === undefined || authority === undefined || rest === undefined) return [url];
  const host = authority.replace(/:\d*$/, '');
  const standard = scheme.toLowerCase() === 'https://' ? ':443' : ':80';
  const withPort = host === authority ? `${host}${standard}` : authority;
  return [`${scheme}${host}${rest}`, `${scheme}${withPort}${rest}`];
}
