import { describe, expect, test } from 'vitest';
import { rosterOf } from './roster.ts';
import { at, override, schedule } from './testkit.ts';
import { onCallAt } from './who.ts';

describe('the roster in memory', () => {
  test('says of every minute, asked in any order, what the calculator says', () => {
    const one = schedule({
      overrides: [
        override(),
        override({ id: 'later', startsAt: at('2026-01-06T08:30Z'), endsAt: at('2026-01-06T09:30Z') }),
      ],
    });
    const roster = rosterOf([one]);
    const minutes = Array.from({ length: 3 * 1440 }, (_, minute) =>
      at('2026-01-04T12:00Z').add({ minutes: (minute * 1237) % (3 * 1440) }),
    );
    for (const moment of minutes)
      expect(roster.userIds('payments', moment)).toEqual(onCallAt(one, moment).users.map(({ userId }) => userId));
  });

  test('remembers a gap as a gap, and its end', () => {
    const roster = rosterOf([schedule({ layers: [], overrides: [override()] })]);
    const asked = ['2026-01-05T11:00Z', '2026-01-05T11:59:59Z', '2026-01-05T12:00Z', '2026-01-05T18:00Z'];
    expect(asked.map((moment) => roster.userIds('payments', at(moment)))).toEqual([[], [], ['cy'], []]);
  });

  test('knows no schedule that it was not given', () => {
    expect(rosterOf([]).userIds('payments', at('2026-01-05T11:00Z'))).toBeNull();
    expect(rosterOf([]).answer('payments', at('2026-01-05T11:00Z'))).toBeNull();
  });

  test('a schedule that cannot be calculated is a gap, is named, and harms no other', () => {
    const roster = rosterOf([schedule({ id: 'bad', name: 'Bad', zone: 'Mars/Olympus' }), schedule({})]);
    const moment = at('2026-01-05T10:00Z');
    expect(roster.userIds('bad', moment)).toEqual([]);
    expect(roster.answer('bad', moment)?.reason).toBe('broken-schedule');
    expect(roster.broken.map(({ id, faults }) => `${id} ${faults[0]?.path}`)).toEqual(['bad zone']);
    expect(roster.userIds('payments', moment)).toEqual(['ann']);
  });
});
