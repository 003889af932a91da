import { expect, test } from 'vitest';
import { afterEvent, type LiveState, liveWords } from './live-state.ts';

const lost: LiveState = { kind: 'lost', sinceMs: 1_000 };

test('a connection that stays cut keeps the moment it was lost', () => {
  const again = afterEvent(lost, { kind: 'lost', retryMs: 2000, problem: null }, 9_000);
  expect(again.state).toEqual(lost);
  expect(afterEvent(again.state, { kind: 'open' }, 9_500).state).toEqual({ kind: 'live' });
});

test('hints make their rows stale, a resync everything', () => {
  const live: LiveState = { kind: 'live' };
  const hints = [{ kind: 'page', id: 'p1', version: 3 }];
  expect(afterEvent(live, { kind: 'hints', hints }, 0).stale).toEqual([{ kind: 'page', id: 'p1' }]);
  expect(afterEvent(live, { kind: 'resync' }, 0).stale).toEqual(['everything']);
});

test('the screen never claims to be current when it is not', () => {
  expect(liveWords({ kind: 'live' }, 0).word).toBe('Live');
  expect(liveWords(lost, 5_400).word).toBe('Reconnecting 4 s');
  expect(liveWords(lost, 46_000).word).toBe('Reconnecting, shown as of 45 s ago');
  expect(liveWords(lost, 301_000).word).toBe('Reconnecting, shown as of 5 min ago');
});
