import { expect, test } from 'vitest';
import { fillTokens, hashReplyToken, isReplyToken, newReplyToken, tokenMark } from './reply-tokens.ts';

test('tokens are 14 letters of 62, each letter as likely as the others, and never the same', () => {
  const tokens = Array.from({ length: 5000 }, newReplyToken);
  expect(tokens.every(isReplyToken)).toBe(true);
  expect(new Set(tokens).size).toBe(5000);
  const counts = Map.groupBy(tokens.join(''), (letter) => letter);
  expect(counts.size).toBe(62);
  const expected = (5000 * 14) / 62;
  for (const seen of counts.values()) expect(Math.abs(seen.length - expected)).toBeLessThan(6 * Math.sqrt(expected));
  expect(14 * Math.log2(62)).toBeGreaterThan(80);
});

test('what is stored cannot be turned back and fits the token', () => {
  expect(hashReplyToken('Tq8mZ2kV0xYb4L')).toHaveLength(32);
  expect(hashReplyToken('Tq8mZ2kV0xYb4L')).toEqual(hashReplyToken('Tq8mZ2kV0xYb4L'));
});

test.each(['', 'short', 'Tq8mZ2kV0xYb4L5', 'Tq8mZ2kV0xYb4-', "Tq8mZ2kV0xYb4'"])('%j is no token', (text) => {
  expect(isReplyToken(text)).toBe(false);
});

test('a stored text gets its tokens only when it is sent', () => {
  const stored = {
    text: `https://t.example/a/${tokenMark('n1', 'g1')} and /a/${tokenMark('n1', 'g2')}`,
    url: [tokenMark('n1', 'g1')],
  };
  expect(JSON.stringify(stored)).not.toContain('AAAA');
  expect(
    fillTokens(
      stored,
      'n1',
      new Map([
        ['g1', 'AAAA'],
        ['g2', 'BBBB'],
      ]),
    ),
  ).toEqual({ text: 'https://t.example/a/AAAA and /a/BBBB', url: ['AAAA'] });
});
