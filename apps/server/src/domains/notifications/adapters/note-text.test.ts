import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes, cut, letters, noteBody, refOf, units } from './note-text.ts';

describe('a text that is cut', () => {
  test.each([
    ['short', 10, 'short'],
    ['exactly', 7, 'exactly'],
    ['too long', 7, 'too lo…'],
    ['too long', 5, 'too…'],
    ['😀😀😀😀', 3, '😀😀…'],
    ['x', 0, ''],
  ])('%s in %s letters', (text, room, expected) => {
    expect(cut(text, room)).toBe(expected);
  });

  test.each([
    ['letters', letters],
    ['units', units],
    ['bytes', bytes],
  ])('fits, counted in %s, and keeps its letters whole', (_, measure) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(60), (text, room) => {
        const short = cut(text, room, measure);
        expect(measure(short)).toBeLessThanOrEqual(Math.max(room, 0));
        expect(short.isWellFormed()).toBe(true);
        if (measure(text) <= room) expect(short).toBe(text);
      }),
    );
  });
});

describe('the body of a note', () => {
  const note = {
    lead: 'What happened.',
    rows: [
      { name: 'Since', value: '03:07' },
      { name: 'Next', value: 'Bo' },
    ],
    sections: [{ title: '4 kinds', lines: ['a', 'b', 'c', 'd'] }],
  };

  test('is lead, rows, sections, tail', () => {
    expect(noteBody(note, { room: 200, tail: ['', 'link'] })).toBe(
      'What happened.\nSince: 03:07\nNext: Bo\n4 kinds:\n- a\n- b\n- c\n- d\n\nlink',
    );
  });

  test('counts what of a list had no room; the tail stays', () => {
    expect(noteBody(note, { room: 71, tail: ['link'] })).toBe(
      'What happened.\nSince: 03:07\nNext: Bo\n4 kinds:\n- a\n- b\n- 2 more\nlink',
    );
  });

  test('one long line leaves room for the others', () => {
    const body = noteBody({ ...note, lead: 'x'.repeat(500) }, { room: 120, tail: ['link'] });
    expect(body.startsWith(`${'x'.repeat(59)}…\nSince: 03:07\nNext: Bo`)).toBe(true);
    expect(body.endsWith('\nlink')).toBe(true);
  });

  test('fits whatever it is made of', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 80 });
    const any = fc.record({
      lead: fc.option(line),
      rows: fc.array(fc.record({ name: line, value: line }), { maxLength: 8 }),
      sections: fc.array(fc.record({ title: line, lines: fc.array(line, { maxLength: 20 }) }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(any, fc.integer({ min: 40, max: 900 }), (made, room) => {
        const body = noteBody(made, { room, measure: bytes, tail: ['link'] });
        expect(bytes(body)).toBeLessThanOrEqual(room);
        expect(body.endsWith('link')).toBe(true);
      }),
    );
  });
});

test('two notifications made in one second have different marks', () => {
  expect(refOf('01990a3e-7c5e-7000-8000-0000deadbeef')).toBe('ref deadbeef');
  expect(refOf('01990a3e-7c5e-7000-8000-0000deadbee0')).toBe('ref deadbee0');
});
