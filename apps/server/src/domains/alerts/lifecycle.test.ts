import { describe, expect, test } from 'vitest';
import { type AlertEvent, decideLifecycle, mergedEnd } from './lifecycle.ts';
import type { AlertState, LifecycleReason } from './model.ts';

const MINUTE = 60_000;
const NOW = 100 * MINUTE;

const none = null;
const firing: AlertState = {
  id: 'a',
  status: 'firing',
  current: true,
  startsAtMs: 50 * MINUTE,
  endsAtMs: 104 * MINUTE,
  endsAtIsTimeout: false,
  resolvedAtMs: null,
  resolvedBy: null,
  groupIds: ['g'],
  kind: 'shop/Disk',
  severity: 2,
  version: 1,
};
/** Resolved by hand at minute 80 while its source goes on. */
const held: AlertState = { ...firing, status: 'resolved', resolvedAtMs: 80 * MINUTE, resolvedBy: 'user:ann' };
/** A row that its source has ended: nothing claims it any more. */
const past: AlertState = {
  ...firing,
  status: 'resolved',
  current: false,
  resolvedAtMs: 80 * MINUTE,
  resolvedBy: 'source',
};

const fires = (startsAtMinute: number): AlertEvent => ({
  kind: 'firing',
  startsAtMs: startsAtMinute * MINUTE,
  endsAtMs: 104 * MINUTE,
  endsAtIsTimeout: false,
  severity: 2,
});
const resolves = (startsAtMinute: number, endsAtMinute: number): AlertEvent => ({
  kind: 'resolved',
  startsAtMs: startsAtMinute * MINUTE,
  endsAtMs: endsAtMinute * MINUTE,
});
const expire: AlertEvent = { kind: 'expire', marginMs: MINUTE };
const hand: AlertEvent = { kind: 'hand', by: 'user:bob' };

type Row = readonly [
  present: AlertState | null,
  event: AlertEvent,
  expected: { reason: LifecycleReason; changes?: readonly unknown[]; opensAt?: number; seen?: boolean },
];

const silent = { ...firing, endsAtMs: 99 * MINUTE };
const silentHeld = { ...held, endsAtMs: 99 * MINUTE };
const bySource = { kind: 'resolved', by: 'source', current: false };
const released = { kind: 'released', by: 'source' };

const table: Readonly<Record<string, Row>> = {
  'nothing there: a firing event opens': [none, fires(90), { reason: 'opened', opensAt: 90 }],
  'nothing there: a resolve is ignored': [none, resolves(90, 95), { reason: 'resolve-without-alert' }],
  'nothing there: expiry has nothing to end': [none, expire, { reason: 'already-resolved' }],
  'nothing there: a hand has nothing to end': [none, hand, { reason: 'already-resolved' }],

  'ended by its source: a firing event opens another': [past, fires(90), { reason: 'opened', opensAt: 90 }],
  'ended by its source: the same startsAt opens another too': [past, fires(50), { reason: 'opened', opensAt: 50 }],
  'ended by its source: a resolve is ignored': [past, resolves(50, 80), { reason: 'resolve-without-alert' }],
  'ended by its source: expiry does nothing': [past, expire, { reason: 'already-resolved' }],
  'ended by its source: a hand does nothing': [past, hand, { reason: 'already-resolved' }],

  'firing: the same startsAt is a repeat': [firing, fires(50), { reason: 'repeated', seen: true }],
  'firing: a replica that began later is a repeat': [firing, fires(51), { reason: 'repeated', seen: true }],
  'firing: a replica that began earlier moves the start': [
    firing,
    fires(49),
    { reason: 'began-earlier', seen: true, changes: [{ kind: 'began-earlier', startsAtMs: 49 * MINUTE }] },
  ],
  'firing: its source resolves it': [
    firing,
    resolves(50, 99),
    { reason: 'resolved-by-source', seen: true, changes: [bySource] },
  ],
  'firing: a replica that began later resolves it': [
    firing,
    resolves(51, 99),
    { reason: 'resolved-by-source', seen: true, changes: [bySource] },
  ],
  'firing: a replica that began earlier resolves it': [
    firing,
    resolves(40, 99),
    { reason: 'resolved-by-source', seen: true, changes: [bySource] },
  ],
  'firing: the repeated resolve of an earlier episode is ignored': [
    firing,
    resolves(10, 20),
    { reason: 'resolve-of-earlier-episode' },
  ],
  'firing: an earlier episode that ended as this one began belongs to this one': [
    firing,
    resolves(10, 50),
    { reason: 'resolved-by-source', seen: true, changes: [bySource] },
  ],
  'firing: not silent long enough to expire': [firing, expire, { reason: 'not-yet-expired' }],
  'firing: the margin counts before it expires': [
    { ...firing, endsAtMs: 99 * MINUTE + 1 },
    expire,
    { reason: 'not-yet-expired' },
  ],
  'firing: silent past its end and the margin it expires': [
    silent,
    expire,
    { reason: 'expired', changes: [{ kind: 'resolved', by: 'expiry', current: false }] },
  ],
  'firing: a hand resolves it, the source still claims it': [
    firing,
    hand,
    { reason: 'resolved-by-hand', changes: [{ kind: 'resolved', by: 'user:bob', current: true }] },
  ],

  'held by hand: a repeat changes nothing': [held, fires(50), { reason: 'held-by-hand', seen: true }],
  'held by hand: a replica with another start changes nothing': [
    held,
    fires(63),
    { reason: 'held-by-hand', seen: true },
  ],
  'held by hand: a start at the very moment of the hand is the old episode': [
    held,
    fires(80),
    { reason: 'held-by-hand', seen: true },
  ],
  'held by hand: a start after the hand opens another': [
    held,
    fires(81),
    { reason: 'opened-after-hand-resolve', changes: [released], opensAt: 81 },
  ],
  'held by hand: its source resolves it': [
    held,
    resolves(50, 99),
    { reason: 'released-by-source', seen: true, changes: [released] },
  ],
  'held by hand: not silent long enough to expire': [held, expire, { reason: 'not-yet-expired' }],
  'held by hand: silent past its end and the margin it lets go': [
    silentHeld,
    expire,
    { reason: 'expired', changes: [{ kind: 'released', by: 'expiry' }] },
  ],
  'held by hand: a second hand does nothing': [held, hand, { reason: 'already-resolved' }],
};

describe('decideLifecycle', () => {
  test.each(Object.entries(table))('%s', (_name, [present, event, expected]) => {
    const { reason, changes, opens, seen } = decideLifecycle(present, event, NOW);
    expect({ reason, changes, opens, seen }).toEqual({
      reason: expected.reason,
      changes: expected.changes ?? [],
      opens:
        expected.opensAt === undefined ? null : { kind: 'opened', startsAtMs: expected.opensAt * MINUTE, severity: 2 },
      seen: expected.seen ?? false,
    });
  });

  test('the table has every pair of state and event', () => {
    const pairs = new Set(
      Object.values(table).map(
        ([present, event]) => `${present ? `${present.status}/${present.current}` : 'none'} ${event.kind}`,
      ),
    );
    const states = ['none', 'firing/true', 'resolved/true', 'resolved/false'];
    const events = ['firing', 'resolved', 'expire', 'hand'];
    expect([...pairs].sort()).toEqual(states.flatMap((state) => events.map((event) => `${state} ${event}`)).sort());
  });

  // A source repeats its resolves for 15 minutes: one of the episode before must not end the quiet a person made.
  test('held by hand: the repeated resolve of an earlier episode is ignored', () => {
    const transition = decideLifecycle(held, resolves(10, 20), NOW);
    expect(transition).toMatchObject({ reason: 'resolve-of-earlier-episode', changes: [], opens: null, seen: false });
  });
});

describe('mergedEnd', () => {
  const end = (endsAtMs: number, endsAtIsTimeout: boolean) => ({ endsAtMs, endsAtIsTimeout });
  test.each([
    ['of two named ends the later stands', end(5, false), end(9, false), end(9, false)],
    ['an earlier named end does not shorten', end(9, false), end(5, false), end(9, false)],
    ['of two timeouts the later stands', end(5, true), end(9, true), end(9, true)],
    ['an earlier timeout does not shorten', end(9, true), end(5, true), end(9, true)],
    ['an end that the source names beats a later timeout of ours', end(9, true), end(5, false), end(5, false)],
    ['a timeout does not beat a named end that is later', end(9, false), end(5, true), end(9, false)],
    ['a source that goes on past its named end is believed', end(5, false), end(9, true), end(9, true)],
  ])('%s', (_name, present, seen, expected) => {
    expect(mergedEnd(present, seen)).toEqual(expected);
  });
});
