import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor, pageFrom } from './paging.ts';

test('a cursor carries its keyset there and back', () => {
  const keyset = ['2026-11-21T10:00:00.123456Z', 42] as const;
  expect(decodeCursor(encodeCursor(keyset), ['string', 'number'] as const)).toEqual(keyset);
});

test.each([
  '',
  'x',
  encodeCursor([1]),
  encodeCursor(['a', 'b']),
  encodeCursor(['a', 1, 2]),
  Buffer.from('{}').toString('base64url'),
])('a cursor that is not ours is refused: %s', (cursor) => {
  expect(() => decodeCursor(cursor, ['string', 'number'] as const)).toThrow('cursor');
});

test('a page says where the next begins only when there is one', () => {
  const keysetOf = (row: number) => [row];
  expect(pageFrom([1, 2, 3], 2, keysetOf)).toEqual({ items: [1, 2], nextCursor: encodeCursor([2]) });
  expect(pageFrom([1, 2], 2, keysetOf)).toEqual({ items: [1, 2], nextCursor: null });
  expect(pageFrom([], 2, keysetOf)).toEqual({ items: [], nextCursor: null });
});
