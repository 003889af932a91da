import { expect, test } from 'vitest';
import { chainOf } from './chain.ts';
import type { PageFacts } from './model.ts';
import { after, calledAnn, fact, group, lookup, notification, page, run } from './testkit.ts';

const links = (facts: PageFacts, seconds: number) =>
  Object.fromEntries(chainOf(facts, lookup, after(seconds)).links.map((link) => [link.name, link]));
const states = (facts: PageFacts, seconds = 60) =>
  chainOf(facts, lookup, after(seconds)).links.map(({ name, state }) => `${name} ${state}`);

test('a page that was told and is unanswered waits for an acknowledgement, everything before it stored', () => {
  expect(states(page())).toEqual([
    'accepted stored',
    'routed stored',
    'grouped stored',
    'escalated stored',
    'queued stored',
    'sent stored',
    'receipt stored',
    'acknowledged waiting',
    'resolved not-yet',
  ]);
  expect(chainOf(page(), lookup, after(60))).toMatchObject({ stored: 7, missing: 0 });
});

test('every link says in plain words what happened, people by name', () => {
  const sentences = chainOf(page(), lookup, after(60)).links.map(({ sentence }) => sentence);
  expect(sentences).toEqual([
    'On disk from Prometheus, decided 9 ms after it arrived.',
    'Route route payments matched by tier="1". It calls people, high urgency.',
    'Opened page 7. It is the only alert.',
    'Step 1 of 2 called Ann: it is their turn by the policy.',
    '1 message for Ann.',
    '1 of 1 sent.',
    'The receiving server took it; this way has no further receipt.',
    'Nobody has it. Escalates to Bo at 03:05:00.',
    '1 alert of 1 still firing.',
  ]);
});

test('the reason stands with the link as it was stored', () => {
  expect(links(page(), 0)['escalated']?.reason).toEqual({ kind: 'policy-step', round: 0, step: 0 });
  expect(links(page(), 0)['routed']?.reason).toEqual({ kind: 'matched', by: ['tier="1"'] });
});

test('who was passed over stands under the call with the reason', () => {
  const skipped = fact('target-skipped', {
    target: { kind: 'schedule', id: 'night' },
    userId: null,
    reason: 'nobody-on-call',
  });
  const entries = links(page({ events: [calledAnn(), skipped] }), 0)['escalated']?.entries ?? [];
  expect(entries.map(({ sentence }) => sentence)).toContain('Passed over schedule night: nobody is on call.');
});

test('an acknowledged page is answered and says when it asks again', () => {
  const held = run({
    phase: 'acknowledged',
    holderId: 'ann',
    acknowledgedBy: 'ann',
    acknowledgedAt: after(90),
    quietUntil: after(1890),
  });
  const facts = page({
    group: group({ runAt: after(1890) }),
    runs: [held],
    events: [calledAnn(), fact('acknowledged', { by: 'ann' }, 90)],
  });
  expect(links(facts, 100)['acknowledged']).toMatchObject({
    state: 'answered',
    at: after(90),
    until: after(1890),
    sentence: 'Ann has it. Quiet until 03:31:30, then it asks Ann again.',
  });
});

test('a page that a sender acknowledged says so, and that no person has it', () => {
  const quiet = run({
    phase: 'acknowledged',
    acknowledgedBy: 'pd',
    acknowledgedAt: after(90),
    quietUntil: after(1890),
  });
  const acknowledged = fact('acknowledged', { by: 'pd', sender: 'Checkout tool' }, 90);
  const facts = page({
    group: group({ runAt: after(1890) }),
    runs: [quiet],
    events: [calledAnn(), acknowledged, fact('noted', { by: 'pd', sender: 'Checkout tool', text: 'Rolled back' }, 95)],
  });
  const link = links(facts, 100)['acknowledged'];
  expect(link?.sentence).toBe(
    'Checkout tool acknowledged it; no person has it. Quiet until 03:31:30, then it asks Ann again.',
  );
  expect(link?.entries.map(({ sentence, userId }) => [sentence, userId])).toEqual([
    ['Checkout tool acknowledged it.', null],
  ]);
  expect(links(facts, 100)['escalated']?.entries.at(-1)?.sentence).toBe('Checkout tool noted: Rolled back');
  const over = page({ runs: [run({ live: false, phase: 'ended', endedAt: after(600) })], events: [acknowledged] });
  expect(links(over, 700)['acknowledged']?.sentence).toBe('Checkout tool acknowledged it.');
});

test('a resolved page keeps who took it and says who ended it', () => {
  const facts = page({
    group: group({ firing: 0, resolvedAt: after(600), runAt: null }),
    runs: [run({ live: false, phase: 'ended', endedAt: after(600), endReason: { kind: 'resolved' } })],
    events: [
      calledAnn(),
      fact('acknowledged', { by: 'ann' }, 90),
      fact('run-ended', { why: { kind: 'resolved' } }, 600),
    ],
    lastResolvedBy: 'source',
  });
  const { acknowledged, resolved, escalated } = links(facts, 700);
  expect(acknowledged).toMatchObject({ state: 'stored', sentence: 'Ann took it.' });
  expect(resolved).toMatchObject({ state: 'stored', at: after(600), sentence: 'Resolved by its source.' });
  expect(escalated?.entries.at(-1)?.sentence).toBe('Escalation ended: every alert resolved.');
});

test.each<[string, Partial<PageFacts>, string]>([
  ['the opening event is missing', { opening: null }, 'accepted'],
  [
    'a group waits for a decision that is late',
    { group: group({ decidedAt: null, flushAt: after(0), runAt: null }), runs: [], events: [] },
    'grouped',
  ],
  [
    'a group was never decided and nothing wakes it',
    { group: group({ decidedAt: null, runAt: null }), runs: [], events: [] },
    'grouped',
  ],
  [
    'a firing page has neither run nor reason',
    { runs: [], events: [], notifications: [], group: group({ runAt: null }) },
    'escalated',
  ],
  ['a live run has no wake-up', { group: group({ runAt: null }) }, 'escalated'],
  ['a live run is late', { group: group({ runAt: after(20) }) }, 'escalated'],
  ['a call became no message', { notifications: [] }, 'queued'],
  [
    'a message should have left',
    { notifications: [notification({ state: 'queued', wakeAt: after(10), sentAt: null })] },
    'queued',
  ],
  ['a lease ran out', { notifications: [notification({ state: 'leased', wakeAt: after(10), sentAt: null })] }, 'sent'],
  ['every message failed', { notifications: [notification({ state: 'failed', sentAt: null })] }, 'sent'],
])('the link is stalled when %s', (_what, fields, link) => {
  expect(links(page(fields), 60)[link]?.state).toBe('stalled');
});

test('a message that waits for the person’s next mark is waiting, not stalled', () => {
  const facts = page({
    notifications: [notification({ state: 'queued', wakeAt: after(120), sentAt: null, endedAt: null })],
  });
  expect(links(facts, 60)).toMatchObject({
    queued: { state: 'stored' },
    sent: { state: 'waiting', until: after(120) },
  });
});

test('a route that only records calls nobody and says so', () => {
  const facts = page({ group: group({ mode: 'record', runAt: null }), runs: [], events: [], notifications: [] });
  expect(links(facts, 60)['escalated']).toMatchObject({
    state: 'stored',
    sentence: 'The route only records and calls nobody.',
  });
  expect(chainOf(facts, lookup, after(60)).missing).toBe(0);
});

test('a muted page says what mutes it and when that is asked again; nobody asking is a stall', () => {
  const mutedBy = ['Silenced until 2026-11-21 13:00 UTC: disk', 'Inhibited: an alert that it yields to fires.'];
  const silent = { runs: [], events: [], notifications: [] };
  const facts = page({ ...silent, group: group({ mutedBy, runAt: after(600) }) });
  expect(links(facts, 60)['escalated']).toMatchObject({
    state: 'stored',
    until: after(600),
    sentence:
      'Muted, so nobody is called. Silenced until 2026-11-21 13:00 UTC: disk; Inhibited: an alert that it yields to fires.',
  });
  expect(chainOf(facts, lookup, after(60)).missing).toBe(0);
  expect(links(facts, 700)['escalated']).toMatchObject({ state: 'stalled' });
  const forgotten = page({ ...silent, group: group({ mutedBy, runAt: null }) });
  expect(links(forgotten, 60)['escalated']).toMatchObject({ state: 'stalled' });
});

test('a fact of a kind that this release does not know is shown by its name', () => {
  const entries = links(page({ events: [fact('paged-by-owl', {})] }), 0)['escalated']?.entries ?? [];
  expect(entries[0]?.sentence).toBe('Paged by owl.');
});
