import { randomBytes } from 'node:crypto';
import { demand } from '#access';
import { type ConfigCache, raiseConfigVersion } from '#platform/config-cache';
import { type Databases, inTransaction, type Trx } from '#platform/db';
import { AppError } from '#platform/errors';
import { writeHints } from '#platform/hints';
import { type Actor, actorRef } from '#platform/http/actor';
import type { Sealing } from '#platform/http/context';
import type { NewId } from '#platform/ids';
import type { Id, Instant, NewEvent } from '../model.ts';
import { KEPT_DAYS } from '../outbox/jobs.ts';
import { endWaiting, insertEvents, requeue } from '../outbox/store.ts';
import type { WebhookPorts } from '../ports.ts';
import { readDelivery } from '../search.ts';
import {
  aboutSubscription,
  archiveSubscription,
  insertSubscription,
  readSubscriptions,
  rotateSecret,
  type StoredSubscription,
  type SubscriptionDraft,
  updateSubscription,
  wakeNow,
} from './store.ts';

/** Subscriptions of one installation. */
const MOST_SUBSCRIPTIONS = 100;

/** What subscriptions need from outside. */
export interface SubscriptionsDeps {
  readonly db: Databases;
  readonly newId: NewId;
  readonly config: ConfigCache;
  readonly sealing: Sealing;
  readonly ports: WebhookPorts;
  /** Why the egress guard would never call this address; null when it might. */
  readonly refuses: (url: string) => string | null;
  readonly wake: () => void;
}

/** Who does it, and when. */
export interface Acted {
  readonly actor: Actor;
  readonly now: Instant;
}

/** A subscription with its secret, which is shown this once. */
export interface WithSecret {
  readonly subscription: StoredSubscription;
  readonly secret: string;
}

/** Who is told of what. Writes throw FORBIDDEN for a team that is not the actor's. */
export interface Subscriptions {
  /** As stored now, with the standing of each. */
  list(): Promise<readonly StoredSubscription[]>;
  get(id: Id): Promise<StoredSubscription>;
  create(draft: SubscriptionDraft, acted: Acted): Promise<WithSecret>;
  /** Throws VERSION_CONFLICT when `version` is no longer stored. */
  update(id: Id, draft: SubscriptionDraft & { readonly version: number }, acted: Acted): Promise<StoredSubscription>;
  /** A new secret; the one before signs too for `overlapSeconds`. */
  rotate(id: Id, overlapSeconds: number, acted: Acted): Promise<WithSecret>;
  archive(id: Id, acted: Acted): Promise<void>;
  /** Queues a test event for this subscription alone. */
  test(id: Id, acted: Acted): Promise<void>;
  /** Puts one delivery back into the queue, or all that failed since a moment; returns how many. */
  resend(id: Id, which: { readonly id: number } | { readonly failedSince: Instant }, acted: Acted): Promise<number>;
}

/** Builds the service. */
export function createSubscriptions(deps: SubscriptionsDeps): Subscriptions {
  const list = () => readSubscriptions(deps.db.paging);
  const get = async (id: Id) => {
    const found = (await list()).find((one) => one.id === id);
    if (!found) throw new AppError('WEBHOOK_SUBSCRIPTION_NOT_FOUND');
    return found;
  };
  const writable = async (id: Id, { actor }: Acted) => {
    const found = await get(id);
    demand(actor, 'webhooks:write', { teamId: found.teamId });
    return found;
  };
  const running = async (id: Id, acted: Acted) => {
    if (!(await writable(id, acted)).enabled) throw new AppError('WEBHOOK_SUBSCRIPTION_DISABLED');
  };
  return {
    list,
    get,
    async create(draft, acted) {
      demand(acted.actor, 'webhooks:write', { teamId: draft.teamId });
      checkAddress(deps, draft.url);
      if ((await list()).length >= MOST_SUBSCRIPTIONS)
        throw new AppError('WEBHOOK_SUBSCRIPTIONS_TOO_MANY', { most: MOST_SUBSCRIPTIONS });
      const id = deps.newId();
      const secret = newSecret();
      const ownerId = acted.actor.kind === 'user' ? acted.actor.userId : null;
      await save(deps, { ...acted, kind: 'created', id, payload: withoutSecrets(draft) }, (trx) =>
        insertSubscription(
          trx,
          { ...draft, id, ownerId, secret: deps.sealing.seal(secret, aboutSubscription(id)) },
          acted.now,
        ),
      );
      return { subscription: await get(id), secret };
    },
    async update(id, draft, acted) {
      const before = await writable(id, acted);
      demand(acted.actor, 'webhooks:write', { teamId: draft.teamId });
      checkAddress(deps, draft.url);
      await save(deps, { ...acted, kind: 'changed', id, payload: withoutSecrets(draft) }, async (trx) => {
        if (!(await updateSubscription(trx, { ...draft, id, wasEnabled: before.enabled }, acted.now)))
          throw new AppError('VERSION_CONFLICT');
        if (before.enabled && !draft.enabled) await endWaiting(trx, id, acted.now);
      });
      return get(id);
    },
    async rotate(id, overlapSeconds, acted) {
      await writable(id, acted);
      const secret = newSecret();
      const expiresAt = acted.now.add({ seconds: overlapSeconds });
      await save(deps, { ...acted, kind: 'rotated', id, payload: { overlapSeconds } }, (trx) =>
        rotateSecret(trx, { id, secret: deps.sealing.seal(secret, aboutSubscription(id)), expiresAt }, acted.now),
      );
      return { subscription: await get(id), secret };
    },
    async archive(id, acted) {
      await writable(id, acted);
      await save(deps, { ...acted, kind: 'archived', id, payload: null }, async (trx) => {
        await archiveSubscription(trx, id, acted.now);
        await endWaiting(trx, id, acted.now);
      });
    },
    async test(id, acted) {
      await running(id, acted);
      const event = testEvent(acted);
      await inTransaction(deps.db.paging, async (trx) => {
        await insertEvents(trx, [{ id: deps.newId(), event, to: [id] }], acted.now);
        await wakeNow(trx, id, acted.now);
      });
      deps.wake();
    },
    async resend(id, which, acted) {
      await running(id, acted);
      if ('id' in which && !(await readDelivery(deps.db.paging, { subscriptionId: id, id: which.id })))
        throw new AppError('WEBHOOK_DELIVERY_NOT_FOUND', { days: KEPT_DAYS });
      const resent = await inTransaction(deps.db.paging, async (trx) => {
        const many = await requeue(trx, { ...which, subscriptionId: id }, acted.now);
        await wakeNow(trx, id, acted.now);
        return many;
      });
      deps.wake();
      return resent;
    },
  };
}

function checkAddress({ refuses }: SubscriptionsDeps, url: string): void {
  const why = refuses(url);
  if (why !== null) throw new AppError('WEBHOOK_ADDRESS_REFUSED', { why });
}

/** Standard Webhooks' form: `whsec_` and base64 of 24 to 64 random bytes. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** For the audit log: the path and query of a webhook's address are often a secret of their own. */
function withoutSecrets({ url, ...draft }: SubscriptionDraft): unknown {
  return { ...draft, origin: new URL(url).origin };
}

function testEvent({ actor, now }: Acted): NewEvent {
  return {
    type: 'webhook.test',
    at: now,
    pageId: null,
    teamId: null,
    agent: actor.kind === 'user' ? { type: 'user', id: actor.userId } : { type: 'system' },
    data: {},
  };
}

/** Writes a change of configuration: effect, audit, hint and version in one transaction. */
async function save(
  deps: SubscriptionsDeps,
  change: Acted & { readonly kind: string; readonly id: Id; readonly payload: unknown },
  write: (trx: Trx) => Promise<void>,
): Promise<void> {
  const { actor, now, kind, id, payload } = change;
  const version = await inTransaction(deps.db.paging, async (trx) => {
    await write(trx);
    await deps.ports.audit(trx, {
      actor: actorRef(actor),
      at: now,
      kind: `webhook-subscription.${kind}`,
      subject: id,
      payload,
    });
    await writeHints(trx, [{ kind: 'config', ref: id, version: 0 }], now);
    return raiseConfigVersion(trx);
  });
  await deps.config.ensure(version);
  deps.wake();
}
