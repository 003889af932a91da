import { scheduleDraft } from '@tocsin/contracts';
import { describe, expect, test } from 'vitest';
import { draftFaults, type Existing, scheduleFrom } from './draft.ts';
import { scheduleWarnings } from './warnings.ts';
import { at, layer, schedule } from './testkit.ts';

const ANN = '01970000-0000-7000-8000-00000000000a';
const LAYER = '01970000-0000-7000-8000-0000000000aa';
const existing: Existing = { id: 'payments', overrides: [], layerIds: new Set([LAYER]) };
const rotation = { unit: 'days', length: 1, handoffTime: '09:00', anchorDate: '2026-01-05', members: [ANN] };
const wireLayer = { name: 'Primary', position: 0, startsAt: '2026-01-01T00:00:00.1234567+01:00', rotation };
const parse = (layers: readonly unknown[], zone = 'UTC') => scheduleDraft.parse({ name: 'Payments', zone, layers });
const paths = (draft: ReturnType<typeof parse>) =>
  draftFaults(
    draft,
    scheduleFrom(draft, existing, () => 'new'),
    existing,
  ).map(({ path }) => path);

describe('a draft', () => {
  test('becomes a schedule: new layers get an id, instants whole microseconds, ids lower case', () => {
    const upper = { ...rotation, members: [ANN.toUpperCase(), null] };
    const draft = parse([wireLayer, { ...wireLayer, id: LAYER.toUpperCase(), position: 1, rotation: upper }]);
    const { layers } = scheduleFrom(draft, existing, () => 'new');
    expect(layers.map(({ id }) => id)).toEqual(['new', LAYER]);
    expect(String(layers[0]?.startsAt)).toBe('2025-12-31T23:00:00.123456Z');
    expect(layers[1]?.rotation.members).toEqual([ANN, null]);
    expect(paths(draft)).toEqual([]);
  });

  test.each([
    ['a zone that nobody knows', parse([], 'Mars/Olympus'), ['zone']],
    ['two layers at one position', parse([wireLayer, { ...wireLayer, id: LAYER }]), ['layers.1.position']],
    ['the layer of another schedule', parse([{ ...wireLayer, id: ANN }]), ['layers.0.id']],
    [
      'a day that no calendar has',
      parse([{ ...wireLayer, rotation: { ...rotation, anchorDate: '2026-02-30' } }]),
      ['layers.0.rotation.anchorDate'],
    ],
    [
      'nobody to take turns',
      parse([{ ...wireLayer, rotation: { ...rotation, members: [] } }]),
      ['layers.0.rotation.members'],
    ],
  ])('with %s is refused by path', (_what, draft, expected) => {
    expect(paths(draft)).toEqual(expected);
  });
});

describe('warnings', () => {
  const states: Readonly<Record<string, 'active' | 'inactive'>> = { ann: 'active', bo: 'inactive' };
  const told = (change: Parameters<typeof schedule>[0]) =>
    scheduleWarnings(schedule(change), (id) => states[id] ?? null, at('2026-01-05T10:00Z')).map((warning) =>
      warning.kind === 'coverage-gap'
        ? `gap ${warning.from} ${warning.to} ${warning.reason}`
        : `${warning.kind} ${warning.path}`,
    );

  test('none, where active people cover the next four weeks', () => {
    expect(told({ layers: [layer()] })).toEqual([]);
  });

  test('people who are inactive or unknown, by their place', () => {
    const members = ['ann', 'bo', 'zed'];
    expect(told({ layers: [layer({ rotation: { ...layer().rotation, members } })] })).toEqual([
      'inactive-person layers.0.rotation.members.1',
      'unknown-person layers.0.rotation.members.2',
    ]);
  });

  test('the first gap of the next four weeks, not one that has passed', () => {
    expect(told({ layers: [layer({ restrictions: [{ kind: 'daily', from: '08:00', to: '18:00' }] })] })).toEqual([
      'gap 2026-01-05T18:00:00Z 2026-01-06T08:00:00Z outside-active-hours',
    ]);
  });
});
