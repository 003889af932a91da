import { expect, test } from 'vitest';
import { keysOf } from './query-keys.ts';

const isBelow = (key: readonly string[], prefix: readonly string[]) => prefix.every((part, i) => key[i] === part);
const touched = (key: readonly string[], id: string) =>
  keysOf.stale({ kind: 'page', id }).some((prefix) => isBelow(key, prefix));

test('a hint of one page has that page read anew, and no other', () => {
  expect(touched(keysOf.page('0197f3a2-a'), '0197f3a2-a')).toBe(true);
  expect(touched(keysOf.page('0197f3a2-b'), '0197f3a2-a')).toBe(false);
});

test('a page opened by its number follows hints, which name its id', () => {
  expect(touched(keysOf.page('12'), '0197f3a2-a')).toBe(true);
});
