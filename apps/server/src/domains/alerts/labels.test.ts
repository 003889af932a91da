import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { cleanLabels, type LabelFaultReason } from './labels.ts';

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`l${i}`, 'x']));
}

describe('cleanLabels', () => {
  test.each<[string, unknown, Record<string, string>]>([
    ['keeps names and values in order', { b: '1', a: '2' }, { b: '1', a: '2' }],
    ['drops empty values', { a: '1', b: '' }, { a: '1' }],
    ['an empty name with an empty value is dropped too', { a: '1', '': '' }, { a: '1' }],
    ['empty values do not count', { ...many(64), empty: '' }, many(64)],
    ['replaces NUL', { 'a\0': 'x\0y' }, { 'a\ufffd': 'x\ufffdy' }],
    ['replaces halves of surrogate pairs, keeps whole ones', { a: '\ud83d!\ude42', b: '🙂' }, { a: '�!�', b: '🙂' }],
    ['a name of 512 bytes', { ['é'.repeat(256)]: 'x' }, { ['é'.repeat(256)]: 'x' }],
    ['a value of 2,048 bytes', { a: '🙂'.repeat(512) }, { a: '🙂'.repeat(512) }],
  ])('%s', (_rule, input, expected) => {
    const cleaned = cleanLabels(input);
    expect(cleaned.ok && Object.entries(cleaned.labels)).toEqual(Object.entries(expected));
  });

  test.each<[string, unknown, LabelFaultReason, string | null]>([
    ['null', null, 'not-an-object', null],
    ['a list', ['a'], 'not-an-object', null],
    ['text', 'a=b', 'not-an-object', null],
    ['nothing', {}, 'no-labels', null],
    ['only empty values', { a: '' }, 'no-labels', null],
    ['too many labels', many(65), 'too-many-labels', null],
    ['an empty name', { '': 'x' }, 'empty-name', ''],
    ['a number', { a: 1 }, 'value-not-text', 'a'],
    ['null as value', { a: null }, 'value-not-text', 'a'],
    ['a long name', { ['é'.repeat(257)]: 'x' }, 'name-too-long', 'é'.repeat(100)],
    ['a long value', { a: `${'🙂'.repeat(512)}!` }, 'value-too-long', 'a'],
    ['a value that grows past the bound when it is repaired', { a: '\0'.repeat(683) }, 'value-too-long', 'a'],
  ])('refuses %s', (_what, input, reason, label) => {
    expect(cleanLabels(input)).toMatchObject({ ok: false, error: { reason, label } });
  });

  test('the result has no prototype, so that every name is only a label', () => {
    const cleaned = cleanLabels(JSON.parse('{"__proto__":"x","constructor":"y"}'));
    if (!cleaned.ok) throw new Error(cleaned.error.message);
    expect('hasOwnProperty' in cleaned.labels).toBe(false);
    expect(Object.keys(cleaned.labels)).toEqual(['__proto__', 'constructor']);
    expect(cleaned.labels.toString).toBeUndefined();
  });

  test('bounds are bytes of UTF-8, and what passes is storable', () => {
    const run = fc.tuple(fc.constantFrom('a', 'é', '€', '🙂', '\0', '\ud83d'), fc.nat(900));
    fc.assert(
      fc.property(fc.array(run, { maxLength: 4 }), (runs) => {
        const value = runs.map(([unit, count]) => unit.repeat(count)).join('');
        const cleaned = cleanLabels({ a: value, keep: 'x' });
        const repaired = value.toWellFormed().replaceAll('\0', '\ufffd');
        expect(cleaned.ok).toBe(new TextEncoder().encode(repaired).length <= 2048);
        if (cleaned.ok) expect(cleaned.labels.a ?? '').toBe(repaired);
      }),
      { numRuns: 300 },
    );
  });
});
