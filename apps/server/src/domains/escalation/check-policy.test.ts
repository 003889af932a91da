import { describe, expect, test } from 'vitest';
import { type PolicyDraft, policyFaults, policyWarnings } from './check-policy.ts';
import { type PresentSources, presentAt, targetExists } from './present.ts';
import { simulate } from './simulate.ts';
import { at, facts, snapshot, step, target, type World } from './testkit.ts';

const draft: PolicyDraft = {
  name: 'Payments',
  teamId: null,
  steps: [step(300, 'user:ann')],
  rounds: 3,
  repeatIntervalSeconds: 1800,
  ackTimeoutSeconds: 1800,
};

describe('faults refuse a policy', () => {
  const cases: readonly (readonly [string, Partial<PolicyDraft>, readonly string[]])[] = [
    ['none for a sound one', {}, []],
    ['no steps', { steps: [] }, ['steps']],
    ['a step without targets', { steps: [step(300)] }, ['steps.0.targets']],
    ['an unknown target', { steps: [step(300, 'user:ann', 'user:ghost')] }, ['steps.0.targets.1']],
    [
      'a wait below zero, half a second, more than a day',
      { steps: [step(-1, 'user:ann'), step(0.5, 'user:ann'), step(86_401, 'user:ann')] },
      ['steps.0.delaySeconds', 'steps.1.delaySeconds', 'steps.2.delaySeconds'],
    ],
    [
      'rounds and intervals out of bounds',
      { rounds: 21, repeatIntervalSeconds: 59, ackTimeoutSeconds: 86_401 },
      ['rounds', 'repeatIntervalSeconds', 'ackTimeoutSeconds'],
    ],
  ];
  test.each(cases)('%s', (_, fields, paths) => {
    expect(policyFaults({ ...draft, ...fields }, (one) => one.id !== 'ghost').map((fault) => fault.path)).toEqual(
      paths,
    );
  });
});

describe('warnings do not', () => {
  const resort = [target('user:duty')];
  const cases: readonly (readonly [string, Parameters<typeof policyWarnings>[0], World, readonly string[]])[] = [
    ['none for a sound one', { steps: [step(300, 'user:ann')], lastResort: resort }, {}, []],
    [
      'a schedule with a gap now',
      { steps: [step(300, 'schedule:primary', 'user:bo')], lastResort: resort },
      { on: { 'schedule:primary': 'nobody-on-call' } },
      ['target-reaches-nobody'],
    ],
    [
      'a person without a contact method',
      { steps: [step(300, 'user:ann', 'user:bo')], lastResort: resort },
      { unreachable: { bo: 'no-contact-method' } },
      ['person-unreachable'],
    ],
    [
      'a step that rings with the one before and adds nobody',
      { steps: [step(0, 'user:ann', 'user:bo'), step(300, 'user:bo')], lastResort: resort },
      {},
      ['step-adds-nobody'],
    ],
    [
      'a last step without wait',
      { steps: [step(300, 'user:ann'), step(0, 'user:bo')], lastResort: resort },
      {},
      ['round-wait-raised'],
    ],
    [
      'a target named twice',
      { steps: [step(300, 'user:ann', 'user:ann')], lastResort: resort },
      {},
      ['target-named-twice'],
    ],
    [
      'webhooks only',
      { steps: [step(300, 'webhook:w')], lastResort: resort },
      { on: { 'webhook:w': ['w'] } },
      ['reaches-no-person'],
    ],
    ['no last resort', { steps: [step(300, 'user:ann')], lastResort: [] }, {}, ['last-resort-reaches-no-person']],
  ];
  test.each(cases)('%s', (_, frozen, world, kinds) => {
    expect(policyWarnings(frozen, 'high', facts(at(0), world)).map((warning) => warning.kind)).toEqual(kinds);
  });
});

describe('the present', () => {
  const sources: PresentSources = {
    people: {
      person: (id) => (id === 'ghost' ? null : id === 'gone' ? 'inactive' : 'active'),
      activeMembersOf: (id) => (id === 'none' ? null : id === 'empty' ? [] : ['ann', 'bo']),
    },
    oncall: {
      onCallAt: (id, moment) => (id === 'none' ? null : Temporal.Instant.compare(moment, at(100)) < 0 ? ['ann'] : []),
    },
    pager: { reachOf: () => ({ reachable: true, methods: 1 }), endpointExists: (id) => id === 'w' },
  };
  test.each([
    ['user:ann', { people: ['ann'], endpoints: [] }, true],
    ['user:gone', { nobody: 'inactive' }, true],
    ['user:ghost', { nobody: 'unknown' }, false],
    ['schedule:s', { people: ['ann'], endpoints: [] }, true],
    ['schedule:none', { nobody: 'archived' }, false],
    ['team:t', { people: ['ann', 'bo'], endpoints: [] }, true],
    ['team:empty', { nobody: 'no-active-members' }, true],
    ['team:none', { nobody: 'archived' }, false],
    ['webhook:w', { people: [], endpoints: ['w'] }, true],
    ['webhook:x', { nobody: 'archived' }, false],
  ])('%s', (text, resolution, exists) => {
    const { resolved } = presentAt(sources, at(0), { targets: [target(text)], people: [] });
    expect(resolved.get(text)).toEqual(resolution);
    expect(targetExists(sources, target(text), at(0))).toBe(exists);
  });

  test('a person who is not active cannot be reached, whatever their methods', () => {
    const { reach } = presentAt(sources, at(0), { targets: [], people: ['gone'] });
    expect(reach.get('high:gone')).toEqual({ reachable: false, reason: 'inactive' });
  });

  test('a simulation asks each moment for itself who is on call', () => {
    const frozen = snapshot({ steps: [step(300, 'schedule:s')], rounds: 2 });
    const moments = simulate({ snapshot: frozen, at: at(0), urgency: 'high', severity: 1 }, (moment) =>
      presentAt(sources, moment, {
        targets: [...frozen.steps.flatMap((one) => one.targets), ...frozen.lastResort],
        people: [],
      }),
    );
    expect(moments.map((moment) => [moment.afterSeconds, moment.calls[0]?.users[0]?.userId])).toEqual([
      [0, 'ann'],
      [300, 'duty'],
      [2100, 'duty'],
      [3900, 'duty'],
    ]);
  });
});
