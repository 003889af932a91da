import { z } from 'zod';

const id = z.uuid();
const instant = z.iso.datetime({ offset: true });

/** A way to reach a person. `verifiedAt` null: it calls nobody until its code was entered. */
export const contactMethod = z.strictObject({
  id,
  channel: z.string(),
  label: z.string(),
  address: z.string(),
  verifiedAt: instant.nullable(),
});

/** What a person sends to add a contact method. */
export const contactMethodDraft = z.strictObject({
  channel: z.string().min(1).max(40).describe('One of the channels that this Tocsin can send by.'),
  label: z.string().max(80).default(''),
  address: z.string().min(1).max(2048),
});

/** After this delay, by this method, for pages of this urgency. */
export const notificationRule = z.strictObject({
  urgency: z.enum(['high', 'low']),
  delaySeconds: z.int().min(0).max(86_400),
  methodId: id,
});

/** How a person is reached. Without a rule for an urgency all verified methods are used at once. */
export const reachOfPerson = z.strictObject({
  methods: z.array(contactMethod),
  rules: z.array(notificationRule),
  channels: z.array(z.string()).describe('Channels that this Tocsin can send by.'),
});

/** An added contact method; `secret` is shown this once, where the channel signs. */
export const contactMethodAdded = z.strictObject({ method: contactMethod, secret: z.string().nullable() });

/** The code that was sent to an address. */
export const contactMethodCode = z.strictObject({ code: z.string().min(1).max(40) });

/** All rules of a person, replacing those that were. */
export const notificationRules = z.strictObject({ rules: z.array(notificationRule).max(40) });

/** A signed webhook that a step can name. */
export const webhookEndpoint = z.strictObject({
  id,
  name: z.string(),
  url: z.string(),
  teamId: id.nullable(),
  previousSecretExpiresAt: instant.nullable(),
  version: z.int(),
});

/** What is sent to make a webhook endpoint. */
export const webhookEndpointDraft = z.strictObject({
  name: z.string().min(1).max(120),
  url: z.url({ protocol: /^https?$/ }).max(2048),
  teamId: id.nullable().default(null),
});

/** A change, made against the version that was read. */
export const webhookEndpointUpdate = webhookEndpointDraft.extend({ version: z.int() });

/** All webhook endpoints. */
export const webhookEndpointList = z.strictObject({ endpoints: z.array(webhookEndpoint) });

/** An endpoint with its secret, shown this once. */
export const webhookEndpointSecret = z.strictObject({ endpoint: webhookEndpoint, secret: z.string() });

/** How long the secret before stays good. */
export const webhookEndpointRotation = z.strictObject({ overlapSeconds: z.int().min(0).max(604_800).default(86_400) });
