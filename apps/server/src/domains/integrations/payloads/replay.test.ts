import { expect, test } from 'vitest';
import type { ReadBody } from '../model.ts';
import { toBeTaken } from './replay.ts';

const event = (name: string) => ({ identity: name }) as unknown as ReadBody['events'][number];
const read: ReadBody = {
  events: [event('a'), event('c')],
  places: [0, 2],
  refused: [{ index: 3, pointer: null, reason: 'still bad' }],
  ignored: 0,
};
const refusal = (index: number | null) => ({ index, pointer: null, reason: 'bad' });

test('a request that was taken, or refused whole, is taken whole', () => {
  expect(toBeTaken(read, null)).toBe(read);
  expect(toBeTaken(read, [refusal(null)])).toBe(read);
});

test('of a request that was taken in part only the refused items are taken', () => {
  expect(toBeTaken(read, [refusal(2), refusal(3)])).toMatchObject({
    events: [{ identity: 'c' }],
    places: [2],
    refused: [{ index: 3 }],
  });
  expect(toBeTaken(read, [refusal(0)])).toMatchObject({ events: [{ identity: 'a' }], refused: [] });
});
