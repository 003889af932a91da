/**
 * Words of the page ledger: stored facts as they are read back, never decided again. JSON columns keep the shape in
 * which their domain wrote them, also an older release's; so a reader here is tolerant and shows what it does not know
 * by its stored name.
 */
export type Id = string;
export type Instant = Temporal.Instant;
export type Payload = Readonly<Record<string, unknown>>;

/** One stored fact of a sealed log. */
export interface StoredFact {
  readonly id: number;
  readonly at: Instant;
  readonly kind: string;
  readonly payload: Payload;
}

/** Whom a step names: a reference, resolved to people only when the step is taken. */
export interface TargetRef {
  readonly kind: 'user' | 'schedule' | 'team' | 'webhook';
  readonly id: Id;
}

/** The policy that a run froze. */
export interface SnapshotFacts {
  readonly policyId: Id | null;
  readonly policyName: string | null;
  readonly policyVersion: number | null;
  readonly steps: readonly { readonly delaySeconds: number; readonly targets: readonly TargetRef[] }[];
  readonly rounds: number;
  readonly repeatIntervalSeconds: number;
  readonly ackTimeoutSeconds: number;
  readonly lastResort: readonly TargetRef[];
}

export type Phase = 'escalating' | 'last-resort' | 'repeating' | 'acknowledged' | 'snoozed' | 'ended';

/** One run of a page as stored. */
export interface RunFacts {
  readonly id: Id;
  readonly live: boolean;
  readonly phase: Phase;
  readonly snapshot: SnapshotFacts;
  readonly round: number;
  readonly step: number;
  readonly urgency: 'high' | 'low';
  readonly holderId: Id | null;
  readonly acknowledgedBy: Id | null;
  readonly acknowledgedAt: Instant | null;
  readonly quietUntil: Instant | null;
  readonly startedAt: Instant;
  readonly startReason: Payload;
  readonly endedAt: Instant | null;
  readonly endReason: Payload | null;
}

/** The alert group as stored: the page itself. */
export interface GroupFacts {
  readonly id: Id;
  readonly number: number;
  readonly title: string;
  readonly severity: number;
  readonly open: boolean;
  readonly routeId: Id;
  /** What the route does: only `page` calls people. */
  readonly mode: 'page' | 'ticket' | 'record';
  readonly urgency: 'high' | 'low';
  /** Why the route got it, as stored. */
  readonly routeReason: Payload;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceId: Id | null;
  readonly teamId: Id | null;
  readonly firing: number;
  readonly total: number;
  readonly openedAt: Instant;
  readonly resolvedAt: Instant | null;
  readonly closedAt: Instant | null;
  readonly decidedAt: Instant | null;
  readonly flushAt: Instant | null;
  readonly runAt: Instant | null;
  /** Why each mute keeps all of it from calling; null while it may call. Then `runAt` is when that is asked again. */
  readonly mutedBy: readonly string[] | null;
  readonly version: number;
}

/** One try, receipt or refusal. */
export interface AttemptFacts {
  readonly at: Instant;
  readonly attempt: number;
  readonly kind: 'begun' | 'accepted' | 'retry' | 'refused' | 'receipt';
  readonly reason: string | null;
  readonly detail: string | null;
}

/** A notification as stored, its attempts oldest first. Addresses are masked before they come here. */
export interface NotificationFacts {
  readonly id: Id;
  readonly runId: Id | null;
  readonly round: number;
  readonly step: number;
  readonly kind: 'page' | 'update' | 'resolved' | 'alarm' | 'test';
  readonly userId: Id | null;
  readonly endpointId: Id | null;
  readonly channel: string;
  /** What the person calls this method, e.g. `Pixel 9`; null when it is gone. */
  readonly methodLabel: string | null;
  readonly state: 'queued' | 'leased' | 'sent' | 'failed' | 'cancelled';
  readonly reason: Payload;
  readonly dueAt: Instant;
  readonly wakeAt: Instant | null;
  readonly createdAt: Instant;
  readonly sentAt: Instant | null;
  readonly receiptAt: Instant | null;
  readonly receipt: string | null;
  readonly endedAt: Instant | null;
  readonly endReason: Payload | null;
  /** The row whose message told this one too, when several were folded into one interruption. */
  readonly carrierId: Id | null;
  readonly attempts: readonly AttemptFacts[];
}

/** How the page began: the first alert's stored event, and the request that carried it while that is kept. */
export interface OpeningFacts {
  readonly at: Instant;
  readonly receivedAt: Instant | null;
  readonly integration: string | null;
}

/** Everything stored about one page, read in one snapshot of the database. */
export interface PageFacts {
  readonly group: GroupFacts;
  /** Null when no event is stored: past retention, or lost. */
  readonly opening: OpeningFacts | null;
  /** The newest resolve of one of its alerts: who ended it. */
  readonly lastResolvedBy: string | null;
  /** Oldest first. */
  readonly events: readonly StoredFact[];
  /** Oldest first; the live one, if any, is the last. */
  readonly runs: readonly RunFacts[];
  /** Oldest first. */
  readonly notifications: readonly NotificationFacts[];
}

/** How ids and moments are shown. People are ids everywhere; only here they get a name. */
export interface Names {
  person(id: Id): string;
  thing(kind: 'schedule' | 'team' | 'webhook' | 'policy' | 'route', id: Id): string;
  /** Time of day in the reader's zone, e.g. `03:12:48`. */
  clock(at: Instant): string;
}

/** A wake-up this late is an alarm (seconds). */
export const ALARM_LATE_SECONDS = 30;
/** A wake-up this late makes the engine unhealthy (seconds). */
export const UNHEALTHY_LATE_SECONDS = 5;

/** How many seconds `due` lies before `at`; 0 when it does not. */
export function lateSeconds(due: Instant, at: Instant): number {
  return Math.max(0, (at.epochMilliseconds - due.epochMilliseconds) / 1000);
}

/** Whether a moment that should have been kept is past by more than an alarm's patience. */
export function isOverdue(due: Instant | null, at: Instant): boolean {
  return due !== null && lateSeconds(due, at) > ALARM_LATE_SECONDS;
}
