import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NEVER_ENDS_MS } from '../model.ts';
import { colorMeaning } from './slack-color.ts';
import { readSlack } from './slack-in.ts';

const NOW = Temporal.Instant.from('2026-11-21T10:00:00Z').epochMilliseconds;
const sample = readFileSync(join(import.meta.dirname, '../../../../testdata/slack/alertmanager-firing.json'));

function read(body: object | Buffer, contentType = 'application/json') {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const answer = readSlack(bytes, { contentType, integration: { id: 'i' }, nowMs: NOW });
  return answer.ok ? answer.events : answer.word;
}
function one(body: object | Buffer) {
  const events = read(body);
  if (typeof events === 'string' || events.length !== 1) throw new Error(JSON.stringify(events));
  return events[0] as Exclude<typeof events, string>[number];
}
const link = 'http://vm:19093/#/alerts?receiver=all';
/** As Alertmanager's default templates write it. */
const byDefault = (title: string, color = 'danger') => ({
  channel: '#x',
  username: 'Alertmanager',
  attachments: [{ title, title_link: link, text: '', fallback: `${title} | ${link}`, color }],
});

test('what Alertmanager sends becomes a firing alert with a link back', () => {
  expect(one(sample)).toEqual({
    integrationId: 'i',
    labels: Object.assign(Object.create(null), {
      alertname: 'Disk (h1 critical)',
      channel: '#x',
      username: 'Alertmanager',
      severity: 'error',
    }),
    annotations: Object.assign(Object.create(null), { title: 'Disk (h1 critical)' }),
    generatorUrl: link,
    status: 'firing',
    startsAtMs: NOW,
    endsAtMs: NEVER_ENDS_MS,
    endsAtIsTimeout: false,
    resends: false,
    identity: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

describe('one trouble', () => {
  const fired = one(byDefault('[FIRING:1] Disk (h1 critical)'));

  test.each([
    ['a second alert of the group changes the shared labels', byDefault('[FIRING:2] Disk (critical)'), 'firing'],
    ['no label is shared', byDefault('[FIRING:2] Disk '), 'firing'],
    ['it resolves', byDefault('[RESOLVED] Disk (critical)', 'good'), 'resolved'],
  ])('stays one when %s', (_name, body, status) => {
    expect(one(body)).toMatchObject({ identity: fired.identity, status });
  });

  test.each([
    ['another group', byDefault('[FIRING:1] Memory (h1 critical)')],
    ['another channel', { ...byDefault('[FIRING:1] Disk (h1 critical)'), channel: '#y' }],
    ['a group whose own label ends with a bracket', byDefault('[FIRING:1] Disk (eu) ')],
  ])('is not taken for %s', (_name, body) => expect(one(body).identity).not.toBe(fired.identity));

  test('with a title of its own keeps what stands in brackets: two troubles taken for one would end together', () => {
    const own = (title: string) => one({ attachments: [{ title, color: 'danger' }] });
    expect(own('[FIRING:1] Disk (h1)').identity).not.toBe(own('[FIRING:1] Disk (h2)').identity);
    expect(own('[FIRING:3] Disk (h1)').identity).toBe(own('[FIRING:1] Disk (h1)').identity);
  });

  test('with a title of its own is still known by the default fallback', () => {
    const titled = (title: string, subject: string) =>
      one({ attachments: [{ title, fallback: `${subject} | ${link}`, title_link: link }] });
    expect(titled('It burns', '[FIRING:1] Disk (h1)').identity).toBe(
      titled('All well', '[RESOLVED] Disk (h1)').identity,
    );
  });
});

test.each([
  ['[RESOLVED] Disk', 'danger', 'resolved', 'Disk'],
  ['Resolved: Disk', null, 'resolved', 'Disk'],
  ['✅ [OK] Disk', null, 'resolved', 'Disk'],
  [':white_check_mark: Disk', null, 'resolved', 'Disk'],
  ['Disk', 'good', 'resolved', 'Disk'],
  ['[FIRING:1] Disk', 'good', 'firing', 'Disk'],
  ['🚨 [Alerting] Disk', null, 'firing', 'Disk'],
  ['Okapi escaped', null, 'firing', 'Okapi escaped'],
  ['Upgrade: done', null, 'firing', 'Upgrade: done'],
  ['[RESOLVED]', null, 'resolved', '[RESOLVED]'],
  ['[Shop] [✅ Up] 200 - OK', null, 'resolved', '[Shop] [✅ Up] 200 - OK'],
  ['[Shop] [🔴 Down] refused', '#2eb886', 'firing', '[Shop] [🔴 Down] refused'],
  ['Disk', '#36a64f', 'resolved', 'Disk'],
  ['Disk', '#e01e5a', 'firing', 'Disk'],
])('%j with colour %j is %s and called %j', (title, color, status, name) => {
  expect(one({ attachments: [{ title, color }] })).toMatchObject({ status, labels: { alertname: name } });
});

test('a mark behind the name, as Uptime Kuma writes it, leaves the name for identity', () => {
  const kuma = (text: string, color: string) =>
    one({ text, username: 'Uptime Kuma', attachments: [{ color, blocks: [] }] });
  const down = kuma('[Shop] [🔴 Down] connect ECONNREFUSED', '#e01e5a');
  expect(kuma('[Shop] [✅ Up] 200 - OK', '#2eb886')).toMatchObject({ identity: down.identity, status: 'resolved' });
  expect(kuma('[Shop 2] [🔴 Down] timeout', '#e01e5a').identity).not.toBe(down.identity);
  expect(down.labels).toMatchObject({ severity: 'error' });
});

test.each([
  ['good', 'over'],
  ['danger', 'error'],
  ['warning', 'warning'],
  ['#36a64f', 'over'],
  ['2EB886', 'over'],
  ['#00ff00', 'over'],
  ['#e01e5a', 'error'],
  ['#D63232', 'error'],
  ['#a30200', 'error'],
  ['#daa038', 'warning'],
  ['#ffcc00', 'warning'],
  ['#ff9900', 'warning'],
  ['#ffff00', 'warning'],
  ['#888888', null],
  ['#439fe0', null],
  ['#ff00ff', null],
  ['#00ffff', null],
  ['#12', null],
  ['red', null],
  [null, null],
])('colour %j means %j', (color, meaning) => expect(colorMeaning(color)).toBe(meaning));

test('a plain text is an alert named by its first line', () => {
  expect(one({ text: 'Backup failed\nno space left' })).toMatchObject({
    labels: { alertname: 'Backup failed' },
    annotations: { title: 'Backup failed', description: 'Backup failed\nno space left' },
  });
});

test('fields become labels where they are short, and the sender’s severity beats the colour', () => {
  const fields = [
    { title: 'Severity', value: 'warning', short: true },
    { title: 'Host name', value: 'h1' },
    { title: 'Alertname', value: 'other' },
    { title: 'Log', value: 'a\nb' },
    { title: '__proto__', value: 'x' },
  ];
  expect(one({ attachments: [{ title: 'Disk', color: 'danger', fields }] })).toMatchObject({
    labels: { alertname: 'Disk', severity: 'warning', host_name: 'h1' },
    annotations: { Log: 'a\nb', 'Host name': 'h1' },
  });
});

test('each attachment with a title is an alert of its own; blocks alone are read too', () => {
  expect(read({ text: 'two', attachments: [{ title: 'A' }, { title: 'B' }, { text: 'more of B' }] })).toHaveLength(2);
  expect(one({ blocks: [{ type: 'header', text: { type: 'plain_text', text: 'Disk full' } }, null, 7] })).toMatchObject(
    {
      labels: { alertname: 'Disk full' },
    },
  );
});

test('a text made to keep patterns busy is read at once', () => {
  const hostile = [
    '[ '.repeat(250_000),
    ` | http://${'/#/alerts?receiver='.repeat(40_000)} x`,
    `a${' '.repeat(500_000)}b`,
  ];
  const began = performance.now();
  for (const text of hostile) one({ attachments: [{ title: `[FIRING:1] ${text}`, fallback: `[FIRING:1] ${text}` }] });
  expect(performance.now() - began).toBeLessThan(500);
});

test('a form carries the same in its field payload', () => {
  const form = new URLSearchParams({ payload: JSON.stringify({ text: 'Disk full' }) }).toString();
  const events = read(Buffer.from(form), 'application/x-www-form-urlencoded; charset=utf-8');
  expect(events).toMatchObject([{ labels: { alertname: 'Disk full' } }]);
});

test.each([
  [Buffer.from('{'), 'application/json', 'invalid_payload'],
  [Buffer.from('[]'), 'application/json', 'invalid_payload'],
  [Buffer.from('text=x'), 'application/x-www-form-urlencoded', 'invalid_payload'],
  [Buffer.from('{}'), 'application/json', 'no_text'],
  [Buffer.from('{"text":"  "}'), 'application/json', 'no_text'],
  [Buffer.from('{"attachments":[{}]}'), 'application/json', 'no_text'],
  [
    Buffer.from(JSON.stringify({ attachments: Array(101).fill({ title: 'x' }) })),
    'application/json',
    'too_many_attachments',
  ],
])('refuses %s as %s: %s', (body, contentType, word) => expect(read(body, contentType)).toBe(word));
