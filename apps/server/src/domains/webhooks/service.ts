import type { PageHappening } from '#escalation';
import type { Clock } from '#platform/clock';
import type { ConfigCache } from '#platform/config-cache';
import type { Databases, Trx } from '#platform/db';
import type { Egress } from '#platform/egress';
import type { Sealing } from '#platform/http/context';
import type { NewId } from '#platform/ids';
import { bodyOf } from './body.ts';
import type { DeliveryState, Id, Instant, StoredEvent } from './model.ts';
import { sweepOutbox } from './outbox/jobs.ts';
import { announcePages } from './outbox/service.ts';
import type { WebhookPorts } from './ports.ts';
import { countWaiting, type ListedDelivery, listDeliveries, readDelivery, type StoredTry } from './search.ts';
import { createWebhookSender, type WebhookSender } from './sending/jobs.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions/service.ts';
import { readSubscriptions, type StoredSubscription } from './subscriptions/store.ts';

/** What outgoing webhooks need from outside. */
export interface WebhooksDeps {
  readonly db: Databases;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly config: ConfigCache;
  /** A way out of their own: receivers that hang take no connection from what calls people. */
  readonly egress: Egress;
  /** Why the guard would never call this address; null when it might. */
  readonly refuses: (url: string) => string | null;
  readonly sealing: Sealing;
  readonly ports: WebhookPorts;
  /** Where people reach Tocsin, without a slash at its end. */
  readonly baseUrl: () => string;
  /** For a whole call; tests shorten it. */
  readonly timeoutMs?: number;
  readonly awaitCalls: boolean;
  readonly wake: (at?: Instant) => void;
  /** How a try ended: `ok` or why it failed. */
  readonly onTry?: (result: string) => void;
  readonly onError: (where: string, error: unknown) => void;
}

/** Outgoing webhooks: who outside is told what happens to pages. */
export interface Webhooks extends WebhookSender {
  /** Writes what happened for whoever wants it, in the caller's transaction. */
  happened(trx: Trx, happenings: readonly PageHappening[], now: Instant): Promise<void>;
  /** Whether anybody listens, as this process decides by. */
  isFollowed(): boolean;
  readonly subscriptions: Subscriptions;
  /** How many deliveries wait for each subscription that has any. */
  waiting(): Promise<ReadonlyMap<Id, number>>;
  deliveries(filter: {
    readonly subscriptionId: Id;
    readonly state: DeliveryState | null;
    readonly before: number | null;
    readonly limit: number;
  }): Promise<readonly ListedDelivery[]>;
  delivery(subscriptionId: Id, id: number): Promise<(ListedDelivery & { readonly tries: readonly StoredTry[] }) | null>;
  /** What is sent of an event, with the names of today. */
  bodyOf(event: StoredEvent): string;
  nameOf(id: Id): string | null;
  /** Gives up what waited too long, forgets what is old. */
  sweep(now: Instant): Promise<void>;
}

/** Builds the service and registers its subscriptions with the configuration cache. */
export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { db, newId, ports, baseUrl } = deps;
  const part = deps.config.register<readonly StoredSubscription[]>('webhooks', readSubscriptions);
  const current = () => part.current();
  const waiting = () => countWaiting(db.reports);
  return {
    ...createWebhookSender(deps),
    happened: (trx, happenings, now) => announcePages({ newId, wishes: current }, trx, { happenings, now }),
    isFollowed: () => current().some((subscription) => subscription.enabled),
    subscriptions: createSubscriptions({ ...deps, wake: () => deps.wake() }),
    waiting,
    deliveries: (filter) => listDeliveries(db.reports, filter),
    delivery: (subscriptionId, id) => readDelivery(db.reports, { subscriptionId, id }),
    bodyOf: (event) => bodyOf(event, { nameOf: ports.nameOf, pageUrl: (number) => `${baseUrl()}/pages/${number}` }),
    nameOf: ports.nameOf,
    sweep: async (now) => sweepOutbox(db.paging, await waiting(), now),
  };
}
