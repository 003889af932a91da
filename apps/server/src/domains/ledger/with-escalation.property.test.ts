import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideRun } from '../escalation/decide-run.ts';
import type { Decision, Run, RunEvent, Snapshot } from '../escalation/model.ts';
import { at, facts, step, target } from '../escalation/testkit.ts';
import { checkFoldedPage } from './fold-page.ts';
import type { RunFacts, StoredFact } from './model.ts';
import { nextOf } from './next.ts';
import { lookup } from './testkit.ts';

/** The ledger reads what escalation decides: here the deciding function itself writes the facts. */
const person = fc.constantFrom('ann', 'bo', 'cy');
const targets = fc.uniqueArray(
  person.map((one) => `user:${one}`),
  { minLength: 1, maxLength: 2 },
);
const snapshot: fc.Arbitrary<Snapshot> = fc.record({
  policyId: fc.constant('policy'),
  policyName: fc.constant('Payments'),
  policyVersion: fc.constant(1),
  steps: fc.array(
    fc.tuple(fc.constantFrom(0, 60, 300), targets).map(([delay, all]) => step(delay, ...all)),
    { maxLength: 3 },
  ),
  rounds: fc.integer({ min: 1, max: 3 }),
  repeatIntervalSeconds: fc.constantFrom(60, 1800),
  ackTimeoutSeconds: fc.constantFrom(60, 1800),
  lastResort: targets.map((all) => all.map(target)),
});

type Happening = (now: Temporal.Instant) => RunEvent | 'begin' | 'due';
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Happening>(() => 'due') },
  { weight: 2, arbitrary: fc.constant<Happening>(() => 'begin') },
  {
    weight: 3,
    arbitrary: person.map(
      (by): Happening =>
        (now) => ({ kind: 'acknowledge', by, at: now }),
    ),
  },
  fc.constantFrom<Happening>(
    (now) => ({ kind: 'acknowledge', by: 'pd', sender: 'PagerDuty', at: now }),
    (now) => ({ kind: 'snooze', by: 'pd', sender: 'PagerDuty', until: now.add({ seconds: 900 }) }),
  ),
  person.map(
    (by): Happening =>
      (now) => ({ kind: 'snooze', by, until: now.add({ seconds: 600 }) }),
  ),
  person.map(
    (by): Happening =>
      () => ({ kind: 'unacknowledge', by }),
  ),
  fc.tuple(person, person).map(
    ([by, to]): Happening =>
      () => ({ kind: 'reassign', by, to }),
  ),
  person.map(
    (by): Happening =>
      () => ({ kind: 'escalate-now', by }),
  ),
  fc.tuple(person, person).map(
    ([by, user]): Happening =>
      () => ({ kind: 'add-responder', by, user }),
  ),
  fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: -3, max: 3 })).map(
    ([round, at]): Happening =>
      () => ({ kind: 'call-failed', round, step: at, because: 'policy-step' }),
  ),
  fc.constantFrom(null, 1 as const).map(
    (severityRaisedTo): Happening =>
      () => ({ kind: 'alerts-joined', newKinds: [], severityRaisedTo, count: 2 }),
  ),
  fc.constantFrom<RunEvent>({ kind: 'all-resolved' }, { kind: 'muted' }, { kind: 'end', by: 'ann' }).map(
    (event): Happening =>
      () =>
        event,
  ),
);

interface Life {
  run: Run | null;
  seconds: number;
  readonly events: StoredFact[];
}

/** Applies one event, with the successor of a superseded run, and stores the facts as escalation's shell does. */
function apply(life: Life, event: RunEvent): Decision {
  const decision = decideRun(life.run, event, facts(at(life.seconds)));
  life.run = decision.run;
  for (const action of decision.actions) {
    if (action.kind === 'ledger')
      life.events.push({
        id: life.events.length + 1,
        at: at(life.seconds),
        kind: action.entry.kind,
        payload: action.entry.payload,
      });
    if (action.kind === 'start-new-run' && life.run !== null)
      apply(life, { ...action, kind: 'begin', snapshot: life.run.snapshot });
  }
  return decision;
}

function happen(life: Life, frozen: Snapshot, one: Happening, after: number): Decision {
  life.seconds += after;
  const due = life.run?.wakeAt ?? null;
  const what = one(at(life.seconds));
  if (what === 'due' && due !== null) life.seconds = Math.max(life.seconds, Number(due.since(at(0)).total('seconds')));
  if (what !== 'begin' && what !== 'due') return apply(life, what);
  return apply(
    life,
    what === 'due' && life.run !== null
      ? { kind: 'wake' }
      : {
          kind: 'begin',
          snapshot: frozen,
          urgency: 'high',
          severity: 3,
          firstTarget: null,
          why: { kind: 'route-pages' },
        },
  );
}

const lives = fc.tuple(
  snapshot,
  fc.array(fc.tuple(happening, fc.integer({ min: 0, max: 400 })), { minLength: 1, maxLength: 30 }),
);

test('whatever happens to a page, folding its facts gives where its run stands', () => {
  fc.assert(
    fc.property(lives, ([frozen, happenings]) => {
      const life: Life = { run: null, seconds: 0, events: [] };
      for (const [one, after] of happenings) {
        happen(life, frozen, one, after);
        if (life.run === null) continue;
        const { phase, acknowledgedBy } = life.run;
        expect(checkFoldedPage({ groupId: 'g', phase, acknowledgedBy, events: life.events })).toEqual([]);
      }
    }),
    { numRuns: 500 },
  );
});

/** The run as its row has it. */
function stored(run: Run): RunFacts {
  const live = run.phase !== 'ended';
  return { ...run, id: 'run', live, startReason: run.startReason, endReason: run.endReason };
}

test('whom the next step is said to call is whom the wake-up calls first, as long as everybody can be reached', () => {
  fc.assert(
    fc.property(lives, ([frozen, happenings]) => {
      const life: Life = { run: null, seconds: 0, events: [] };
      for (const [one, after] of happenings) {
        happen(life, frozen, one, after);
        const run = life.run;
        const next = run === null ? null : nextOf(stored(run), run.wakeAt, lookup);
        if (run === null || next === null || run.wakeAt === null) continue;
        const woken = decideRun(run, { kind: 'wake' }, facts(run.wakeAt));
        const call = woken.actions.find((action) => action.kind === 'page');
        const whom = call?.kind === 'page' ? call.users.map(({ userId }) => userId) : [];
        expect(
          [...whom].sort(),
          `${run.phase} ${run.round}.${run.step} of ${run.snapshot.rounds}x${run.snapshot.steps.length}`,
        ).toEqual([...next.people].sort());
      }
    }),
    { numRuns: 500 },
  );
});
