import { expect, test } from 'vitest';
import { checkFoldedPage, foldPage, holdsOf } from './fold-page.ts';
import {
  type AccountedRow,
  checkAccounted,
  checkMessage,
  checkNotification,
  checkRun,
  type NotificationRow,
  type RunRow,
} from './invariants.ts';
import { type AlertRow, checkFolded, checkHeld, checkOpenedOnce, type HeldRow } from './invariants-folds.ts';
import { after, fact, START } from './testkit.ts';

const what = (violations: readonly { readonly what: string }[]) => violations.map((one) => one.what).join();

const accounted: AccountedRow = {
  alertId: 'a',
  groupId: 'g',
  groupOpen: true,
  wakeAt: null,
  liveRun: false,
  endReason: null,
  muted: false,
};

test.each<[string, Partial<AccountedRow>, string]>([
  ['a live run', { liveRun: true }, ''],
  ['a wake-up to come', { wakeAt: after(60) }, ''],
  ['a wake-up that is due', { wakeAt: after(-30) }, ''],
  ['a person’s hand', { endReason: { kind: 'ended-by-hand', by: 'ann' } }, ''],
  ['a mute that will be asked about', { muted: true, wakeAt: after(3600) }, ''],
  ['a mute that nobody asks about', { muted: true }, 'is muted without a wake-up that asks again'],
  ['a mute that is over', { endReason: { kind: 'muted' } }, 'has no live run, no wake-up and no stored reason'],
  ['a wake-up that nobody took', { wakeAt: after(-31) }, 'its wake-up is 31 s late'],
  ['no page', { groupId: null, groupOpen: null }, 'fires by a route that pages, but has no page'],
  ['a closed page', { groupOpen: false }, 'still fires, but its page is closed'],
  [
    'a run that ended because it resolved',
    { endReason: { kind: 'resolved' } },
    'has no live run, no wake-up and no stored reason',
  ],
])('invariant 1: a firing alert with %s', (_what, fields, expected) => {
  expect(what(checkAccounted({ ...accounted, ...fields }, START))).toBe(expected);
});

const run: RunRow = {
  id: 'r',
  groupId: 'g',
  live: true,
  phase: 'escalating',
  endedAt: null,
  endReason: null,
  groupFound: true,
  runAt: after(1),
  liveOfGroup: 1,
};

test.each<[string, Partial<RunRow>, string]>([
  ['one wake-up', {}, ''],
  ['no wake-up', { runAt: null }, 'is live without a wake-up'],
  ['a lost page', { groupFound: false }, 'is live, but its page is gone'],
  ['a twin', { liveOfGroup: 2 }, "shares its page's wake-up with 1 other live run"],
  [
    'an end that is told',
    { live: false, phase: 'ended', endedAt: START, endReason: { kind: 'resolved' }, runAt: null },
    '',
  ],
  [
    'an end without reason',
    { live: false, phase: 'ended', endedAt: START, runAt: null },
    'ended without time or reason',
  ],
  ['a phase that is over', { phase: 'ended' }, 'is live in phase ended'],
])('invariant 2: a run with %s', (_what, fields, expected) => {
  expect(what(checkRun({ ...run, ...fields }))).toBe(expected);
});

const sent: NotificationRow = {
  id: 'n',
  state: 'sent',
  wakeAt: null,
  lease: null,
  sentAt: START,
  endReason: null,
  carrierId: null,
  carrierState: null,
  attempts: 1,
  messageDigest: 'd1',
  begun: 1,
  accepted: 1,
  begunDigests: [],
};
const queued: Partial<NotificationRow> = {
  state: 'queued',
  wakeAt: START,
  sentAt: null,
  attempts: 0,
  begun: 0,
  accepted: 0,
  messageDigest: null,
};

test.each<[string, Partial<NotificationRow>, string]>([
  ['sent with the provider’s yes', {}, ''],
  ['queued', queued, ''],
  ['sent without the provider’s yes', { accepted: 0 }, 'is sent, but no provider has taken it'],
  ['taken twice', { accepted: 2 }, 'was taken by the provider 2 times'],
  ['queued without a wake-up', { ...queued, wakeAt: null }, 'waits without a wake-up'],
  ['sent with a wake-up', { wakeAt: START }, 'has ended, but will wake'],
  ['queued after the provider’s yes', { ...queued, accepted: 1 }, 'waits, but the provider has taken it'],
  ['leased to nobody', { ...queued, state: 'leased' }, 'is leased to nobody'],
  ['failed without a reason', { state: 'failed', sentAt: null, accepted: 0 }, 'is failed without a reason'],
  ['folded into a sent one', { accepted: 0, begun: 0, carrierId: 'c', carrierState: 'sent' }, ''],
  [
    'folded into a failed one',
    { accepted: 0, carrierId: 'c', carrierState: 'failed' },
    'is told by a message that was not sent',
  ],
])('invariant 3: a notification %s', (_what, fields, expected) => {
  expect(what(checkNotification({ ...sent, ...fields }))).toBe(expected);
});

test.each<[string, Partial<NotificationRow>, string]>([
  ['with its stored text, twice', { attempts: 2, begun: 2, begunDigests: ['d1', 'd1'] }, ''],
  ['without a stored text', { messageDigest: null }, 'was called for without a stored message'],
  ['with another text at the second try', { begunDigests: ['d1', 'd2'] }, 'was sent with different texts'],
  ['and stored anew afterwards', { begunDigests: ['d0'] }, 'stores another text than the one that was sent'],
  ['queued, not rendered yet', queued, ''],
])('invariant 10: a notification sent %s', (_what, fields, expected) => {
  expect(what(checkMessage({ ...sent, ...fields }))).toBe(expected);
});

const events = [
  fact('run-started', {}, 0),
  fact('acknowledged', { by: 'ann' }, 60),
  fact('acknowledgement-expired', {}, 120),
];
const call = (seconds: number | null, reason = 'policy-step') => ({
  notificationId: 'n',
  runId: 'run',
  reason,
  at: seconds === null ? null : after(seconds),
});
const held = (calls: HeldRow['calls'], fields: Partial<HeldRow> = {}): HeldRow => ({
  groupId: 'g',
  events,
  held: [],
  calls,
  ...fields,
});

test.each<[string, HeldRow, string]>([
  ['before the acknowledgement', held([call(59)]), ''],
  ['at the very moment', held([call(60)]), ''],
  ['after it', held([call(60.001)]), 'was begun while somebody held the page'],
  ['after it, for a responder that was asked for', held([call(61, 'responder-added')]), ''],
  ['when it has expired', held([call(120)]), ''],
  [
    'after it, known from the row alone',
    held([call(61)], { events: [], held: [{ runId: 'run', since: after(60) }] }),
    'was begun while somebody held the page',
  ],
  [
    'never, but queued on',
    held([call(null)], { held: [{ runId: 'run', since: after(60) }] }),
    'is queued although its run is held',
  ],
])('invariant 4: a call begun %s', (_what, row, expected) => {
  expect(what(checkHeld(row, 0))).toBe(expected);
});

test('invariant 4 allows a call whose sender looked before the commit', () => {
  expect(
    [checkHeld(held([call(62)]), 2_000), checkHeld(held([call(62.001)]), 2_000)].map((found) => found.length),
  ).toEqual([0, 1]);
});

const shape = {
  status: 'firing',
  current: true,
  startsAtMs: 0,
  severity: 1,
  openedAtMs: 0,
  resolvedAtMs: null,
  resolvedBy: null,
};
const alert: AlertRow = { id: 'a', shape, folded: shape, kinds: ['opened'] };

test('invariant 5: an alert opens once; only after a resolve again', () => {
  expect(what(checkOpenedOnce(alert))).toBe('');
  expect(what(checkOpenedOnce({ ...alert, kinds: ['opened', 'resolved', 'opened'] }))).toBe('');
  expect(what(checkOpenedOnce({ ...alert, kinds: ['opened', 'began-earlier', 'opened'] }))).toBe(
    'opened twice without a resolve between',
  );
});

test('invariant 7: an alert’s row is what its changes fold to, each field named that is not', () => {
  expect(what(checkFolded(alert))).toBe('');
  const edited = { ...alert, shape: { ...shape, status: 'resolved', severity: 2 } };
  expect(what(checkFolded(edited))).toBe('its row differs from its changes in status, severity');
  expect(what(checkFolded({ ...alert, folded: null, kinds: [] }))).toBe('has no stored change that opened it');
});

test('a page’s facts fold to where its run stands', () => {
  const start = fact('run-started');
  const cases: [string, Record<string, unknown>, string, string | null][] = [
    ['called', {}, 'calling', null],
    ['acknowledged', { by: 'ann' }, 'acknowledged', 'ann'],
    ['snoozed', { by: 'ann' }, 'snoozed', null],
    ['hold-kept', { acknowledgedBy: 'bo' }, 'acknowledged', 'bo'],
    ['hold-kept', { acknowledgedBy: null }, 'snoozed', null],
    ['run-ended', {}, 'ended', null],
  ];
  for (const [kind, payload, phase, acknowledgedBy] of cases)
    expect(foldPage([start, fact(kind, payload)])).toEqual({ phase, acknowledgedBy });
  for (const kind of ['acknowledgement-expired', 'snooze-ended', 'unacknowledged', 'reassigned', 'escalated-by-hand'])
    expect(foldPage([start, fact('acknowledged', { by: 'ann' }), fact(kind)])).toEqual({
      phase: 'calling',
      acknowledgedBy: null,
    });
});

test('snoozing an acknowledged page goes on holding it', () => {
  const all = [
    fact('run-started', {}, 0),
    fact('acknowledged', { by: 'ann' }, 10),
    fact('snoozed', { by: 'ann' }, 20),
    fact('run-ended', {}, 30),
  ];
  expect(holdsOf(all)).toEqual([{ from: after(10).epochMilliseconds, to: after(30).epochMilliseconds }]);
});

test('invariant 7: a page’s run that its facts do not tell is found', () => {
  const facts = [fact('run-started'), fact('acknowledged', { by: 'ann' })];
  const row = { groupId: 'g', phase: 'acknowledged', acknowledgedBy: 'ann', events: facts } as const;
  expect(what(checkFoldedPage(row))).toBe('');
  expect(what(checkFoldedPage({ ...row, phase: 'repeating' }))).toBe(
    'its run is repeating, its facts say acknowledged',
  );
  expect(what(checkFoldedPage({ ...row, acknowledgedBy: 'bo' }))).toBe(
    'its run and its facts name different people who have it',
  );
  expect(what(checkFoldedPage({ ...row, events: [] }))).toBe('has a run, but no fact that started it');
});
