import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideRun } from './decide-run.ts';
import type { Action, Decision, Facts, NobodyReason, PageAction, Run, RunEvent, Snapshot } from './model.ts';
import { isHeld, isLive, reachKey, targetKey } from './model.ts';
import { allTargets, LEAST_WAIT_SECONDS, secondsBetween } from './snapshot.ts';
import { whomToCall } from './targets.ts';
import type { World } from './testkit.ts';
import { at, facts, target } from './testkit.ts';

const PEOPLE = ['ann', 'bo', 'cy', 'dee', 'duty'] as const;
const TARGETS = [
  ...PEOPLE.map((one) => `user:${one}`),
  'schedule:primary',
  'schedule:backup',
  'team:payments',
  'webhook:w',
];

const person = fc.constantFrom(...PEOPLE);
const targets = (minLength: number) =>
  fc.uniqueArray(fc.constantFrom(...TARGETS), { minLength, maxLength: 3 }).map((all) => all.map(target));
const step = fc.record({ delaySeconds: fc.constantFrom(0, 0, 60, 300, 7200), targets: targets(0) });
const frozen: fc.Arbitrary<Snapshot> = fc.record({
  policyId: fc.constant('policy'),
  policyName: fc.constant('Payments'),
  policyVersion: fc.constant(1),
  steps: fc.array(step, { maxLength: 4 }),
  rounds: fc.integer({ min: 1, max: 4 }),
  repeatIntervalSeconds: fc.constantFrom(60, 1800),
  ackTimeoutSeconds: fc.constantFrom(60, 1800),
  lastResort: targets(0),
});

const standing = fc.oneof(
  fc.uniqueArray(person, { maxLength: 3 }),
  fc.constantFrom<NobodyReason>('nobody-on-call', 'no-active-members', 'archived'),
);
const world: fc.Arbitrary<World> = fc.record({
  on: fc.record({
    'schedule:primary': standing,
    'schedule:backup': standing,
    'team:payments': standing,
    'webhook:w': fc.constant(['w']),
  }),
  unreachable: fc.dictionary(person, fc.constantFrom('no-contact-method', 'inactive', 'unverified'), { maxKeys: 5 }),
  people: fc.subarray([...PEOPLE], { minLength: 2 }),
});

const event: fc.Arbitrary<RunEvent | 'begin' | 'acknowledge' | 'snooze'> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<RunEvent>({ kind: 'wake' }) },
  { weight: 2, arbitrary: fc.constant('begin') },
  { weight: 3, arbitrary: fc.constantFrom('acknowledge', 'snooze') },
  fc.record({ kind: fc.constant('unacknowledge'), by: person }),
  fc.constantFrom<RunEvent>(
    { kind: 'acknowledge', by: 'pd', sender: 'PagerDuty', at: at(0) },
    { kind: 'snooze', by: 'pd', sender: 'PagerDuty', until: at(100_000) },
  ),
  fc.record({ kind: fc.constant('reassign'), to: person, by: person }),
  fc.record({ kind: fc.constant('escalate-now'), by: person }),
  fc.record({
    kind: fc.constant('call-failed'),
    round: fc.integer({ min: 0, max: 4 }),
    step: fc.integer({ min: -6, max: 4 }),
    because: fc.constantFrom('policy-step', 'last-resort', 'repeat', 'holder-first', 'reassigned', 'responder-added'),
  }),
  fc.record({ kind: fc.constant('add-responder'), user: person, by: person }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('alerts-joined'),
      newKinds: fc.array(fc.constant('db/Disk'), { maxLength: 1 }),
      severityRaisedTo: fc.constantFrom(null, null, 1, 2, 5),
      count: fc.integer({ min: 0, max: 9 }),
      urgency: fc.constantFrom('high', 'low', 'low'),
    }),
  },
  fc.constantFrom<RunEvent>({ kind: 'all-resolved' }, { kind: 'muted' }, { kind: 'end', by: 'ann' }),
);

/** One thing that happens: how long after the last one (or when the run is due, `late` seconds late), and in which world. */
const happening = fc.record({
  event,
  by: person,
  after: fc.oneof(fc.integer({ min: 0, max: 4000 }), fc.constant('due' as const)),
  late: fc.constantFrom(0, 0, 0, 1, 90_000),
  world,
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

interface Moment {
  readonly before: Run | null;
  readonly event: RunEvent;
  readonly facts: Facts;
  readonly decision: Decision;
  /** Which run of the page this is, from 0. */
  readonly run: number;
}

/** Lives one page through everything that happens, as the shell does: a superseded run is followed at once by its successor. */
function live(snapshot: Snapshot, happenings: readonly Happening[]): readonly Moment[] {
  const moments: Moment[] = [];
  let run: Run | null = null;
  let count = -1;
  let seconds = 0;
  const decide = (event: RunEvent, present: Facts): Decision => {
    const before = run;
    const decision = decideRun(before, event, present);
    if (event.kind === 'begin' && decision.outcome === 'changed') count += 1;
    moments.push({ before, event, facts: present, decision, run: count });
    run = decision.run;
    return decision;
  };
  const begin = (fields: Partial<Extract<RunEvent, { kind: 'begin' }>>): RunEvent => ({
    kind: 'begin',
    snapshot,
    urgency: 'low',
    severity: 3,
    firstTarget: null,
    why: { kind: 'route-pages' },
    ...fields,
  });
  for (const one of happenings) {
    const due: number = dueIn(run, seconds);
    seconds += one.after === 'due' ? Math.max(due, 0) + one.late : one.after;
    const present = facts(at(seconds), one.world);
    const decision = decide(spell(one, seconds, begin), present);
    for (const action of decision.actions) {
      if (action.kind === 'start-new-run') decide(begin({ ...action, kind: 'begin' }), present);
    }
  }
  return moments;
}

function dueIn(run: Run | null, seconds: number): number {
  return run?.wakeAt ? secondsBetween(at(seconds), run.wakeAt) : 0;
}

function spell(one: Happening, seconds: number, begin: (fields: object) => RunEvent): RunEvent {
  if (one.event === 'begin') return begin({});
  if (one.event === 'acknowledge') return { kind: 'acknowledge', by: one.by, at: at(seconds) };
  if (one.event === 'snooze') return { kind: 'snooze', by: one.by, until: at(seconds + 1000) };
  return one.event;
}

const isPage = (action: Action): action is PageAction => action.kind === 'page';
const life = fc
  .tuple(frozen, fc.array(happening, { minLength: 1, maxLength: 30 }))
  .map(([snapshot, all]) =>
    live(snapshot, [{ event: 'begin', by: 'ann', after: 0, late: 0, world: {} } as Happening, ...all]),
  );

/** Checks one thing of every moment of many random lives. */
function always(check: (moment: Moment, life: readonly Moment[]) => void): void {
  fc.assert(
    fc.property(life, (moments) => moments.forEach((moment) => check(moment, moments))),
    { numRuns: 400 },
  );
}

describe('every run, whatever happens in whatever world', () => {
  test('has exactly one wake-up while it lives, and none after', () => {
    always(({ decision }) => {
      expect(decision.wakeAt).toEqual(decision.run?.wakeAt ?? null);
      if (decision.run !== null) expect(decision.run.wakeAt !== null).toBe(isLive(decision.run));
    });
  });

  test('is never silent while unacknowledged: the next wake-up is at most the longest wait away', () => {
    always(({ decision: { run }, facts: { now } }) => {
      if (run === null || !isLive(run) || isHeld(run) || run.wakeAt === null) return;
      const { steps, repeatIntervalSeconds } = run.snapshot;
      const longest = Math.max(repeatIntervalSeconds, LEAST_WAIT_SECONDS, ...steps.map((one) => one.delaySeconds));
      expect(secondsBetween(now, run.wakeAt)).toBeLessThanOrEqual(longest);
    });
  });

  test('calls somebody or raises an alarm at every due wake-up, and never wakes in a circle', () => {
    always(({ before, event, decision, facts: { now } }) => {
      if (event.kind !== 'wake' || decision.outcome !== 'changed' || before === null) return;
      expect(decision.actions.some((action) => action.kind === 'page' || action.kind === 'alarm')).toBe(true);
      if (decision.run?.wakeAt) expect(secondsBetween(now, decision.run.wakeAt)).toBeGreaterThan(0);
    });
  });

  test('calls somebody reachable before long, when anybody in policy or last resort is reachable', () => {
    fc.assert(
      fc.property(life, world, (moments, later) => {
        let run = moments.at(-1)?.decision.run ?? null;
        if (run === null || !isLive(run)) return;
        const anybody = whomToCall(allTargets(run.snapshot), run.urgency, facts(at(0), later)).users.length > 0;
        if (!anybody) return;
        const enough = run.snapshot.steps.length * (run.snapshot.rounds + 1) + 3;
        for (let wakes = 0; wakes < enough; wakes += 1) {
          const { resolved, reach } = facts(at(0), later);
          const decision: Decision = decideRun(run, { kind: 'wake' }, { now: run.wakeAt ?? at(0), resolved, reach });
          if (decision.actions.some((action) => isPage(action) && action.users.length > 0)) return;
          run = decision.run as Run;
        }
        expect.fail('nobody was called');
      }),
      { numRuns: 1000 },
    );
  });

  test('raises an alarm whenever the rounds are over and no person can be reached, and only then says nobody at all', () => {
    always(({ event, decision: { run, actions, outcome }, facts: present }) => {
      if (run === null || outcome !== 'changed') return;
      const anybody = whomToCall(allTargets(run.snapshot), run.urgency, present).users.length > 0;
      const alarms = actions.flatMap((action) => (action.kind === 'alarm' ? [action.reason] : []));
      if (event.kind === 'wake' && run.phase === 'repeating' && !anybody) expect(alarms).toEqual(['nobody-at-all']);
      if (anybody) expect(alarms).not.toContain('nobody-at-all');
      const resort = whomToCall(run.snapshot.lastResort, run.urgency, present).users;
      if (resort.length > 0 && event.kind !== 'call-failed') expect(alarms).toEqual([]);
    });
  });

  test('calls nobody while it is held, except a responder whom a person added', () => {
    always(({ before, decision }) => {
      if (before === null || decision.run === null || !isHeld(before) || !isHeld(decision.run)) return;
      expect(decision.actions.filter(isPage).every((page) => page.reason.kind === 'responder-added')).toBe(true);
    });
  });

  test('leaves the held state only when the quiet time is over, by a person, or for something new', () => {
    always(({ before, event, decision, facts: { now } }) => {
      if (before === null || decision.run === null || !isHeld(before) || isHeld(decision.run)) return;
      if (event.kind === 'wake') expect(secondsBetween(before.quietUntil ?? at(-1), now)).toBeGreaterThanOrEqual(0);
      else
        expect([
          'unacknowledge',
          'reassign',
          'escalate-now',
          'alerts-joined',
          'all-resolved',
          'muted',
          'end',
        ]).toContain(event.kind);
    });
  });

  test('cancels what is queued before it calls anybody, whenever somebody takes, moves or ends it', () => {
    const cancelling = ['acknowledge', 'snooze', 'reassign', 'all-resolved', 'muted', 'end'];
    always(({ event, decision }) => {
      if (decision.outcome !== 'changed') return;
      const kinds = decision.actions.map((action) => action.kind);
      const helper = decision.reasons.some((reason) => reason.kind === 'helper-joined');
      if (cancelling.includes(event.kind) && !helper) expect(kinds).toContain('cancel-queued');
      if (kinds.includes('cancel-queued'))
        expect(kinds.indexOf('page') === -1 || kinds.indexOf('cancel-queued') < kinds.indexOf('page')).toBe(true);
    });
  });

  test('never uses the same round and step twice for one person or endpoint, nor calls one twice in a decision', () => {
    fc.assert(
      fc.property(life, (moments) => {
        const seen = new Set<string>();
        for (const { decision, run } of moments) {
          const now = new Set<string>();
          for (const page of decision.actions.filter(isPage)) {
            for (const id of [...page.users.map((callee) => callee.userId), ...page.endpoints]) {
              const key = [run, page.round, page.step, id].join();
              expect(seen.has(key) || now.has(id)).toBe(false);
              seen.add(key);
              now.add(id);
            }
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  test('calls only people who can be reached now, through a target that leads to them', () => {
    always(({ decision, facts: { resolved, reach } }) => {
      for (const { userId, via } of decision.actions.filter(isPage).flatMap((page) => page.users)) {
        expect(resolved.get(targetKey(via))?.people).toContain(userId);
        expect(reach.get(reachKey(userId, 'high'))?.reachable).toBe(true);
      }
    });
  });

  test('begins no further round in a decision that has called a person', () => {
    always(({ decision }) => {
      for (const page of decision.actions.filter(isPage))
        if (page.users.length > 0) expect(page.round).toBe(decision.run?.round);
    });
  });

  test('counts its rounds and versions upwards', () => {
    always(({ before, decision }) => {
      if (before === null || decision.run === null || !isLive(before)) return;
      expect(decision.run.round).toBeGreaterThanOrEqual(before.round);
      expect(decision.run.version).toBe(before.version + (decision.outcome === 'changed' ? 1 : 0));
    });
  });

  test('is the only live one of its page: a new run begins only when the one before has ended', () => {
    always(({ before, event, decision }) => {
      if (event.kind === 'begin' && before !== null && isLive(before)) expect(decision.run).toBe(before);
      if (decision.actions.some((action) => action.kind === 'start-new-run')) expect(decision.run?.phase).toBe('ended');
    });
  });

  test('never comes back from the end, never changes unasked, and always says why', () => {
    always(({ before, event, decision }) => {
      expect(decision.reasons.length).toBeGreaterThan(0);
      if (decision.outcome !== 'changed') {
        expect(decision.run).toBe(before);
        expect(decision.actions).toEqual([]);
      }
      if (before === null || isLive(before) || event.kind === 'begin') return;
      // What resolves while it is muted is told to those who were told of it, once; it calls nobody.
      const tells = event.kind === 'all-resolved' && before.endReason?.kind === 'muted';
      expect(decision.outcome).toBe(tells ? 'changed' : 'unchanged');
      expect(decision.run?.phase).toBe('ended');
      expect(decision.actions.filter(({ kind }) => kind === 'page')).toEqual([]);
    });
  });

  test('answers anything with a decision, never with an error, and leaves its input as it was', () => {
    fc.assert(
      fc.property(frozen, fc.array(happening, { maxLength: 12 }), (snapshot, happenings) => {
        const copy = structuredClone(snapshot);
        live(snapshot, happenings);
        expect(snapshot).toEqual(copy);
      }),
      { numRuns: 300 },
    );
  });
});
