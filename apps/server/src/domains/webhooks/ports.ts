import type { Trx } from '#platform/db';
import type { Id, Instant } from './model.ts';

/** What outgoing webhooks ask of the domains before them. app.ts fills these; people are answered from memory. */
export interface WebhookPorts {
  /** Null: nobody of this id. */
  readonly nameOf: (id: Id) => string | null;
  readonly audit: (
    trx: Trx,
    entry: {
      readonly actor: string;
      readonly at: Instant;
      readonly kind: string;
      readonly subject: Id;
      readonly payload: unknown;
    },
  ) => Promise<void>;
  /** Tells the owner of a subscription (where there is none, whoever is told of Tocsin's own trouble) that it was switched off. */
  readonly tellSwitchedOff: (
    trx: Trx,
    told: { readonly ownerId: Id | null; readonly what: string },
    now: Instant,
  ) => Promise<void>;
}
