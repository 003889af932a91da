import { expect, test } from 'vitest';
import type { Layer, Schedule } from './model.ts';
import { shiftsBetween } from './shifts.ts';

const at = (text: string): Temporal.Instant => Temporal.Instant.from(text);

const weekdays: Layer = {
  id: 'primary',
  name: 'Primary',
  position: 0,
  startsAt: at('2026-01-01T00:00Z'),
  endsAt: null,
  rotation: { unit: 'days', length: 1, handoffTime: '12:00', anchorDate: '2026-01-05', members: ['ann', 'bob'] },
  restrictions: [{ kind: 'weekly', fromWeekday: 1, from: '00:00', toWeekday: 6, to: '00:00' }],
};
const schedule: Schedule = { id: 's', name: 'Payments', teamId: null, zone: 'UTC', layers: [weekdays], overrides: [] };

function told(one: Schedule, from: string, to: string): readonly string[] {
  const { shifts, gaps } = shiftsBetween(one, at(from), at(to));
  return [
    ...shifts.map(({ from, to, userId, because }) => `${from} ${to} ${userId} ${because.id}`),
    ...gaps.map(({ from, to, reason }) => `${from} ${to} ${reason}`),
  ].toSorted();
}

test('lists shifts and gaps in order, cut at both ends of the interval', () => {
  expect(told(schedule, '2026-01-08T06:00Z', '2026-01-12T06:00Z')).toEqual([
    '2026-01-08T06:00:00Z 2026-01-08T12:00:00Z ann primary',
    '2026-01-08T12:00:00Z 2026-01-09T12:00:00Z bob primary',
    '2026-01-09T12:00:00Z 2026-01-10T00:00:00Z ann primary',
    '2026-01-10T00:00:00Z 2026-01-12T00:00:00Z outside-active-hours',
    '2026-01-12T00:00:00Z 2026-01-12T06:00:00Z ann primary',
  ]);
});

test('shifts of one person that touch for the same reason are one', () => {
  const alone: Layer = {
    ...weekdays,
    rotation: { ...weekdays.rotation, members: ['ann', 'ann'] },
    restrictions: [
      { kind: 'daily', from: '00:00', to: '12:00' },
      { kind: 'daily', from: '12:00', to: '00:00' },
    ],
  };
  expect(told({ ...schedule, layers: [alone] }, '2026-01-08T06:00Z', '2026-01-12T06:00Z')).toEqual([
    '2026-01-08T06:00:00Z 2026-01-12T06:00:00Z ann primary',
  ]);
});

test('an override in the middle splits a shift in three', () => {
  const cover = {
    id: 'cover',
    userId: 'zoe',
    replacesUserId: null,
    startsAt: at('2026-01-08T20:00Z'),
    endsAt: at('2026-01-08T21:00Z'),
    createdAt: at('2026-01-01T00:00Z'),
  };
  expect(told({ ...schedule, overrides: [cover] }, '2026-01-08T12:00Z', '2026-01-09T12:00Z')).toEqual([
    '2026-01-08T12:00:00Z 2026-01-08T20:00:00Z bob primary',
    '2026-01-08T20:00:00Z 2026-01-08T21:00:00Z zoe cover',
    '2026-01-08T21:00:00Z 2026-01-09T12:00:00Z bob primary',
  ]);
});

test('a schedule without layers is one gap', () => {
  expect(told({ ...schedule, layers: [] }, '2026-01-08T00:00Z', '2027-01-08T00:00Z')).toEqual([
    '2026-01-08T00:00:00Z 2027-01-08T00:00:00Z no-layers',
  ]);
});

test('an empty or backward interval has nothing in it', () => {
  expect(told(schedule, '2026-01-08T00:00Z', '2026-01-08T00:00Z')).toEqual([]);
  expect(told(schedule, '2026-01-09T00:00Z', '2026-01-08T00:00Z')).toEqual([]);
});

test('ten years after the anchor an hourly rotation is still exact', () => {
  const hourly: Layer = {
    ...weekdays,
    rotation: {
      unit: 'hours',
      length: 7,
      handoffTime: '00:00',
      anchorDate: '2016-01-01',
      members: ['ann', 'bob', 'eve'],
    },
    restrictions: [],
  };
  const turns = Math.floor(((366 * 3 + 365 * 7) * 24) / 7);
  expect(told({ ...schedule, layers: [hourly] }, '2026-01-01T00:00Z', '2026-01-01T01:00Z')).toEqual([
    `2026-01-01T00:00:00Z 2026-01-01T01:00:00Z ${['ann', 'bob', 'eve'][turns % 3]} primary`,
  ]);
});
