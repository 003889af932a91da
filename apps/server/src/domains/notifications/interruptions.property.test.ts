import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decideInterruption,
  type InterruptionDecision,
  type InterruptionState,
  type Waiting,
} from './interruptions.ts';
import type { Severity } from './model.ts';

const zero = Temporal.Instant.from('2026-11-21T03:00:00Z');
const at = (seconds: number) => zero.add({ seconds });
const secondsOf = (instant: Temporal.Instant) => zero.until(instant).total('seconds');

interface Arrival {
  readonly at: number;
  readonly what: Pick<Waiting, 'kind' | 'groupId' | 'methodId' | 'severity' | 'reminder' | 'continues'>;
}
interface Told {
  readonly at: number;
  readonly decision: InterruptionDecision;
  readonly waiting: readonly Waiting[];
  readonly toldSeverity: Severity | null;
}

const arrival = fc.record({
  gap: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 20 }) }, fc.integer({ min: 0, max: 400 })),
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('page' as const) },
    fc.constantFrom('update' as const, 'resolved' as const, 'alarm' as const, 'test' as const),
  ),
  groupId: fc.integer({ min: 0, max: 12 }).map((n) => `g${n}`),
  methodId: fc.constantFrom('mail', 'sms'),
  severity: fc.constantFrom<Severity>(1, 2, 3, 3, 3, 3, 4, 5),
  continues: fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, fc.constant(true)),
  reminder: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
});
const arrivals = fc.array(arrival, { minLength: 1, maxLength: 60 }).map((all) => {
  let seconds = 0;
  return all.map(({ gap, ...what }): Arrival => {
    seconds += gap;
    return { at: seconds, what };
  });
});

const loud = (one: Waiting) => !one.continues && (one.kind === 'alarm' || (one.kind === 'page' && !one.reminder));

/** Lives one person's night as the sender does: a pass at each arrival and at each mark waited for. */
function live(all: readonly Arrival[]): readonly Told[] {
  const told: Told[] = [];
  let state: InterruptionState = { lastAt: null, marks: 0 };
  const lastToldBy = new Map<string, Temporal.Instant>();
  let worst: Severity | null = null;
  let waiting: Waiting[] = [];
  let until: number | null = null;
  const pass = (seconds: number) => {
    const decision = decideInterruption({
      waiting,
      standing: { state, lastToldBy, toldSeverity: worst },
      now: at(seconds),
    });
    told.push({ at: seconds, decision, waiting, toldSeverity: worst });
    const gone = new Set(decision.carriers.flatMap((carrier) => [carrier.id, ...carrier.folded]));
    const sent = waiting.filter((one) => gone.has(one.id) && one.kind !== 'test');
    for (const one of sent) if (loud(one) && (worst === null || one.severity < worst)) worst = one.severity;
    for (const one of sent) lastToldBy.set(one.methodId, at(seconds));
    waiting = waiting.filter((one) => !gone.has(one.id));
    state = decision.state;
    until = decision.until && secondsOf(decision.until);
  };
  all.forEach((one, i) => {
    while (until !== null && until <= one.at) pass(until);
    waiting = [...waiting, { ...one.what, id: `n${i}`, dueAt: at(one.at) }];
    pass(one.at);
  });
  while (until !== null) pass(until);
  return told;
}

/** The moments at which the person was interrupted. */
const interruptionsOf = (told: readonly Told[]) =>
  told.filter(({ decision, waiting }) => {
    const gone = new Set(decision.carriers.flatMap((carrier) => [carrier.id, ...carrier.folded]));
    return waiting.some((one) => gone.has(one.id) && loud(one));
  });

function always(check: (told: readonly Told[], all: readonly Arrival[]) => void): void {
  fc.assert(
    fc.property(arrivals, (all) => check(live(all), all)),
    { numRuns: 500 },
  );
}

describe('whatever comes in a night', () => {
  test('everything is told exactly once', () => {
    always((told, all) => {
      const ids = told.flatMap(({ decision }) =>
        decision.carriers.flatMap((carrier) => [carrier.id, ...carrier.folded]),
      );
      expect(ids.toSorted()).toEqual(all.map((_, i) => `n${i}`).toSorted());
    });
  });

  test('each decision puts every notification into exactly one carrier of its own method, or defers it', () => {
    always((told) => {
      for (const { decision, waiting } of told) {
        const byId = new Map(waiting.map((one) => [one.id, one]));
        const ids = [...decision.deferred, ...decision.carriers.flatMap((carrier) => [carrier.id, ...carrier.folded])];
        expect(ids.toSorted()).toEqual([...byId.keys()].toSorted());
        expect(decision.until === null).toBe(decision.deferred.length === 0);
        for (const carrier of decision.carriers)
          for (const id of carrier.folded) expect(byId.get(id)?.methodId).toBe(carrier.methodId);
      }
    });
  });

  test('nobody is interrupted twice within 60 s unless it got worse', () => {
    always((told) => {
      const moments = interruptionsOf(told);
      moments.forEach((moment, i) => {
        const before = moments[i - 1];
        if (!before || moment.at - before.at >= 60) return;
        expect(moment.decision.reason).toBe('severity-raised');
        const worst = Math.min(...moment.waiting.filter(loud).map((one) => one.severity));
        expect(worst).toBeLessThan(moment.toldSeverity ?? 0);
      });
    });
  });

  test('nothing waits longer than five minutes, and a page alone never longer than one', () => {
    always((told) => {
      for (const { at: seconds, waiting, decision } of told) {
        for (const one of waiting) expect(seconds - secondsOf(one.dueAt)).toBeLessThanOrEqual(300);
        if (decision.until && decision.state.marks === 0) {
          for (const one of waiting.filter(loud))
            expect(secondsOf(decision.until) - secondsOf(one.dueAt)).toBeLessThanOrEqual(60);
        }
      }
    });
  });

  test('what is no interruption comes at most once a minute by one method, unless a page or another try goes', () => {
    always((told) => {
      const last = new Map<string, number>();
      for (const { at: seconds, decision, waiting } of told) {
        const byId = new Map(waiting.map((one) => [one.id, one]));
        for (const carrier of decision.carriers) {
          const rows = [carrier.id, ...carrier.folded].map((id) => byId.get(id) as Waiting);
          if (rows.some((one) => one.kind === 'test')) continue;
          const before = last.get(carrier.methodId);
          const free = rows.some((one) => loud(one) || one.continues) || decision.state.lastAt?.equals(at(seconds));
          if (!free && before !== undefined) expect(seconds - before).toBeGreaterThanOrEqual(60);
          last.set(carrier.methodId, seconds);
        }
      }
    });
  });

  test('every wait leads forward', () => {
    always((told) => {
      for (const { at: seconds, decision } of told)
        if (decision.until) expect(secondsOf(decision.until)).toBeGreaterThan(seconds);
    });
  });

  test('a worse page never waits', () => {
    always((told) => {
      for (const { decision, waiting, toldSeverity } of told) {
        if (decision.until === null || toldSeverity === null) continue;
        for (const one of waiting.filter(loud)) expect(one.severity).toBeGreaterThanOrEqual(toldSeverity);
      }
    });
  });
});

test('20,000 pages of one severity in five minutes interrupt three times in the first five minutes, at 0, 1 and 3', () => {
  const all = Array.from({ length: 20_000 }, (_, i): Arrival => {
    const what = {
      kind: 'page' as const,
      groupId: `g${i}`,
      methodId: 'mail',
      severity: 3 as const,
      reminder: false,
      continues: false,
    };
    return { at: Math.floor(i / 67), what };
  });
  // The sender looks once a second, not once a page.
  const perSecond = Map.groupBy(all, (one) => one.at);
  let state: InterruptionState = { lastAt: null, marks: 0 };
  let waiting: Waiting[] = [];
  const moments: number[] = [];
  let told = 0;
  for (let second = 0; second < 300; second += 1) {
    for (const one of perSecond.get(second) ?? [])
      waiting.push({ ...one.what, id: `n${told + waiting.length}`, dueAt: at(second) });
    if (waiting.length === 0) continue;
    const decision = decideInterruption({
      waiting,
      standing: { state, lastToldBy: new Map(), toldSeverity: told ? 3 : null },
      now: at(second),
    });
    state = decision.state;
    if (decision.until) continue;
    moments.push(second);
    told += decision.carriers.reduce((sum, carrier) => sum + 1 + carrier.folded.length, 0);
    waiting = [];
  }
  expect(moments).toEqual([0, 60, 180]);
  expect(told + waiting.length).toBe(20_000);
});
