import { expect, test } from 'vitest';
import { decideAlarms, type OpenAlarm, REPEAT_SECONDS } from './alarms.ts';
import { findStalls, isEngineOnTime, type Stall, type WatchFacts } from './stalled.ts';
import { after, START } from './testkit.ts';

const quiet: WatchFacts = {
  queues: [],
  lostPages: [],
  lostRuns: [],
  lostLeases: { count: 0, oldestAt: null },
  unsent: [],
  jobs: [],
  seal: null,
  since: START,
};
const keys = (facts: Partial<WatchFacts>, seconds: number) =>
  findStalls({ ...quiet, ...facts }, after(seconds)).map(({ key }) => key);
const runsDue = (at: number) => [{ name: 'runs' as const, oldestDueAt: after(at), due: 3, oldestId: 'g' }];

test('nothing stalls when nothing waits', () => {
  expect(keys({}, 10_000)).toEqual([]);
});

test('a wake-up is an alarm when it is more than 30 s late, and unhealthy from 5 s on', () => {
  expect(keys({ queues: runsDue(0) }, 30)).toEqual([]);
  expect(keys({ queues: runsDue(0) }, 30.001)).toEqual(['wake-up-late:runs']);
  expect([4.999, 5].map((s) => isEngineOnTime(runsDue(0), after(s)))).toEqual([true, false]);
});

test('an engine that has just started is not late for its own absence', () => {
  expect(keys({ queues: runsDue(-3600), since: after(0) }, 30)).toEqual([]);
  expect(keys({ queues: runsDue(-3600), since: after(0) }, 31)).toEqual(['wake-up-late:runs']);
});

test('many late rows of one queue are one stall', () => {
  expect(findStalls({ ...quiet, queues: runsDue(0) }, after(60))).toHaveLength(1);
});

test('each lost page and each lost run is a stall of its own, at once', () => {
  const lostPages = ['a', 'b'].map((groupId) => ({ groupId, number: 1, title: 't', firing: 1 }));
  const lostRuns = [{ groupId: 'c', number: 1, title: 't', fault: 'run-without-wake-up' as const }];
  expect(keys({ lostPages, lostRuns }, 0)).toEqual(['page-lost:a', 'page-lost:b', 'run-without-wake-up:c']);
});

test('a page that was tried and has not left for 30 s is a stall of its channel', () => {
  const unsent = [{ channel: 'email', count: 2, oldestDueAt: after(0) }];
  expect([keys({ unsent }, 30), keys({ unsent }, 31)]).toEqual([[], ['page-unsent:email']]);
});

test('a lease that ran out and was not taken again is a stall', () => {
  expect(keys({ lostLeases: { count: 1, oldestAt: after(0) } }, 31)).toEqual(['lease-lost']);
});

test('a job has three of its intervals, at least a minute, counted from when the watch began', () => {
  const job = (everySeconds: number, last: number | null) => [
    { name: 'seal', everySeconds, lastFinishedAt: last === null ? null : after(last) },
  ];
  expect([keys({ jobs: job(1, 0) }, 60), keys({ jobs: job(1, 0) }, 61)]).toEqual([[], ['job-late:seal']]);
  expect([keys({ jobs: job(600, 0) }, 1800), keys({ jobs: job(600, 0) }, 1801)]).toEqual([[], ['job-late:seal']]);
  expect(keys({ jobs: job(1, -86_400), since: after(0) }, 30)).toEqual([]);
  expect(keys({ jobs: job(1, null) }, 61)).toEqual(['job-late:seal']);
});

test('only what waits to be sealed can be sealed too late', () => {
  expect(keys({ seal: { unsealedSince: null } }, 9_999)).toEqual([]);
  expect(keys({ seal: { unsealedSince: after(1) } }, 62)).toEqual(['seal-late']);
});

const stall = (key: string): Stall => ({ key, kind: 'page-lost', groupId: null, sentence: `${key} stands still.` });

/** Plays passes; each is the second and the keys found; answers the seconds at which something was said. */
function said(passes: readonly [number, readonly string[], boolean?][]): readonly string[] {
  let open: readonly OpenAlarm[] = [];
  return passes.flatMap(([seconds, found, works = true]) => {
    const decision = decideAlarms(open, found.map(stall), after(seconds));
    open = works ? decision.told : decision.untold;
    return decision.text === null ? [] : [`${seconds} ${decision.text.split(':')[0]}`];
  });
}

const TROUBLE = 'Tocsin itself is in trouble and pages may be late';

test('a stall is told once, again every 15 minutes while it lasts, and once when it is over', () => {
  const passes: [number, string[]][] = Array.from({ length: 200 }, (_, i) => [i * 10, i < 190 ? ['a'] : []]);
  expect(said(passes)).toEqual([
    `0 ${TROUBLE}`,
    `${REPEAT_SECONDS} ${TROUBLE}`,
    `${2 * REPEAT_SECONDS} ${TROUBLE}`,
    '1900 Over',
  ]);
});

test('a second stall is told at once, without repeating the first', () => {
  const one = decideAlarms([], [stall('a')], after(0));
  const two = decideAlarms(one.told, [stall('a'), stall('b')], after(10));
  expect(two.text).toBe(`${TROUBLE}: b stands still. 1 told before still stand.`);
});

test('what could not be told is tried again with the next pass', () => {
  expect(
    said([
      [0, ['a'], false],
      [10, ['a'], false],
      [20, ['a'], true],
      [30, ['a']],
    ]),
  ).toEqual([`0 ${TROUBLE}`, `10 ${TROUBLE}`, `20 ${TROUBLE}`]);
});

test('a stall that was never told is not called over', () => {
  expect(
    said([
      [0, ['a'], false],
      [10, []],
    ]),
  ).toEqual([`0 ${TROUBLE}`]);
});

test('a storm of stalls is one message that names five and counts the rest', () => {
  const found = Array.from({ length: 12 }, (_, i) => stall(`p${i}`));
  expect(decideAlarms([], found, after(0)).text).toMatch(/p4 stands still\. And 7 more\.$/);
});
