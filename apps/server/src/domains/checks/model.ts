/** How a heartbeat stands. `waiting`: nobody has pinged since it was made or paused, so nothing can be missed. */
export type HeartbeatState = 'waiting' | 'up' | 'down';

/** What a sender says with a ping: a run began, it went well, it failed. */
export type PingKind = 'start' | 'ok' | 'fail';

/** One sign of life. */
export interface Ping {
  readonly kind: PingKind;
  readonly at: Temporal.Instant;
  /** Beginning of what it carried; null when it carried nothing. */
  readonly message: string | null;
}

/** The part of a heartbeat that decisions need. */
export interface Pulse {
  readonly intervalSeconds: number;
  readonly graceSeconds: number;
  readonly paused: boolean;
  readonly state: HeartbeatState;
  readonly since: Temporal.Instant;
  readonly reason: string | null;
  readonly lastPingAt: Temporal.Instant | null;
  readonly runBeganAt: Temporal.Instant | null;
  readonly lastRunSeconds: number | null;
  readonly lastMessage: string | null;
  /** When it counts as missed; null while nothing is expected. */
  readonly wakeAt: Temporal.Instant | null;
  /** When its alert must be told; null when the alert knows. */
  readonly tellAt: Temporal.Instant | null;
}

/** A heartbeat as stored. */
export interface Heartbeat extends Pulse {
  readonly id: string;
  readonly integrationId: string;
  readonly slug: string;
  readonly name: string;
  readonly severity: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly matchers: string | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
}
