import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanAnnotations, cleanLabels } from '#alerts';
import { NEVER_ENDS_MS } from '../model.ts';
import { createEvent, readCreate } from './opsgenie.ts';
import { LIMITS } from './opsgenie-body.ts';
import { fieldsOf, type OpsgenieFields, priorities, textOf } from './opsgenie-text.ts';

const NOW = Temporal.Instant.from('2026-11-21T10:00:00Z').epochMilliseconds;
const golden = (name: string) => readFileSync(join(import.meta.dirname, '../../../../testdata/opsgenie', name));
const read = (body: object | Buffer) => readCreate(Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)));
function fieldsIn(body: object | Buffer) {
  const created = read(body);
  if (!created.ok) throw new Error(JSON.stringify(created));
  return created.fields;
}
const eventOf = (body: object | Buffer) =>
  createEvent(fieldsIn(body), { integration: { id: 'i' }, nowMs: NOW, ownKey: 'own' });

test('what Alertmanager sends becomes an alert with its own labels, known by its alias', () => {
  const event = eventOf(golden('alertmanager-create.json'));
  expect(event).toEqual({
    integrationId: 'i',
    labels: Object.assign(Object.create(null), { alertname: 'Disk', instance: 'h1', severity: 'critical' }),
    annotations: Object.assign(Object.create(null), {
      message: '[FIRING:1] Disk (h1 critical)',
      alias: '849f8175e1fa447711c42b6e6cfb199b37d2ba91e3e51a900048a82f9cf0abaa',
      description: expect.stringMatching(/^disk full\nAlerts Firing:/),
      source: 'http://vm:19093/#/alerts?receiver=all',
    }),
    generatorUrl: 'http://vm:19093/#/alerts?receiver=all',
    status: 'firing',
    startsAtMs: NOW,
    endsAtMs: NEVER_ENDS_MS,
    endsAtIsTimeout: false,
    resends: false,
    keepsText: true,
    identity: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('what the SDK sends is named by its message, and as bad as its priority', () => {
  expect(eventOf(golden('sdk-create.json'))).toMatchObject({ labels: { alertname: 'm', priority: 'P1' }, severity: 1 });
});

test('one alias is one identity; without an alias each alert has its own', () => {
  const of = (body: object, ownKey: string) =>
    createEvent(fieldsIn(body), { integration: { id: 'i' }, nowMs: NOW, ownKey }).identity;
  expect(of({ message: 'a', alias: 'x' }, '1')).toBe(of({ message: 'b', alias: 'x' }, '2'));
  expect(of({ message: 'a' }, '1')).not.toBe(of({ message: 'a' }, '2'));
  expect(of({ message: 'a' }, 'x')).not.toBe(of({ message: 'a', alias: 'x' }, '1'));
});

describe('limits', () => {
  test('what is too long is cut, as Opsgenie cuts it, never in the middle of a character', () => {
    const fields = fieldsIn({
      message: '🔥'.repeat(200),
      alias: 'a'.repeat(600),
      description: 'd'.repeat(20_000),
      tags: ['t'.repeat(80), ...Array.from({ length: 40 }, (_, i) => `t${i}`), 't1'],
      details: { long: 'x'.repeat(9_000), late: 'y' },
      user: 'u'.repeat(200),
    });
    expect([fields.message.length, fields.message.isWellFormed()]).toEqual([LIMITS.message, true]);
    expect([fields.alias?.length, fields.description.length, fields.user.length]).toEqual([512, 15_000, 100]);
    expect([fields.tags.length, fields.tags[0]?.length]).toEqual([20, 50]);
    expect(Object.entries(fields.details).map(([key, value]) => [key, value.length])).toEqual([['long', 7_996]]);
  });

  test.each([
    [{}, { message: 'Message can not be empty.' }],
    [{ message: ' \n' }, { message: 'Message can not be empty.' }],
    [{ message: {} }, { message: 'Message can not be empty.' }],
    [{ message: 'm', priority: 'P6' }, { priority: 'should be one of [ P1, P2, P3, P4, P5 ]' }],
    [{ message: 'm', tags: 'a,b' }, { tags: 'should be an array of strings' }],
    [{ message: 'm', details: [] }, { details: 'should be an object of strings' }],
    [{ message: 'm', alias: [] }, { alias: 'should be a string' }],
    [{ message: 'm', responders: [{ type: 'bb', name: 'x' }] }, { 'responders#type': 'Invalid responder type' }],
  ])('refuses %j by name', (body, errors) => {
    expect(read(body)).toEqual({ ok: false, kind: 'fields', errors });
  });

  test('a body that is no object is no JSON of Opsgenie’s', () => {
    for (const body of ['', '{', '[]', 'null', '7']) expect(read(Buffer.from(body))).toMatchObject({ kind: 'syntax' });
  });

  test('numbers and null are read as people mean them', () => {
    const fields = fieldsIn({ message: 42, alias: null, details: { n: 7, yes: true, none: null, o: { a: 1 } } });
    expect(fields).toMatchObject({
      message: '42',
      alias: null,
      details: { n: '7', yes: 'true', none: '', o: '{"a":1}' },
    });
  });
});

test('responders are kept as type and name', () => {
  const responders = [
    { type: 'team', name: 'Ops' },
    { type: 'USER', username: 'olga@x.test' },
    { type: 'schedule', id: '7' },
  ];
  expect(fieldsIn({ message: 'm', responders }).responders).toEqual(['team:Ops', 'user:olga@x.test', 'schedule:7']);
  expect(fieldsIn({ message: 'm', teams: ['Ops'] }).responders).toEqual(['team:Ops']);
});

/** What is stored of a text: labels and annotations as their stores clean them. */
function stored(fields: OpsgenieFields) {
  const text = textOf(fields);
  const labels = cleanLabels(text.labels);
  if (!labels.ok) throw new Error(labels.error.message);
  return { labels: labels.labels, annotations: cleanAnnotations(text.annotations) };
}

test('every alert that Opsgenie would take can be stored, and its fields are read back as they were', () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 60 });
  const body = fc.record(
    {
      message: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter((text) => text.trim() !== ''),
      alias: word,
      description: fc.string({ unit: 'grapheme', maxLength: 2_000 }),
      tags: fc.array(word, { maxLength: 25 }),
      details: fc.dictionary(
        fc.oneof(
          word,
          fc.constantFrom('tags', 'priority', 'alertname', 'message', 'details.x', '__proto__', 'constructor'),
        ),
        fc.oneof(word, fc.string({ minLength: 3_000, maxLength: 3_100 })),
        { maxKeys: 30 },
      ),
      entity: word,
      source: word,
      user: word,
      priority: fc.constantFrom(...priorities),
      responders: fc.array(fc.record({ type: fc.constantFrom('team', 'user'), name: word }), { maxLength: 50 }),
    },
    { requiredKeys: ['message'] },
  );
  fc.assert(
    fc.property(body, (wire) => {
      const fields = fieldsIn(wire);
      const back = fieldsOf(stored(fields)).fields;
      expect(back).toEqual({ ...fields, tags: back.tags, responders: back.responders });
      expect(new Set(back.tags)).toEqual(new Set(fields.tags.map((tag) => tag.trim()).filter(Boolean)));
    }),
    { numRuns: 300 },
  );
});

test('an edit of one field leaves the others, and what others have noted on the alert', () => {
  const before = stored(fieldsIn({ message: 'm', alias: 'a', tags: ['x'], details: { k: 'v' } }));
  const { fields, others } = fieldsOf({ ...before, annotations: { ...before.annotations, deleted: 'yes' } });
  const after = fieldsOf(textOf({ ...fields, message: 'n' }, others));
  expect(after.fields).toEqual({ ...fields, message: 'n' });
  expect({ ...after.others }).toEqual({ deleted: 'yes' });
});
