import { z } from 'zod';
import { pageOf, pagingFields } from './paging.ts';
import { id, instant } from './problem.ts';

const resolveTimeoutSeconds = z
  .int()
  .min(30)
  .max(604_800)
  .describe('How long an alert fires whose sender names no end.');

/** The protocols that an integration can speak, each at the vendor's own paths. */
export const integrationKinds = [
  'alertmanager',
  'alertmanager-webhook',
  'grafana',
  'pagerduty',
  'opsgenie',
  'victorops',
  'slack',
  'cloudevents',
  'github',
  'webhook',
  'email',
  'heartbeat',
] as const;

/** What a person sends to make an integration. */
export const integrationDraft = z.strictObject({
  name: z.string().min(1).max(120),
  kind: z.enum(integrationKinds).default('alertmanager'),
  teamId: id.nullable().default(null),
  resolveTimeoutSeconds: resolveTimeoutSeconds.default(300),
});

/** A change of an integration, made against the version that was read; what is left out stays. */
export const integrationUpdate = z.strictObject({
  version: z.int(),
  name: z.string().min(1).max(120).optional(),
  resolveTimeoutSeconds: resolveTimeoutSeconds.optional(),
  enabled: z.boolean().optional().describe('A closed integration answers 401.'),
});

/** An inbound connection. Of its key only the beginning is shown. */
export const integration = z
  .strictObject({
    id,
    name: z.string(),
    kind: z.enum(integrationKinds),
    teamId: id.nullable(),
    resolveTimeoutSeconds: z.int(),
    enabled: z.boolean(),
    keyPrefix: z.string(),
    previousKeyExpiresAt: instant.nullable().describe('Until when the key before the last rotation still opens.'),
    lastEventAt: instant.nullable(),
    deadLetters: z.int().describe('Requests of the last 7 days of which something was not understood, up to 1,000.'),
    settings: z
      .record(z.string(), z.unknown())
      .describe('What is set for this kind, e.g. the mapping of a webhook (EventMapping).'),
    hasSecret: z.boolean().describe('Whether requests must be signed with a secret; it is never shown.'),
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'Integration' });

/** All living integrations. */
export const integrationList = z.strictObject({ integrations: z.array(integration) });

/** A key, shown this once, with the address to give the sender. */
export const integrationKey = z.strictObject({
  integration,
  key: z.string(),
  baseUrl: z.string().describe('What the sender is configured with; for Prometheus and amtool the whole change.'),
  address: z
    .record(z.string(), z.string())
    .describe('Every field that the sender asks for, e.g. `url` and `routingKey` for PagerDuty.'),
});

/** A new key; the one before works until `previousKeyExpiresAt`. */
export const rotatedIntegrationKey = integrationKey.extend({ previousKeyExpiresAt: instant });

/** A request as it came in, kept for 7 days. */
export const inboundPayload = z.strictObject({
  id,
  at: instant,
  contentType: z.string().nullable(),
  bytes: z.int().describe('Size of the whole body.'),
  text: z.string().describe('Beginning of the body, read as UTF-8.'),
  truncated: z.boolean(),
});

/** Which payloads to list. */
export const inboundPayloadQuery = z.strictObject({
  ...pagingFields,
  limit: z.coerce.number().int().min(1).max(50).default(10),
});

/** The newest payloads first. */
export const inboundPayloadList = pageOf(inboundPayload);

/** Why something of a request was not understood. */
const refusal = z.strictObject({
  index: z.int().nullable().describe('Place of the item; null: the whole request.'),
  pointer: z.string().nullable().describe('Where to look: a pointer of the mapping or into the body.'),
  reason: z.string(),
});

/** A request of which something was not understood, kept with the reason. */
export const deadLetter = inboundPayload.extend({
  refused: z.array(refusal),
  replayedAt: instant.nullable().describe('When it was read again without success.'),
});

/** The newest dead letters first. */
export const deadLetterList = pageOf(deadLetter);

/** What became of a request that was read again. */
export const replayOutcome = z.strictObject({
  accepted: z.int(),
  ignored: z.int().describe('Items whose status says that they are no alerts.'),
  refused: z.array(refusal),
});

/** Which dead letters to read again. */
export const deadLetterReplay = z.strictObject({ since: instant });

/** What became of them, oldest first. */
export const deadLetterReplayOutcome = z.strictObject({
  replayed: z.int(),
  mended: z.int().describe('Those of which nothing is refused any more.'),
  more: z.boolean().describe('There are more: ask again.'),
});
