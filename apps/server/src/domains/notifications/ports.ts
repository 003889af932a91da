import type { Trx } from '#platform/db';
import type { Id, Instant } from './model.ts';
import type { StoredRunFacts } from './search.ts';

/** What notifications asks of other domains. app.ts fills these; people are answered from memory. */
export interface NotificationPorts {
  readonly people: PeoplePort;
  /** A function, since escalation is built with this domain's pager. */
  readonly escalation: () => EscalationPort;
  readonly audit: (trx: Trx, entry: AuditEntry) => Promise<void>;
}

/** People (access). */
export interface PeoplePort {
  person(userId: Id): PersonFacts | null;
  /** Whom alarms about Tocsin itself go to. */
  alarmRecipients(): readonly Id[];
}

/** What a message needs to know of its reader. */
export interface PersonFacts {
  readonly name: string;
  readonly zone: string;
  readonly active: boolean;
}

/** What people can do by a link. */
export type Wish =
  | { readonly kind: 'acknowledge'; readonly by: Id; readonly at: Instant }
  | { readonly kind: 'escalate-now'; readonly by: Id };

/** Escalation, as far as messages move it. */
export interface EscalationPort {
  /** Does what a reader asked for. */
  act(
    groupId: Id,
    now: Instant,
    wish: (at: Instant) => Wish,
  ): Promise<{ readonly outcome: string; readonly reasons: readonly { readonly kind: string }[] }>;
  /** Resolves the alerts of a page by hand; answers how many. */
  resolve(groupId: Id, by: Id, now: Instant): Promise<number>;
  /** For each page about to be sent, whether its run still wants it. */
  stillWanted(
    pages: readonly { readonly runId: Id; readonly reason: { readonly kind: string } }[],
  ): Promise<readonly boolean[]>;
  /** Nobody called under this (round, step) could be told. Not inside a transaction. */
  callFailed(call: FailedCall, now: Instant): Promise<unknown>;
  /** Who is called next by this run, in words; null when nobody is known. */
  whoNext(run: StoredRunFacts, now: Instant): string | null;
}

/** A call of which every method has failed. */
export interface FailedCall {
  readonly groupId: Id;
  readonly runId: Id;
  readonly round: number;
  readonly step: number;
  /** Escalation's own reason of the call, as it was stored. */
  readonly because: string;
}

/** One change of configuration, as the audit log keeps it. */
export interface AuditEntry {
  readonly by: string;
  readonly kind: string;
  readonly subject: Id | null;
  readonly payload: unknown;
  readonly now: Instant;
}
