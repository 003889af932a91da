import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bucket, createThrottle, takeOne } from './throttle.ts';

const START = Temporal.Instant.from('2026-11-21T03:00:00Z');
const limit = { perSecond: 10, burst: 40 };

describe('takeOne', () => {
  test('never lets through more than the burst and what has come back since', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { maxLength: 300 }), (pauses) => {
        let bucket: Bucket | undefined;
        let nowMs = 0;
        let through = 0;
        for (const pause of pauses) {
          nowMs += pause;
          const taken = takeOne(bucket, limit, nowMs);
          bucket = taken.bucket;
          if (taken.waitSeconds === 0) through += 1;
          expect(through).toBeLessThanOrEqual(limit.burst + (nowMs * limit.perSecond) / 1_000);
        }
      }),
    );
  });

  test('who waits as long as told is let through', () => {
    const empty = { left: 0, atMs: 0 };
    const { waitSeconds } = takeOne(empty, { perSecond: 0.25, burst: 1 }, 0);
    expect(waitSeconds).toBe(4);
    expect(takeOne(empty, { perSecond: 0.25, burst: 1 }, waitSeconds * 1_000).waitSeconds).toBe(0);
  });

  test('a clock that stood still or stepped back gives nothing for free', () => {
    expect(takeOne({ left: 0, atMs: 5_000 }, limit, 1_000).waitSeconds).toBe(1);
  });
});

describe('createThrottle', () => {
  const user = { kind: 'user', userId: 'u', name: 'Maya', role: 'owner', teamIds: [], scopes: null } as const;

  test('a script that runs wild is told to wait; its owner in a browser is not', () => {
    const throttle = createThrottle(10);
    const byKey = Array.from({ length: 50 }, () => throttle?.({ ...user, via: 'api-key' }, '10.0.0.1', START));
    expect(byKey.filter((wait) => wait === null)).toHaveLength(40);
    expect(byKey.at(-1)).toBe(1);
    expect(throttle?.({ ...user, via: 'session' }, '10.0.0.1', START)).toBeNull();
  });

  test('strangers are told apart by their address', () => {
    const throttle = createThrottle(1);
    const knock = (address: string) => throttle?.({ kind: 'anonymous' }, address, START);
    expect([1, 2, 3, 4, 5].map(() => knock('10.0.0.1'))).toEqual([null, null, null, null, 1]);
    expect(knock('10.0.0.2')).toBeNull();
  });

  test('0 limits nothing', () => {
    expect(createThrottle(0)).toBeNull();
  });
});
