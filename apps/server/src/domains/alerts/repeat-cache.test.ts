import { describe, expect, test } from 'vitest';
import { createRepeatCache, type Repeat } from './repeat-cache.ts';

const firing = (startsAtMs: number, endsAtMs = 1_000): Repeat => ({
  status: 'firing',
  startsAtMs,
  endsAtMs,
  endsAtIsTimeout: false,
});
const resolved = (startsAtMs: number): Repeat => ({ ...firing(startsAtMs), status: 'resolved' });

function stored(repeat: Repeat, alertId: string | null = 'alert') {
  const cache = createRepeatCache(10);
  cache.store('key', alertId, repeat);
  return cache;
}

describe('what is absorbed', () => {
  test('an unchanged repeat, once it is stored', () => {
    expect(createRepeatCache(10).absorb('key', firing(1), 5)).toBe(false);
    expect(stored(firing(1)).absorb('key', firing(1), 5)).toBe(true);
  });

  test('not another startsAt: it may be another episode', () => {
    expect(stored(firing(1)).absorb('key', firing(2), 5)).toBe(false);
  });

  test('not a resolve of what fires, nor a firing of what has resolved', () => {
    expect(stored(firing(1)).absorb('key', resolved(1), 5)).toBe(false);
    expect(stored(resolved(1), null).absorb('key', firing(1), 5)).toBe(false);
  });

  test('a repeated resolve, which has no sighting to write', () => {
    const cache = stored(resolved(1), null);
    expect(cache.absorb('key', resolved(1), 5)).toBe(true);
    expect(cache.takeSightings(10)).toEqual([]);
  });

  // It may have been resolved by expiry meanwhile: its coming back must be decided, not counted.
  test('not what comes back after its end had passed', () => {
    expect(stored(firing(1, 100)).absorb('key', firing(1, 500), 101)).toBe(false);
  });

  test('what goes on in time, each repeat carrying the end further', () => {
    const cache = stored(firing(1, 100));
    for (let at = 90; at < 2_000; at += 90) expect(cache.absorb('key', firing(1, at + 100), at)).toBe(true);
  });

  test('each replica of a source by its own startsAt, the last four of them', () => {
    const cache = createRepeatCache(10);
    for (const at of [1, 2, 3, 4, 5]) cache.store('key', 'alert', firing(at));
    expect([1, 2, 3, 4, 5].map((at) => cache.absorb('key', firing(at), 9))).toEqual([false, true, true, true, true]);
  });

  test('not by a startsAt of the alert before', () => {
    const cache = stored(firing(1), 'first');
    cache.store('key', 'second', firing(2));
    expect(cache.absorb('key', firing(1), 5)).toBe(false);
  });

  test('nothing of a key that was dropped', () => {
    const cache = stored(firing(1));
    cache.absorb('key', firing(1), 5);
    cache.drop('key');
    expect(cache.absorb('key', firing(1), 6)).toBe(false);
    expect(cache.takeSightings(10)).toEqual([]);
  });
});

describe('sightings', () => {
  test('are counted with the moment and the end of the newest, and handed out once', () => {
    const cache = stored(firing(1));
    cache.absorb('key', firing(1, 1_100), 5);
    cache.absorb('key', firing(1, 1_200), 6);
    const sighting = { alertId: 'alert', key: 'key', count: 2, lastSeenMs: 6, endsAtMs: 1_200, endsAtIsTimeout: false };
    expect(cache.takeSightings(10)).toEqual([sighting]);
    expect(cache.takeSightings(10)).toEqual([]);
    cache.absorb('key', firing(1, 1_300), 7);
    expect(cache.takeSightings(10)).toEqual([{ ...sighting, count: 1, lastSeenMs: 7, endsAtMs: 1_300 }]);
  });

  test('do not shorten the end when a replica names an earlier one', () => {
    const cache = stored(firing(1, 1_000));
    cache.absorb('key', firing(1, 1_500), 5);
    cache.absorb('key', firing(1, 1_400), 6);
    expect(cache.takeSightings(10)).toMatchObject([{ endsAtMs: 1_500 }]);
  });

  test('are not lost when another replica is stored between two flushes', () => {
    const cache = stored(firing(1));
    cache.absorb('key', firing(1), 5);
    cache.store('key', 'alert', firing(2));
    cache.absorb('key', firing(2), 6);
    expect(cache.takeSightings(10)).toMatchObject([{ count: 2, lastSeenMs: 6 }]);
  });

  test('of another alert of the same key are not counted to its successor', () => {
    const cache = stored(firing(1), 'first');
    cache.absorb('key', firing(1), 5);
    cache.store('key', 'second', firing(2));
    expect(cache.takeSightings(10)).toEqual([]);
  });

  test('are handed out in parts', () => {
    const cache = createRepeatCache(10);
    for (const key of ['a', 'b', 'c']) {
      cache.store(key, key, firing(1));
      cache.absorb(key, firing(1), 5);
    }
    expect(cache.takeSightings(2).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(cache.takeSightings(2).map(({ key }) => key)).toEqual(['c']);
  });
});

describe('size', () => {
  test('the longest untouched leave first', () => {
    const cache = createRepeatCache(2);
    for (const key of ['a', 'b', 'c']) cache.store(key, key, firing(1));
    expect(['a', 'b', 'c'].map((key) => cache.knows(key))).toEqual([false, true, true]);
  });

  test('an entry with sightings stays until they are written', () => {
    const cache = createRepeatCache(2);
    cache.store('a', 'a', firing(1));
    cache.absorb('a', firing(1), 5);
    for (const key of ['b', 'c']) cache.store(key, key, firing(1));
    expect(['a', 'b', 'c'].map((key) => cache.knows(key))).toEqual([true, false, true]);
    expect(cache.takeSightings(10)).toHaveLength(1);
  });

  test('stays bounded, and storing stays quick, when every entry has sightings', () => {
    const cache = createRepeatCache(20_000);
    for (let i = 0; i < 60_000; i += 1) {
      cache.store(String(i), String(i), firing(1));
      cache.absorb(String(i), firing(1), 5);
    }
    cache.takeSightings(100_000);
    for (let i = 0; i < 40_000; i += 1) cache.store(`later${i}`, null, resolved(1));
    expect(cache.size).toBe(20_000);
    // Quadratic eviction took minutes; a busy machine takes seconds.
  }, 30_000);
});
