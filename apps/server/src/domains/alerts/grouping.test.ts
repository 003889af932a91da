import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroupState } from './group-model.ts';
import {
  applyTraffic,
  decideFlush,
  type Flushed,
  type GroupTimes,
  type GroupTraffic,
  KINDS_REMEMBERED,
  newGroup,
} from './grouping.ts';
import type { Severity } from './model.ts';

const SECOND = 1_000;
const pages: GroupTimes = { groupWaitSeconds: 0, groupIntervalSeconds: 300 };
const waits: GroupTimes = { groupWaitSeconds: 30, groupIntervalSeconds: 300 };

type Told = { readonly firing: boolean; readonly severity: Severity } | null;

/** A group as the shell keeps it: its state and how it stood after its last flush. */
interface Kept {
  readonly group: GroupState;
  readonly told: Told;
  readonly closed: boolean;
}

/** One line of a group's story: what a flush found, and when. */
type Line = { readonly atMs: number } & Flushed['change'];

/** 2026-11-21 10:00 UTC: the stories count from here, because real moments are far from zero. */
const START = 1_795_255_200_000;

const opened = (nowMs: number): Kept => ({ group: newGroup(nowMs), told: null, closed: false });
const joins = (...alerts: readonly (readonly [kind: string, severity?: Severity])[]): GroupTraffic => ({
  joined: alerts.map(([kind, severity]) => ({ kind, severity: severity ?? 3 })),
  resolved: 0,
});
const leaves = (resolved: number): GroupTraffic => ({ joined: [], resolved });

/** What the shell does: count traffic in, flush when due. */
function settle(
  kept: Kept,
  traffic: GroupTraffic | null,
  times: GroupTimes,
  nowMs: number,
): Kept & { readonly change: Flushed['change'] | null } {
  const group = traffic ? applyTraffic(kept.group, traffic, times, nowMs).group : kept.group;
  if (group.flushAtMs === null || group.flushAtMs > nowMs) return { ...kept, group, change: null };
  const flushed = decideFlush(group, kept.told, times, nowMs);
  const told = { firing: flushed.group.firing > 0, severity: flushed.group.severity };
  return { group: flushed.group, told, closed: flushed.closes, change: flushed.change };
}

/** Plays traffic at given seconds, waking the group in between whenever it wants to, until `untilS`. */
function play(
  times: GroupTimes,
  script: Readonly<Record<number, GroupTraffic>>,
  untilS: number,
): { readonly kept: Kept; readonly lines: readonly Line[] } {
  const moments = Object.keys(script)
    .map(Number)
    .sort((a, b) => a - b);
  let kept = opened(START + (moments[0] ?? 0) * SECOND);
  const lines: Line[] = [];
  const step = (nowMs: number, traffic: GroupTraffic | null) => {
    const next = settle(kept, traffic, times, nowMs);
    if (next.change && next.change.cause !== 'nothing') lines.push({ atMs: nowMs, ...next.change });
    kept = next;
  };
  const wakeUntil = (limitMs: number) => {
    while (!kept.closed && kept.group.flushAtMs !== null && kept.group.flushAtMs < limitMs)
      step(kept.group.flushAtMs, null);
  };
  for (const second of moments) {
    wakeUntil(START + second * SECOND);
    if (kept.closed) break;
    step(START + second * SECOND, script[second] as GroupTraffic);
  }
  wakeUntil(START + untilS * SECOND + 1);
  return { kept, lines };
}

const told = (lines: readonly Line[]) => lines.map(({ atMs, cause }) => [(atMs - START) / SECOND, cause]);

describe('a group over time', () => {
  const stories: readonly (readonly [
    string,
    GroupTimes,
    Readonly<Record<number, GroupTraffic>>,
    readonly unknown[],
  ])[] = [
    ['without a wait it is told as it opens', pages, { 0: joins(['a']) }, [[0, 'opened']]],
    ['with a wait it is told when the wait is over', waits, { 0: joins(['a']) }, [[30, 'opened']]],
    ['what joins during the wait is told with it', waits, { 0: joins(['a']), 10: joins(['b', 1]) }, [[30, 'opened']]],
    ['what joins during the wait does not prolong it', waits, { 0: joins(['a']), 29: joins(['a']) }, [[30, 'opened']]],
    ['what has resolved within the wait is not told', waits, { 0: joins(['a']), 10: leaves(1) }, [[310, 'closed']]],
    [
      'another of a known kind is told an interval after the last flush',
      pages,
      { 0: joins(['a']), 10: joins(['a']) },
      [
        [0, 'opened'],
        [300, 'joined'],
      ],
    ],
    [
      'several of a known kind are told together',
      pages,
      { 0: joins(['a']), 10: joins(['a']), 200: joins(['a']) },
      [
        [0, 'opened'],
        [300, 'joined'],
      ],
    ],
    [
      'one that joins long after the last flush is told at once',
      pages,
      { 0: joins(['a']), 400: joins(['a']) },
      [
        [0, 'opened'],
        [400, 'joined'],
      ],
    ],
    [
      'the first of a kind is told at once',
      pages,
      { 0: joins(['a']), 10: joins(['b']) },
      [
        [0, 'opened'],
        [10, 'joined'],
      ],
    ],
    [
      'a higher severity is told at once',
      pages,
      { 0: joins(['a', 3]), 10: joins(['a', 1]) },
      [
        [0, 'opened'],
        [10, 'joined'],
      ],
    ],
    [
      'a lower severity waits like any other',
      pages,
      { 0: joins(['a', 3]), 10: joins(['a', 4]) },
      [
        [0, 'opened'],
        [300, 'joined'],
      ],
    ],
    ['one of several that resolves is no news', pages, { 0: joins(['a'], ['a']), 10: leaves(1) }, [[0, 'opened']]],
    [
      'the last that resolves is told at once, and it closes an interval later',
      pages,
      { 0: joins(['a']), 10: leaves(1) },
      [
        [0, 'opened'],
        [10, 'all-resolved'],
        [310, 'closed'],
      ],
    ],
    [
      'a refire soon after waits for an interval since the last telling',
      pages,
      { 0: joins(['a']), 10: leaves(1), 20: joins(['a']) },
      [
        [0, 'opened'],
        [10, 'all-resolved'],
        [300, 'refired'],
      ],
    ],
    [
      'a refire of a new kind is told at once',
      pages,
      { 0: joins(['a']), 10: leaves(1), 20: joins(['b']) },
      [
        [0, 'opened'],
        [10, 'all-resolved'],
        [20, 'refired'],
      ],
    ],
    [
      'a refire with a higher severity is told at once',
      pages,
      { 0: joins(['a', 3]), 10: leaves(1), 20: joins(['a', 2]) },
      [
        [0, 'opened'],
        [10, 'all-resolved'],
        [20, 'refired'],
      ],
    ],
    [
      'a refire that resolves before it was told is not told',
      pages,
      { 0: joins(['a']), 10: leaves(1), 20: joins(['a']), 30: leaves(1) },
      [
        [0, 'opened'],
        [10, 'all-resolved'],
        [330, 'closed'],
      ],
    ],
    [
      'a refire an interval after the telling is told at once',
      pages,
      { 0: joins(['a']), 250: leaves(1), 305: joins(['a']) },
      [
        [0, 'opened'],
        [250, 'all-resolved'],
        [305, 'refired'],
      ],
    ],
    [
      'one that opens and resolves in one flush is not told',
      pages,
      { 0: { joined: [{ kind: 'a', severity: 3 }], resolved: 1 } },
      [[300, 'closed']],
    ],
  ];
  test.each(stories)('%s', (_name, times, script, expected) => {
    expect(told(play(times, script, 1_000).lines)).toEqual(expected);
  });

  test('a flush names the kinds that no flush has told of, and the severity it rose to', () => {
    const { lines } = play(pages, { 0: joins(['a', 4]), 10: joins(['b', 2], ['a', 4]), 20: joins(['c', 3]) }, 100);
    expect(lines.map(({ newKinds, severityRaisedTo, firing }) => ({ newKinds, severityRaisedTo, firing }))).toEqual([
      { newKinds: ['a'], severityRaisedTo: null, firing: 1 },
      { newKinds: ['b'], severityRaisedTo: 2, firing: 3 },
      { newKinds: ['c'], severityRaisedTo: null, firing: 4 },
    ]);
  });

  test('kinds beyond those remembered are counted but are not first of their kind', () => {
    const many = joins(
      ...Array.from({ length: KINDS_REMEMBERED + 1 }, (_, i) => [String(i).padStart(4, '0')] as const),
    );
    const { kept, lines } = play(pages, { 0: many, 10: joins(['new']) }, 20);
    expect(Object.keys(kept.group.kinds)).toHaveLength(KINDS_REMEMBERED);
    expect(kept.group.firing).toBe(KINDS_REMEMBERED + 2);
    expect(told(lines)).toEqual([[0, 'opened']]);
    expect(kept.group.flushAtMs).toBe(START + 300 * SECOND);
  });

  // Opened and resolved within one flush: nobody was told, so its next firing is news at once.
  test('a kind that was never told is first of its kind when it fires again', () => {
    const briefly: GroupTraffic = { joined: [{ kind: 'b', severity: 3 }], resolved: 1 };
    const { lines } = play(pages, { 0: joins(['a']), 10: leaves(1), 20: briefly, 30: joins(['b']) }, 100);
    expect(told(lines)).toEqual([
      [0, 'opened'],
      [10, 'all-resolved'],
      [30, 'refired'],
    ]);
  });

  test('a member that its sender made worse is told at once and counted nowhere', () => {
    const { kept, lines } = play(
      pages,
      { 0: joins(['disk', 4]), 60: { joined: [], resolved: 0, raised: [{ kind: 'disk', severity: 1 }] } },
      70,
    );
    expect(
      lines.map(({ atMs, cause, severityRaisedTo }) => [(atMs - START) / SECOND, cause, severityRaisedTo]),
    ).toEqual([
      [0, 'opened', null],
      [60, 'joined', 1],
    ]);
    expect(kept.group).toMatchObject({ firing: 1, total: 1, severity: 1 });
  });

  test('a severity that was never told is raised when it fires again', () => {
    const briefly: GroupTraffic = { joined: [{ kind: 'a', severity: 1 }], resolved: 1 };
    const { lines } = play(pages, { 0: joins(['a', 3]), 10: leaves(1), 20: briefly, 30: joins(['a', 1]) }, 100);
    expect(told(lines)).toEqual([
      [0, 'opened'],
      [10, 'all-resolved'],
      [30, 'refired'],
    ]);
  });
});

describe('rules that hold for any traffic', () => {
  const severity = fc.constantFrom<Severity>(1, 2, 3, 4, 5);
  const alert = fc.record({ kind: fc.constantFrom('a', 'b', 'c', 'd'), severity });
  const times = fc.record({
    groupWaitSeconds: fc.constantFrom(0, 30, 400),
    groupIntervalSeconds: fc.constantFrom(1, 60, 300),
  });
  /** Traffic as it can happen: no more resolves than alerts that fire. */
  const steps = fc.array(
    fc.record({
      afterS: fc.integer({ min: 0, max: 400 }),
      joined: fc.array(alert, { maxLength: 3 }),
      resolves: fc.nat({ max: 100 }),
    }),
    { minLength: 1, maxLength: 25 },
  );

  interface Seen {
    readonly atMs: number;
    readonly before: Kept;
    readonly after: Kept;
    readonly traffic: GroupTraffic | null;
    readonly change: Flushed['change'] | null;
  }

  /** Runs steps with the wake-ups in between, showing every state to `look`; a closed group is followed by a new one. */
  function run(
    script: readonly { afterS: number; joined: readonly { kind: string; severity: Severity }[]; resolves: number }[],
    options: GroupTimes,
    look: (seen: Seen) => void,
    comesAndGoes = true,
  ): void {
    let nowMs = START;
    let kept = opened(START);
    const step = (atMs: number, traffic: GroupTraffic | null) => {
      const { change, ...after } = settle(kept, traffic, options, atMs);
      look({ atMs, before: kept, after, traffic, change });
      kept = after.closed ? opened(atMs) : after;
    };
    script.forEach(({ afterS, joined, resolves }, i) => {
      const fresh = kept.group.total === 0;
      const next = nowMs + (i === 0 || fresh ? 0 : afterS) * SECOND;
      while (kept.group.flushAtMs !== null && kept.group.flushAtMs < next) step(kept.group.flushAtMs, null);
      nowMs = next;
      if (kept.group.total === 0) kept = opened(nowMs);
      const firing = kept.group.firing + (comesAndGoes ? joined.length : 0);
      if (joined.length === 0 && kept.group.total === 0) return;
      step(nowMs, { joined, resolved: firing === 0 ? 0 : resolves % (firing + 1) });
    });
  }

  const forAny = (check: (seen: Seen, options: GroupTimes) => void) =>
    fc.assert(
      fc.property(steps, times, (script, options) => run(script, options, (seen) => check(seen, options))),
      { numRuns: 400 },
    );

  test('nothing waits for its first decision without a flush_at', () =>
    forAny(({ after }) => {
      if (after.group.decidedAtMs === null) expect(after.group.flushAtMs).not.toBeNull();
    }));

  test('a group in which nothing fires has a flush_at, and being flushed then (and again when it says so) it closes', () =>
    forAny(({ after, atMs }, options) => {
      if (after.group.firing > 0 || after.closed) return;
      let kept = after;
      let last = atMs;
      for (let i = 0; i < 3 && !kept.closed; i += 1) {
        expect(kept.group.flushAtMs).not.toBeNull();
        last = kept.group.flushAtMs as number;
        kept = settle(kept, null, options, last);
      }
      expect(kept.closed).toBe(true);
      const resolvedAtMs = after.group.resolvedAtMs as number;
      expect(last).toBeGreaterThanOrEqual(resolvedAtMs + options.groupIntervalSeconds * SECOND);
    }));

  test('a group does not close while something fires', () =>
    forAny(({ after }) => {
      if (after.closed) expect(after.group.firing).toBe(0);
    }));

  test('after a flush nothing stays due', () =>
    forAny(({ after, atMs }) => {
      if (after.group.flushAtMs !== null) expect(after.group.flushAtMs).toBeGreaterThan(atMs);
    }));

  test('what fires untold is flushed within an interval of its coming, or the wait of its group', () =>
    forAny(({ after, traffic, atMs }, options) => {
      if (!traffic || traffic.joined.length === 0 || after.group.firing === 0 || after.group.flushAtMs === null) return;
      const most = after.group.decidedAtMs === null ? options.groupWaitSeconds : options.groupIntervalSeconds;
      expect(after.group.flushAtMs).toBeLessThanOrEqual(atMs + most * SECOND);
    }));

  test('a first of its kind and a raised severity are told at once, once the group has been decided', () =>
    forAny(({ before, after, traffic, change }) => {
      if (before.group.decidedAtMs === null || !traffic || after.group.firing === 0) return;
      const isNews = traffic.joined.some(
        ({ kind, severity: s }) => !before.group.kinds[kind]?.told || s < (before.told?.severity ?? 6),
      );
      if (isNews) expect(change).not.toBeNull();
    }));

  test('a flapping alert of one kind and severity is told at most once an interval', () => {
    const flaps = fc.array(
      fc.record({ upS: fc.integer({ min: 0, max: 200 }), downS: fc.integer({ min: 0, max: 200 }) }),
      { minLength: 2, maxLength: 30 },
    );
    fc.assert(
      fc.property(flaps, times, (script, options) => {
        const tellings: number[] = [];
        const one = [{ kind: 'a', severity: 3 as Severity }];
        const turns = script.flatMap(({ upS, downS }) => [
          { afterS: downS, joined: one, resolves: 0 },
          { afterS: upS, joined: [], resolves: 1 },
        ]);
        run(turns, options, ({ atMs, change }) => {
          if (change?.cause === 'opened' || change?.cause === 'refired') tellings.push(atMs);
        });
        tellings.slice(1).forEach((at, i) => {
          expect(at - (tellings[i] as number)).toBeGreaterThanOrEqual(options.groupIntervalSeconds * SECOND);
        });
      }),
      { numRuns: 400 },
    );
  });

  test('the order in which alerts of one flush arrive changes nothing', () => {
    const names = Array.from({ length: KINDS_REMEMBERED + 30 }, (_, i) => String(i));
    const few = fc.array(alert, { minLength: 2, maxLength: 8 });
    const many = fc
      .shuffledSubarray(names, { minLength: KINDS_REMEMBERED - 5 })
      .chain((kinds) => fc.tuple(...kinds.map((kind) => severity.map((s) => ({ kind, severity: s })))));
    const crowd = fc.tuple(fc.oneof(few, many), fc.array(alert, { maxLength: 3 }), fc.infiniteStream(fc.nat()));
    fc.assert(
      fc.property(crowd, times, ([joined, before, order], options) => {
        const start = settle(opened(START), { joined: before, resolved: 0 }, options, START);
        const shuffled = joined
          .map((one) => ({ one, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        const a = applyTraffic(start.group, { joined, resolved: 0 }, options, START + 5_000);
        const b = applyTraffic(start.group, { joined: shuffled, resolved: 0 }, options, START + 5_000);
        expect(b).toEqual(a);
      }),
      { numRuns: 200 },
    );
  });
});
