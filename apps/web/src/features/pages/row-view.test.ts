import { expect, test } from 'vitest';
import type { PageRow } from './model.ts';
import { nextViewOf, partsOf, shortList, stateMarkOf } from './row-view.ts';

const page = (fields: Partial<PageRow>): PageRow => ({
  id: 'p',
  number: 1,
  title: 'Checkout errors',
  severity: 2,
  state: 'firing',
  phase: 'escalating',
  urgency: 'high',
  service: null,
  team: null,
  openedAt: '2026-10-21T02:00:00Z',
  ageSeconds: 60,
  resolvedAt: null,
  holder: null,
  acknowledgedAt: null,
  quietUntil: null,
  counts: { firing: 1, total: 1 },
  mine: false,
  next: null,
  version: 1,
  ...fields,
});
const people = { bo: { id: 'bo', name: 'Bo Tanaka' }, ann: { id: 'ann', name: 'Ann Lee' } };
const at = '2026-10-21T02:12:48Z';

test('red is kept for pages that call somebody at any hour', () => {
  expect(stateMarkOf(page({})).tone).toBe('red');
  expect(stateMarkOf(page({ urgency: 'low' })).tone).toBe('ink');
  expect(stateMarkOf(page({ phase: null })).tone).toBe('ink');
  expect(stateMarkOf(page({ state: 'acknowledged', phase: 'acknowledged' }))).toMatchObject({ word: 'Acknowledged' });
  expect(stateMarkOf(page({ state: 'acknowledged', phase: 'snoozed' }))).toMatchObject({ word: 'Snoozed' });
});

test.each<[NonNullable<PageRow['next']>['kind'], ('bo' | 'ann')[], string, boolean]>([
  ['step', ['bo'], 'Bo Tanaka', false],
  ['step', [], 'next step', false],
  ['new-round', ['ann', 'bo'], 'Ann Lee +1', false],
  ['last-resort', ['ann'], 'Ann Lee, last resort', false],
  ['repeat', ['bo'], 'Bo Tanaka again', false],
  ['acknowledgement-expires', ['bo'], 'asks again', true],
  ['snooze-ends', ['bo'], 'wakes up', true],
])('next is told: %s of %j', (kind, ids, to, held) => {
  expect(nextViewOf(page({ next: { kind, at, to: ids.map((id) => people[id]), sentence: '' } }))).toMatchObject({
    at,
    to,
    held,
  });
});

test('a page that does nothing more has no next', () => {
  expect(nextViewOf(page({}))).toBeNull();
});

test('pages stand in the order of need, worse and newer first, and empty parts are left out', () => {
  const parts = partsOf(
    [
      page({ id: 'done', state: 'resolved' }),
      page({ id: 'old', openedAt: '2026-10-21T01:00:00Z' }),
      page({ id: 'new' }),
      page({ id: 'bad', severity: 1, openedAt: '2026-10-20T01:00:00Z' }),
      page({ id: 'held', state: 'acknowledged', phase: 'snoozed', holder: { id: 'me', name: 'Me' } }),
    ],
    'me',
  );
  expect(parts.map(({ title, aside, pages }) => [title, aside, pages.map(({ id }) => id)])).toEqual([
    ['Somebody is needed', '3 open', ['bad', 'new', 'old']],
    ['Somebody has it', '1, 1 yours', ['held']],
    ['Closed', '1', ['done']],
  ]);
});

test('names are cut to what fits a cell', () => {
  expect([shortList([]), shortList(['Ann']), shortList(['Ann', 'Bo', 'Cy'])]).toEqual(['', 'Ann', 'Ann +2']);
});
