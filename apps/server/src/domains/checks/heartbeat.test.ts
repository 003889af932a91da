import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideChange, decideMissed, decidePing, spell } from './heartbeat.ts';
import type { Ping, Pulse } from './model.ts';

const START = Temporal.Instant.from('2026-11-21T03:00:00Z');
const at = (seconds: number) => START.add({ seconds });
const waiting: Pulse = {
  intervalSeconds: 600,
  graceSeconds: 60,
  paused: false,
  state: 'waiting',
  since: START,
  reason: null,
  lastPingAt: null,
  runBeganAt: null,
  lastRunSeconds: null,
  lastMessage: null,
  wakeAt: null,
  tellAt: null,
};
const ping = (kind: Ping['kind'], seconds: number, message: string | null = null): Ping => ({
  kind,
  at: at(seconds),
  message,
});
const up = decidePing(waiting, ping('ok', 0));

describe('a heartbeat', () => {
  test('is not missed before its first ping', () => {
    expect(decideMissed(waiting, at(1_000_000))).toBe(waiting);
  });

  test('is missed when interval and grace have passed, says for how long, and wants its alert told', () => {
    expect(decideMissed(up, at(659))).toBe(up);
    const down = decideMissed(up, at(660));
    expect(down).toEqual({
      ...up,
      state: 'down',
      since: at(660),
      reason: 'no ping for 11 minutes, expected every 10 minutes',
      wakeAt: null,
      tellAt: at(660),
    });
  });

  test('comes back by a ping, and wants that told too', () => {
    const down = decideMissed(up, at(660));
    expect(decidePing(down, ping('ok', 700, 'done'))).toEqual({
      ...down,
      state: 'up',
      since: at(700),
      reason: null,
      lastPingAt: at(700),
      lastMessage: 'done',
      wakeAt: at(1_360),
      tellAt: at(700),
    });
  });

  test('first ping and repeats tell nobody', () => {
    expect(up.tellAt).toBeNull();
    expect(decidePing(up, ping('ok', 300)).tellAt).toBeNull();
  });

  test('is down at once when it says so', () => {
    expect(decidePing(up, ping('fail', 30, 'disk full'))).toMatchObject({
      state: 'down',
      reason: 'it reported a failure',
      lastMessage: 'disk full',
    });
  });

  test('a run that began must end within the grace; its length is kept', () => {
    const running = decidePing(up, ping('start', 500));
    expect(running.wakeAt).toEqual(at(560));
    expect(decideMissed(running, at(560))).toMatchObject({
      state: 'down',
      reason: 'a run began 1 minute ago and did not end',
    });
    const ended = decidePing(running, ping('ok', 545));
    expect([ended.lastRunSeconds, ended.wakeAt]).toEqual([45, at(545 + 660)]);
  });

  test('a ping that arrives late never takes back what a later one gave', () => {
    const seen = decidePing(up, ping('ok', 100));
    expect(decidePing(seen, ping('fail', 50))).toBe(seen);
  });

  test('paused it expects nothing and its alert ends; resumed it waits for the first ping', () => {
    const down = decideMissed(up, at(660));
    const paused = decideChange(down, { intervalSeconds: 600, graceSeconds: 60, paused: true }, at(700));
    expect([paused.state, paused.wakeAt, paused.tellAt]).toEqual(['waiting', null, at(700)]);
    expect(decidePing(paused, ping('ok', 800)).wakeAt).toBeNull();
    const resumed = decideChange(paused, { intervalSeconds: 600, graceSeconds: 60, paused: false }, at(900));
    expect([resumed.state, resumed.wakeAt]).toEqual(['waiting', null]);
    expect(decidePing(resumed, ping('ok', 950))).toMatchObject({ state: 'up' });
  });

  test('another interval counts from the last ping', () => {
    expect(decideChange(up, { intervalSeconds: 60, graceSeconds: 10, paused: false }, at(30)).wakeAt).toEqual(at(70));
  });

  test('whatever comes in whatever order: down exactly when told or missed, and a wake-up whenever it is up', () => {
    const step = fc.record({ kind: fc.constantFrom('ok', 'start', 'fail', 'look'), after: fc.nat(900) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let pulse = waiting;
        let now = 0;
        for (const { kind, after } of steps) {
          now += after;
          pulse = kind === 'look' ? decideMissed(pulse, at(now)) : decidePing(pulse, ping(kind as Ping['kind'], now));
          expect(pulse.wakeAt !== null).toBe(pulse.state === 'up');
          if (kind === 'look' && pulse.wakeAt) expect(Temporal.Instant.compare(pulse.wakeAt, at(now))).toBe(1);
        }
      }),
    );
  });
});

test.each([
  [0, '0 seconds'],
  [61, '1 minute 1 second'],
  [93_600, '1 day 2 hours'],
  [90_061, '1 day 1 hour'],
])('%i seconds are spelled', (seconds, words) => {
  expect(spell(seconds)).toBe(words);
});
