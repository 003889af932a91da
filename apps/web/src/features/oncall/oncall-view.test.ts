import { expect, test } from 'vitest';
import { inOrder, type OnCallEntry, reasonText } from './oncall-view.ts';

const entry = (name: string, gap: boolean): OnCallEntry => ({
  scheduleId: name,
  name,
  teamId: null,
  zone: 'UTC',
  users: [],
  gap,
  reason: gap ? 'no-layers' : 'layer',
  until: null,
});

test('gaps stand first, then schedules by name', () => {
  expect(inOrder([entry('b', false), entry('c', true), entry('a', false)]).map(({ name }) => name)).toEqual([
    'c',
    'a',
    'b',
  ]);
});

test('why somebody or nobody is on call is said in words', () => {
  expect([reasonText('override'), reasonText('outside-active-hours')]).toEqual([
    'by an override',
    'outside the active hours',
  ]);
});
