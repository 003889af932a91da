import type { Alerts } from '#alerts';
import type { LabelView } from '#routing';
import type { Actor } from '#platform/http/actor';
import type { Clock } from '#platform/clock';
import type { ConfigCache } from '#platform/config-cache';
import type { Databases, Trx } from '#platform/db';
import type { NewId } from '#platform/ids';

/** What heartbeats need from outside. */
export interface ChecksDeps {
  readonly db: Databases;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly config: ConfigCache;
  readonly alerts: () => Pick<Alerts, 'accept'>;
  /** An alert's labels with what the catalogue says, as matchers see them. */
  readonly viewOf: (labels: LabelView['labels']) => LabelView;
  /** Throws INTEGRATION_NOT_FOUND, and FORBIDDEN when the actor may not write what this integration's team owns. */
  readonly demand: (actor: Actor, integrationId: string) => Promise<void>;
  readonly audit: (
    trx: Trx,
    entry: { actor: string; at: Temporal.Instant; kind: string; subject: string; payload: unknown },
  ) => Promise<void>;
  /** Something is due at this moment: wakes the loop of heartbeats. */
  readonly wake: (at?: Temporal.Instant) => void;
}
