import { expect, test } from 'vitest';
import type { RunFacts } from './model.ts';
import { listed, nextOf } from './next.ts';
import { after, lookup, run, snapshot } from './testkit.ts';

const next = (fields: Partial<RunFacts>) => nextOf(run(fields), after(300), lookup);

test.each<[string, Partial<RunFacts>, string]>([
  ['the following step, by who is on call then', { step: 0 }, 'Escalates to Bo at 03:05:00.'],
  ['the first step of the next round after the last', { step: 1 }, 'Starts again with Ann at 03:05:00.'],
  ['the last resort after the last round', { step: 1, round: 1 }, 'Goes to the last resort, boss, at 03:05:00.'],
  [
    'the last step again once the rounds are over',
    { step: 2, round: 1, phase: 'last-resort' },
    'Calls Bo again at 03:05:00.',
  ],
  ['the first step after a holder was called first', { step: -1, round: 1 }, 'Escalates to Ann at 03:05:00.'],
  [
    'the holder when the acknowledgement runs out',
    { phase: 'acknowledged', holderId: 'bo', acknowledgedBy: 'bo' },
    'Quiet until 03:05:00, then it asks Bo again.',
  ],
  [
    'the first step when the acknowledgement of a sender runs out: nobody holds it',
    { phase: 'acknowledged', acknowledgedBy: 'pd' },
    'Quiet until 03:05:00, then it asks Ann again.',
  ],
  [
    'the following step when a snooze nobody had ends',
    { phase: 'snoozed', holderId: 'bo' },
    'Snoozed until 03:05:00, then it calls Bo.',
  ],
  [
    'the last resort again where there is no policy',
    { snapshot: { ...snapshot, steps: [] }, phase: 'repeating' },
    'Calls boss again at 03:05:00.',
  ],
])('a run calls next: %s', (_what, fields, sentence) => {
  expect(next(fields)?.sentence).toBe(sentence);
});

test('a run that ended or has no wake-up has no next', () => {
  expect(next({ live: false, phase: 'ended' })).toBeNull();
  expect(nextOf(run(), null, lookup)).toBeNull();
});

test('an empty schedule is named as such, nobody is invented', () => {
  const steps = [
    snapshot.steps[0],
    { delaySeconds: 0, targets: [{ kind: 'schedule', id: 'night' }] },
  ] as RunFacts['snapshot']['steps'];
  expect(next({ snapshot: { ...snapshot, steps } })).toMatchObject({
    people: [],
    sentence: 'Escalates to schedule night at 03:05:00.',
  });
});

test('many names are cut', () => {
  expect([listed([]), listed(['a', 'b']), listed(['a', 'b', 'c', 'd', 'e'])]).toEqual([
    'nobody',
    'a and b',
    'a, b and 3 more',
  ]);
});
