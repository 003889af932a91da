import { z } from 'zod';
import { named } from './ledger.ts';
import { pageOf, pagingFields } from './paging.ts';
import { id, instant } from './problem.ts';

/** What can be told of a page, in the order in which it usually happens. */
export const webhookEventTypes = [
  'page.opened',
  'page.updated',
  'page.acknowledged',
  'page.unacknowledged',
  'page.snoozed',
  'page.escalated',
  'page.reassigned',
  'page.resolved',
  'page.closed',
] as const;

/** One of the types, or `*` for every one, later ones too. */
export const webhookEventType = z.enum([...webhookEventTypes, '*']);

/** Why a subscription is switched off: by hand; its receiver said 410; its receiver failed for days. */
export const webhookDisabledReason = z.enum(['by-hand', 'gone', 'failing']);

/** Somebody outside who is told what happens to pages. */
export const webhookSubscription = z
  .strictObject({
    id,
    url: z.string(),
    description: z.string(),
    eventTypes: z.array(webhookEventType),
    teamId: id.nullable().describe('Only pages of this team; null: every page.'),
    enabled: z.boolean(),
    disabledReason: webhookDisabledReason.nullable(),
    disabledAt: instant.nullable(),
    owner: named.nullable().describe('Who made it; told when it is switched off.'),
    previousSecretExpiresAt: instant.nullable(),
    waiting: z.int().describe('Deliveries that are yet to succeed.'),
    failingSince: instant.nullable().describe('The first failure since the last success.'),
    nextTryAt: instant.nullable().describe('When the first waiting delivery is tried; null when none waits.'),
    lastDeliveredAt: instant.nullable(),
    version: z.int(),
  })
  .meta({ id: 'WebhookSubscription' });

/** What is sent to make a subscription. */
export const webhookSubscriptionDraft = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2048),
  description: z.string().max(200).default(''),
  eventTypes: z.array(webhookEventType).min(1).max(20).default(['*']),
  teamId: id.nullable().default(null),
  enabled: z.boolean().default(true),
});

/** A change, made against the version that was read. */
export const webhookSubscriptionUpdate = webhookSubscriptionDraft.extend({ version: z.int() });

/** All subscriptions. */
export const webhookSubscriptionList = z.strictObject({ subscriptions: z.array(webhookSubscription) });

/** A subscription with its secret, shown this once. */
export const webhookSubscriptionSecret = z.strictObject({ subscription: webhookSubscription, secret: z.string() });

/** How long the secret before signs too. */
export const webhookSecretRotation = z.strictObject({ overlapSeconds: z.int().min(0).max(604_800).default(86_400) });

/** Where a delivery stands. */
export const webhookDeliveryState = z.enum(['waiting', 'delivered', 'failed']);

/** One try: the status, or why there was none, and how the answer began. */
export const webhookAttempt = z.strictObject({
  at: instant,
  attempt: z.int(),
  durationMs: z.int(),
  status: z.int().nullable(),
  reason: z.string().nullable().describe('Why it was no success.'),
  detail: z.string().nullable(),
  answer: z.string().nullable().describe('The first 1,024 bytes of the answer.'),
});

/** One event for one subscription. */
export const webhookDelivery = z
  .strictObject({
    id: z.int(),
    eventId: id.describe('Sent as `webhook-id`, the same for every try.'),
    type: z.string(),
    occurredAt: instant,
    pageId: id.nullable(),
    state: webhookDeliveryState,
    queuedAt: instant,
    endedAt: instant.nullable(),
    reason: z.string().nullable().describe('Why it failed, or why it is to be tried again.'),
    attempts: z.int(),
    lastAttempt: webhookAttempt.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

/** Which deliveries to list. */
export const webhookDeliveryQuery = z.strictObject({ ...pagingFields, state: webhookDeliveryState.optional() });

/** Deliveries, the newest first. */
export const webhookDeliveryList = pageOf(webhookDelivery);

/** A delivery with every try and what is sent. */
export const webhookDeliveryDetail = webhookDelivery.extend({
  tries: z.array(webhookAttempt).describe('The newest first, at most 100.'),
  body: z.unknown().describe('What is sent, with the names of today.'),
});

/** Sends again every delivery that failed since this moment. */
export const webhookResend = z.strictObject({ failedSince: instant });

/** How many were put back. */
export const webhookResent = z.strictObject({ resent: z.int() });
