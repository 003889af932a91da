import { expect, test } from 'vitest';
import { type Explanation, callSentences, destinationSentences, storedReason, visitStep } from './explain-view.ts';

const visit = (outcome: Explanation['visits'][number]['outcome'], depth = 1) =>
  visitStep({ routeId: 'r', name: 'payments', depth, outcome });

test('a route that refused says what it asked for and what it saw', () => {
  expect(visit({ kind: 'refused', by: 'tier="1"', label: 'tier', actual: '2' })).toEqual({
    sentence: 'payments did not want it: it asks for tier="1", and tier is 2.',
    tone: 'no',
    depth: 1,
  });
  expect(visit({ kind: 'refused', by: 'tier="1"', label: 'tier', actual: '' }).sentence).toContain('has no tier');
});

test('a route that matched says by what; the root takes everything', () => {
  expect(visit({ kind: 'matched', by: ['tier="1"'] }).sentence).toBe('payments matched by tier="1".');
  expect(visit({ kind: 'matched', by: [] }, 0).sentence).toBe('payments takes every alert.');
});

const options = {
  mode: 'page',
  policy: { kind: 'service-owner' },
  urgency: 'high',
  severity: null,
  groupBy: 'all',
  groupWaitSeconds: 0,
  groupIntervalSeconds: 300,
  repeatIntervalSeconds: 14_400,
  muteTimeIntervals: [],
  activeTimeIntervals: [],
} as const satisfies Explanation['destinations'][number]['options'];

const destination = (fields: Partial<Explanation['destinations'][number]>) =>
  destinationSentences({
    routeId: 'r',
    routeNames: ['Everything', 'payments'],
    options,
    reason: { kind: 'matched', by: [] },
    joins: { kind: 'none' },
    called: null,
    mutedBy: [],
    ...fields,
  }).join(' ');

test('a destination says whom it calls and which page the alert joins', () => {
  expect(destination({ joins: { kind: 'new-page', title: 'checkout-api', labels: {}, waitSeconds: 0 } })).toBe(
    "payments has it. It calls people, high urgency by the policy of the service's owner. It opens a new page, checkout-api, at once.",
  );
  const open = { kind: 'open-page', id: 'p', number: 12, title: 'checkout-api', firing: 1 } as const;
  expect(destination({ joins: open })).toContain('joins page 12, checkout-api, with 1 firing alert.');
  const fell = destination({ reason: { kind: 'fell-through' }, options: { ...options, mode: 'record' } });
  expect(fell).toBe('No other route wanted it, so payments has it. It only records, and calls nobody.');
});

test('a stored reason is told without asking the routes of today', () => {
  const routeNames = ['Everything', 'payments', 'tier 1'];
  expect(storedReason({ routeNames, mode: 'page', reason: { kind: 'matched', by: ['tier="1"'] } })).toBe(
    'Route payments, tier 1 matched by tier="1". It calls people.',
  );
  expect(storedReason({ routeNames: ['Everything'], mode: 'record', reason: { kind: 'fell-through' } })).toBe(
    'No route wanted it, so Everything caught it. It only records and calls nobody.',
  );
});

test('whom it would call is told in order, and not without end', () => {
  const moment = (afterSeconds: number, ...userIds: string[]) => ({
    at: '2026-10-21T02:00:00Z',
    afterSeconds,
    calls: [
      {
        round: 0,
        step: 0,
        users: userIds.map((userId) => ({ userId, via: { kind: 'user', id: userId } })),
        endpoints: [],
        reason: { kind: 'policy-step' },
      },
    ],
    reasons: [],
    alarms: [],
  });
  const ann = '0197f3a2-1111-7000-8000-000000000001';
  const called = [moment(0, ann), moment(300, ann, ann), ...[600, 900, 1200].map((seconds) => moment(seconds))];
  expect(callSentences(called, () => 'Ann')).toEqual([
    'At once: Ann.',
    'After 5 m: Ann, Ann.',
    'After 10 m: nobody can be called.',
    'After 15 m: nobody can be called.',
    'And so on until somebody answers.',
  ]);
  expect([callSentences(null, () => ''), callSentences({ x: 1 }, () => '')]).toEqual([[], []]);
});
