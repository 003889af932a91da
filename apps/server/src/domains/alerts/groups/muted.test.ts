import { describe, expect, test } from 'vitest';
import type { GroupChange, KindSeen } from '../group-model.ts';
import { newGroup } from '../grouping.ts';
import {
  intervalsOf,
  lookAfterJoining,
  type MemberMute,
  type MuteVerdict,
  storedMute,
  tellsLater,
  type StoredMute,
  toldAfterMutes,
  untoldKinds,
  verdictOf,
} from './muted.ts';

const at = (text: string) => Temporal.Instant.from(`2026-11-21T${text}:00Z`);
const silenced = (ref: string, until = '13:00', kind = 'a'): MemberMute => ({
  kind,
  by: [{ kind: 'silence', ref, reason: `by ${ref}` }],
  until: at(until),
});
const loud = (kind = 'a'): MemberMute => ({ kind, by: [], until: at('23:00') });
const change: GroupChange = { cause: 'joined', newKinds: [], severityRaisedTo: null, firing: 1 };

describe('a verdict', () => {
  test('is none when nobody is muted, or nobody fires', () => {
    expect(verdictOf([loud(), loud()])).toBeNull();
    expect(verdictOf([])).toBeNull();
  });

  test('is whole only when each is muted; it counts by mute and asks again at the first end', () => {
    const both: MemberMute = { ...silenced('s2', '12:30'), by: [...silenced('s1').by, ...silenced('s2').by] };
    expect(verdictOf([silenced('s1'), both])).toEqual({
      all: true,
      alerts: 2,
      until: at('12:30'),
      by: [
        { kind: 'silence', ref: 's1', reason: 'by s1', alerts: 2 },
        { kind: 'silence', ref: 's2', reason: 'by s2', alerts: 1 },
      ],
      mutedKinds: new Set(['a']),
      newest: 2,
    });
  });

  test('names the kinds of which none calls', () => {
    const verdict = verdictOf([silenced('s1'), loud('a'), silenced('s1', '13:00', 'b')]);
    expect([verdict?.all, verdict?.alerts, verdict?.mutedKinds, verdict?.newest]).toEqual([
      false,
      2,
      new Set(['b']),
      1,
    ]);
  });
});

const verdict = (fields: Partial<MuteVerdict> = {}): MuteVerdict => ({
  all: true,
  alerts: 3,
  until: at('13:00'),
  by: [],
  mutedKinds: new Set(),
  newest: 2,
  ...fields,
});
const before = (fields: Partial<StoredMute> = {}): StoredMute => ({
  all: true,
  alerts: 3,
  since: at('11:00').toString(),
  until: at('13:00').toString(),
  by: [],
  ...fields,
});

test('since when stays while it stays whole, and begins anew when it was a part', () => {
  expect(storedMute(verdict(), before(), at('12:00')).since).toBe(at('11:00').toString());
  expect(storedMute(verdict(), before({ all: false }), at('12:00')).since).toBe(at('12:00').toString());
  expect(storedMute(verdict(), null, at('12:00')).since).toBe(at('12:00').toString());
});

test('a kind that is muted counts as never told, unless it was told before', () => {
  const seen = (told: boolean): KindSeen => ({ severity: 2, firstAtMs: 0, told });
  const after = { a: seen(true), b: seen(true), c: seen(true) };
  expect(untoldKinds({ a: seen(false), b: seen(true) }, after, new Set(['a', 'b']))).toEqual({
    a: seen(false),
    b: seen(true),
    c: seen(true),
  });
});

test.each<[string, GroupChange['cause'], MuteVerdict | null, StoredMute | null, GroupChange['cause']]>([
  ['nothing came and nothing was muted', 'nothing', null, null, 'nothing'],
  ['all of it was muted and nothing is', 'nothing', null, before(), 'joined'],
  ['all of it was muted and a part still is', 'nothing', verdict({ all: false }), before(), 'joined'],
  ['less of a part is muted', 'nothing', verdict({ all: false, alerts: 1 }), before({ all: false }), 'joined'],
  ['as much of it is muted as was', 'nothing', verdict({ all: false }), before({ all: false }), 'nothing'],
  ['it opened', 'opened', null, before(), 'opened'],
])('what is told when %s', (_rule, cause, now, then, expected) => {
  expect(toldAfterMutes({ ...change, cause }, { verdict: now, before: then, joined: 0 }).cause).toBe(expected);
});

test('a muted kind is not told as new', () => {
  const told = toldAfterMutes(
    { ...change, newKinds: ['a', 'b'] },
    { verdict: verdict({ all: false, mutedKinds: new Set(['b']) }), before: null, joined: 2 },
  );
  expect(told.newKinds).toEqual(['a']);
});

test('more of the same is told in its time, however often mutes are looked at; what is new at once', () => {
  const before = { ...newGroup(0), decidedAtMs: 10_000, firing: 2 };
  const later = (fields: Partial<GroupChange>, nowMs: number) =>
    tellsLater({ before, change: { ...change, ...fields } }, { groupWaitSeconds: 0, groupIntervalSeconds: 300 }, nowMs);
  expect(later({}, 20_000)).toBe(310_000);
  expect(later({}, 310_000)).toBeNull();
  expect(later({ newKinds: ['b'] }, 20_000)).toBeNull();
  expect(later({ severityRaisedTo: 1 }, 20_000)).toBeNull();
  expect(later({ cause: 'refired' }, 20_000)).toBeNull();
});

test('what came is told unless all of it is muted', () => {
  const told = (joined: number, now: MuteVerdict | null) =>
    toldAfterMutes(change, { verdict: now, before: null, joined }).cause;
  const part = verdict({ all: false, newest: 2 });
  expect([told(2, part), told(3, part), told(1, null)]).toEqual(['nothing', 'joined', 'joined']);
});

test('a page muted whole is looked at within a second of its last look when something loud joins', () => {
  const joined = (muted?: true) => ({
    joined: [{ kind: 'a', severity: 2 as const, ...(muted && { muted }) }],
    resolved: 0,
  });
  const look = (stored: StoredMute | null, traffic: ReturnType<typeof joined>, decidedAtMs: number | null = 4_500) =>
    lookAfterJoining(stored, traffic, { decidedAtMs, nowMs: 5_000 });
  expect(look(before(), joined())).toBe(5_500);
  expect(look(before(), joined(), 1_000)).toBe(5_000);
  expect(look(before(), joined(true))).toBeNull();
  expect(look(before({ all: false }), joined())).toBeNull();
  expect(look(null, joined())).toBeNull();
});

test('options of groups stored before there were intervals have none', () => {
  expect(intervalsOf({})).toBeNull();
  expect(intervalsOf({ muteTimeIntervals: ['n'], activeTimeIntervals: [] })).toEqual({ mute: ['n'], active: [] });
});
