import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldChanges, type StoredChange } from './fold.ts';
import { type AlertEvent, decideLifecycle } from './lifecycle.ts';
import type { AlertState } from './model.ts';
import { nextState } from './plan-flush.ts';

const MINUTE = 60_000;
const minute = fc.integer({ min: 0, max: 60 }).map((m) => m * MINUTE);

const event: fc.Arbitrary<AlertEvent> = fc.oneof(
  fc.record({
    kind: fc.constant('firing' as const),
    startsAtMs: minute,
    endsAtMs: minute,
    endsAtIsTimeout: fc.boolean(),
    severity: fc.constantFrom(1 as const, 3 as const, 5 as const),
  }),
  fc.record({ kind: fc.constant('resolved' as const), startsAtMs: minute, endsAtMs: minute }),
  fc.constant({ kind: 'expire' as const, marginMs: MINUTE }),
  fc.constant({ kind: 'hand' as const, by: 'user:ann' as const }),
);

/** One alert's row with the changes stored of it. */
interface Kept {
  state: AlertState;
  readonly openedAtMs: number;
  readonly stored: StoredChange[];
}

/** What the shell does with the events of one identity: every alert that came of them, with its stored changes. */
function live(events: readonly { readonly afterMs: number; readonly event: AlertEvent }[]): readonly Kept[] {
  const alerts: Kept[] = [];
  let present: Kept | null = null;
  let atMs = 0;
  for (const { afterMs, event: what } of events) {
    atMs += afterMs;
    const transition = decideLifecycle(present?.state ?? null, what, atMs);
    if (present) {
      present.state = nextState(present.state, transition, atMs);
      present.stored.push(...transition.changes.map((change) => ({ atMs, change })));
    }
    if (!transition.opens) continue;
    const { startsAtMs, severity } = transition.opens;
    const state: AlertState = {
      id: String(alerts.length),
      status: 'firing',
      current: true,
      startsAtMs,
      severity,
      endsAtMs: 30 * MINUTE,
      endsAtIsTimeout: false,
      resolvedAtMs: null,
      resolvedBy: null,
      groupIds: [],
      kind: 'k',
      version: 1,
    };
    present = { state, openedAtMs: atMs, stored: [{ atMs, change: transition.opens }] };
    alerts.push(present);
  }
  return alerts;
}

const story = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 5 * MINUTE }), event }), { maxLength: 40 });

test('folding the stored changes of an alert gives its state, whatever happened', () => {
  fc.assert(
    fc.property(story, (events) => {
      for (const { state, openedAtMs, stored } of live(events)) {
        const { status, current, startsAtMs, severity, resolvedAtMs, resolvedBy } = state;
        expect(foldChanges(stored)).toEqual({
          status,
          current,
          startsAtMs,
          severity,
          openedAtMs,
          resolvedAtMs,
          resolvedBy,
        });
      }
    }),
    { numRuns: 500 },
  );
});

test('of one identity at most one alert is current, the last', () => {
  fc.assert(
    fc.property(story, (events) => {
      const alerts = live(events);
      for (const { state } of alerts.slice(0, -1)) expect(state.current).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('nothing is an alert before it opened', () => {
  expect(foldChanges([])).toBeNull();
  expect(foldChanges([{ atMs: 1, change: { kind: 'released', by: 'source' } }])).toBeNull();
});
