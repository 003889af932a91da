import { expect, test } from 'vitest';
import { judgeOverfull } from './overfull.ts';

const limits = { alarmAt: 50_000 };
const judge = (count: number, told: readonly string[] = []) => judgeOverfull(new Map([['a', count]]), told, limits);

test.each([
  ['below the limit', 49_999, [], { tell: [], told: [] }],
  ['at the limit', 50_000, [], { tell: ['a'], told: ['a'] }],
  ['told already', 90_000, ['a'], { tell: [], told: ['a'] }],
  ['a little below', 45_000, ['a'], { tell: [], told: ['a'] }],
  ['well below: it may be told of again', 44_999, ['a'], { tell: [], told: [] }],
])('%s', (_name, count, told, verdict) => {
  expect(judge(count, told)).toEqual(verdict);
});

test('an integration without open alerts is forgotten', () => {
  expect(judgeOverfull(new Map(), ['gone'], limits)).toEqual({ tell: [], told: [] });
});

test('each is judged by itself', () => {
  const counts = new Map([
    ['a', 60_000],
    ['b', 10],
    ['c', 50_001],
  ]);
  expect(judgeOverfull(counts, ['c'], limits)).toEqual({ tell: ['a'], told: ['c', 'a'] });
});
