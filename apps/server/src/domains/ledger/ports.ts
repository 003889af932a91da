import type { Audit, SealHead } from '#audit';
import type { Id, Instant, TargetRef } from './model.ts';

/** What the ledger asks of other domains; app.ts fills these. */
export interface LedgerPorts {
  /** A person's name; for somebody who was erased or is unknown, a word like `a former member`. */
  nameOf(userId: Id): string;
  /** Who stands behind a target at a moment: the person, who is on call then, the team's active members; a webhook: nobody. */
  peopleOf(target: TargetRef, at: Instant): readonly Id[];
  /** The organisation's last resort. */
  lastResort(): readonly TargetRef[];
  /** Recurring work whose age the watch looks at: all of the app's organisation jobs. Asked at each pass. */
  watchedJobs(): readonly { readonly name: string; readonly everySeconds: number }[];
  /** The audit domain, for its seals; null where there is no sealer. */
  readonly seals: SealsPort | null;
  /** Sends a mail by the configured SMTP server; null where none is. Must not need the database. */
  readonly mail: ((mail: EmergencyMail) => Promise<{ readonly ok: boolean; readonly reason?: string }>) | null;
}

/** The newest seal, as it leaves the box: its number and its hash (hex). */
export type ShippedSeal = SealHead;

/** A mail of the emergency channel. */
export interface EmergencyMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The same for every try of one message. */
  readonly key: string;
  readonly now: Instant;
}

/** Seals of the append-only logs: the audit domain itself fits. */
export type SealsPort = Pick<Audit, 'newestSeal' | 'markShipped' | 'unsealedSince' | 'verifySeals'>;

/** The part of the application's configuration that the ledger reads. */
export interface LedgerConfig {
  readonly emergency: { readonly webhookUrl: string | null; readonly mailTo: string | null };
  /** `url` null: no heartbeat to the outside. */
  readonly heartbeat: { readonly url: string | null; readonly method: 'GET' | 'POST'; readonly everySeconds: number };
  readonly dataDir: string;
  /** Names this node in a call for help. */
  readonly node: string;
}

/** What the ledger says to the log; pino's loggers fit. */
export interface LedgerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
