import type { OpenAlarm } from './alarms.ts';
import type { Instant } from './model.ts';
import { engineLateSeconds, isEngineOnTime, type QueueFacts } from './stalled.ts';

/** Whether wake-ups are taken in time. */
export interface BriefHealth {
  readonly ok: boolean;
  readonly lateSeconds: number;
}

/** What the watch sees (contracts: engineHealth). */
export interface EngineHealth extends BriefHealth {
  readonly queues: readonly { readonly name: string; readonly due: number; readonly oldestDueAt: Instant | null }[];
  readonly jobs: readonly { readonly name: string; readonly lastFinishedAt: Instant | null }[];
  readonly watch: { readonly lastPassAt: Instant | null; readonly since: Instant | null };
  readonly alarms: readonly OpenAlarm[];
  readonly emergency: {
    readonly configured: boolean;
    readonly lastSpokeAt: Instant | null;
    readonly lastFailure: string | null;
  };
  readonly heartbeat: {
    readonly configured: boolean;
    readonly lastSentAt: Instant | null;
    readonly lastReason: string | null;
  };
}

/** The engine's health: in brief for machines outside, in full for who runs it. */
export interface Health {
  brief(now: Instant): Promise<BriefHealth>;
  full(now: Instant): Promise<EngineHealth>;
}

/** The brief answer from the queues. */
export function briefOf(queues: readonly QueueFacts[], now: Instant): BriefHealth {
  return { ok: isEngineOnTime(queues, now), lateSeconds: engineLateSeconds(queues, now) };
}
