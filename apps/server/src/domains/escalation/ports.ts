import type { Trx } from '#platform/db';
import type {
  AlarmReason,
  CancelReason,
  Id,
  Instant,
  LedgerEntry,
  MuteEntry,
  LedgerKind,
  PageReason,
  Reach,
  Severity,
  Urgency,
} from './model.ts';

/** What escalation asks of the domains before it. app.ts fills these; all answers but the writes come from memory. */
export interface EscalationPorts {
  readonly people: PeoplePort;
  readonly oncall: OnCallPort;
  readonly owners: OwnersPort;
  readonly pager: PagerPort;
  readonly audit: AuditPort;
  readonly followers: FollowersPort;
}

/** People and teams (access). */
export interface PeoplePort {
  person(userId: Id): 'active' | 'inactive' | null;
  /** Null: no such team. */
  activeMembersOf(teamId: Id): readonly Id[] | null;
}

/** Schedules (oncall). Null: no such schedule. An empty list is a gap. */
export interface OnCallPort {
  onCallAt(scheduleId: Id, at: Instant): readonly Id[] | null;
}

/** Whose policy pages for a page without one of its own: the service's, else its team's (catalog, access). */
export interface OwnersPort {
  policyOf(owner: { readonly serviceId: Id | null; readonly teamId: Id | null }): Id | null;
}

/** One call of one person or endpoint, to be expanded by the person's rules. */
export type PageRequest = {
  readonly groupId: Id;
  readonly runId: Id;
  readonly round: number;
  readonly step: number;
  readonly urgency: Urgency;
  readonly severity: Severity;
  readonly reason: PageReason & { readonly via?: { readonly kind: string; readonly id: Id } };
} & (
  | { readonly userId: Id; readonly endpointId?: undefined }
  | { readonly endpointId: Id; readonly userId?: undefined }
);

/** Something to tell a holder that calls nobody. */
export interface UpdateRequest {
  readonly groupId: Id;
  readonly runId: Id;
  readonly userId: Id;
  readonly severity: Severity;
  readonly urgency: Urgency;
  readonly reason: { readonly kind: 'alerts-joined' };
}

/** A page that reaches nobody: told by the emergency channel. */
export interface AlarmRequest {
  readonly groupId: Id;
  readonly runId: Id;
  readonly severity: Severity;
  readonly reason: AlarmReason;
}

/** Telling people (notifications). Writes join the caller's transaction. */
export interface PagerPort {
  reachOf(userId: Id, urgency: Urgency): Reach;
  endpointExists(endpointId: Id): boolean;
  queuePages(trx: Trx, requests: readonly PageRequest[], now: Instant): Promise<void>;
  cancelForRuns(trx: Trx, runIds: readonly Id[], reason: CancelReason, now: Instant): Promise<number>;
  queueUpdate(trx: Trx, request: UpdateRequest, now: Instant): Promise<void>;
  queueResolved(trx: Trx, groups: readonly { readonly groupId: Id; readonly runId: Id }[], now: Instant): Promise<void>;
  raiseAlarms(trx: Trx, alarms: readonly AlarmRequest[], now: Instant): Promise<void>;
  killTokens(trx: Trx, groupIds: readonly Id[], now: Instant): Promise<void>;
}

/** One fact to append to a page's ledger; without a run when it is about the page itself. */
export interface PageFact {
  readonly groupId: Id;
  readonly runId: Id | null;
  readonly entry: LedgerEntry;
}

/** What began or ceased to mute a page, as a fact of its ledger. */
export interface MuteFact {
  readonly groupId: Id;
  readonly runId: null;
  readonly entry: MuteEntry;
}

/** One thing that happened to a page: what the flush of its alerts found, or a fact of its ledger. */
export interface PageHappening {
  readonly groupId: Id;
  /** How the page stands now where its row is yet to be written; null: as stored. */
  readonly standing: { readonly severity: Severity; readonly firing: number } | null;
  readonly fact: {
    readonly kind: LedgerKind | 'opened' | 'joined' | 'refired' | 'all-resolved' | 'closed';
    readonly payload: Readonly<Record<string, unknown>>;
  };
}

/** Whoever follows pages from outside: told in the very transaction in which it happened. Adds no statement when nobody does. */
export interface FollowersPort {
  happened(trx: Trx, happenings: readonly PageHappening[], now: Instant): Promise<void>;
}

/** One change of configuration. `by` is the actor as in logs, `user:<id>`. */
export interface AuditEntry {
  readonly by: string;
  readonly kind: 'policy.created' | 'policy.changed' | 'policy.archived' | 'last-resort.changed';
  readonly subject: Id | null;
  readonly payload: unknown;
  readonly now: Instant;
}

/** The audit log (audit). */
export interface AuditPort {
  record(trx: Trx, entry: AuditEntry): Promise<void>;
}
