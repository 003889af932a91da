import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NEVER_ENDS_MS } from '../model.ts';
import { readVictorops } from './victorops.ts';

const NOW = Temporal.Instant.from('2026-11-21T10:00:00Z').epochMilliseconds;
const sample = readFileSync(join(import.meta.dirname, '../../../../testdata/victorops/alertmanager-critical.json'));

function read(body: object | Buffer, routingKey: string | null = null) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const answer = readVictorops(bytes, { id: 'i' }, { routingKey, nowMs: NOW, freshId: () => 'fresh' });
  return answer.ok ? answer.message : answer.reason;
}
function eventOf(body: object | Buffer, routingKey: string | null = null) {
  const message = read(body, routingKey);
  if (typeof message === 'string' || message.kind !== 'alert') throw new Error(JSON.stringify(message));
  return message.event;
}

test('what Alertmanager sends becomes a firing alert that reads well and routes by its key', () => {
  expect(eventOf(sample, 'database')).toEqual({
    integrationId: 'i',
    labels: Object.assign(Object.create(null), {
      alertname: 'Disk (h1 critical)',
      monitoring_tool: 'Alertmanager',
      routing_key: 'database',
      severity: 'critical',
    }),
    annotations: Object.assign(Object.create(null), {
      title: '[FIRING:1] Disk (h1 critical)',
      description: expect.stringMatching(/^disk full\nAlerts Firing:/),
    }),
    generatorUrl: null,
    status: 'firing',
    startsAtMs: NOW,
    endsAtMs: NEVER_ENDS_MS,
    endsAtIsTimeout: false,
    resends: false,
    identity: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('a recovery of the same entity has the same identity and ends now, whatever else it says', () => {
  const down = eventOf({ message_type: 'CRITICAL', entity_id: 'disk/h1', state_message: 'full' });
  const up = eventOf({ message_type: 'recovery', entity_id: 'disk/h1', state_start_time: 1 });
  expect(up).toMatchObject({ identity: down.identity, status: 'resolved', startsAtMs: NOW, endsAtMs: NOW });
});

test('acknowledgement and information open nothing', () => {
  const { identity } = eventOf({ message_type: 'WARNING', entity_id: 'disk' });
  expect(read({ message_type: 'ACKNOWLEDGEMENT', entity_id: 'disk', ack_author: 'olga' })).toEqual({
    kind: 'acknowledge',
    entityId: 'disk',
    identity,
    by: 'olga',
  });
  expect(read({ message_type: 'INFO', entity_id: 'disk', state_message: 'a deploy' })).toEqual({
    kind: 'info',
    entityId: 'disk',
    identity,
    text: 'a deploy',
  });
});

test('further fields are annotations; host and service are labels', () => {
  expect(
    eventOf({
      message_type: 'WARNING',
      entity_id: 'e',
      host_name: 'h1',
      service: 'checkout',
      runbook: 'https://rb.example/1',
      load: 7.5,
      nested: { a: [1] },
      nothing: null,
      __proto__x: 'y',
    }),
  ).toMatchObject({
    labels: { alertname: 'e', instance: 'h1', service: 'checkout', severity: 'warning' },
    annotations: { runbook: 'https://rb.example/1', load: '7.5', nested: '{"a":[1]}', __proto__x: 'y' },
  });
});

test.each([
  ['seconds', NOW / 1_000 - 60, NOW - 60_000],
  ['seconds as text', String(NOW / 1_000 - 60), NOW - 60_000],
  ['milliseconds', NOW - 5, NOW - 5],
  ['the future', NOW / 1_000 + 60, NOW],
  ['an unset clock', 0, NOW],
  ['no number', 'yesterday', NOW],
  ['too large a number', 1e300, NOW],
])('a state that began at %s', (_name, state_start_time, startsAtMs) => {
  expect(eventOf({ message_type: 'CRITICAL', entity_id: 'e', state_start_time }).startsAtMs).toBe(startsAtMs);
});

test('without an entity id each alert is its own', () => {
  expect(read({ message_type: 'CRITICAL', state_message: 'x' })).toMatchObject({ entityId: 'fresh' });
});

test.each([
  [{}, /message_type/],
  [{ message_type: 'UNKNOWN' }, /message_type/],
  [Buffer.from(''), /not JSON/],
  [Buffer.from('[]'), /must be a JSON object/],
  [Buffer.from('[['.repeat(40)), /nested deeper/],
])('refuses %j', (body, reason) => expect(read(body)).toMatch(reason));
