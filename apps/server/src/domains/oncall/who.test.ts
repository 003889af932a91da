import { describe, expect, test } from 'vitest';
import type { Layer, Override, Rotation, Schedule } from './model.ts';
import { nextHandoff, onCallAt } from './who.ts';

const at = (text: string): Temporal.Instant => Temporal.Instant.from(text);
const local = (text: string, zone: string): Temporal.Instant =>
  Temporal.ZonedDateTime.from(`${text}[${zone}]`).toInstant();

const weekly: Rotation = {
  unit: 'weeks',
  length: 1,
  handoffTime: '09:00',
  handoffWeekday: 1,
  anchorDate: '2026-01-05',
  members: ['ann', 'bob', 'eve'],
};
const daily = (change: { handoffTime?: string; anchorDate?: string; members?: (string | null)[] }): Rotation => ({
  unit: 'days',
  length: 1,
  handoffTime: '09:00',
  anchorDate: '2026-01-05',
  members: ['ann', 'bob'],
  ...change,
});
const layer = (change: Partial<Layer>): Layer => ({
  id: 'primary',
  name: 'Primary',
  position: 0,
  startsAt: at('2010-01-01T00:00Z'),
  endsAt: null,
  rotation: weekly,
  restrictions: [],
  ...change,
});
const override = (change: Partial<Override>): Override => ({
  id: 'cover',
  userId: 'zoe',
  replacesUserId: null,
  startsAt: at('2026-01-07T12:00Z'),
  endsAt: at('2026-01-07T18:00Z'),
  createdAt: at('2026-01-01T00:00Z'),
  ...change,
});
const schedule = (change: Partial<Schedule>): Schedule => ({
  id: 'schedule',
  name: 'Payments',
  teamId: null,
  zone: 'UTC',
  layers: [layer({})],
  overrides: [],
  ...change,
});
const people = (one: Schedule, instant: Temporal.Instant): readonly string[] =>
  onCallAt(one, instant).users.map(({ userId }) => userId);

/** An answer in one line: `ann layer:primary 2026-01-05T09:00:00Z 2026-01-12T09:00:00Z`. (toMatchObject takes any two Instants for equal.) */
function told(one: Schedule, instant: string): string {
  const { users, reason, until } = onCallAt(one, at(instant));
  const [user] = users;
  if (user === undefined) return `nobody ${reason} ${until}`;
  return `${user.userId} ${user.because.kind}:${user.because.id} ${user.since} ${user.until}`;
}

describe('layers', () => {
  test('a hand-off belongs to who takes over, the microsecond before to who leaves', () => {
    const monday = at('2026-01-12T09:00Z');
    expect(people(schedule({}), monday.subtract({ microseconds: 1 }))).toEqual(['ann']);
    expect(people(schedule({}), monday)).toEqual(['bob']);
  });

  test('an answer names the shift, its layer and its ends', () => {
    expect(onCallAt(schedule({}), at('2026-01-14T03:00Z'))).toEqual({
      users: [
        {
          userId: 'bob',
          because: { kind: 'layer', id: 'primary' },
          since: at('2026-01-12T09:00Z'),
          until: at('2026-01-19T09:00Z'),
        },
      ],
      gap: false,
      reason: 'layer',
      until: at('2026-01-19T09:00Z'),
    });
  });

  test('a rotation goes on in both directions from its anchor', () => {
    expect(people(schedule({}), at('2026-01-05T08:59Z'))).toEqual(['eve']);
    // 522 weeks are 174 whole cycles of three; two more days change nothing.
    expect(people(schedule({}), at('2036-01-07T12:00Z'))).toEqual(['ann']);
    expect(people(schedule({}), at('2016-01-04T08:59Z'))).toEqual(['eve']);
    expect(people(schedule({}), at('2016-01-04T09:00Z'))).toEqual(['ann']);
  });

  test('one person without end is since the layer began, until never', () => {
    const alone = schedule({ layers: [layer({ rotation: { ...weekly, members: ['ann'] } })] });
    expect(told(alone, '2026-03-01T00:00Z')).toBe('ann layer:primary 2010-01-01T00:00:00Z null');
    expect(nextHandoff(alone, at('2026-03-01T00:00Z'))).toBeNull();
  });

  test('neighbouring turns of one person are one shift', () => {
    const twice = schedule({ layers: [layer({ rotation: { ...weekly, members: ['ann', 'ann', 'bob'] } })] });
    expect(told(twice, '2026-01-14T00:00Z')).toBe('ann layer:primary 2026-01-05T09:00:00Z 2026-01-19T09:00:00Z');
  });

  test('the higher layer wins where it has somebody, else the lower one answers', () => {
    const office = layer({
      id: 'office',
      position: 1,
      rotation: { ...weekly, members: ['kim'] },
      restrictions: [{ kind: 'daily', from: '09:00', to: '17:00' }],
    });
    const both = schedule({ layers: [office, layer({})] });
    expect(people(both, at('2026-01-06T08:59Z'))).toEqual(['ann']);
    expect(people(both, at('2026-01-06T09:00Z'))).toEqual(['kim']);
    expect(people(both, at('2026-01-06T17:00Z'))).toEqual(['ann']);
  });

  test('one week on and three off leaves the three weeks to the layer below', () => {
    const oneOn = layer({ id: 'top', position: 1, rotation: { ...weekly, members: ['kim', null, null, null] } });
    const both = schedule({ layers: [oneOn, layer({ rotation: { ...weekly, members: ['ann'] } })] });
    expect(people(both, at('2026-01-06T00:00Z'))).toEqual(['kim']);
    expect(told(both, '2026-01-20T00:00Z')).toBe('ann layer:primary 2026-01-12T09:00:00Z 2026-02-02T09:00:00Z');
  });

  test('a layer has somebody from its start to its end only', () => {
    const short = schedule({ layers: [layer({ startsAt: at('2026-02-01T00:00Z'), endsAt: at('2026-02-02T00:00Z') })] });
    expect(told(short, '2026-01-31T23:59:59.999999Z')).toBe('nobody no-layer-in-force 2026-02-01T00:00:00Z');
    expect(told(short, '2026-02-01T00:00Z')).toBe('ann layer:primary 2026-02-01T00:00:00Z 2026-02-02T00:00:00Z');
    expect(told(short, '2026-02-02T00:00Z')).toBe('nobody no-layer-in-force null');
  });
});

describe('daylight saving', () => {
  const berlin = 'Europe/Berlin';
  const nights = schedule({ zone: berlin, layers: [layer({ rotation: daily({ handoffTime: '02:30' }) })] });

  test('a hand-off at 02:30 is at 03:30 on the night that skips it', () => {
    const skipped = local('2026-03-29T03:30:00+02:00', berlin);
    const [before] = people(nights, skipped.subtract({ microseconds: 1 }));
    const [after] = people(nights, skipped);
    expect(new Set([before, after])).toEqual(new Set(['ann', 'bob']));
    expect(nextHandoff(nights, local('2026-03-29T01:00:00+01:00', berlin))?.at).toEqual(skipped);
    expect(nextHandoff(nights, skipped)?.at).toEqual(local('2026-03-30T02:30:00+02:00', berlin));
  });

  test('a hand-off at 02:30 is at the first of the two on the night that repeats it, and only there', () => {
    const first = local('2026-10-25T02:30:00+02:00', berlin);
    expect(nextHandoff(nights, local('2026-10-25T01:00:00+02:00', berlin))?.at).toEqual(first);
    expect(nextHandoff(nights, first)?.at).toEqual(local('2026-10-26T02:30:00+01:00', berlin));
  });

  test('a weekly hand-off stays at its wall time when the clocks change', () => {
    const weeks = schedule({ zone: berlin });
    expect(nextHandoff(weeks, at('2026-03-26T00:00Z'))?.at).toEqual(at('2026-03-30T07:00Z'));
    expect(nextHandoff(weeks, at('2026-03-19T00:00Z'))?.at).toEqual(at('2026-03-23T08:00Z'));
  });

  test('turns counted in hours keep their length when the clocks change', () => {
    const rotation: Rotation = {
      unit: 'hours',
      length: 12,
      handoffTime: '20:00',
      anchorDate: '2026-03-28',
      members: ['ann', 'bob'],
    };
    const hours = schedule({ zone: berlin, layers: [layer({ rotation })] });
    expect(nextHandoff(hours, local('2026-03-28T21:00:00+01:00', berlin))?.at).toEqual(
      local('2026-03-29T09:00:00+02:00', berlin),
    );
  });

  test('turns counted in hours from a repeated time count from its first', () => {
    const rotation: Rotation = {
      unit: 'hours',
      length: 1,
      handoffTime: '02:30',
      anchorDate: '2026-10-25',
      members: ['ann', 'bob', 'eve'],
    };
    const hours = schedule({ zone: berlin, layers: [layer({ rotation })] });
    expect(people(hours, local('2026-10-25T02:30:00+02:00', berlin))).toEqual(['ann']);
    expect(people(hours, local('2026-10-25T02:30:00+01:00', berlin))).toEqual(['bob']);
  });

  test.each([
    ['America/Santiago', '2026-09-06', '2026-09-06T01:00:00-03:00'],
    ['America/Havana', '2026-03-08', '2026-03-08T01:00:00-04:00'],
    ['Asia/Beirut', '2026-03-29', '2026-03-29T01:00:00+03:00'],
    ['America/Asuncion', '2024-10-06', '2024-10-06T01:00:00-03:00'],
    ['America/Santiago', '2026-04-05', '2026-04-05T00:00:00-04:00'],
    ['America/Havana', '2026-11-01', '2026-11-01T00:00:00-04:00'],
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-04T00:00:00+10:30'],
  ])('midnight in %s on %s hands off once, at %s', (zone, date, expected) => {
    const midnights = schedule({ zone, layers: [layer({ rotation: daily({ handoffTime: '00:00' }) })] });
    const moment = local(expected, zone);
    const noonBefore = Temporal.PlainDate.from(date)
      .subtract({ days: 1 })
      .toZonedDateTime({ timeZone: zone, plainTime: '12:00' });
    expect(nextHandoff(midnights, noonBefore.toInstant())?.at).toEqual(moment);
    const noonAfter = noonBefore.add({ days: 1 }).toInstant();
    expect(people(midnights, noonAfter)).toEqual(nextHandoff(midnights, noonBefore.toInstant())?.toUserIds);
  });

  test('a half-hour change moves 02:15 by half an hour', () => {
    const zone = 'Australia/Lord_Howe';
    const howe = schedule({ zone, layers: [layer({ rotation: daily({ handoffTime: '02:15' }) })] });
    expect(nextHandoff(howe, local('2026-10-04T01:00:00+10:30', zone))?.at).toEqual(
      local('2026-10-04T02:45:00+11:00', zone),
    );
  });

  test('who would have had the day that Apia skipped has no shift, and the next one is on time', () => {
    const zone = 'Pacific/Apia';
    const rotation = daily({ anchorDate: '2011-12-29', members: ['ann', 'bob', 'eve'] });
    const apia = schedule({ zone, layers: [layer({ rotation })] });
    expect(nextHandoff(apia, local('2011-12-29T12:00:00-10:00', zone))).toEqual({
      at: local('2011-12-31T09:00:00+14:00', zone),
      fromUserIds: ['ann'],
      toUserIds: ['eve'],
    });
  });
});

describe('active hours', () => {
  const night = { kind: 'daily', from: '22:00', to: '06:00' } as const;
  const only = (rotation: Rotation, zone = 'UTC', restrictions: Layer['restrictions'] = [night]): Schedule =>
    schedule({ zone, layers: [layer({ rotation, restrictions })] });

  test.each([
    ['2026-01-06T21:59:59.999999Z', true],
    ['2026-01-06T22:00Z', false],
    ['2026-01-07T00:00Z', false],
    ['2026-01-07T05:59:59.999999Z', false],
    ['2026-01-07T06:00Z', true],
  ])('22:00–06:00 runs over midnight: a gap at %s is %s', (instant, gap) => {
    const answer = onCallAt(only(weekly), at(instant));
    expect([answer.gap, answer.reason]).toEqual([gap, gap ? 'outside-active-hours' : 'layer']);
  });

  test('a night of hours is one shift of nine hours when the clock repeats one, of seven when it skips one', () => {
    const lengthOf = (instant: string): number => {
      const [user] = onCallAt(only(weekly, 'Europe/Berlin'), at(instant)).users;
      return user?.since?.until(user.until ?? user.since).total('hours') ?? 0;
    };
    expect(lengthOf('2026-10-25T00:30Z')).toBe(9);
    expect(lengthOf('2026-03-29T00:30Z')).toBe(7);
  });

  test('weekly hours may run over the end of the week', () => {
    const weekend = { kind: 'weekly', fromWeekday: 5, from: '17:00', toWeekday: 1, to: '09:00' } as const;
    const weekends = only(weekly, 'UTC', [weekend]);
    expect(people(weekends, at('2026-01-09T16:59Z'))).toEqual([]);
    expect(people(weekends, at('2026-01-11T23:59Z'))).toEqual(['ann']);
    expect(people(weekends, at('2026-01-12T08:59Z'))).toEqual(['ann']);
    expect(people(weekends, at('2026-01-12T09:00Z'))).toEqual([]);
  });

  test('several active hours add up', () => {
    const lunch = { kind: 'daily', from: '12:00', to: '13:00' } as const;
    const both = only(weekly, 'UTC', [night, lunch]);
    expect(['11:59', '12:30', '13:00', '23:00'].map((time) => onCallAt(both, at(`2026-01-06T${time}Z`)).gap)).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test('follow the sun: three regions hand over round the clock without a hole, also on the DST night', () => {
    const region = (id: string, from: string, to: string): Layer =>
      layer({
        id,
        position: id.length,
        rotation: { ...weekly, members: [id] },
        restrictions: [{ kind: 'daily', from, to }],
      });
    const sun = schedule({
      zone: 'Europe/London',
      layers: [
        region('sydney', '22:00', '06:00'),
        region('paris', '06:00', '14:00'),
        region('new-york', '14:00', '22:00'),
      ],
    });
    const hand = (instant: string): string | undefined => nextHandoff(sun, at(instant))?.toUserIds[0];
    expect(people(sun, at('2026-01-06T05:59Z'))).toEqual(['sydney']);
    expect([hand('2026-01-06T05:59Z'), hand('2026-01-06T06:00Z'), hand('2026-01-06T14:00Z')]).toEqual([
      'paris',
      'new-york',
      'sydney',
    ]);
    expect(told(sun, '2026-03-29T01:00Z')).toBe('sydney layer:sydney 2026-03-28T22:00:00Z 2026-03-29T05:00:00Z');
  });
});

describe('gaps', () => {
  test('a turn left to nobody is a gap with that reason', () => {
    const holes = schedule({ layers: [layer({ rotation: { ...weekly, members: ['ann', null] } })] });
    expect(onCallAt(holes, at('2026-01-14T00:00Z'))).toEqual({
      users: [],
      gap: true,
      reason: 'nobody-in-rotation',
      until: at('2026-01-19T09:00Z'),
    });
  });

  test('a schedule without layers is a gap for ever', () => {
    expect(onCallAt(schedule({ layers: [] }), at('2026-01-14T00:00Z'))).toEqual({
      users: [],
      gap: true,
      reason: 'no-layers',
      until: null,
    });
  });

  test('the end of a gap is a hand-off from nobody', () => {
    const holes = schedule({ layers: [layer({ rotation: { ...weekly, members: ['ann', null] } })] });
    expect(nextHandoff(holes, at('2026-01-14T00:00Z'))).toEqual({
      at: at('2026-01-19T09:00Z'),
      fromUserIds: [],
      toUserIds: ['ann'],
    });
  });
});

describe('overrides', () => {
  test('an override takes the slot half-way through a shift and gives it back', () => {
    const covered = schedule({ overrides: [override({})] });
    const answers = ['11:59:59.999999', '12:00', '17:59:59.999999', '18:00'].map((time) =>
      people(covered, at(`2026-01-07T${time}Z`)),
    );
    expect(answers.flat()).toEqual(['ann', 'zoe', 'zoe', 'ann']);
    expect(told(covered, '2026-01-07T15:00Z')).toBe('zoe override:cover 2026-01-07T12:00:00Z 2026-01-07T18:00:00Z');
    expect(told(covered, '2026-01-07T18:00Z')).toBe('ann layer:primary 2026-01-07T18:00:00Z 2026-01-12T09:00:00Z');
  });

  test('an override fills a gap', () => {
    expect(people(schedule({ layers: [], overrides: [override({})] }), at('2026-01-07T15:00Z'))).toEqual(['zoe']);
  });

  test('an override that replaces one person touches only the time that person has', () => {
    const fortnight = override({
      replacesUserId: 'bob',
      startsAt: at('2026-01-08T00:00Z'),
      endsAt: at('2026-01-22T00:00Z'),
    });
    const covered = schedule({ overrides: [fortnight] });
    expect(people(covered, at('2026-01-12T08:59Z'))).toEqual(['ann']);
    expect(told(covered, '2026-01-14T00:00Z')).toBe('zoe override:cover 2026-01-12T09:00:00Z 2026-01-19T09:00:00Z');
    expect(people(covered, at('2026-01-19T09:00Z'))).toEqual(['eve']);
  });

  test('an override that replaces one person leaves a gap a gap', () => {
    const covered = schedule({ layers: [], overrides: [override({ replacesUserId: 'ann' })] });
    expect(onCallAt(covered, at('2026-01-07T15:00Z')).gap).toBe(true);
  });

  test('where two overlap the newest wins, whatever their order in the list', () => {
    const older = override({});
    const newer = override({ id: 'again', userId: 'kim', createdAt: at('2026-01-02T00:00Z') });
    for (const overrides of [
      [older, newer],
      [newer, older],
    ]) {
      expect(people(schedule({ overrides }), at('2026-01-07T15:00Z'))).toEqual(['kim']);
    }
  });

  test('who covers can be covered: a later override sees what the earlier ones made', () => {
    const second = override({ id: 'ill', userId: 'kim', replacesUserId: 'zoe', createdAt: at('2026-01-02T00:00Z') });
    const covered = schedule({ overrides: [override({ replacesUserId: 'ann' }), second] });
    expect(people(covered, at('2026-01-07T15:00Z'))).toEqual(['kim']);
  });

  test('the same person going on for another reason is no hand-off', () => {
    const extended = schedule({
      overrides: [override({ userId: 'ann', startsAt: at('2026-01-12T08:00Z'), endsAt: at('2026-01-12T12:00Z') })],
    });
    expect(nextHandoff(extended, at('2026-01-11T00:00Z'))).toEqual({
      at: at('2026-01-12T12:00Z'),
      fromUserIds: ['ann'],
      toUserIds: ['bob'],
    });
  });
});
