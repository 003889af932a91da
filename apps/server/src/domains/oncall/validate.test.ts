import { expect, test } from 'vitest';
import type { Layer, Override, Rotation, Schedule } from './model.ts';
import { isZone, validateSchedule } from './validate.ts';

const at = (text: string): Temporal.Instant => Temporal.Instant.from(text);

const rotation: Rotation = {
  unit: 'weeks',
  length: 1,
  handoffTime: '09:00',
  handoffWeekday: 1,
  anchorDate: '2026-01-05',
  members: ['ann', null],
};
const layer: Layer = {
  id: 'primary',
  name: 'Primary',
  position: 0,
  startsAt: at('2026-01-01T00:00Z'),
  endsAt: null,
  rotation,
  restrictions: [],
};
const override: Override = {
  id: 'cover',
  userId: 'zoe',
  replacesUserId: null,
  startsAt: at('2026-01-07T12:00Z'),
  endsAt: at('2026-01-07T18:00Z'),
  createdAt: at('2026-01-01T00:00Z'),
};
const schedule: Schedule = {
  id: 's',
  name: 'Payments',
  teamId: null,
  zone: 'Europe/Berlin',
  layers: [layer],
  overrides: [override],
};

const faults = (one: Schedule): readonly string[] =>
  validateSchedule(one).map(({ path, reason }) => `${path}: ${reason}`);
const withLayer = (change: object): Schedule => ({ ...schedule, layers: [{ ...layer, ...change }] });
const withRotation = (change: object): Schedule => withLayer({ rotation: { ...rotation, ...change } });
const withRestriction = (restriction: object): Schedule => withLayer({ restrictions: [restriction] });
const withOverride = (change: object): Schedule => ({ ...schedule, overrides: [{ ...override, ...change }] });

test('a sound schedule has no faults', () => {
  expect(faults(schedule)).toEqual([]);
  expect(faults({ ...schedule, layers: [], overrides: [] })).toEqual([]);
});

test.each([
  ['a zone nobody knows', { ...schedule, zone: 'Mars/Phobos' }, 'zone: unknown-zone'],
  ['a layer that ends as it starts', withLayer({ endsAt: layer.startsAt }), 'layers.0.endsAt: ends-before-start'],
  ['a layer before computers', withLayer({ startsAt: at('1850-01-01T00:00Z') }), 'layers.0.startsAt: out-of-range'],
  ['a position that is no number', withLayer({ position: 0.5 }), 'layers.0.position: bad-position'],
  [
    'two layers at one position',
    { ...schedule, layers: [layer, { ...layer, id: 'b' }] },
    'layers.1.position: duplicate-position',
  ],
  ['two layers of one id', { ...schedule, layers: [layer, { ...layer, position: 1 }] }, 'layers.1.id: duplicate-id'],
  ['an unknown unit', withRotation({ unit: 'months' }), 'layers.0.rotation.unit: unknown-unit'],
  ['a turn of no length', withRotation({ length: 0 }), 'layers.0.rotation.length: length-out-of-bounds'],
  ['a turn of one and a half', withRotation({ length: 1.5 }), 'layers.0.rotation.length: length-out-of-bounds'],
  ['a turn of two years', withRotation({ length: 104 }), 'layers.0.rotation.length: length-out-of-bounds'],
  ['a hand-off at 24:00', withRotation({ handoffTime: '24:00' }), 'layers.0.rotation.handoffTime: bad-time'],
  ['a hand-off at 9:00', withRotation({ handoffTime: '9:00' }), 'layers.0.rotation.handoffTime: bad-time'],
  ['weekday 0', withRotation({ handoffWeekday: 0 }), 'layers.0.rotation.handoffWeekday: bad-weekday'],
  ['no weekday', withRotation({ handoffWeekday: undefined }), 'layers.0.rotation.handoffWeekday: bad-weekday'],
  ['a date that is none', withRotation({ anchorDate: '2026-02-30' }), 'layers.0.rotation.anchorDate: bad-date'],
  ['a date with a time', withRotation({ anchorDate: '2026-01-05T00:00' }), 'layers.0.rotation.anchorDate: bad-date'],
  [
    'a date too far',
    withRotation({ unit: 'days', anchorDate: '9999-01-01' }),
    'layers.0.rotation.anchorDate: out-of-range',
  ],
  [
    'an anchor on a Tuesday',
    withRotation({ anchorDate: '2026-01-06' }),
    'layers.0.rotation.anchorDate: anchor-off-weekday',
  ],
  ['no members', withRotation({ members: [] }), 'layers.0.rotation.members: no-members'],
  ['a crowd', withRotation({ members: Array(201).fill('ann') }), 'layers.0.rotation.members: too-many-members'],
  ['a member without id', withRotation({ members: ['ann', ''] }), 'layers.0.rotation.members.1: empty-user-id'],
  [
    'daily hours of no length',
    withRestriction({ kind: 'daily', from: '09:00', to: '09:00' }),
    'layers.0.restrictions.0: zero-length',
  ],
  [
    'weekly hours of no length',
    withRestriction({ kind: 'weekly', fromWeekday: 1, from: '09:00', toWeekday: 1, to: '09:00' }),
    'layers.0.restrictions.0: zero-length',
  ],
  [
    'hours from 25:00',
    withRestriction({ kind: 'daily', from: '25:00', to: '09:00' }),
    'layers.0.restrictions.0.from: bad-time',
  ],
  [
    'hours to weekday 8',
    withRestriction({ kind: 'weekly', fromWeekday: 1, from: '09:00', toWeekday: 8, to: '09:00' }),
    'layers.0.restrictions.0.toWeekday: bad-weekday',
  ],
  [
    'an override that ends as it starts',
    withOverride({ endsAt: override.startsAt }),
    'overrides.0.endsAt: ends-before-start',
  ],
  ['an override by nobody', withOverride({ userId: '' }), 'overrides.0.userId: empty-user-id'],
  ['an override of oneself', withOverride({ replacesUserId: 'zoe' }), 'overrides.0.replacesUserId: replaces-itself'],
  ['two overrides of one id', { ...schedule, overrides: [override, override] }, 'overrides.1.id: duplicate-id'],
])('refuses %s', (_, one, fault) => {
  expect(faults(one as Schedule)).toEqual([fault]);
});

test('names every fault at once', () => {
  const bad = { ...withRotation({ length: 0, members: [] }), zone: '' };
  expect(faults(bad)).toEqual([
    'zone: unknown-zone',
    'layers.0.rotation.length: length-out-of-bounds',
    'layers.0.rotation.members: no-members',
  ]);
});

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Etc/GMT+2', true],
  ['America/Argentina/Buenos_Aires', true],
  ['+02:00', false],
  ['Z', false],
  ['2020-01-01T00:00[Europe/Berlin]', false],
  ['', false],
])('%s as a zone: %s', (name, known) => {
  expect(isZone(name)).toBe(known);
});
