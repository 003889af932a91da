import type { Actor } from './actor.ts';

/** Requests a second that are always let through, and how many may come at once after a pause. */
export interface Limit {
  readonly perSecond: number;
  readonly burst: number;
}

/** What is left of an allowance, at a moment (epoch milliseconds). */
export interface Bucket {
  readonly left: number;
  readonly atMs: number;
}

/** Takes one request from an allowance: what is left of it, and the whole seconds to wait when there was none (else 0). */
export function takeOne(
  bucket: Bucket | undefined,
  limit: Limit,
  nowMs: number,
): { readonly bucket: Bucket; readonly waitSeconds: number } {
  const passed = bucket === undefined ? 0 : Math.max(0, nowMs - bucket.atMs);
  const left =
    bucket === undefined ? limit.burst : Math.min(limit.burst, bucket.left + (passed * limit.perSecond) / 1_000);
  if (left >= 1) return { bucket: { left: left - 1, atMs: nowMs }, waitSeconds: 0 };
  return { bucket: { left, atMs: nowMs }, waitSeconds: Math.max(1, Math.ceil((1 - left) / limit.perSecond)) };
}

/** Allowances remembered at most; the longest unused are forgotten first, which gives them a full one back. */
const MOST_KEPT = 10_000;

/**
 * Limits requests by who asks: a person's keys together, their browser apart from them (a script that runs wild must not
 * keep its owner from acknowledging), strangers by address. Kept in memory: each process counts for itself. Null when
 * `perSecond` is 0. Doors of integrations are not asked: they answer overload in their own way.
 */
export function createThrottle(
  perSecond: number,
): ((actor: Actor, address: string, now: Temporal.Instant) => number | null) | null {
  if (perSecond === 0) return null;
  const limit: Limit = { perSecond, burst: perSecond * 4 };
  const buckets = new Map<string, Bucket>();
  return (actor, address, now) => {
    const who = actor.kind === 'user' ? `${actor.via}:${actor.userId}` : `${actor.kind}:${address}`;
    const { bucket, waitSeconds } = takeOne(buckets.get(who), limit, now.epochMilliseconds);
    buckets.delete(who);
    buckets.set(who, bucket);
    if (buckets.size > MOST_KEPT) buckets.delete(buckets.keys().next().value as string);
    return waitSeconds === 0 ? null : waitSeconds;
  };
}
