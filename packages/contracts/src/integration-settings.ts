import { z } from 'zod';
import { id, instant } from './problem.ts';
import type { integrationKinds } from './integrations.ts';

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,100}$/, 'must be the name of a header: letters, digits, dashes')
  .transform((name) => name.toLowerCase());

const POINTER = /^#?(\/([^~/]|~[01])*)*$/;

/** A JSON pointer (RFC 6901): `/a/b/0` from the alert, `#/a/b/0` from the whole body; empty for the whole. */
export const jsonPointer = z.string().max(500).regex(POINTER, 'must be a JSON pointer, e.g. /alert/title');

/** How a sender shows that it knows the integration's secret. */
export const signatureSettings = z
  .strictObject({
    header: headerName.describe('The header that carries the signature.'),
    algorithm: z.enum(['sha256']).default('sha256').describe('HMAC with this hash.'),
    encoding: z.enum(['hex', 'base64']).default('hex'),
    prefix: z.string().max(20).default('').describe('What stands before the signature, e.g. `sha256=` or `v1,`.'),
    signs: z
      .enum(['body', 'timestamp:body', 'timestamp.body', 'id.timestamp.body'])
      .optional()
      .describe(
        'The text that is signed: `timestamp:body` when a timestamp header is named, else `body`. With a timestamp in it a delivery is taken once, and not when it is old.',
      ),
    timestampHeader: headerName.optional().describe('The header with the time of sending, in seconds since 1970.'),
    idHeader: headerName.optional().describe('The header with the id of the delivery.'),
    toleranceSeconds: z
      .int()
      .min(10)
      .max(3_600)
      .default(300)
      .describe('How far the time of sending may be off, before or after ours.'),
  })
  .superRefine(({ signs, timestampHeader, idHeader }, context) => {
    const need = (path: string) =>
      context.addIssue({ code: 'custom', path: [path], message: `is needed when ${signs} is signed` });
    if (signs !== undefined && signs !== 'body' && timestampHeader === undefined) need('timestampHeader');
    if (signs === 'id.timestamp.body' && idHeader === undefined) need('idHeader');
    if (signs === 'body' && timestampHeader !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['timestampHeader'],
        message: 'says nothing unless it is signed: choose timestamp:body or timestamp.body',
      });
  })
  .transform(({ signs, ...settings }) => ({
    ...settings,
    signs: signs ?? (settings.timestampHeader === undefined ? ('body' as const) : ('timestamp:body' as const)),
  }))
  .meta({ id: 'SignatureSettings' });

/** How requests are signed. */
export type SignatureSettings = z.output<typeof signatureSettings>;

/** Where one field of an alert comes from; the first that yields a text counts, in the order written here. */
export const fieldSource = z
  .strictObject({
    pointer: z
      .union([jsonPointer.transform((one) => [one]), z.array(jsonPointer).min(1).max(8)])
      .optional()
      .describe('Where it stands; of several the first that holds something.'),
    template: z
      .string()
      .max(1_000)
      .refine(
        (text) => [...text.matchAll(/\{\{([^{}]*)\}\}/g)].every(([, pointer = '']) => POINTER.test(pointer.trim())),
        'every placeholder must hold a JSON pointer, e.g. {{/alert/title}}',
      )
      .optional()
      .describe('Text with `{{/pointer}}` placeholders, nothing else.'),
    values: z
      .record(z.string().max(200), z.string().max(200))
      .refine((values) => Object.keys(values).length <= 100, 'at most 100 values')
      .optional()
      .describe('What a found text is turned into, e.g. `{"5": "critical"}`; others stay.'),
    default: z.string().max(500).optional().describe('What counts when nothing is found.'),
  })
  .refine(
    ({ pointer, template, default: fallback }) => pointer ?? template ?? fallback,
    'needs a pointer, a template or a default',
  )
  .meta({ id: 'FieldSource' });

/** Where one field comes from. */
export type FieldSource = z.output<typeof fieldSource>;

/** How a body of JSON becomes alerts; what is left out is guessed from the names that senders commonly use. */
export const eventMapping = z
  .strictObject({
    items: jsonPointer.optional().describe('An array of alerts in one body; without it the body is one alert.'),
    title: fieldSource.optional(),
    description: fieldSource.optional(),
    severity: fieldSource.optional(),
    status: fieldSource
      .optional()
      .describe('`firing`, `resolved` or `ignored`; common words are known, what is unknown fires.'),
    dedupKey: fieldSource.optional().describe('What says which alert it is: problem and recovery must share it.'),
    service: fieldSource.optional().describe('The key of a service.'),
    startsAt: fieldSource.optional().describe('RFC 3339, or seconds or milliseconds since 1970.'),
    labels: z
      .record(z.string().min(1).max(150), fieldSource)
      .refine((labels) => Object.keys(labels).length <= 40, 'at most 40 labels')
      .optional(),
    links: z
      .array(z.strictObject({ text: z.string().min(1).max(100), url: fieldSource }))
      .max(10)
      .optional(),
  })
  .meta({ id: 'EventMapping' });

/** How a body becomes alerts. */
export type EventMapping = z.output<typeof eventMapping>;

/** Every setting that some kind of integration has. */
const allSettings = z.strictObject({ hmac: signatureSettings.optional(), mapping: eventMapping.optional() });

/** What people set for one integration; which of it a kind has, `settingsByKind` says. */
export type IntegrationSettings = z.output<typeof allSettings>;

const none = allSettings.pick({});

/** The settings of each kind; unknown names are faults. */
export const settingsByKind = {
  alertmanager: none,
  'alertmanager-webhook': none,
  grafana: allSettings.pick({ hmac: true }),
  pagerduty: none,
  opsgenie: none,
  victorops: none,
  slack: none,
  cloudevents: none,
  github: none,
  webhook: allSettings,
  email: none,
  heartbeat: none,
} satisfies Readonly<Record<(typeof integrationKinds)[number], z.ZodType<Partial<IntegrationSettings>>>>;

/** New settings of an integration, whole, made against the version that was read. */
export const integrationSettingsUpdate = z.strictObject({
  version: z.int(),
  settings: z
    .record(z.string(), z.unknown())
    .describe('By kind: `hmac` and `mapping` for webhooks, `hmac` for Grafana.'),
});

/** The secret that signs what the sender sends; null: none is asked for any more. */
export const integrationSecretUpdate = z.strictObject({
  secret: z.string().min(8).max(500).nullable().describe('Never shown again. The one before stays good for 24 hours.'),
});

/** A mapping to try out. */
export const mappingPreviewRequest = z.strictObject({
  mapping: eventMapping.nullable().default(null).describe('Null: the one that is set.'),
  payload: z.json().optional().describe('A body; a text is taken as it is. Without it the last ten that came in.'),
});

const previewNote = z.strictObject({
  index: z.int().nullable(),
  field: z.string().nullable(),
  pointer: z.string().nullable(),
  reason: z.string(),
});

const previewEvent = z.strictObject({
  index: z.int(),
  status: z.enum(['firing', 'resolved']),
  title: z.string(),
  description: z.string().nullable(),
  severity: z.string().nullable(),
  service: z.string().nullable(),
  dedupKey: z.string().nullable(),
  startsAt: instant.nullable(),
  labels: z.record(z.string(), z.string()).describe('As routes see them.'),
  links: z.array(z.strictObject({ text: z.string(), url: z.string() })),
  identity: z.string().describe('Events that share it are one alert.'),
});

/** What a mapping makes of each body; nothing is stored. */
export const mappingPreview = z.strictObject({
  results: z.array(
    z.strictObject({
      payloadId: id.nullable(),
      at: instant,
      events: z.array(previewEvent),
      refused: z.array(previewNote).describe('What the door would refuse.'),
      warnings: z.array(previewNote).describe('What was asked for and not found, where the alert stands all the same.'),
      ignored: z.int(),
    }),
  ),
});
