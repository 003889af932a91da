import type { EventMapping } from '@tocsin/contracts';
import { eventMapping } from '@tocsin/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MappedEvent, mapBody, MOST_ITEMS } from './map-event.ts';

const mapping = (draft: unknown): EventMapping => eventMapping.parse(draft);
const one = (body: unknown, draft: unknown = {}): MappedEvent => {
  const { events, refused } = mapBody(body, mapping(draft));
  expect(refused).toEqual([]);
  expect(events).toHaveLength(1);
  return events[0] as MappedEvent;
};

describe('a mapping', () => {
  const body = {
    project: 'shop',
    checks: [
      { name: 'disk', host: 'h1', level: 5, up: 'down', at: '2026-03-10T12:00:00Z', see: 'https://x.example/1' },
      { name: 'ping', host: 'h2', level: 1, up: 'up', at: 1_773_144_000, see: 'javascript:alert(1)' },
    ],
  };
  const draft = {
    items: '/checks',
    title: { template: '{{/name}} on {{/host}} of {{#/project}}' },
    severity: { pointer: '/level', values: { '5': 'critical', '1': 'info' } },
    status: { pointer: '/up', values: { down: 'firing', up: 'resolved' } },
    dedupKey: { template: '{{/host}}/{{/name}}' },
    service: { pointer: ['/none', '#/project'] },
    startsAt: { pointer: '/at' },
    labels: { host: { pointer: '/host' }, site: { default: 'north' }, gone: { pointer: '/gone', default: 'n/a' } },
    links: [{ text: 'check', url: { pointer: '/see' } }],
  };

  test('makes each alert of a list, with templates, value maps, defaults and pointers from the root', () => {
    const { events, refused, warnings } = mapBody(body, mapping(draft));
    expect([refused, warnings]).toEqual([[], []]);
    expect(events[0]).toEqual({
      index: 0,
      status: 'firing',
      title: 'disk on h1 of shop',
      description: null,
      severity: 'critical',
      service: 'shop',
      dedupKey: 'h1/disk',
      startsAtMs: 1_773_144_000_000,
      labels: { host: 'h1', site: 'north', gone: 'n/a' },
      links: [{ text: 'check', url: 'https://x.example/1' }],
      identity: ['key', 'h1/disk'],
    });
    expect(events[1]).toMatchObject({
      status: 'resolved',
      severity: 'info',
      startsAtMs: 1_773_144_000_000,
      links: [],
    });
  });

  test('that finds no items names the pointer to blame', () => {
    expect(mapBody(body, mapping({ items: '/alerts' })).refused).toEqual([
      { index: 0, field: 'items', pointer: '/alerts', reason: 'there is nothing at this pointer' },
    ]);
    expect(mapBody(body, mapping({ items: '/project' })).refused[0]?.reason).toBe('this is no array');
  });

  test('keeps the good items beside a bad one', () => {
    const { events, refused } = mapBody(
      [{ title: 'a' }, 7, { title: 'c' }, {}],
      mapping({ title: { pointer: '/title' } }),
    );
    expect(events.map(({ index }) => index)).toEqual([0, 2]);
    expect(refused).toEqual([
      { index: 1, field: null, pointer: null, reason: 'an alert must be an object' },
      { index: 3, field: 'title', pointer: '/title', reason: 'nothing here says what the alert is about' },
    ]);
  });

  test('that misses its title falls back to what the body says, and warns', () => {
    const { events, warnings } = mapBody({ message: 'Disk full' }, mapping({ title: { pointer: '/headline' } }));
    expect(events[0]?.title).toBe('Disk full');
    expect(warnings).toEqual([{ index: 0, field: 'title', pointer: '/headline', reason: 'nothing was found here' }]);
  });

  test('fires on a status that it does not know, and says so', () => {
    const { events, warnings } = mapBody({ title: 'x', s: 'teapot' }, mapping({ status: { pointer: '/s' } }));
    expect(events[0]?.status).toBe('firing');
    expect(warnings[0]?.reason).toContain('"teapot"');
  });

  test('leaves out what its value map calls ignored', () => {
    const draftOf = { status: { pointer: '/type', values: { ACKNOWLEDGEMENT: 'ignored' } } };
    expect(mapBody({ title: 'x', type: 'ACKNOWLEDGEMENT' }, mapping(draftOf))).toMatchObject({
      events: [],
      ignored: 1,
    });
  });

  test('without a dedup key tells alerts apart by its labels, but not by how bad they are', () => {
    const draftOf = { labels: { host: { pointer: '/host' }, severity: { pointer: '/sev' } } };
    const at = (host: string, sev: string) => one({ title: 'x', host, sev }, draftOf).identity;
    expect(at('h1', 'warning')).toEqual(at('h1', 'critical'));
    expect(at('h1', 'warning')).not.toEqual(at('h2', 'warning'));
  });

  test('never takes what objects inherit for a value, nor makes one', () => {
    const draftOf = {
      title: { pointer: ['/constructor/name', '/__proto__/x', '/t'] },
      severity: { pointer: '/sev', values: { a: 'b' } },
      labels: { constructor: { pointer: '/t' } },
    };
    const event = one(JSON.parse('{"t":"fine","sev":"toString","__proto__":{"x":""}}'), draftOf);
    expect(event).toMatchObject({ title: 'fine', severity: 'toString' });
    expect(Object.keys(event.labels)).toEqual(['constructor']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test('refuses a body with too many alerts whole', () => {
    const { events, refused } = mapBody(
      Array.from({ length: MOST_ITEMS + 1 }, () => ({ title: 'x' })),
      {},
    );
    expect([events.length, refused.length]).toEqual([0, 1]);
  });
});

describe('without a mapping', () => {
  test('one field is enough', () => {
    for (const name of ['title', 'message', 'summary', 'text', 'alertname', 'Subject', 'alert_name', 'error'])
      expect(one({ [name]: 'Disk full' }), name).toMatchObject({ title: 'Disk full', status: 'firing' });
  });

  test('common names are read', () => {
    expect(
      one({
        alertname: 'DiskFull',
        summary: 'Disk full on h1: 97 %',
        description: 'Look at /var',
        severity: 'critical',
        service: 'checkout',
        host: 'h1',
        env: 'prod',
        url: 'https://graphs.example/1',
        labels: { team: 'shop' },
      }),
    ).toMatchObject({
      title: 'Disk full on h1: 97 %',
      description: 'Look at /var',
      severity: 'critical',
      service: 'checkout',
      status: 'firing',
      labels: { team: 'shop', env: 'prod', instance: 'h1', alertname: 'DiskFull' },
      links: [{ url: 'https://graphs.example/1' }],
      identity: ['guess', 'name=DiskFull', 'service=checkout', 'host=h1'],
    });
  });

  test.each([
    [
      'Nagios',
      { type: 'PROBLEM', host: 'h1', service: 'disk', state: 'CRITICAL', output: 'CRITICAL disk 99%' },
      { type: 'RECOVERY', host: 'h1', service: 'disk', state: 'OK', output: 'OK fine' },
    ],
    ['a flag', { title: 'Queue', resolved: false }, { title: 'Queue', resolved: true }],
    ['words in the title', { title: '[FIRING:1] Queue' }, { title: '[RESOLVED] Queue' }],
    ['a key', { incident_key: 'k1', message: 'bad' }, { incident_key: 'k1', message: 'good', status: 'ok' }],
    [
      'an alert in an envelope',
      { event: 'triggered', alert: { name: 'Queue', host: 'h1' } },
      { event: 'resolved', alert: { name: 'Queue', host: 'h1' } },
    ],
  ])('the problem and the recovery of %s are one alert', (_name, problem, recovery) => {
    const [fired, over] = [one(problem), one(recovery)];
    expect([fired.status, over.status]).toEqual(['firing', 'resolved']);
    expect(over.identity).toEqual(fired.identity);
  });

  test('two troubles of one service are two alerts', () => {
    expect(one({ service: 'shop', title: 'Disk full' }).identity).not.toEqual(
      one({ service: 'shop', title: 'Slow' }).identity,
    );
  });

  test('what says nothing is refused, by its reason', () => {
    for (const body of [{}, { a: 1 }, 'text', 7, null, [], [[]]])
      expect(mapBody(body, {}).refused, JSON.stringify(body)).toHaveLength(1);
  });
});

describe('whatever the body and the mapping', () => {
  const pointer = fc
    .array(fc.constantFrom('a', 'b', '0', '__proto__', 'title', 'x~0y'), { maxLength: 3 })
    .map((path) => path.map((name) => `/${name}`).join(''));
  const source = fc.record(
    {
      pointer,
      template: fc.string({ maxLength: 40 }),
      values: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
      default: fc.string({ maxLength: 5 }),
    },
    { requiredKeys: ['pointer'] },
  );
  const draft = fc.record(
    {
      items: pointer,
      title: source,
      severity: source,
      status: source,
      dedupKey: source,
      startsAt: source,
      labels: fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), source, { maxKeys: 4 }),
    },
    { requiredKeys: [] },
  );
  const name = fc.constantFrom('a', 'b', 'title', 'labels', 'status', '__proto__', 'constructor', 'x~y');
  const { body } = fc.letrec((tie) => ({
    body: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, 0, 'firing', 'ok', '\ud800', 'a\0b', 'x'.repeat(9_000), 1e300, -1),
      fc.array(tie('body'), { maxLength: 4 }),
      fc.array(fc.tuple(name, tie('body')), { maxLength: 5 }).map((pairs) => {
        const text = pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',');
        return JSON.parse(`{${text}}`) as unknown;
      }),
    ),
  }));

  test('it answers: each item is an alert, refused, or ignored; and every text is bounded', () => {
    fc.assert(
      fc.property(body, draft, (value, wanted) => {
        const { events, refused, ignored } = mapBody(value, mapping(wanted));
        const places = [...events, ...refused].map(({ index }) => index);
        expect(new Set(places).size).toBe(places.length);
        if (wanted.items === undefined)
          expect(places.length + ignored).toBe(Array.isArray(value) ? Math.max(1, value.length) : 1);
        for (const event of events) {
          expect(event.title.length).toBeLessThanOrEqual(1_000);
          expect(event.description?.length ?? 0).toBeLessThanOrEqual(8_000);
          for (const text of Object.values(event.labels)) expect(text.length).toBeLessThanOrEqual(500);
        }
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 500) },
    );
  });
});
