import { describe, expect, test } from 'vitest';
import { decideInterruption, type Standing, type Waiting } from './interruptions.ts';
import type { Severity } from './model.ts';

const zero = Temporal.Instant.from('2026-11-21T03:00:00Z');
const at = (seconds: number) => zero.add({ seconds });

let count = 0;
const page = (dueAt: number, fields: Partial<Waiting> = {}): Waiting => {
  count += 1;
  const id = `n${String(count).padStart(3, '0')}`;
  return {
    id,
    kind: 'page',
    groupId: `g${count}`,
    methodId: 'mail',
    severity: 3,
    dueAt: at(dueAt),
    reminder: false,
    continues: false,
    ...fields,
  };
};
const pages = (many: number, dueAt: number, fields: Partial<Waiting> = {}) =>
  Array.from({ length: many }, () => page(dueAt, fields));
const update = (dueAt: number) => page(dueAt, { kind: 'update' });
const resolved = (dueAt: number) => page(dueAt, { kind: 'resolved' });
const reminder = (dueAt: number, methodId = 'sms') => page(dueAt, { reminder: true, methodId });

interface Case {
  readonly lastAt?: number | null;
  readonly marks?: number;
  /** The last message by each method, seconds; by default a mail at the last interruption. */
  readonly by?: Readonly<Record<string, number>>;
  readonly told?: Severity | null;
  readonly now: number;
  readonly waiting: readonly Waiting[];
}

/** `2 by mail; marks 0; gap-is-over`: carriers with their size and method, or the second waited for. */
function decide({
  lastAt = null,
  marks = 0,
  by = lastAt === null ? {} : { mail: lastAt },
  told = null,
  now,
  waiting,
}: Case): string {
  const instant = (seconds: number | null) => (seconds === null ? null : at(seconds));
  const standing: Standing = {
    state: { lastAt: instant(lastAt), marks },
    lastToldBy: new Map(Object.entries(by).map(([method, seconds]) => [method, at(seconds)])),
    toldSeverity: told,
  };
  const decision = decideInterruption({ waiting, standing, now: at(now) });
  const what = decision.carriers.map((carrier) => `${carrier.folded.length + 1} by ${carrier.methodId}`);
  if (decision.until) what.push(`wait until ${zero.until(decision.until).total('seconds')}`);
  if (decision.state !== standing.state) what.push(`marks ${decision.state.marks}`);
  return `${what.join(', ')}; ${decision.reason}`;
}

describe('a page', () => {
  test.each<[string, Case, string]>([
    ['interrupts at once who was never interrupted', { now: 0, waiting: [page(0)] }, '1 by mail, marks 0; gap-is-over'],
    [
      'interrupts at once when the last interruption is 60 s ago',
      { lastAt: 0, now: 60, waiting: [page(60)] },
      '1 by mail, marks 0; gap-is-over',
    ],
    [
      'waits for the 60 s mark before',
      { lastAt: 0, told: 3, now: 59, waiting: [page(59)] },
      'wait until 60; wait-for-gap',
    ],
    [
      'breaks through when it is worse than anything open with them',
      { lastAt: 0, told: 3, now: 5, waiting: [page(5, { severity: 2 })] },
      '1 by mail, marks 0; severity-raised',
    ],
    [
      'of the same severity does not break through',
      { lastAt: 0, told: 2, now: 5, waiting: [page(5, { severity: 2 })] },
      'wait until 60; wait-for-gap',
    ],
    [
      'that breaks through takes along all that waits',
      { lastAt: 0, told: 3, now: 5, waiting: [page(5, { severity: 1 }), page(2), update(3)] },
      '3 by mail, marks 0; severity-raised',
    ],
    [
      'goes by each method at the same moment, as one interruption',
      { now: 0, waiting: [page(0), page(0, { methodId: 'sms' })] },
      '1 by mail, 1 by sms, marks 0; gap-is-over',
    ],
    [
      'is not delayed by a reminder or update sent just before',
      { lastAt: 0, by: { mail: 99 }, told: 3, now: 100, waiting: [page(100)] },
      '1 by mail, marks 0; gap-is-over',
    ],
    ['nothing waits: nothing is done', { now: 0, waiting: [] }, '; nothing-due'],
  ])('%s', (_, given, expected) => expect(decide(given)).toBe(expected));
});

describe('reminders, updates and resolves', () => {
  test.each<[string, Case, string]>([
    [
      'are no interruptions in themselves',
      { lastAt: 0, now: 120, waiting: [reminder(120), update(120), resolved(120)] },
      '1 by sms, 2 by mail; follow-up',
    ],
    [
      'wait a minute after the last message by their method',
      { lastAt: 0, now: 30, waiting: [update(30)] },
      'wait until 60; wait-for-gap',
    ],
    [
      'keep the delay that the person chose: another method may remind at once',
      { lastAt: 0, now: 30, waiting: [reminder(30)] },
      '1 by sms; follow-up',
    ],
    [
      'remind also while a page waits for its mark',
      { lastAt: 0, told: 3, now: 30, waiting: [reminder(30), page(20)] },
      '1 by sms, wait until 60; wait-for-gap',
    ],
    [
      'ride on another try by their method',
      { lastAt: 0, told: 3, now: 30, waiting: [update(30), page(20), page(10, { continues: true })] },
      '2 by mail, wait until 60; wait-for-gap',
    ],
    [
      'come at most once a minute',
      { lastAt: 0, by: { mail: 100 }, now: 120, waiting: [update(120)] },
      'wait until 160; wait-for-gap',
    ],
    [
      'go with a page that goes',
      { lastAt: 0, by: { mail: 55 }, told: 3, now: 60, waiting: [page(60), resolved(58)] },
      '2 by mail, marks 0; gap-is-over',
    ],
    [
      'wait for the marks of a storm',
      { lastAt: 0, marks: 3, now: 100, waiting: [update(100)] },
      'wait until 300; wait-for-storm-mark',
    ],
    [
      'never break through',
      { lastAt: 0, told: 3, now: 5, waiting: [page(5, { kind: 'update', severity: 1 })] },
      'wait until 60; wait-for-gap',
    ],
  ])('%s', (_, given, expected) => expect(decide(given)).toBe(expected));
});

describe('a storm', () => {
  test.each<[string, Case, string]>([
    [
      'begins at a mark at which five pages wait; the interruption before was its first mark',
      { lastAt: 0, told: 3, now: 60, waiting: pages(5, 10) },
      '5 by mail, marks 2; gap-is-over',
    ],
    [
      'does not begin with four',
      { lastAt: 0, told: 3, now: 60, waiting: pages(4, 10) },
      '4 by mail, marks 0; gap-is-over',
    ],
    [
      'begins with its first mark when nobody had to wait',
      { now: 0, waiting: pages(5, 0) },
      '5 by mail, marks 1; gap-is-over',
    ],
    [
      'counts pages, not their methods',
      { now: 0, waiting: pages(3, 0, { groupId: 'one' }).concat(page(0)) },
      '4 by mail, marks 0; gap-is-over',
    ],
    [
      'has its second mark one minute after the first',
      { lastAt: 0, marks: 1, told: 3, now: 59, waiting: [page(20)] },
      'wait until 60; wait-for-storm-mark',
    ],
    [
      'goes on with a single page at its second mark',
      { lastAt: 0, marks: 1, told: 3, now: 60, waiting: [page(20)] },
      '1 by mail, marks 2; gap-is-over',
    ],
    [
      'has its third mark two minutes later',
      { lastAt: 60, marks: 2, told: 3, now: 179, waiting: [page(100)] },
      'wait until 180; wait-for-storm-mark',
    ],
    [
      'then one every five minutes',
      { lastAt: 180, marks: 3, told: 3, now: 479, waiting: [page(181)] },
      'wait until 480; wait-for-storm-mark',
    ],
    [
      'and so on',
      { lastAt: 480, marks: 4, told: 3, now: 780, waiting: [page(481)] },
      '1 by mail, marks 5; gap-is-over',
    ],
    [
      'lets a worse page through',
      { lastAt: 180, marks: 3, told: 3, now: 200, waiting: [page(200, { severity: 1 })] },
      '1 by mail, marks 4; severity-raised',
    ],
    [
      'is over after five quiet minutes',
      { lastAt: 180, marks: 3, told: 3, now: 480, waiting: [page(480)] },
      '1 by mail, marks 0; gap-is-over',
    ],
    [
      'that is over can begin again',
      { lastAt: 180, marks: 3, told: 3, now: 480, waiting: pages(5, 480) },
      '5 by mail, marks 1; gap-is-over',
    ],
  ])('%s', (_, given, expected) => expect(decide(given)).toBe(expected));
});

describe('what carries', () => {
  test('is the worst, then the oldest; the rest is folded', () => {
    const [a, b, c] = [page(3, { id: 'a' }), page(2, { id: 'b', severity: 2 }), page(1, { id: 'c', severity: 2 })];
    const [carrier] = decideInterruption({
      waiting: [a, b, c],
      standing: { state: { lastAt: null, marks: 0 }, lastToldBy: new Map(), toldSeverity: null },
      now: at(5),
    }).carriers;
    expect(carrier).toEqual({ id: 'c', methodId: 'mail', folded: ['b', 'a'] });
  });

  test('another try goes at once, moves no mark, and takes along only what may go', () => {
    const again = page(3, { continues: true });
    expect(decide({ lastAt: 0, told: 3, now: 5, waiting: [again, page(4, { continues: true }), page(5)] })).toBe(
      '2 by mail, wait until 60; wait-for-gap',
    );
    expect(decide({ lastAt: 0, told: 3, now: 5, waiting: [again] })).toBe('1 by mail; another-try');
    expect(decide({ lastAt: 0, told: 3, now: 60, waiting: [again, page(60)] })).toBe('2 by mail, marks 0; gap-is-over');
  });

  test('a test goes at once, alone, and is no interruption', () => {
    const test = page(5, { kind: 'test', id: 't' });
    expect(decide({ lastAt: 0, told: 3, now: 5, waiting: [test, page(5)] })).toBe(
      '1 by mail, wait until 60; wait-for-gap',
    );
    expect(decide({ lastAt: 0, told: 3, now: 5, waiting: [test] })).toBe('1 by mail; asked');
  });
});
