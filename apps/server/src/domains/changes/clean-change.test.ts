import { expect, test } from 'vitest';
import { cleanChange } from './clean-change.ts';
import type { ToldChange } from './model.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const told = (fields: Partial<ToldChange> = {}): ToldChange => ({
  sourceId: 'deploy 1',
  kind: 'deploy',
  summary: 'Deploy checkout 42',
  ...fields,
});

test('text is cut, blank text is none, and nothing stays that PostgreSQL refuses', () => {
  const clean = cleanChange(
    told({ summary: `${'x'.repeat(2_000)}`, service: '  ', author: 'An\0n', environment: 'prod\ud800' }),
    NOW,
  );
  expect(clean.summary).toHaveLength(1_024);
  expect([clean.service, clean.author, clean.environment, clean.status]).toEqual([
    null,
    'An\ufffdn',
    'prod\ufffd',
    null,
  ]);
  expect(cleanChange(told({ summary: ' ' }), NOW).summary).toBe('deploy');
});

test('an emoji that the cut would halve is dropped, not stored in half', () => {
  expect(cleanChange(told({ service: `${'x'.repeat(199)}😀` }), NOW).service?.isWellFormed()).toBe(true);
});

test.each<[string, number | null | undefined, number]>([
  ['the time that its sender names', NOW - 60_000, NOW - 60_000],
  ['now where it names none', undefined, NOW],
  ['now where it is unreadable', Number.NaN, NOW],
  ['now where it is still to come', NOW + 1, NOW],
  ['now where a clock was not set', 0, NOW],
])('a change is dated by %s', (_what, atMs, expected) => {
  expect(cleanChange(told({ atMs: atMs ?? null, statusAtMs: atMs ?? null }), NOW)).toMatchObject({
    atMs: expected,
    statusAtMs: expected,
  });
});

test('links that are not http are dropped, and there are 20 at most', () => {
  const links = [
    { href: 'javascript:alert(1)', text: 'no' },
    ...Array.from({ length: 30 }, (_, i) => ({ href: `https://ci.test/${i}`, text: null })),
  ];
  const clean = cleanChange(told({ links }), NOW).links;
  expect(clean).toHaveLength(20);
  expect(clean[0]).toEqual({ href: 'https://ci.test/0', text: null });
});

test('details have no prototype, 40 at most', () => {
  const details = JSON.parse(`{"__proto__": "x", ${Array.from({ length: 50 }, (_, i) => `"k${i}": "v"`).join(',')}}`);
  const clean = cleanChange(told({ details }), NOW).details;
  expect(Object.keys(clean)).toHaveLength(40);
  expect([Object.getPrototypeOf(clean), clean['__proto__']]).toEqual([null, 'x']);
});

test('the same source id is the same change', () => {
  const hash = (sourceId: string) => cleanChange(told({ sourceId }), NOW).sourceHash.toString('hex');
  expect(hash('a')).toBe(hash('a'));
  expect(hash('a')).not.toBe(hash('b'));
});
