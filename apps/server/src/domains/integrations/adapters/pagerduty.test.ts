import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NEVER_ENDS_MS } from '../model.ts';
import { readEventV1, readEventV2 } from './pagerduty.ts';
import { readChange } from './pagerduty-change.ts';

const NOW = Temporal.Instant.from('2026-11-21T10:00:00Z').epochMilliseconds;
const sample = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../../testdata/pagerduty', `${name}.json`), 'utf8'));
const context = { integrationId: 'i', nowMs: NOW, freshKey: () => 'fresh' };
const bare = (record: object) => Object.assign(Object.create(null), record);

function read(body: object, version: typeof readEventV2 = readEventV2) {
  const answer = version(body as Record<string, unknown>, context);
  return answer.ok ? answer.message : answer.faults;
}
function eventOf(body: object, version: typeof readEventV2 = readEventV2) {
  const message = read(body, version);
  if (!('kind' in message) || message.kind !== 'event') throw new Error(JSON.stringify(message));
  return message.event;
}
const trigger = (payload: object = {}, more: object = {}) => ({
  event_action: 'trigger',
  dedup_key: 'k',
  payload: { summary: 'Disk full', source: 'h1', severity: 'critical', ...payload },
  ...more,
});

test('a trigger becomes a firing alert with its class as name, its links and all details', () => {
  expect(eventOf(sample('trigger'))).toEqual({
    integrationId: 'i',
    labels: bare({
      alertname: 'http errors',
      service: 'checkout',
      instance: 'eu-north-1',
      severity: 'error',
      component: 'api',
      group: 'shop',
      class: 'http errors',
    }),
    annotations: bare({
      summary: 'Checkout answers 5xx',
      timestamp: '2026-11-21T09:58:00.315+0000',
      client: 'Shop monitor',
      links: 'Runbook: https://runbooks.shop.test/5xx',
      images: '5xx over an hour: https://monitor.shop.test/5xx.png',
      service: 'checkout',
      ratio: '0.124',
      hosts: '["a","b"]',
    }),
    generatorUrl: 'https://monitor.shop.test/checkout',
    status: 'firing',
    startsAtMs: NOW,
    endsAtMs: NEVER_ENDS_MS,
    endsAtIsTimeout: false,
    resends: false,
    identity: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('what Alertmanager sends reads without the count in front, which changes while it lasts', () => {
  const event = eventOf(sample('alertmanager-trigger'));
  expect(event.labels).toEqual(
    bare({ alertname: 'Disk (h1 critical)', instance: 'Alertmanager', severity: 'critical' }),
  );
  expect(event.annotations).toMatchObject({ summary: '[FIRING:1] Disk (h1 critical)', num_firing: '1' });
  expect(event.generatorUrl).toBe('http://vm:19093/#/alerts?receiver=all');
});

test('a resolve of the same key has the same identity and ends now; it needs no payload', () => {
  const up = eventOf({ event_action: 'resolve', dedup_key: 'k' });
  expect(up).toMatchObject({ identity: eventOf(trigger()).identity, status: 'resolved', endsAtMs: NOW });
  expect(eventOf(trigger({}, { dedup_key: 'other' })).identity).not.toBe(up.identity);
});

test('an acknowledge names the identity and who sends it', () => {
  expect(read({ event_action: 'acknowledge', dedup_key: 'k', client: 'Bot' })).toEqual({
    kind: 'acknowledge',
    dedupKey: 'k',
    identity: eventOf(trigger()).identity,
    by: 'Bot',
  });
});

test('a trigger without a key gets one of its own', () => {
  expect(read(trigger({}, { dedup_key: undefined }))).toMatchObject({ dedupKey: 'fresh' });
  expect(read(trigger({}, { dedup_key: ' ' }))).toMatchObject({ dedupKey: 'fresh' });
});

test('the timestamp never dates the alert: what is triggered again after a resolve by hand must open anew', () => {
  expect(eventOf(trigger({ timestamp: '2015-07-17T08:42:58.315+0000' })).startsAtMs).toBe(NOW);
});

test('details in another shape are kept as text, and none replaces the summary', () => {
  expect(eventOf(trigger({ custom_details: 'plain' })).annotations).toEqual(
    bare({ summary: 'Disk full', details: 'plain' }),
  );
  const hostile = JSON.parse('{"__proto__": {"x": 1}, "summary": "no", "toString": "yes", "n": null}');
  expect(eventOf(trigger({ custom_details: hostile })).annotations).toEqual(
    bare({ summary: 'Disk full', ['__proto__']: '{"x":1}', toString: 'yes' }),
  );
});

describe('what is wrong is said for each field', () => {
  test.each<[string, object, readonly string[]]>([
    ['nothing at all', {}, ["'event_action' is missing or blank"]],
    [
      'an unknown action',
      { event_action: 'close', dedup_key: 'k' },
      [expect.stringContaining("'event_action' must be")],
    ],
    ['no key', { event_action: 'resolve' }, ["'dedup_key' is missing or blank"]],
    ['no payload', { event_action: 'trigger' }, ["'payload' is missing"]],
    ['a payload that is a list', { event_action: 'trigger', payload: [] }, ["'payload' must be an object"]],
    [
      'an empty payload',
      { event_action: 'trigger', payload: {} },
      [
        "'payload.severity' is missing or blank",
        "'payload.summary' is missing or blank",
        "'payload.source' is missing or blank",
      ],
    ],
    ['an unknown severity', trigger({ severity: 'urgent' }), [expect.stringContaining("'payload.severity' must be")]],
    ['a summary that is an object', trigger({ summary: { a: 1 } }), ["'payload.summary' must be a string"]],
    ['a long summary', trigger({ summary: 'x'.repeat(1_025) }), ["'payload.summary' is longer than 1024 characters"]],
    ['a long key', trigger({}, { dedup_key: 'x'.repeat(256) }), ["'dedup_key' is longer than 255 characters"]],
  ])('%s', (_what, body, faults) => {
    expect(read(body)).toEqual(faults);
  });

  test('the longest allowed are taken, and severities in large letters', () => {
    const body = trigger({ summary: 'x'.repeat(1_024), severity: 'Critical' }, { dedup_key: 'x'.repeat(255) });
    expect(eventOf(body).labels['severity']).toBe('critical');
  });
});

describe('version 1', () => {
  test('a trigger reads like one of version 2, without a severity', () => {
    const event = eventOf(sample('v1-trigger'), readEventV1);
    expect(event.labels).toEqual(bare({ alertname: 'HTTP down on srv01' }));
    expect(event.annotations).toEqual(
      bare({
        summary: 'HTTP down on srv01',
        client: 'Old monitor',
        links: 'Host: http://old.test/srv01',
        images: 'https://old.test/graph.png',
        ping: '1500 ms',
        load: '0.75',
      }),
    );
    expect(event.identity).toBe(eventOf(trigger({}, { dedup_key: 'srv01/HTTP' })).identity);
  });

  test('a long description is cut: the old protocol names no limit', () => {
    const event = eventOf({ event_type: 'trigger', description: 'x'.repeat(5_000) }, readEventV1);
    expect((event.annotations as { summary: string }).summary).toHaveLength(1_024);
  });

  test('faults are named by the old names', () => {
    expect(read({ event_type: 'trigger' }, readEventV1)).toEqual(["'description' is missing or blank"]);
    expect(read({ event_type: 'resolve' }, readEventV1)).toEqual(["'incident_key' is missing or blank"]);
  });
});

describe('changes', () => {
  test('a change event tells what its details know', () => {
    expect(readChange(sample('change'), NOW)).toMatchObject({
      ok: true,
      change: {
        kind: 'other',
        summary: 'Build passed: longer timeouts',
        service: 'checkout',
        author: 'nora',
        deployId: '42',
        status: 'passed',
        links: [{ href: 'https://ci.shop.test/42', text: 'Build 42' }],
        details: { source: 'ci-7', build_number: '42' },
        atMs: Date.UTC(2026, 10, 21, 8, 42, 58, 315),
      },
    });
  });

  test('sent again it is the same; without a timestamp only within its minute', () => {
    const idOf = (body: object, ms = NOW) => {
      const told = readChange(body as Record<string, unknown>, ms);
      return told.ok ? told.change.sourceId : told.faults;
    };
    const plain = { payload: { summary: 'Deploy' } };
    expect(idOf(sample('change'), NOW)).toBe(idOf(sample('change'), NOW + 86_400_000));
    expect(idOf(plain, NOW)).toBe(idOf(plain, NOW + 59_000));
    expect(idOf(plain, NOW)).not.toBe(idOf(plain, NOW + 60_000));
  });

  test('faults are named', () => {
    expect(readChange({}, NOW)).toEqual({ ok: false, faults: ["'payload' is missing or not an object"] });
    expect(readChange({ payload: { source: [] } }, NOW)).toEqual({
      ok: false,
      faults: ["'payload.summary' is missing or blank", "'payload.source' must be a string"],
    });
  });
});
