import fc from 'fast-check';
import { compileMatcher, type Matcher } from '#routing';
import { describe, expect, test } from 'vitest';
import { filterAccepts } from './alertmanager-query.ts';
import { readSilence, silenceToWire, sortSilences } from './alertmanager-silence.ts';

const SENT = {
  matchers: [
    { name: 'job', value: 'db', isRegex: false },
    { name: 'node', value: 'h.*', isRegex: true, isEqual: false },
  ],
  startsAt: '2026-11-21T10:00:00.000Z',
  endsAt: '2026-11-21T12:00:00.000+01:00',
  createdBy: 'ann',
  comment: 'disk',
};
const read = (body: unknown) => readSilence(Buffer.from(JSON.stringify(body)));
const reason = (body: unknown) => {
  const got = read(body);
  return got.ok ? 'taken' : got.reason;
};

test('reads what Alertmanager is sent', () => {
  expect(read(SENT)).toEqual({
    ok: true,
    silence: {
      id: null,
      matchers: [
        { name: 'job', op: '=', value: 'db' },
        { name: 'node', op: '!~', value: 'h.*' },
      ],
      startsAt: Temporal.Instant.from('2026-11-21T10:00:00Z'),
      endsAt: Temporal.Instant.from('2026-11-21T11:00:00Z'),
      createdBy: 'ann',
      comment: 'disk',
      annotations: {},
    },
  });
});

test.each<[string, object, RegExp]>([
  ['no matchers', { matchers: undefined }, /^matchers in body/],
  ['a matcher that is a text', { matchers: ['a=b'] }, /^matchers.0/],
  ['a flag that is a text', { matchers: [{ name: 'a', value: 'b', isRegex: 'yes' }] }, /^matchers.0.isRegex/],
  ['no end', { endsAt: undefined }, /^endsAt in body is required/],
  ['an end that is none', { endsAt: 'tomorrow' }, /^endsAt in body must be of type date-time/],
  ['an id that is none', { id: 'x' }, /^id in body/],
  ['a comment with NUL', { comment: 'a\0' }, /cannot be stored/],
  ['annotations that are a list', { annotations: [1] }, /^annotations/],
])('refuses %s and says why', (_what, change, why) => {
  expect(reason({ ...SENT, ...change })).toMatch(why);
});

test('takes or refuses whatever it is sent, and never throws', () => {
  const good = JSON.stringify(SENT);
  for (let end = 0; end < good.length; end += 1) expect(readSilence(Buffer.from(good.slice(0, end))).ok).toBe(false);
  const value = fc.jsonValue();
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(SENT), 'id', '__proto__'), value, (name, one) => {
      const text = `${good.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(one)}}`;
      expect(typeof readSilence(Buffer.from(text)).ok).toBe('boolean');
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300) },
  );
});

const at = (text: string) => Temporal.Instant.from(`2026-11-21T${text}:00Z`);
const NOW = at('10:00');
const stored = (id: string, startsAt: string, endsAt: string) => ({
  id,
  matchers: [{ name: 'job', op: '!~', value: 'x' } as const],
  startsAt: at(startsAt),
  endsAt: at(endsAt),
  createdBy: 'ann',
  comment: 'c',
  integrationId: 'i',
  userId: null,
  teamId: null,
  annotations: {},
  replaces: null,
  expiredBy: null,
  version: 1,
  createdAt: NOW,
  updatedAt: NOW,
});

test('shows a silence as Alertmanager does', () => {
  expect(silenceToWire(stored('s', '09:00', '11:00'), NOW)).toEqual({
    id: 's',
    status: { state: 'active' },
    updatedAt: '2026-11-21T10:00:00.000Z',
    comment: 'c',
    createdBy: 'ann',
    startsAt: '2026-11-21T09:00:00.000Z',
    endsAt: '2026-11-21T11:00:00.000Z',
    matchers: [{ isEqual: false, isRegex: true, name: 'job', value: 'x' }],
  });
});

test('sorts active ones by their end, then pending ones by their start, then expired ones, the last ended first', () => {
  const all = [
    stored('old', '07:00', '08:00'),
    stored('later', '13:00', '14:00'),
    stored('gone', '07:00', '09:00'),
    stored('long', '09:00', '12:00'),
    stored('soon', '11:00', '14:00'),
    stored('short', '09:00', '11:00'),
  ];
  expect(sortSilences(all, NOW).map(({ id }) => id)).toEqual(['short', 'long', 'soon', 'later', 'gone', 'old']);
});

describe('a filter of the list', () => {
  const silence: readonly Matcher[] = [
    { name: 'job', op: '=', value: 'db' },
    { name: 'node', op: '=~', value: 'h.*' },
  ];
  test.each<[Matcher, boolean]>([
    [{ name: 'job', op: '=', value: 'db' }, true],
    [{ name: 'job', op: '=', value: 'web' }, false],
    [{ name: 'node', op: '=', value: 'h.*' }, true],
    [{ name: 'job', op: '!=', value: 'web' }, true],
    [{ name: 'other', op: '=', value: '' }, true],
    [{ name: 'job', op: '=', value: '' }, false],
    [{ name: 'job', op: '!=', value: '' }, true],
    [{ name: 'other', op: '!=', value: '' }, false],
    [{ name: 'constructor', op: '=', value: '' }, true],
  ])('%j: %s', (filter, expected) => {
    const compiled = compileMatcher(filter);
    expect(compiled.ok && filterAccepts([compiled.matcher], silence)).toBe(expected);
  });
});
