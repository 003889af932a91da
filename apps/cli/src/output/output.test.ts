import { expect, test } from 'vitest';
import { clean, cut, widthOf } from './clean.ts';
import { table } from './table.ts';
import { folded } from './text.ts';
import { countdown, duration, moment } from './time.ts';

const now = Temporal.Instant.from('2026-10-21T02:09:07Z');

test('control characters and turns of the reading direction are made visible, line breaks become blanks', () => {
  expect(clean('a\u001b[2Jb\u202ec\n\td')).toBe('a\ufffd[2Jb\ufffdc d');
});

test('wide letters take two columns, and a cut never makes a text longer than asked', () => {
  expect([widthOf('決済'), widthOf('é'), widthOf('e\u0301'), widthOf('🔥')]).toEqual([4, 1, 1, 2]);
  for (let columns = 1; columns < 12; columns++)
    expect(widthOf(cut('決済 Checkout 🔥', columns))).toBeLessThanOrEqual(columns);
  expect(cut('short', 5)).toBe('short');
});

test('columns stand under their heads, and only the flexible one gives way', () => {
  const rows = [{ a: '1', b: 'a rather long text that must give way' }];
  const columns = [
    { head: 'N', cell: (row: (typeof rows)[number]) => row.a, align: 'right' as const },
    { head: 'TEXT', cell: (row: (typeof rows)[number]) => row.b, flexible: true },
  ];
  expect(table(rows, columns, 20)).toBe('N  TEXT\n1  a rather long te…');
  expect(table(rows, columns, null)).toContain('give way');
  const dispensable = [{ head: 'LONG', cell: () => 'can be left out', leftOut: 1 }, ...columns];
  expect(table(rows, dispensable, 40)).toBe('N  TEXT\n1  a rather long text that must give way');
  expect(table(rows, dispensable, 70)).toContain('LONG');
});

test('times are said as people say them', () => {
  expect([duration(41), duration(79), duration(7530), duration(273_600)]).toEqual([
    '41 s',
    '1 m 19 s',
    '2 h 5 m',
    '3 d 4 h',
  ]);
  expect([countdown('2026-10-21T02:12:48Z', now), countdown('2026-10-21T02:00:00Z', now)]).toEqual(['03:41', 'now']);
  expect(countdown('2026-10-21T03:12:48Z', now)).toBe('1:03:41');
  expect(moment('2026-10-21T02:07:48Z', 'Europe/Lisbon', now)).toBe('03:07:48');
  expect(moment('2026-10-20T22:30:00Z', 'Europe/Lisbon', now)).toBe('Tue 20 Oct 23:30');
  expect(moment('2025-10-20T22:30:00Z', 'Europe/Lisbon', now)).toBe('Mon 20 Oct 2025 23:30');
});

test('a text is folded at words, the rest indented', () => {
  expect(folded('one two three', 8, '  ')).toBe('one two\n  three');
  expect(folded('one two three', null)).toBe('one two three');
});
