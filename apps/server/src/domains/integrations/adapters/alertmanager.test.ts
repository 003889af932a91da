import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InboundEvent } from '#alerts';
import type { Integration } from '../model.ts';
import { type ParsedAlerts, parseAlerts } from './alertmanager.ts';

const NOW = Temporal.Instant.from('2026-11-21T05:38:45Z').epochMilliseconds;
const MINUTE = 60_000;
const integration: Integration = {
  id: 'int',
  name: 'Prometheus',
  kind: 'alertmanager',
  teamId: null,
  resolveTimeoutSeconds: 300,
  enabled: true,
  settings: {},
};

const parse = (body: unknown) =>
  parseAlerts(
    Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    integration,
    NOW,
  );
const iso = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString({ fractionalSecondDigits: 3 });

function taken(parsed: ParsedAlerts): Extract<ParsedAlerts, { ok: true }> {
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed;
}

/** The one event of a body with one alert. */
function one(alert: unknown): InboundEvent {
  const { events, refused } = taken(parse([alert]));
  if (!events[0]) throw new Error(refused[0]?.reason);
  return events[0];
}

const refusalOf = (alert: unknown) => taken(parse([alert])).refused[0]?.reason;

describe('recorded posts', () => {
  const folder = join(import.meta.dirname, '../../../../testdata/alertmanager');
  const files = readdirSync(folder).filter((file) => file.startsWith('prometheus-') && !file.includes('.golden.'));
  test.each(files)('%s', async (file) => {
    const recorded = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { receivedAt: string; body: string };
    const at = Temporal.Instant.from(recorded.receivedAt).epochMilliseconds;
    const { events, refused } = taken(parseAlerts(Buffer.from(recorded.body), integration, at));
    expect(refused).toEqual([]);
    const shown = events.map((event) => ({ ...event, startsAt: iso(event.startsAtMs), endsAt: iso(event.endsAtMs) }));
    await expect(`${JSON.stringify(shown, null, 2)}\n`).toMatchFileSnapshot(
      join(folder, file.replace('.json', '.golden.json')),
    );
  });
});

describe('times', () => {
  const labels = { alertname: 'Disk' };
  const past = iso(NOW - MINUTE);
  const future = iso(NOW + 4 * MINUTE);
  const rules: readonly (readonly [string, object, Partial<InboundEvent>])[] = [
    [
      'an end in the future fires',
      { startsAt: past, endsAt: future },
      { status: 'firing', startsAtMs: NOW - MINUTE, endsAtMs: NOW + 4 * MINUTE, endsAtIsTimeout: false, resends: true },
    ],
    [
      'an end that has come is a resolve',
      { startsAt: past, endsAt: iso(NOW) },
      { status: 'resolved', endsAtMs: NOW, endsAtIsTimeout: false },
    ],
    [
      'no end fires for the resolve timeout',
      { startsAt: past },
      { status: 'firing', endsAtMs: NOW + 5 * MINUTE, endsAtIsTimeout: true, resends: true },
    ],
    [
      'neither fires from now on, each post anew',
      {},
      { status: 'firing', startsAtMs: NOW, endsAtMs: NOW + 5 * MINUTE, endsAtIsTimeout: true, resends: false },
    ],
    [
      'an end alone in the past begins there',
      { endsAt: past },
      { status: 'resolved', startsAtMs: NOW - MINUTE, endsAtMs: NOW - MINUTE },
    ],
    [
      'an end alone in the future begins now',
      { endsAt: future },
      { status: 'firing', startsAtMs: NOW, endsAtMs: NOW + 4 * MINUTE },
    ],
    [
      'the zero time that Go writes is none',
      { startsAt: past, endsAt: '0001-01-01T00:00:00Z' },
      { status: 'firing', endsAtIsTimeout: true },
    ],
    ['null is none', { startsAt: null, endsAt: null }, { startsAtMs: NOW, endsAtIsTimeout: true }],
    ['an offset counts', { startsAt: '2026-11-21T10:38:45+05:30' }, { startsAtMs: NOW - 30 * MINUTE }],
    [
      'an end ages ahead is kept where PostgreSQL and Temporal can write it',
      { startsAt: past, endsAt: '9999-12-31T23:59:59-12:00' },
      { status: 'firing', endsAtIsTimeout: false },
    ],
  ];
  test.each(rules)('%s', (_rule, times, expected) => {
    const event = one({ labels, ...times });
    expect(event).toMatchObject(expected);
    // The sweep waits for the end and a margin: that moment must be writable too.
    expect(iso(event.endsAtMs + 60 * MINUTE)).toMatch(/^\d{4}-/);
  });

  test.each([
    ['an end before the start', { startsAt: future, endsAt: past }, 'endsAt is before startsAt'],
    [
      'a start beyond the resolve timeout without an end',
      { startsAt: iso(NOW + 6 * MINUTE) },
      'startsAt lies further ahead than the resolve timeout',
    ],
    ['a start that is no time', { startsAt: 'yesterday' }, 'startsAt must be an RFC 3339 time'],
    ['an end that is a number', { endsAt: 1_795_239_509 }, 'endsAt must be an RFC 3339 time'],
    ['a day that does not exist', { startsAt: '2026-02-30T00:00:00Z' }, 'startsAt must be an RFC 3339 time'],
  ])('%s is refused', (_rule, times, reason) => {
    expect(refusalOf({ labels, ...times })).toBe(reason);
  });
});

describe('labels and links', () => {
  test('identity is the label set, whatever its order and its empty values', () => {
    const a = one({ labels: { a: '1', b: '2', c: '' }, annotations: { x: '1' } });
    expect(one({ labels: { b: '2', a: '1' }, annotations: { x: '2' } }).identity).toBe(a.identity);
    expect(one({ labels: { b: '2', a: '2' } }).identity).not.toBe(a.identity);
    expect(Object.keys(a.labels)).toEqual(['a', 'b']);
  });

  test.each([
    ['no labels', {}, 'labels must be an object of texts'],
    ['only empty labels', { labels: { a: '' } }, 'at least one label with a value is needed'],
    ['a number as value', { labels: { a: 1 } }, 'label "a": a label value must be text'],
    ['an array of labels', { labels: ['a'] }, 'labels must be an object of texts'],
    ['a text', 'alert', 'an alert must be an object'],
    ['null', null, 'an alert must be an object'],
    ['an array', [], 'an alert must be an object'],
  ])('%s is refused', (_rule, alert, reason) => {
    expect(refusalOf(alert)).toBe(reason);
  });

  test('names of prototypes are labels like any other', () => {
    const event = one(JSON.parse('{"labels":{"__proto__":"x","constructor":"y","alertname":"z"}}'));
    expect(Object.entries(event.labels)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['alertname', 'z'],
    ]);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test.each([
    ['http://vm:9090/graph?g0.expr=1', 'http://vm:9090/graph?g0.expr=1'],
    ['HTTPS://x', 'HTTPS://x'],
    ['javascript:alert(1)', null],
    [' https://x', null],
    [`https://${'x'.repeat(3_000)}`, null],
    [17, null],
    ['', null],
    ['https://x/\0\ud800', 'https://x/\ufffd\ufffd'],
  ])('generatorURL %j is kept as %j', (generatorURL, expected) => {
    expect(one({ labels: { a: '1' }, generatorURL }).generatorUrl).toBe(expected);
  });
});

describe('bodies that are no array of alerts', () => {
  test.each([
    ['', 'not JSON'],
    ['{}', 'the body must be an array of alerts'],
    ['null', 'the body must be an array of alerts'],
    ['[', 'not JSON'],
    ['\ufeff[]', 'not JSON'],
    ['['.repeat(100_000), 'nested deeper than 32 levels'],
    [`[${'{"labels":'.repeat(40)}1${'}'.repeat(40)}]`, 'nested deeper than 32 levels'],
    [`[${'1,'.repeat(20_000)}1]`, 'more than 20000 alerts in one request'],
  ])('%.20j', (body, reason) => {
    expect(parse(body)).toMatchObject({ ok: false, reason: expect.stringContaining(reason) });
  });

  test('an empty array is nothing to do', () => {
    expect(parse([])).toEqual({ ok: true, events: [], refused: [] });
  });
});

describe('hostile bodies', () => {
  const good = {
    labels: { alertname: 'Good', instance: 'h1 ü🔥' },
    annotations: { summary: 'still here' },
    startsAt: iso(NOW - MINUTE),
    endsAt: iso(NOW + MINUTE),
    generatorURL: 'http://x/',
  };

  /** Whatever was sent: no throw, every item accounted for once, and every text fit for PostgreSQL. */
  function check(body: Buffer): ParsedAlerts {
    const parsed = parseAlerts(body, integration, NOW);
    if (!parsed.ok) return parsed;
    for (const { labels, generatorUrl, startsAtMs, endsAtMs } of parsed.events) {
      for (const text of [...Object.entries(labels).flat(), generatorUrl ?? ''])
        expect(text.isWellFormed() && !text.includes('\0')).toBe(true);
      expect(Number.isInteger(startsAtMs) && Number.isInteger(endsAtMs)).toBe(true);
      expect(endsAtMs).toBeGreaterThanOrEqual(startsAtMs);
    }
    return parsed;
  }

  test('a body cut off at any byte is refused whole and never throws', () => {
    const body = Buffer.from(JSON.stringify([good, good]));
    for (let length = 0; length < body.length; length += 1) expect(check(body.subarray(0, length)).ok).toBe(false);
  });

  test('a body with any one byte changed never throws', () => {
    const body = Buffer.from(JSON.stringify([good]));
    for (let i = 0; i < body.length; i += 1) {
      for (const byte of [0x00, 0x22, 0x5c, 0x5b, 0x7d, 0x80, 0xff]) {
        const changed = Buffer.from(body);
        changed[i] = byte;
        check(changed);
      }
    }
  });

  test('good items are kept whatever stands beside them, and each bad one is named by its place', () => {
    const anything = fc
      .anything({ withNullPrototype: true, maxDepth: 4 })
      .filter((value) => JSON.stringify(value) !== undefined)
      .map((value) => JSON.stringify(value));
    const text = fc.string({ unit: 'binary' });
    const odd = fc.oneof(
      fc.constantFrom(
        '',
        '\0',
        '\ud800',
        '\udc00x',
        '__proto__',
        'constructor',
        'toString',
        'x'.repeat(3_000),
        '0001-01-01T00:00:00Z',
        '9999-12-31T23:59:59Z',
      ),
      text,
    );
    const value = fc.oneof(
      odd,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.dictionary(odd, odd, { maxKeys: 3 }),
      fc.array(odd, { maxLength: 3 }),
    );
    const nearly = fc
      .record(
        {
          labels: fc.oneof(value, fc.dictionary(odd, odd, { maxKeys: 70 })),
          annotations: value,
          startsAt: value,
          endsAt: value,
          generatorURL: value,
        },
        { requiredKeys: [] },
      )
      .map((alert) => JSON.stringify(alert));
    fc.assert(
      fc.property(fc.array(fc.oneof(anything, nearly), { maxLength: 6 }), fc.nat(), (items, place) => {
        const at = items.length === 0 ? 0 : place % (items.length + 1);
        const all = items.toSpliced(at, 0, JSON.stringify(good));
        const parsed = check(Buffer.from(`[${all.join(',')}]`));
        if (!parsed.ok) return expect(parsed.reason).toContain('nested deeper');
        expect(parsed.events.length + parsed.refused.length).toBe(all.length);
        expect(parsed.refused.map(({ index }) => index)).not.toContain(at);
        const before = parsed.refused.filter(({ index }) => index < at).length;
        expect(parsed.events[at - before]?.labels['alertname']).toBe('Good');
        for (const { reason } of parsed.refused) expect(reason.isWellFormed() && reason.length < 1_000).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a body of bytes that are no UTF-8 keeps its alerts', () => {
    const body = Buffer.concat([
      Buffer.from('[{"labels":{"alertname":"'),
      Buffer.from([0xc3, 0x28, 0xff]),
      Buffer.from('"}}]'),
    ]);
    expect(taken(check(body)).events).toHaveLength(1);
  });
});
