import { describe, expect, it } from 'vitest';
import type { Matcher } from '#routing';
import { MOST_OCCURRENCES, type Occurrence, type WantedWindow } from './model.ts';
import { type EventWindow, isEmptyPlan, planWindows, wantedWindows } from './plan.ts';
import { afterFailure, askWith } from './reading.ts';

const at = (text: string) => Temporal.Instant.from(`2026-11-21T${text}:00Z`);
const NOW = at('12:00');
const db: readonly Matcher[] = [{ name: 'service', op: '=', value: 'db' }];
const web: readonly Matcher[] = [{ name: 'service', op: '=', value: 'web' }];

const wanted = (uid: string, from: string, to: string, more: Partial<WantedWindow> = {}): WantedWindow => ({
  uid,
  key: '',
  name: uid,
  matchers: db,
  startsAt: at(from),
  endsAt: at(to),
  ...more,
});
const stored = (uid: string, from: string, to: string, more: Partial<EventWindow> = {}): EventWindow => ({
  ...wanted(uid, from, to),
  id: `id-${uid}`,
  isRemoved: false,
  ...more,
});
const plan = (was: readonly EventWindow[], wants: readonly WantedWindow[], keep: readonly string[] = []) =>
  planWindows(was, wants, { now: NOW, keep: new Set(keep) });
const nothing = { add: [], change: [], end: [], drop: [] };

describe('the windows of a calendar', () => {
  it('are left alone when nothing has changed', () => {
    expect(plan([stored('a', '11:00', '13:00')], [wanted('a', '11:00', '13:00')])).toEqual(nothing);
    expect(isEmptyPlan(nothing)).toBe(true);
  });

  it('are added, one for each occurrence', () => {
    const wants = [wanted('a', '13:00', '14:00', { key: '1' }), wanted('a', '15:00', '16:00', { key: '2' })];
    expect(plan([], wants)).toEqual({ ...nothing, add: wants });
  });

  it('are changed in place before they open, and while they stay open', () => {
    const later = wanted('a', '14:00', '15:00');
    expect(plan([stored('a', '13:00', '14:00')], [later])).toEqual({ ...nothing, change: [{ id: 'id-a', to: later }] });
    const longer = wanted('a', '11:00', '15:00', { matchers: web });
    expect(plan([stored('a', '11:00', '13:00')], [longer])).toEqual({
      ...nothing,
      change: [{ id: 'id-a', to: longer }],
    });
  });

  it('end at once when their event is moved away while it runs, and another is planned', () => {
    const moved = wanted('a', '15:00', '16:00');
    expect(plan([stored('a', '11:00', '13:00')], [moved])).toEqual({ ...nothing, end: ['id-a'], add: [moved] });
  });

  it('that are over stay what they were when their event is moved to another day', () => {
    const moved = wanted('a', '15:00', '16:00');
    expect(plan([stored('a', '09:00', '10:00')], [moved])).toEqual({ ...nothing, end: ['id-a'], add: [moved] });
    expect(plan([stored('a', '09:00', '10:00')], [])).toEqual(nothing);
  });

  it('end when their event is taken out while it runs, and are dropped before it begins', () => {
    const was = [stored('a', '11:00', '13:00'), stored('b', '13:00', '14:00')];
    expect(plan(was, [])).toEqual({ ...nothing, end: ['id-a'], drop: ['id-b'] });
  });

  it('stay while their event cannot be read', () => {
    expect(plan([stored('a', '11:00', '13:00'), stored('b', '13:00', '14:00')], [], ['a', 'b'])).toEqual(nothing);
  });

  it('that a person took away do not come back', () => {
    expect(plan([stored('a', '13:00', '14:00', { isRemoved: true })], [wanted('a', '13:30', '14:00')])).toEqual(
      nothing,
    );
  });
});

const occurrence = (more: Partial<Occurrence>): Occurrence => ({
  uid: 'a',
  key: '',
  name: 'a',
  categories: [],
  matcherLine: null,
  startsAt: at('11:00'),
  endsAt: at('13:00'),
  ...more,
});
const label = { kind: 'categories', label: 'service' } as const;

describe('which alerts an event mutes', () => {
  it.each([
    ['the calendar’s, when events say nothing', { kind: 'none' }, { matcherLine: 'x="y"' }, db],
    ['those of its description', { kind: 'description' }, { matcherLine: 'service="web"' }, web],
    ['the calendar’s, when its description has none', { kind: 'description' }, {}, db],
    ['its category', label, { categories: ['web'] }, web],
    [
      'any of its categories, taken literally',
      label,
      { categories: ['a.b', 'c|d'] },
      [{ name: 'service', op: '=~', value: 'a\\.b|c\\|d' }],
    ],
  ] as const)('%s', (_name, eventMatchers, said, matchers) => {
    const { windows } = wantedWindows([occurrence(said)], { matchers: db, eventMatchers }, NOW);
    expect(windows.map((window) => window.matchers)).toEqual([matchers]);
  });

  it.each([
    ['job=~"("', /matchers:/],
    ['service=""', /refuse an empty value/],
    ['nonsense', /matchers:/],
  ])('none when it says %s: that is a fault, not the calendar’s matchers', (matcherLine, message) => {
    const rule = { matchers: db, eventMatchers: { kind: 'description' } } as const;
    const { windows, faults } = wantedWindows([occurrence({ matcherLine })], rule, NOW);
    expect(windows).toEqual([]);
    expect(faults).toEqual([{ uid: 'a', message: expect.stringMatching(message) }]);
  });

  it('none and no fault, when neither it nor the calendar says any', () => {
    const rule = { matchers: null, eventMatchers: { kind: 'description' } } as const;
    expect(wantedWindows([occurrence({})], rule, NOW)).toEqual({ windows: [], faults: [], later: 0 });
  });

  it('plans the next thousand and counts the others; what is over is not planned', () => {
    const many = Array.from({ length: MOST_OCCURRENCES + 5 }, (_, n) => occurrence({ key: String(n) }));
    const over = occurrence({ uid: 'over', startsAt: at('10:00'), endsAt: at('12:00') });
    const { windows, later } = wantedWindows([over, ...many], { matchers: db, eventMatchers: { kind: 'none' } }, NOW);
    expect([windows.length, windows[0]?.uid, later]).toEqual([MOST_OCCURRENCES, 'a', 5]);
  });
});

describe('reading', () => {
  const state = { refreshSeconds: 900, etag: '"1"', readAt: NOW, failures: 0, failingSince: null };

  it('is tried again after 1, 2, 4 … minutes, at most an hour or its own interval', () => {
    const waits = [0, 1, 2, 5, 6, 60].map((failures) => afterFailure({ ...state, failures }, NOW).wakeAt);
    expect(waits.map((wake) => NOW.until(wake).total('minutes'))).toEqual([1, 2, 4, 32, 60, 60]);
    const slow = afterFailure({ ...state, failures: 20, refreshSeconds: 7_200 }, NOW);
    expect(NOW.until(slow.wakeAt).total('minutes')).toBe(120);
    expect(afterFailure({ ...state, failingSince: at('09:00') }, NOW).failingSince.toString()).toBe(
      at('09:00').toString(),
    );
  });

  it('asks whether anything changed, but once a day and after a failure for everything', () => {
    expect(askWith(state, NOW.add({ hours: 23 }))).toBe('"1"');
    expect(askWith(state, NOW.add({ hours: 24 }))).toBeNull();
    expect(askWith({ ...state, failures: 1 }, NOW)).toBeNull();
    expect(askWith({ ...state, readAt: null }, NOW)).toBeNull();
  });
});
