import type { Trx } from '#platform/db';
import type { Actor } from '#platform/http/actor';

/** What schedules ask of the domains before them. app.ts fills these; all answers but the audit entry come from memory. */
export interface OncallPorts {
  /** Whether a person exists and takes part (access). */
  readonly person: (userId: string) => 'active' | 'inactive' | null;
  /** Whether the actor may change schedules of this team, or of none (access): a manager only those of their own teams. */
  readonly mayWrite: (actor: Actor, teamId: string | null) => boolean;
  /** Appends to the audit log in the change's own transaction (audit). */
  readonly audit: (trx: Trx, entry: ScheduleAuditEntry) => Promise<void>;
}

/** One change of a schedule. `actor` as in logs, `user:<id>`; `subject` is the schedule. */
export interface ScheduleAuditEntry {
  readonly actor: string;
  readonly at: Temporal.Instant;
  readonly kind:
    | 'schedule.created'
    | 'schedule.changed'
    | 'schedule.archived'
    | 'schedule.override-created'
    | 'schedule.override-ended';
  readonly subject: string;
  readonly payload: unknown;
}
