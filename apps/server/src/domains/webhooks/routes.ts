import {
  webhookDeliveryDetail,
  webhookDeliveryList,
  webhookDeliveryQuery,
  webhookResend,
  webhookResent,
  webhookSecretRotation,
  webhookSubscription,
  webhookSubscriptionDraft,
  webhookSubscriptionList,
  webhookSubscriptionSecret,
  webhookSubscriptionUpdate,
} from '@tocsin/contracts';
import { z } from 'zod';
import { AppError } from '#platform/errors';
import { decodeCursor, pageFrom } from '#platform/http/paging';
import { type Route, route } from '#platform/http/route';
import { KEPT_DAYS } from './outbox/jobs.ts';
import type { ListedDelivery, StoredTry } from './search.ts';
import type { Webhooks } from './service.ts';
import type { StoredSubscription } from './subscriptions/store.ts';

const byId = z.strictObject({ id: z.uuid() });
const byDelivery = byId.extend({ delivery: z.coerce.number().int().min(1) });
const url = '/api/v1/webhook-subscriptions';
const tag = 'webhook subscriptions';

/** The routes of outgoing webhooks. Reading takes `settings:read`: an address may hold a secret, and so may an answer. */
export function webhookRoutes(webhooks: Webhooks): readonly Route[] {
  return [...subscriptionRoutes(webhooks), ...actRoutes(webhooks), ...deliveryRoutes(webhooks)];
}

async function shown(webhooks: Webhooks, subscription: StoredSubscription) {
  return onTheWire(webhooks, subscription, (await webhooks.waiting()).get(subscription.id) ?? 0);
}

function onTheWire(webhooks: Webhooks, subscription: StoredSubscription, waiting: number) {
  const { id, description, eventTypes, teamId, enabled, disabledReason, ownerId, version } = subscription;
  return {
    id,
    url: subscription.url,
    description,
    eventTypes,
    teamId,
    enabled,
    disabledReason,
    disabledAt: subscription.disabledAt?.toString() ?? null,
    owner: ownerId === null ? null : { id: ownerId, name: webhooks.nameOf(ownerId) ?? 'a former member' },
    previousSecretExpiresAt: subscription.previousSecretExpiresAt?.toString() ?? null,
    waiting,
    failingSince: subscription.failingSince?.toString() ?? null,
    nextTryAt: enabled && waiting > 0 ? subscription.wakeAt.toString() : null,
    lastDeliveredAt: subscription.lastDeliveredAt?.toString() ?? null,
    version,
  };
}

function subscriptionRoutes(webhooks: Webhooks): readonly Route[] {
  const { subscriptions } = webhooks;
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'settings:read',
      summary: 'List webhook subscriptions',
      answers: { 200: webhookSubscriptionList },
      async handle() {
        const waiting = await webhooks.waiting();
        const all = await subscriptions.list();
        return {
          status: 200,
          body: { subscriptions: all.map((one) => onTheWire(webhooks, one, waiting.get(one.id) ?? 0)) },
        };
      },
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'webhooks:write',
      summary: 'Subscribe to what happens to pages; the secret is shown this once',
      body: webhookSubscriptionDraft,
      answers: { 201: webhookSubscriptionSecret },
      async handle({ body, actor, now }) {
        const { subscription, secret } = await subscriptions.create(body, { actor, now });
        return { status: 201, body: { subscription: await shown(webhooks, subscription), secret } };
      },
    }),
    route({
      method: 'GET',
      url: `${url}/:id`,
      tag,
      permission: 'settings:read',
      summary: 'Show a webhook subscription',
      params: byId,
      answers: { 200: webhookSubscription },
      handle: async ({ params }) => ({
        status: 200,
        body: await shown(webhooks, await subscriptions.get(params.id)),
      }),
    }),
    route({
      method: 'PUT',
      url: `${url}/:id`,
      tag,
      permission: 'webhooks:write',
      summary: 'Change a webhook subscription, switch it off or on',
      params: byId,
      body: webhookSubscriptionUpdate,
      answers: { 200: webhookSubscription },
      handle: async ({ params, body, actor, now }) => ({
        status: 200,
        body: await shown(webhooks, await subscriptions.update(params.id, body, { actor, now })),
      }),
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'webhooks:write',
      summary: 'Archive a webhook subscription',
      params: byId,
      answers: { 204: null },
      async handle({ params, actor, now }) {
        await subscriptions.archive(params.id, { actor, now });
        return { status: 204 };
      },
    }),
  ];
}

function actRoutes(webhooks: Webhooks): readonly Route[] {
  const { subscriptions } = webhooks;
  const permission = 'webhooks:write';
  return [
    route({
      method: 'POST',
      url: `${url}/:id/rotate`,
      tag,
      permission,
      summary: 'Give it a new secret; the one before signs too for a while',
      params: byId,
      body: webhookSecretRotation,
      answers: { 200: webhookSubscriptionSecret },
      async handle({ params, body, actor, now }) {
        const { subscription, secret } = await subscriptions.rotate(params.id, body.overlapSeconds, { actor, now });
        return { status: 200, body: { subscription: await shown(webhooks, subscription), secret } };
      },
    }),
    route({
      method: 'POST',
      url: `${url}/:id/test`,
      tag,
      permission,
      summary: 'Send a test event',
      params: byId,
      answers: { 202: null },
      async handle({ params, actor, now }) {
        await subscriptions.test(params.id, { actor, now });
        return { status: 202 };
      },
    }),
    route({
      method: 'POST',
      url: `${url}/:id/resend`,
      tag,
      permission,
      summary: 'Send again what failed since a moment',
      params: byId,
      body: webhookResend,
      answers: { 202: webhookResent },
      async handle({ params, body, actor, now }) {
        const failedSince = Temporal.Instant.from(body.failedSince);
        const resent = await subscriptions.resend(params.id, { failedSince }, { actor, now });
        return { status: 202, body: { resent } };
      },
    }),
    route({
      method: 'POST',
      url: `${url}/:id/deliveries/:delivery/resend`,
      tag,
      permission,
      summary: 'Send one delivery again',
      params: byDelivery,
      answers: { 202: webhookResent },
      async handle({ params, actor, now }) {
        const resent = await subscriptions.resend(params.id, { id: params.delivery }, { actor, now });
        return { status: 202, body: { resent } };
      },
    }),
  ];
}

function deliveryRoutes(webhooks: Webhooks): readonly Route[] {
  return [
    route({
      method: 'GET',
      url: `${url}/:id/deliveries`,
      tag,
      permission: 'settings:read',
      summary: 'List the deliveries of a webhook subscription, the newest first',
      params: byId,
      query: webhookDeliveryQuery,
      answers: { 200: webhookDeliveryList },
      async handle({ params, query }) {
        await webhooks.subscriptions.get(params.id);
        const [before] = query.cursor === undefined ? [null] : decodeCursor(query.cursor, ['number'] as const);
        const { limit } = query;
        const rows = await webhooks.deliveries({
          subscriptionId: params.id,
          state: query.state ?? null,
          before,
          limit,
        });
        const page = pageFrom(rows, limit, ({ id }) => [id]);
        return { status: 200, body: { ...page, items: page.items.map(deliveryOnTheWire) } };
      },
    }),
    route({
      method: 'GET',
      url: `${url}/:id/deliveries/:delivery`,
      tag,
      permission: 'settings:read',
      summary: 'Show a delivery with every try',
      params: byDelivery,
      answers: { 200: webhookDeliveryDetail },
      async handle({ params }) {
        await webhooks.subscriptions.get(params.id);
        const found = await webhooks.delivery(params.id, params.delivery);
        if (found === null) throw new AppError('WEBHOOK_DELIVERY_NOT_FOUND', { days: KEPT_DAYS });
        const body = JSON.parse(webhooks.bodyOf(found.event)) as unknown;
        return { status: 200, body: { ...deliveryOnTheWire(found), tries: found.tries.map(tryOnTheWire), body } };
      },
    }),
  ];
}

function deliveryOnTheWire({ id, event, state, reason, attempts, ...delivery }: ListedDelivery) {
  return {
    id,
    eventId: event.id,
    type: event.type,
    occurredAt: event.at.toString(),
    pageId: event.pageId,
    state,
    queuedAt: delivery.queuedAt.toString(),
    endedAt: delivery.endedAt?.toString() ?? null,
    reason,
    attempts,
    lastAttempt: delivery.lastTry && tryOnTheWire(delivery.lastTry),
  };
}

function tryOnTheWire({ at, ...tried }: StoredTry) {
  return { at: at.toString(), ...tried };
}
