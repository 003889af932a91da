import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSearch } from './opsgenie-query.ts';
import type { Search } from './opsgenie-term.ts';

function search(query: string): Search | null {
  const read = readSearch(query);
  if (!read.ok) throw new Error(read.reason);
  return read.search;
}
const open: Search = { kind: 'state', field: 'open', is: true };
const closed: Search = { kind: 'state', field: 'open', is: false };
const text = (word: string): Search => ({ kind: 'text', text: word });
const tag = (word: string): Search => ({ kind: 'field', field: 'tag', text: word });

describe('a search', () => {
  test.each<[string, Search | null]>([
    ['', null],
    ['  ', null],
    ['status: open', open],
    ['status=closed', closed],
    ['STATUS:Open', open],
    ['status != open', { kind: 'not', of: open }],
    ['disk', text('disk')],
    ['"disk full"', text('disk full')],
    ['"say \\"hi\\""', text('say "hi"')],
    ['disk full', { kind: 'all', of: [text('disk'), text('full')] }],
    ['status: open AND tag: db', { kind: 'all', of: [open, tag('db')] }],
    ['status:open tag:db', { kind: 'all', of: [open, tag('db')] }],
    ['tag:a OR tag:b AND status:open', { kind: 'any', of: [tag('a'), { kind: 'all', of: [tag('b'), open] }] }],
    [
      '(tag:a OR tag:b) AND NOT status:open',
      {
        kind: 'all',
        of: [
          { kind: 'any', of: [tag('a'), tag('b')] },
          { kind: 'not', of: open },
        ],
      },
    ],
    ['tag: (a OR "b c")', { kind: 'any', of: [tag('a'), tag('b c')] }],
    ['tag: NOT a', { kind: 'not', of: tag('a') }],
    ['(a) '.repeat(12), { kind: 'all', of: Array.from({ length: 12 }, () => text('a')) }],
    ['priority: P1', { kind: 'field', field: 'priority', text: 'P1' }],
    ['teams: Ops', { kind: 'field', field: 'responders', text: 'Ops' }],
    ['details.region: eu*', { kind: 'detail', key: 'region', text: 'eu*' }],
    ['count > 3', { kind: 'number', field: 'count', op: '>', value: 3 }],
    ['acknowledged: false', { kind: 'state', field: 'acknowledged', is: false }],
    ['status: acked', { kind: 'state', field: 'acknowledged', is: true }],
  ])('%j', (query, expected) => expect(search(query)).toEqual(expected));

  test.each([
    ['createdAt > 1795255200000', '2026-11-21T10:00:00Z'],
    ['createdAt>1795255200', '2026-11-21T10:00:00Z'],
    ['createdAt > 2026-11-21T10:00:00Z', '2026-11-21T10:00:00Z'],
    ['createdAt > "2026-11-21T10:00"', '2026-11-21T10:00:00Z'],
    ['createdAt > 2026-11-21', '2026-11-21T00:00:00Z'],
    ['createdAt > 21-11-2026', '2026-11-21T00:00:00Z'],
    ['createdAt > 21-11-2026T10:00', '2026-11-21T10:00:00Z'],
  ])('reads the moment of %j', (query, moment) => {
    const atMs = Temporal.Instant.from(moment).epochMilliseconds;
    expect(search(query)).toEqual({ kind: 'time', field: 'createdAt', op: '>', atMs });
  });

  test.each([
    ['colour: red', /no field “colour”/],
    ['status: maybe', /open or closed/],
    ['priority > P2', /can not be compared/],
    ['createdAt > yesterday', /no time/],
    ['count: many', /no number/],
    ['acknowledged: perhaps', /true or false/],
    ['"open', /not closed/],
    ['(disk', /not closed/],
    ['disk)', /not expected/],
    ['tag:', /missing at the end/],
    ['AND OR', /not expected|missing/],
    ['__proto__: x', /no field/],
    ['constructor: x', /no field/],
    ['('.repeat(30), /brackets deep/],
    [`tag: (${'a OR '.repeat(60)}b)`, /more than 50 terms/],
    ['x'.repeat(1_001), /longer than/],
  ])('is refused: %j', (query, reason) => {
    const read = readSearch(query);
    expect(read.ok ? 'understood' : read.reason).toMatch(reason);
  });

  test('is never more than understood or refused, whatever is sent', () => {
    const piece = fc.constantFrom(
      'status',
      ':',
      '(',
      ')',
      '"',
      'AND',
      'OR',
      'NOT',
      ' ',
      '<',
      '>=',
      '!=',
      'x',
      '\\',
      '\0',
      '🔥',
      '5:5',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 60 }).map((all) => all.join('')),
          fc.string(),
        ),
        (query) => {
          expect(readSearch(query).ok).toBeTypeOf('boolean');
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
