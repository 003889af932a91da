import { describe, expect, test } from 'vitest';
import { type CloudEvent, readCloudEvents } from './cloudevents.ts';
import { meaningOf } from './cloudevents-meaning.ts';

const NOW = Temporal.Instant.from('2026-11-21T10:00:00Z').epochMilliseconds;
const ENVELOPE = { specversion: '1.0', id: 'e-1', source: '/shop/eu', type: 'test.shop.disk.firing' };
const JSON_BYTES = (value: unknown) => Buffer.from(JSON.stringify(value));

function read(headers: Record<string, string>, body: unknown = Buffer.alloc(0)) {
  const answer = readCloudEvents({ headers, body: Buffer.isBuffer(body) ? body : JSON_BYTES(body) });
  return answer.ok ? answer : `${answer.status} ${answer.reason}`;
}
const structured = (event: unknown) => read({ 'content-type': 'application/cloudevents+json; charset=utf-8' }, event);
const batch = (events: unknown) => read({ 'content-type': 'application/cloudevents-batch+json' }, events);
function only(answer: ReturnType<typeof read>): CloudEvent {
  if (typeof answer === 'string' || !answer.events[0]) throw new Error(JSON.stringify(answer));
  return answer.events[0].event;
}

describe('an event is the same however it is carried', () => {
  const expected = {
    id: 'e-1',
    source: '/shop/eu',
    type: 'test.shop.disk.firing',
    subject: 'h1 100 %',
    timeMs: NOW,
    extensions: Object.assign(Object.create(null), { region: 'eu' }),
    data: { summary: 'full' },
  };
  const attributes = { ...ENVELOPE, subject: 'h1 100 %', time: '2026-11-21T10:00:00Z', region: 'eu' };

  test('binary, with header values percent-encoded', () => {
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encodeURIComponent(value)]),
    );
    expect(only(read({ ...headers, 'content-type': 'application/json' }, { summary: 'full' }))).toEqual(expected);
  });

  test('structured', () => {
    expect(only(structured({ ...attributes, datacontenttype: 'application/json', data: { summary: 'full' } }))).toEqual(
      expected,
    );
  });

  test('structured with data in base64', () => {
    const data_base64 = JSON_BYTES({ summary: 'full' }).toString('base64');
    expect(only(structured({ ...attributes, data_base64 }))).toEqual(expected);
  });

  test('batched', () => {
    const answer = batch([{ ...attributes, data: { summary: 'full' } }]);
    expect(only(answer)).toEqual(expected);
  });
});

test('bad events of a batch are named by their place, the good ones stand', () => {
  const answer = batch([{ id: 'x' }, ENVELOPE, 7, { ...ENVELOPE, id: '' }, { ...ENVELOPE, subject: { a: 1 } }]);
  expect(answer).toMatchObject({
    events: [{ place: 1, event: { id: 'e-1' } }],
    refused: [
      { index: 0, reason: 'specversion must be 1.0' },
      { index: 2, reason: 'an event must be an object' },
      { index: 3, reason: 'id, source and type are needed' },
      { index: 4, reason: 'attribute subject must be a text, a number or a boolean' },
    ],
  });
});

test.each<[string, ReturnType<typeof read>, string]>([
  ['no mark of a CloudEvent', read({ 'content-type': 'application/json' }, {}), '415 no CloudEvent'],
  ['another format', read({ 'content-type': 'application/cloudevents+avro' }), '415 application/cloudevents+avro'],
  ['version 0.3', structured({ ...ENVELOPE, specversion: '0.3' }), '400 specversion must be 1.0'],
  ['a list that is no batch', structured([ENVELOPE]), '400 an event must be an object'],
  ['a batch that is no list', batch(ENVELOPE), '400 a batch must be an array'],
  ['a long batch', batch(Array.from({ length: 201 }, () => ENVELOPE)), '400 more than 200 events'],
  ['bad base64', structured({ ...ENVELOPE, data_base64: '%%' }), '400 data_base64 must be base64'],
  ['a body that is cut', read({ 'content-type': 'application/cloudevents+json' }, Buffer.from('{')), '400 not JSON'],
  ['a long attribute', structured({ ...ENVELOPE, id: 'x'.repeat(1_001) }), '400 attribute id is longer'],
])('%s is refused', (_what, answer, reason) => {
  expect(answer).toMatch(new RegExp(`^${reason.replaceAll('+', '\\+')}`));
});

test('a lone % in a header stands as it is, bytes that are no text are no data', () => {
  const headers = { 'ce-specversion': '1.0', 'ce-id': '100 %', 'ce-source': 's', 'ce-type': 't' };
  expect(only(read(headers)).id).toBe('100 %');
  expect(only(read({ ...headers, 'content-type': 'image/png' }, Buffer.from([1, 2]))).data).toBeNull();
  expect(only(read({ ...headers, 'content-type': 'text/plain' }, Buffer.from('hello'))).data).toBe('hello');
});

function meaning(fields: Partial<CloudEvent> & { readonly data?: unknown }) {
  const event: CloudEvent = { ...ENVELOPE, subject: null, timeMs: null, extensions: {}, data: null, ...fields };
  return meaningOf(event, { integrationId: 'i', nowMs: NOW });
}
function alertOf(fields: Parameters<typeof meaning>[0]) {
  const told = meaning(fields);
  if (told.kind !== 'alert') throw new Error(JSON.stringify(told));
  return told.event;
}

describe('what an event means', () => {
  test.each<[string, Parameters<typeof meaning>[0], 'firing' | 'resolved']>([
    ['the last word of its type', { type: 'test.disk.resolved' }, 'resolved'],
    ['before its version', { type: 'dev.cdevents.incident.resolved.0.1.1' }, 'resolved'],
    ['the state in its data, first', { type: 'test.disk.firing', data: { status: 'ok' } }, 'resolved'],
    ['nothing that says a state fires', { type: 'test.order.placed' }, 'firing'],
  ])('%s', (_what, fields, status) => {
    expect(alertOf(fields).status).toBe(status);
  });

  test('problem and end share source, subject and type without the state', () => {
    const down = alertOf({ type: 'test.disk.firing', subject: 'h1' });
    expect(alertOf({ type: 'test.disk.resolved', subject: 'h1' }).identity).toBe(down.identity);
    for (const other of [
      { subject: 'h2' },
      { subject: 'h1', source: '/shop/us' },
      { subject: 'h1', type: 'test.cpu.ok' },
    ])
      expect(alertOf({ type: 'test.disk.firing', ...other }).identity).not.toBe(down.identity);
  });

  test('a key of the data beats subject and type', () => {
    const down = alertOf({ type: 'test.disk.full', subject: 'a', data: { dedupKey: 'k' } });
    expect(alertOf({ type: 'test.disk.fine', subject: 'b', data: { dedupKey: 'k' } }).identity).toBe(down.identity);
  });

  test('it reads well: title, labels and severity from data and extensions', () => {
    const event = alertOf({
      type: 'test.disk.firing',
      subject: 'h1',
      timeMs: NOW,
      extensions: { severitynumber: '18', traceparent: '00-1' },
      data: { summary: 'Disk full', service: 'search', labels: { zone: 'a' } },
    });
    expect(event.labels).toEqual(
      Object.assign(Object.create(null), {
        zone: 'a',
        alertname: 'test.disk',
        severity: 'error',
        service: 'search',
        source: '/shop/eu',
        subject: 'h1',
        type: 'test.disk.firing',
      }),
    );
    expect(event.annotations).toMatchObject({
      summary: 'Disk full',
      traceparent: '00-1',
      time: '2026-11-21T10:00:00Z',
    });
    expect((alertOf({ subject: 'h1' }).annotations as { summary: string }).summary).toBe('test.shop.disk.firing: h1');
  });

  test('deployments and the like are changes and never page, unless they say how bad it is', () => {
    expect(meaning({ type: 'dev.cdevents.service.deployed.0.2.0', subject: 'checkout' })).toMatchObject({
      kind: 'change',
      change: { kind: 'deploy', service: 'checkout', sourceId: '["cloudevents","/shop/eu","e-1"]' },
    });
    expect(meaning({ type: 'dev.cdevents.environment.modified.0.2.0' })).toMatchObject({
      change: { kind: 'infrastructure' },
    });
    expect(meaning({ type: 'test.shop.deployed', data: { revision: 'a1' } })).toMatchObject({
      kind: 'change',
      change: { kind: 'deploy', revision: 'a1' },
    });
    expect(meaning({ type: 'test.shop.deployment.failed' }).kind).toBe('alert');
    expect(meaning({ type: 'dev.cdevents.incident.detected.0.2.0' }).kind).toBe('alert');
    expect(meaning({ type: 'test.shop.deployed', data: { severity: 'critical' } }).kind).toBe('alert');
  });

  test('what says itself that it is nothing is ignored', () => {
    expect(meaning({ data: { status: 'ignored' } }).kind).toBe('ignored');
  });
});
