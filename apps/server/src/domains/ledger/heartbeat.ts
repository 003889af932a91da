import type { Instant } from './model.ts';
import { lateSeconds, UNHEALTHY_LATE_SECONDS } from './model.ts';

/** A watcher that finished longer ago than this (seconds) is taken for dead: it runs every 10 s. */
export const WATCH_PATIENCE_SECONDS = 60;

/** What the heartbeat stands for when it is sent. */
export interface HeartbeatFacts {
  readonly now: Instant;
  /** When the watcher last finished a pass well, on any node. */
  readonly watchedAt: Instant | null;
  /** The self-made check: how late the engine's oldest due wake-up is; null when it could not be read. */
  readonly lateSeconds: number | null;
  /** Alarms that the watcher found and no emergency channel took: then only silence can still call for help. */
  readonly untoldAlarms: number;
}

/** Why the heartbeat is not sent; the receiver then calls for help. */
export type NoHeartbeatReason = 'watch-never-ran' | 'watch-late' | 'check-failed' | 'engine-late' | 'alarm-untold';

export type HeartbeatDecision = { readonly send: true } | { readonly send: false; readonly reason: NoHeartbeatReason };

/**
 * Decides whether to tell the outside that all is well. It is a dead-man's switch: it may only go out when the watcher
 * itself ran lately and found the engine on time, for a heartbeat that always goes out watches nothing.
 */
export function decideHeartbeat({
  now,
  watchedAt,
  lateSeconds: late,
  untoldAlarms,
}: HeartbeatFacts): HeartbeatDecision {
  if (watchedAt === null) return { send: false, reason: 'watch-never-ran' };
  if (lateSeconds(watchedAt, now) > WATCH_PATIENCE_SECONDS) return { send: false, reason: 'watch-late' };
  if (late === null) return { send: false, reason: 'check-failed' };
  if (late >= UNHEALTHY_LATE_SECONDS) return { send: false, reason: 'engine-late' };
  if (untoldAlarms > 0) return { send: false, reason: 'alarm-untold' };
  return { send: true };
}
