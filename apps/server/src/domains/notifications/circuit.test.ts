import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChannelFailure, SendResult } from './adapters/channel.ts';
import { afterCall, type Circuit, CLOSED, mayCall } from './circuit.ts';

const T0 = Temporal.Instant.from('2026-11-21T03:00:00Z');
const at = (seconds: number) => T0.add({ seconds });
const yes: SendResult = { ok: true };
const fails = (reason: ChannelFailure, retryAfterSeconds?: number): SendResult => ({
  ok: false,
  retryable: true,
  reason,
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});
const refuses = (reason: ChannelFailure): SendResult => ({ ok: false, retryable: false, reason });
const after = (results: readonly SendResult[], from: Circuit = CLOSED) =>
  results.reduce((circuit, result) => afterCall(circuit, result, T0), from);
const opened = after(Array.from({ length: 5 }, () => fails('timeout')));

describe('a provider', () => {
  test('is called as long as it has not failed five times in a row', () => {
    expect(mayCall(after(Array.from({ length: 4 }, () => fails('timeout'))), T0)).toEqual({ kind: 'call' });
    expect(mayCall(after([...Array.from({ length: 4 }, () => fails('timeout')), yes, fails('timeout')]), T0)).toEqual({
      kind: 'call',
    });
  });

  test('is passed over for 30 s from its fifth failure on, and the reason says since when and until when', () => {
    expect(opened).toEqual({ state: 'open', failures: 5, because: 'timeout', since: T0, until: at(30) });
    expect(mayCall(opened, at(29))).toEqual({
      kind: 'pass-over',
      detail: 'failed 5 times in a row (timeout), open since 03:00:00 UTC, asked again from 03:00:30 UTC',
    });
  });

  test('then gets one probe; the others still pass it over', () => {
    const probe = mayCall(opened, at(30));
    if (probe.kind !== 'probe') throw new Error(probe.kind);
    expect(mayCall(probe.circuit, at(31)).kind).toBe('pass-over');
    expect(mayCall(probe.circuit, at(40)).kind).toBe('probe');
    expect(afterCall(probe.circuit, yes, at(31))).toEqual(CLOSED);
  });

  test('is left alone twice as long after each probe that fails, and never longer than five minutes', () => {
    const gaps: number[] = [];
    let circuit: Circuit = opened;
    for (let i = 0; i < 6; i += 1) {
      circuit = afterCall(circuit, fails('server-error'), T0);
      if (circuit.state === 'open') gaps.push(T0.until(circuit.until).total('seconds'));
    }
    expect(gaps).toEqual([60, 120, 240, 300, 300, 300]);
    expect(circuit).toMatchObject({ because: 'server-error', since: T0 });
  });

  test('that says how long it wants to be left alone gets that, up to five minutes', () => {
    const busy = (seconds: number) =>
      after([...Array.from({ length: 4 }, () => fails('busy')), fails('busy', seconds)]);
    expect(busy(90)).toMatchObject({ until: at(90) });
    expect(busy(86_400)).toMatchObject({ until: at(300) });
  });

  test('that refuses has answered', () => {
    for (const reason of ['refused-address', 'refused-message', 'authentication', 'gone', 'redirect'] as const)
      expect(afterCall(opened, refuses(reason), T0)).toEqual(CLOSED);
  });

  test('is not judged by what we did ourselves', () => {
    const own = [fails('aborted'), fails('circuit-open'), refuses('address-blocked'), refuses('not-supported')];
    for (const result of own) expect(afterCall(opened, result, at(5))).toEqual(opened);
    expect(after(Array.from({ length: 9 }, () => fails('aborted')))).toEqual(CLOSED);
  });
});

test('whatever happens: open only after five failures in a row, closed by the first answer, asked again within five minutes', () => {
  const result = fc.constantFrom<SendResult>(
    yes,
    fails('timeout'),
    fails('busy', 1_000),
    fails('aborted'),
    refuses('gone'),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ result, gap: fc.nat(400) }), { maxLength: 60 }), (steps) => {
      let circuit: Circuit = CLOSED;
      let inARow = 0;
      let now = T0;
      for (const step of steps) {
        now = now.add({ seconds: step.gap });
        const verdict = mayCall(circuit, now);
        if (verdict.kind === 'pass-over') {
          expect(inARow).toBeGreaterThanOrEqual(5);
          expect(mayCall(circuit, now.add({ seconds: 300 })).kind).toBe('probe');
          continue;
        }
        if (verdict.kind === 'probe') circuit = verdict.circuit;
        circuit = afterCall(circuit, step.result, now);
        if (step.result.ok || !step.result.retryable) inARow = 0;
        else if (step.result.reason !== 'aborted') inARow += 1;
        expect(circuit.state).toBe(inARow >= 5 ? 'open' : 'closed');
      }
    }),
  );
});
