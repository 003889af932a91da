import fc from 'fast-check';
import { bytes } from '../../src/domains/integrations/adapters/hostile-testkit.ts';

/** Texts that should be only text wherever they land: in a title, a link, a query, a template, a log, a shell. */
const HOSTILE_TEXTS = [
  'javascript:alert(1)',
  'http://169.254.169.254/latest/meta-data/',
  'file:///etc/passwd',
  '<script>alert(1)</script>',
  "'; DROP TABLE alerts; --",
  '{{constructor.constructor("return process")()}}',
  '${process.env}',
  '../../../../etc/passwd',
  'a\r\nSet-Cookie: a=b\r\n\r\n',
  '\u001b[2J\u001b]0;owned\u0007',
  '\u202egnol\u202c',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  '__proto__',
  'constructor',
  'toString',
  '9999-12-31T23:59:59.999999999Z',
  '-271821-04-20T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  '0000-00-00T00:00:00Z',
  '٣',
  '𝟛',
  'a'.repeat(100_000),
  'https://a.b/'.padEnd(10_000, 'c'),
  `(${'a'.repeat(50)}+)+$`,
  '',
  ' \t\n',
];

/** Numbers and other values that no field of these protocols expects. */
const HOSTILE_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  9_007_199_254_740_992,
  1e308,
  -1e-308,
  253_402_300_800,
  [],
  {},
  [[[[[]]]]],
  ['a', 1, null, {}],
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`name${n}`, 'v'])),
];

/** Items to stand beside a good one in one request. */
export const hostileItems: readonly unknown[] = [
  ...HOSTILE_VALUES,
  ...HOSTILE_TEXTS.map((text) => ({ status: 'firing', labels: { alertname: text, [text.slice(0, 100)]: 'v' } })),
];

/** Where the leaves and branches of a JSON value are. */
function placesOf(value: unknown, at: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inner = Array.isArray(value) ? value.map((one, n) => [n, one] as const) : Object.entries(value);
  return [at, ...inner.flatMap(([name, one]) => placesOf(one, [...at, name]))];
}

function withValue(value: unknown, place: readonly (string | number)[], by: unknown): unknown {
  const [first, ...rest] = place;
  if (first === undefined) return by;
  const copy: Record<string | number, unknown> = structuredClone(value) as Record<string, unknown>;
  copy[first] = withValue(copy[first], rest, by);
  return copy;
}

/** The same text in other encodings, whole and broken. */
function encodings(text: string): readonly Buffer[] {
  const utf8 = Buffer.from(text);
  const middle = Math.floor(utf8.length / 2);
  const into = (...broken: number[]) =>
    Buffer.concat([utf8.subarray(0, middle), Buffer.from(broken), utf8.subarray(middle)]);
  const utf16 = Buffer.from(text, 'utf16le');
  return [
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), utf8]),
    utf16,
    Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]),
    Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()]),
    into(0xff),
    into(0xc0, 0xaf),
    into(0xed, 0xa0, 0x80),
    into(0xf4, 0x90, 0x80, 0x80),
    into(0x00),
    Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0]),
  ];
}

/** Bodies that a grammar allows and nobody should send; a few of them megabytes. */
function oddities(text: string, limit: number): readonly Buffer[] {
  const inner = text.replace(/^\s*[{[]/, '').replace(/[}\]]\s*$/, '');
  const room = Math.max(0, limit - text.length - 20);
  return [
    '',
    ' ',
    'null',
    '0',
    '"text"',
    '[]',
    '{}',
    '[null]',
    '[{}]',
    '{"":{}}',
    '{"__proto__":{"polluted":true}}',
    `{"__proto__":{"polluted":true},${inner}}`,
    `{${inner},${inner}}`,
    `{"n":1e999,"m":-0,${inner}}`,
    `{"\\u0000":"\\u0000","\\ud800":"\\udc00\\ud800",${inner}}`,
    `${text}${text}`,
    `${text}\n//`,
    text.replaceAll('"', "'"),
    '['.repeat(100_000),
    `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    '{"a":'.repeat(100_000),
    `{"deep":${'['.repeat(31)}${']'.repeat(31)},${inner}}`,
    `{"pad":"${'x'.repeat(room)}",${inner}}`,
    `{"pad":"${'x'.repeat(limit)}",${inner}}`,
    `{"pad":[${'0,'.repeat(Math.floor(Math.min(room, 2_000_000) / 2))}0],${inner}}`,
    `{${Array.from({ length: Math.min(50_000, Math.floor(room / 20)) }, (_, n) => `"k${n}":"v"`).join(',')}}`,
    `[${Array.from({ length: Math.min(25_000, Math.floor(room / (text.length + 1))) }, () => text.replace(/^\s*\[|\]\s*$/g, '')).join(',')}]`,
  ].map((body) => Buffer.from(body));
}

/** Bodies that are tried on every door, whatever the seed: cut at each `step`th byte, and odd ones if wanted. */
export function sweptBodies(
  text: string,
  options: { readonly limit: number; readonly step: number; readonly odd: boolean },
): readonly Buffer[] {
  const whole = Buffer.from(text);
  const cuts = Array.from({ length: Math.ceil(whole.length / options.step) }, (_, n) =>
    whole.subarray(0, n * options.step),
  );
  return [...cuts, ...(options.odd ? [...encodings(text), ...oddities(text, options.limit)] : [])];
}

/** Bodies around a good one. */
export function hostileBody(text: string): fc.Arbitrary<Buffer> {
  const parsed = parse(text);
  const spliced = fc.tuple(fc.nat(text.length), fc.nat(20), fc.uint8Array({ maxLength: 40 })).map(([at, gone, by]) => {
    const whole = Buffer.from(text);
    return Buffer.concat([whole.subarray(0, at), by, whole.subarray(at + gone)]);
  });
  if (typeof parsed !== 'object' || parsed === null) return fc.oneof(spliced, hostileForm(text));
  const places = placesOf(parsed);
  const placed = fc
    .array(fc.tuple(fc.constantFrom(...places), fc.constantFrom<unknown>(...HOSTILE_TEXTS, ...HOSTILE_VALUES)), {
      minLength: 1,
      maxLength: 3,
    })
    .map((changes) => {
      let value: unknown = parsed;
      // A branch that an earlier change has cut off cannot be changed any more.
      for (const [place, by] of changes) if (reaches(value, place)) value = withValue(value, place, by);
      return Buffer.from(JSON.stringify(value));
    });
  return fc.oneof(
    { weight: 4, arbitrary: placed },
    { weight: 3, arbitrary: bytes(parsed) },
    { weight: 2, arbitrary: spliced },
    { weight: 1, arbitrary: hostileForm(text) },
    { weight: 1, arbitrary: fc.constantFrom(...encodings(text)) },
  );
}

function hostileForm(text: string): fc.Arbitrary<Buffer> {
  const names = fc.oneof(fc.constantFrom('payload', '__proto__', ...new URLSearchParams(text).keys()), fc.string());
  const values = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS, text), fc.string({ unit: 'binary' }));
  return fc
    .array(fc.tuple(names, values), { maxLength: 6 })
    .map((fields) =>
      Buffer.from(new URLSearchParams(fields.map(([name, value]) => [name, value.toWellFormed()])).toString()),
    );
}

function reaches(value: unknown, place: readonly (string | number)[]): boolean {
  let at: unknown = value;
  for (const name of place) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return false;
    at = (at as Record<string | number, unknown>)[name];
  }
  return true;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A part of a path as a stranger might write it, percent-encoded. */
export const hostileParam: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '%00',
    '%ff%fe',
    '..%2f..',
    '%2e%2e',
    '__proto__',
    'constructor',
    '%ed%a0%80',
    '%zz',
    '%',
    'a'.repeat(6_000),
  ),
  fc.constantFrom(...HOSTILE_TEXTS.map((text) => encodeURIComponent(text.toWellFormed()).slice(0, 4_000) || '%20')),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed())),
);

/** A query as a stranger might write it; names are those that the doors know. */
export const hostileQuery: fc.Arbitrary<string> = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        ...['filter', 'active', 'silenced', 'receiver', 'query', 'limit', 'offset', 'sort', 'order', 'identifierType'],
        ...['status', 'note', 'user', 'tags', 'keys', 'searchIdentifier', '__proto__[x]', '', 'x'],
      ),
      fc.oneof(
        hostileParam,
        fc.constantFrom(
          '-1',
          '1e9',
          'true',
          'open',
          'id',
          'tiny',
          'alias',
          'a%3D~%22(a%2B)%2B%24%22',
          '%7Ba%3D%22',
          'a=b',
        ),
      ),
    ),
    { maxLength: 6 },
  )
  .map((fields) => fields.map(([name, value]) => `${name}=${value}`).join('&'));

/** Headers to lay over the good ones; only what a client can put on the wire. */
export const hostileHeaders: fc.Arbitrary<Readonly<Record<string, string>>> = fc.dictionary(
  fc.constantFrom(
    ...['content-type', 'authorization', 'x-routing-key', 'content-encoding', 'x-github-event', 'x-github-delivery'],
    ...[
      'x-fuzz-time',
      'x-fuzz-signature',
      'x-twilio-signature',
      'x-hub-signature-256',
      'ce-id',
      'ce-type',
      'ce-source',
    ],
    ...[
      'ce-specversion',
      'ce-__proto__',
      'accept',
      'x-forwarded-for',
      'webhook-request-origin',
      'webhook-request-callback',
    ],
  ),
  fc.oneof(
    fc.constantFrom(
      ...[
        '',
        'application/xml',
        'text/plain; charset=utf-16',
        'application/json; charset=utf-7',
        'multipart/form-data',
        '/;;=',
      ],
      ...[
        'application/x-www-form-urlencoded',
        'application/cloudevents-batch+json',
        'gzip',
        'Basic OjpcMA==',
        'Bearer',
        'GenieKey ',
      ],
      ...['1.0', 'a'.repeat(6_000), '-1', '1e400', '99999999999999999', 'sha256=', 'v1,', '127.0.0.1, ::1', '%00'],
    ),
    fc.string({ maxLength: 60 }).map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?')),
  ),
  { maxKeys: 3 },
);
