import { describe, expect, test } from 'vitest';
import type { PageHappening } from '#escalation';
import { bodyOf } from './body.ts';
import { type NewEvent, wants } from './model.ts';
import { eventsOf, type StoredPage } from './page-events.ts';

const now = Temporal.Instant.from('2026-03-10T12:00:00.5Z');
const id = (n: number) => `0190a0b0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [ann, bo, olga, pageId] = [id(1), id(2), id(3), id(9)];
const names = new Map([
  [ann, 'Ann'],
  [bo, 'Bo'],
  [olga, 'Olga <b>'],
]);
const page: StoredPage = {
  id: pageId,
  number: 42,
  title: 'CheckoutErrors on checkout',
  severity: 2,
  open: true,
  firing: 3,
  mode: 'page',
  urgency: 'high',
  labels: { alertname: 'CheckoutErrors', service: 'checkout' },
  service: { id: id(20), key: 'checkout', name: 'Checkout' },
  team: { id: id(21), key: 'payments', name: 'Payments' },
  openedAt: Temporal.Instant.from('2026-03-10T11:55:00Z'),
  phase: 'escalating',
  holderId: null,
  quietUntil: null,
  resolvedBy: null,
};

type Fact = readonly [kind: PageHappening['fact']['kind'], payload?: Record<string, unknown>];
const happenings = (facts: readonly Fact[], standing: PageHappening['standing'] = null): readonly PageHappening[] =>
  facts.map(([kind, payload = {}]) => ({ groupId: pageId, standing, fact: { kind, payload } }));
const tell = (facts: readonly Fact[], more: Partial<StoredPage> = {}, standing: PageHappening['standing'] = null) =>
  eventsOf(happenings(facts, standing), new Map([[pageId, { ...page, ...more }]]), now);
const inShort = (events: readonly NewEvent[]) =>
  events.map(({ type, agent, data }) => [type, agent.type, (data['change'] as { kind: string }).kind]);

const called = (reason: string, round: number, step: number): Fact => [
  'called',
  { round, step, users: [{ userId: bo, via: { kind: 'user', id: bo } }], endpoints: [], reason: { kind: reason } },
];

describe('what happened is told as', () => {
  test.each<readonly [string, readonly Fact[], readonly (readonly string[])[]]>([
    [
      'an opening; its first call is no escalation',
      [['opened'], ['run-started'], called('policy-step', 0, 0)],
      [['page.opened', 'source', 'opened']],
    ],
    [
      'an update by what joined',
      [['joined', { newKinds: ['db'], severityRaisedTo: null }], ['alerts-joined']],
      [['page.updated', 'source', 'joined']],
    ],
    ['an update by a refire', [['refired', {}]], [['page.updated', 'source', 'refired']]],
    ['an escalation by the clock', [called('policy-step', 0, 1)], [['page.escalated', 'system', 'policy-step']]],
    [
      'an escalation by hand',
      [['escalated-by-hand', { by: olga }], called('policy-step', 0, 1)],
      [['page.escalated', 'user', 'policy-step']],
    ],
    ['a new round', [['round-started'], called('policy-step', 1, 0)], [['page.escalated', 'system', 'policy-step']]],
    ['the last resort', [called('last-resort', 2, 3)], [['page.escalated', 'system', 'last-resort']]],
    ['a repeat', [['round-started'], called('repeat', 3, 2)], [['page.escalated', 'system', 'repeat']]],
    [
      'an acknowledgement',
      [['acknowledged', { by: ann, quietUntil: now }]],
      [['page.acknowledged', 'user', 'acknowledged']],
    ],
    [
      'an acknowledgement by a sender',
      [['acknowledged', { by: id(7), sender: 'Opsgenie', quietUntil: now }]],
      [['page.acknowledged', 'integration', 'acknowledged']],
    ],
    [
      'a hold that goes on',
      [['hold-kept', { holder: ann, acknowledgedBy: ann, until: now }]],
      [['page.acknowledged', 'system', 'hold-kept']],
    ],
    [
      'a snooze that goes on',
      [['hold-kept', { holder: ann, acknowledgedBy: null, until: now }]],
      [['page.snoozed', 'system', 'hold-kept']],
    ],
    [
      'a page given back',
      [['unacknowledged', { by: ann, wasHeldBy: ann }], ['round-started'], called('policy-step', 1, 0)],
      [
        ['page.unacknowledged', 'user', 'unacknowledged'],
        ['page.escalated', 'user', 'policy-step'],
      ],
    ],
    [
      'an acknowledgement that ran out',
      [['acknowledgement-expired', { holder: ann }], called('holder-first', 1, -4)],
      [['page.unacknowledged', 'system', 'acknowledgement-expired']],
    ],
    ['the end of a snooze', [['snooze-ended', { holder: ann }]], [['page.unacknowledged', 'system', 'snooze-ended']]],
    ['a snooze', [['snoozed', { by: ann, until: now }]], [['page.snoozed', 'user', 'snoozed']]],
    [
      'another holder',
      [['reassigned', { to: bo, by: ann, wasHeldBy: ann }], called('reassigned', 0, -3)],
      [['page.reassigned', 'user', 'reassigned']],
    ],
    [
      'somebody to help',
      [['responder-added', { user: bo, by: ann }], called('responder-added', 0, -3)],
      [['page.updated', 'user', 'responder-added']],
    ],
    [
      'a second who takes part',
      [['helper-joined', { first: ann, helper: bo }]],
      [['page.updated', 'user', 'helper-joined']],
    ],
    [
      'nobody to call',
      [['nobody-reached', { alarm: 'nobody-at-all' }]],
      [['page.updated', 'system', 'nobody-reached']],
    ],
    [
      'an end by hand',
      [['run-ended', { why: { kind: 'ended-by-hand', by: ann } }]],
      [['page.updated', 'user', 'ended-by-hand']],
    ],
    ['an end by a mute', [['run-ended', { why: { kind: 'muted' } }]], [['page.updated', 'system', 'muted']]],
    [
      'a resolve',
      [['all-resolved'], ['run-ended', { why: { kind: 'resolved' } }]],
      [['page.resolved', 'system', 'resolved']],
    ],
    ['a close', [['closed']], [['page.closed', 'system', 'closed']]],
    [
      'nothing at all',
      [
        ['target-skipped'],
        ['step-skipped'],
        ['woken-late'],
        ['call-failed'],
        ['noted'],
        ['resolved-by-hand', { by: ann }],
      ],
      [],
    ],
  ])('%s', (_name, facts, expected) => {
    expect(inShort(tell(facts))).toEqual(expected);
  });

  test.each([
    ['source', { type: 'source' }],
    ['expiry', { type: 'system' }],
    ['system:opsgenie', { type: 'system' }],
    [`user:${ann}`, { type: 'user', id: ann }],
    [null, { type: 'system' }],
  ])('a resolve by %s', (resolvedBy, agent) => {
    expect(tell([['all-resolved']], { resolvedBy })[0]?.agent).toEqual(agent);
  });

  test.each<
    readonly [string, Partial<StoredPage>, { severity: 1 | 2; firing: number } | null, readonly Fact[], string]
  >([
    ['the stored row', {}, null, [['snoozed']], 'firing'],
    ['what is yet to be written', {}, { severity: 1, firing: 0 }, [['all-resolved']], 'resolved'],
    ['its run', { phase: 'acknowledged' }, null, [['acknowledged', { by: ann }]], 'acknowledged'],
    ['its run, but resolved', { phase: 'ended' }, { severity: 2, firing: 0 }, [['all-resolved']], 'resolved'],
    ['its end', {}, { severity: 2, firing: 0 }, [['closed']], 'closed'],
    ['its end, stored', { open: false }, null, [['nobody-reached']], 'closed'],
  ])('a page that stands by %s', (_name, more, standing, facts, state) => {
    expect(tell(facts, more, standing)[0]?.data['page']).toMatchObject({ state, severity: standing?.severity ?? 2 });
  });

  test('nothing for a page that cannot be found', () => {
    expect(eventsOf(happenings([['opened']]), new Map(), now)).toEqual([]);
  });

  test('a label of any length is cut, so that an event stays small', () => {
    const [event] = tell([['opened']], { labels: { long: 'x'.repeat(100_000) } });
    expect(JSON.stringify(event).length).toBeLessThan(3_000);
  });
});

test('who wants what', () => {
  const event = { type: 'page.opened', teamId: id(21) } as const;
  const wish = { id: id(30), enabled: true, eventTypes: ['*'], teamId: null } as const;
  expect(wants(wish, event)).toBe(true);
  expect(wants({ ...wish, enabled: false }, event)).toBe(false);
  expect(wants({ ...wish, teamId: id(21) }, event)).toBe(true);
  expect(wants({ ...wish, teamId: id(22) }, event)).toBe(false);
  expect(wants({ ...wish, teamId: id(21) }, { ...event, teamId: null })).toBe(false);
  expect(wants({ ...wish, eventTypes: ['page.closed'] }, event)).toBe(false);
  expect(wants({ ...wish, eventTypes: ['page.closed', 'page.opened'] }, event)).toBe(true);
});

describe('what is sent', () => {
  const present = {
    nameOf: (person: string) => names.get(person) ?? null,
    pageUrl: (number: number) => `https://tocsin.example/pages/${number}`,
  };
  const sent = (event: NewEvent | undefined) =>
    bodyOf({ ...(event as NewEvent), id: id(100), data: JSON.parse(JSON.stringify(event?.data)) }, present);

  test.each<readonly [string, readonly Fact[], Partial<StoredPage>]>([
    ['page.opened', [['opened']], {}],
    ['page.updated', [['joined', { newKinds: ['db/Disk'], severityRaisedTo: 1 }]], {}],
    [
      'page.acknowledged',
      [['acknowledged', { by: ann, quietUntil: now.add({ minutes: 30 }) }]],
      { phase: 'acknowledged', holderId: ann, quietUntil: now.add({ minutes: 30 }) },
    ],
    ['page.escalated', [called('policy-step', 0, 1)], {}],
    ['page.reassigned', [['reassigned', { to: bo, by: olga, wasHeldBy: ann }]], {}],
  ])('%s is as its golden text', async (type, facts, more) => {
    const body = JSON.stringify(JSON.parse(sent(tell(facts, more)[0])), null, 2);
    await expect(`${body}\n`).toMatchFileSnapshot(`../../../testdata/webhooks/${type}.json`);
  });

  test('the name of today stands beside the id; a former member has none; a label that looks like one stays text', () => {
    const labels = { $person: ann, person: ann };
    const [event] = tell([['reassigned', { to: id(77), by: ann, wasHeldBy: null }]], { labels });
    const { event: body } = JSON.parse(sent(event));
    expect(body.agent).toEqual({ type: 'user', id: ann, name: 'Ann' });
    expect(body.data.change.to).toEqual({ id: id(77), name: null });
    expect(body.data.page.labels).toEqual(labels);
  });
});
