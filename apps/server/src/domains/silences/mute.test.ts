import { withCatalog } from '#routing';
import { describe, expect, test } from 'vitest';
import { createSourceIndex } from './inhibition.ts';
import { parseIntervalSpec } from './interval-parse.ts';
import type { StoredMutes, TimeInterval } from './model.ts';
import { compileMutes, type Mutable, mutesOf, NO_MUTES } from './mute.ts';

const NOW = Temporal.Instant.from('2026-11-21T12:00:00Z');
const at = (text: string) => Temporal.Instant.from(`2026-11-21T${text}:00Z`);

function interval(name: string, from: string, to: string, location = 'UTC'): TimeInterval {
  const parsed = parseIntervalSpec({ times: [{ start_time: from, end_time: to }] });
  if (!parsed.ok) throw new Error(name);
  return { name, specs: [{ ...parsed.spec, location }] };
}

const STORED: StoredMutes = {
  silences: [
    {
      id: 's1',
      matchers: [{ name: 'job', op: '=', value: 'db' }],
      startsAt: at('11:00'),
      endsAt: at('15:00'),
      createdBy: 'ann',
      comment: 'disk',
      integrationId: null,
    },
  ],
  windows: [
    {
      id: 'w1',
      name: 'Patches',
      matchers: [{ name: 'job', op: '=', value: 'db' }],
      zone: 'UTC',
      recurrence: { kind: 'once', startsAt: at('11:30'), endsAt: at('14:00') },
      comment: 'kernels',
      createdBy: 'bob',
    },
  ],
  inhibitRules: [
    {
      id: 'r1',
      name: null,
      sourceMatchers: [{ name: 'alertname', op: '=', value: 'Down' }],
      targetMatchers: [{ name: 'job', op: '=', value: 'db' }],
      equal: [],
    },
  ],
  intervals: [
    interval('noon', '11:00', '13:00'),
    interval('evening', '18:00', '22:00'),
    interval('late', '20:00', '21:00'),
  ],
};
const { mutes, faults } = compileMutes(STORED);
const sources = createSourceIndex(mutes.inhibitRules);
sources.add('a1', withCatalog({ alertname: 'Down' }));
const DB: Mutable = { view: withCatalog({ job: 'db' }), integrationId: null, intervals: null, sources: null };
const routed = (mute: readonly string[], active: readonly string[]): Mutable => ({
  ...DB,
  view: withCatalog({ job: 'web' }),
  intervals: { mute, active },
});

test('names everything that mutes, and asks again at the first end', () => {
  const alert = { ...DB, intervals: { mute: ['noon'], active: ['evening'] }, sources };
  const { by, until } = mutesOf(mutes, alert, NOW);
  expect(by).toEqual([
    { kind: 'silence', id: 's1', reason: 'Silenced by ann until 2026-11-21 15:00 UTC: disk', endsAt: at('15:00') },
    {
      kind: 'maintenance',
      id: 'w1',
      reason: 'Maintenance Patches until 2026-11-21 14:00 UTC: kernels',
      endsAt: at('14:00'),
    },
    { kind: 'inhibition', rule: 'r1', sources: ['a1'], reason: 'Inhibited: an alert that it yields to fires.' },
    {
      kind: 'time-interval',
      name: 'noon',
      reason: 'In the mute time noon until 2026-11-21 13:00 UTC.',
      endsAt: at('13:00'),
    },
    {
      kind: 'time-interval',
      name: 'evening',
      reason: 'Outside the active time evening until 2026-11-21 18:00 UTC.',
      endsAt: at('18:00'),
    },
  ]);
  expect(until?.toString()).toBe('2026-11-21T13:00:00Z');
  expect(faults).toEqual([]);
});

test('nothing mutes what nothing matches', () => {
  const web = { ...DB, view: withCatalog({ job: 'web' }), sources };
  expect(mutesOf(mutes, web, NOW)).toEqual({ by: [], until: null });
  expect(mutesOf(NO_MUTES, { ...DB, sources }, NOW).by).toHaveLength(1);
  expect(mutesOf(NO_MUTES, DB, NOW)).toEqual({ by: [], until: null });
});

test('an inhibition has no end of its own', () => {
  const alert = { ...DB, sources };
  expect(mutesOf({ ...mutes, silences: NO_MUTES.silences, windows: [] }, alert, NOW).until).toBeNull();
});

describe('a route', () => {
  const names = (mute: readonly string[], active: readonly string[], now = NOW) =>
    mutesOf(mutes, routed(mute, active), now).by.map((each) => (each.kind === 'time-interval' ? each.name : each.kind));
  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['without intervals is never muted', [], [], []],
    ['is muted in a mute time', ['evening', 'noon'], [], ['noon']],
    ['is not muted in its active time', [], ['noon'], []],
    ['is not muted in one of its active times', [], ['evening', 'noon'], []],
    ['is muted outside all of its active times, by each', [], ['evening', 'late'], ['evening', 'late']],
    ['is muted in a mute time though it is active', ['noon'], ['noon'], ['noon']],
    ['names nothing twice', ['noon', 'noon'], [], ['noon']],
    ['is not muted by a name that nobody knows', ['gone'], ['gone'], []],
  ])('%s', (_rule, mute, active, expected) => {
    expect(names(mute, active)).toEqual(expected);
  });
});

test('what cannot be used is named and mutes nothing', () => {
  const bad = compileMutes({
    silences: STORED.silences.map((one) => ({ ...one, matchers: [] })),
    windows: STORED.windows.map((one) => ({ ...one, zone: 'Mars/Base' })),
    inhibitRules: STORED.inhibitRules.map((one) => ({ ...one, sourceMatchers: [{ name: '', op: '=', value: '' }] })),
    intervals: [interval('noon', '11:00', '13:00', 'Mars/Base')],
  });
  expect(bad.faults.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
    'silence s1',
    'maintenance w1',
    'inhibition r1',
    'time-interval noon',
  ]);
  expect(mutesOf(bad.mutes, { ...DB, intervals: { mute: ['noon'], active: [] } }, NOW).by).toEqual([]);
});
