import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DuePage,
  decideEvents,
  decidePage,
  type PageChange,
  type PageContext,
  type PagePlan,
  type StoredRun,
} from './group-decision.ts';
import type { RunEvent } from './model.ts';
import { at, facts, snapshot } from './testkit.ts';

const change = (fields: Partial<PageChange>): PageChange => ({
  cause: 'joined',
  newKinds: [],
  severityRaisedTo: null,
  firing: 1,
  ...fields,
});

/** Plays what grouping finds and what people do on one page; tells whom each decision called. */
function play(
  acts: readonly (readonly [seconds: number, what: PageChange | RunEvent | 'due', pages?: boolean])[],
): readonly string[] {
  let latest: StoredRun | null = null;
  let ids = 0;
  return acts.map(([seconds, what, pages = true]) => {
    const context: PageContext = {
      latest,
      facts: facts(at(seconds)),
      configVersion: 1,
      newId: () => `run-${ids++}`,
      freeze: () => snapshot(),
    };
    const base: DuePage = {
      id: 'page',
      pages,
      urgency: 'high',
      severity: 2,
      change: null,
      runAt: latest?.run.wakeAt ?? null,
    };
    const plan: PagePlan =
      what !== 'due' && 'kind' in what
        ? decideEvents(base, [what], context)
        : decidePage({ ...base, change: what === 'due' ? null : what }, context);
    latest = plan.saved.at(-1) ?? latest;
    const said = plan.deeds.flatMap(({ runId, action }) => {
      if (action.kind === 'page')
        return [`${runId} ${action.round}.${action.step} ${action.users.map((one) => one.userId).join('+')}`];
      return action.kind === 'tell-update' ? [`update ${action.userId}`] : [];
    });
    const live = plan.saved.filter((stored) => stored.run.phase !== 'ended').length;
    expect(live).toBeLessThanOrEqual(1);
    return [...said, plan.runAt === null ? 'rests' : `wake ${plan.runAt.since(at(0)).total('seconds')}`].join(', ');
  });
}

const ack: RunEvent = { kind: 'acknowledge', by: 'ann', at: at(10) };

describe('a page', () => {
  test('begins a run when its first alerts fire, and none when its route does not page', () => {
    expect(play([[0, change({ cause: 'opened', newKinds: ['a'] })]])).toEqual(['run-0 0.0 ann, wake 300']);
    expect(play([[0, change({ cause: 'opened', newKinds: ['a'] }), false]])).toEqual(['rests']);
  });

  test('that is muted whole has no run, wakes when that is asked again, and then calls', () => {
    const mutedUntil = at(3600);
    const decided = (latest: StoredRun | null, fields: Partial<DuePage>) =>
      decidePage(
        { id: 'page', pages: true, urgency: 'high', severity: 2, change: null, runAt: null, ...fields },
        { latest, facts: facts(at(60)), configVersion: 1, newId: () => 'run', freeze: () => snapshot() },
      );
    const silent = decided(null, { change: change({ cause: 'opened' }), mutedUntil });
    expect([silent.saved, silent.deeds, silent.runAt]).toEqual([[], [], mutedUntil]);
    const called = decided(null, { change: change({ cause: 'opened' }) });
    const stopped = decided(called.saved[0] ?? null, { runAt: at(60), mutedUntil });
    expect(stopped.saved.map(({ run }) => run.endReason?.kind)).toEqual(['muted']);
    expect(stopped.deeds.map(({ action }) => action.kind)).toEqual(['ledger', 'cancel-queued']);
    expect(stopped.runAt).toEqual(mutedUntil);
    const again = decided(stopped.saved[0] ?? null, { change: change({ cause: 'joined' }) });
    expect(again.deeds.some(({ action }) => action.kind === 'page')).toBe(true);
  });

  test('that is held and gets a first of its kind has a new run at once, the holder first', () => {
    expect(
      play([
        [0, change({ cause: 'opened' })],
        [10, ack],
        [60, change({ newKinds: ['b'] })],
      ]),
    ).toEqual(['run-0 0.0 ann, wake 300', 'wake 1810', 'run-1 0.-2 ann, wake 360']);
  });

  test('whose alerts join at the very moment its acknowledgement expires tells the holder and calls', () => {
    expect(
      play([
        [0, change({ cause: 'opened' })],
        [10, ack],
        [1810, change({})],
      ]).at(-1),
    ).toBe('update ann, run-0 1.-5 ann, wake 2110');
  });

  test('that resolves while its run is due calls nobody', () => {
    expect(
      play([
        [0, change({ cause: 'opened' })],
        [300, change({ cause: 'all-resolved', firing: 0 })],
      ]).at(-1),
    ).toBe('rests');
  });

  test('that fires again while held stays held; with something new the holder is called', () => {
    const before = [
      [0, change({ cause: 'opened' })],
      [10, ack],
      [60, change({ cause: 'all-resolved', firing: 0 })],
    ] as const;
    expect(play([...before, [400, change({ cause: 'refired' })]]).at(-1)).toBe('update ann, wake 1810');
    expect(play([...before, [400, change({ cause: 'refired', severityRaisedTo: 1 })]]).at(-1)).toBe(
      'run-1 0.-2 ann, wake 700',
    );
  });

  test('that fires again unheld is called anew', () => {
    expect(
      play([
        [0, change({ cause: 'opened' })],
        [60, change({ cause: 'all-resolved', firing: 0 })],
        [400, change({ cause: 'refired' })],
      ]).at(-1),
    ).toBe('run-1 0.0 ann, wake 700');
  });

  test('whose run a person ended calls nobody for more of the same, and the last holder for something new', () => {
    const before = [
      [0, change({ cause: 'opened' })],
      [10, ack],
      [60, { kind: 'end', by: 'ann' }],
    ] as const;
    expect(play([...before, [400, change({})]]).at(-1)).toBe('rests');
    expect(play([...before, [400, change({ newKinds: ['b'] })]]).at(-1)).toBe('run-1 0.-2 ann, wake 700');
  });

  test('that has a live run without a wake-up is woken at the first look', () => {
    const run = {
      ...(decidePage(
        { id: 'page', pages: true, urgency: 'high', severity: 2, change: change({ cause: 'opened' }), runAt: null },
        {
          latest: null,
          facts: facts(at(0)),
          configVersion: 1,
          newId: () => 'run',
          freeze: () => snapshot(),
        },
      ).saved[0] as StoredRun),
    };
    const latest: StoredRun = { ...run, run: { ...run.run, wakeAt: null } };
    const plan = decidePage(
      { id: 'page', pages: true, urgency: 'high', severity: 2, change: null, runAt: null },
      {
        latest,
        facts: facts(at(1)),
        configVersion: 1,
        newId: () => 'run',
        freeze: () => snapshot(),
      },
    );
    expect(plan.runAt).toEqual(at(301));
  });

  test('that fires and pages has a live run after every decision, unless a person ended it', () => {
    const found = fc.record({
      cause: fc.constantFrom('opened', 'joined', 'refired', 'all-resolved', 'closed', 'nothing'),
      newKinds: fc.array(fc.constant('b'), { maxLength: 1 }),
      severityRaisedTo: fc.constantFrom(null, 1),
    });
    const person = fc.constantFrom<RunEvent['kind']>(
      'acknowledge',
      'snooze',
      'end',
      'resolved-by-hand',
      'muted',
      'escalate-now',
    );
    const happening = fc.record({
      what: fc.oneof(found, person, fc.constant('due' as const)),
      after: fc.integer({ min: 0, max: 3000 }),
    });
    fc.assert(
      fc.property(fc.array(happening, { minLength: 1, maxLength: 20 }), (happenings) => {
        let latest: StoredRun | null = null;
        let seconds = 0;
        let ids = 0;
        for (const { what, after } of happenings) {
          seconds += after;
          const context: PageContext = {
            latest,
            facts: facts(at(seconds)),
            configVersion: 1,
            newId: () => `run-${ids++}`,
            freeze: () => snapshot(),
          };
          const page: DuePage = {
            id: 'page',
            pages: true,
            urgency: 'high',
            severity: 2,
            change: null,
            runAt: latest?.run.wakeAt ?? null,
          };
          const firing = typeof what === 'object' && ['opened', 'joined', 'refired'].includes(what.cause);
          const plan: PagePlan =
            typeof what === 'string' && what !== 'due'
              ? decideEvents(
                  page,
                  [{ kind: what, by: 'ann', at: at(seconds), until: at(seconds + 900) } as RunEvent],
                  context,
                )
              : decidePage(
                  { ...page, change: typeof what === 'string' ? null : { ...what, firing: firing ? 1 : 0 } },
                  context,
                );
          for (const stored of plan.saved) latest = stored;
          const endedByHand = ['ended-by-hand', 'resolved-by-hand'].includes(latest?.run.endReason?.kind ?? '');
          if (firing) expect(plan.runAt !== null || endedByHand).toBe(true);
          expect(plan.runAt !== null).toBe(latest !== null && latest.run.phase !== 'ended');
          expect(plan.saved.filter((stored) => stored.run.phase !== 'ended').length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });
});
