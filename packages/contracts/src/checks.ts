import { z } from 'zod';
import { id, instant } from './problem.ts';

const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,79}$/, 'small letters, digits, dot, dash and underscore')
  .or(z.literal(''))
  .describe('The last part of its ping address; empty for the one at the integration’s own address.');
const labels = z.record(z.string().min(1).max(200), z.string().max(1_000)).describe('Labels of its alert.');
const fields = {
  name: z.string().min(1).max(120),
  intervalSeconds: z.int().min(10).max(31_622_400).describe('A ping is expected at least so often.'),
  graceSeconds: z.int().min(0).max(2_678_400).describe('So much later it counts as missed.'),
  severity: z.int().min(1).max(5),
  labels,
  matchers: z
    .string()
    .min(1)
    .max(2_000)
    .nullable()
    .describe('Alerts of the integration that match are its pings and page nobody, e.g. `alertname="Watchdog"`.'),
  paused: z.boolean(),
};

/** What a person sends to make a heartbeat. */
export const heartbeatDraft = z.strictObject({
  integrationId: id,
  slug: slug.default(''),
  name: fields.name,
  intervalSeconds: fields.intervalSeconds,
  graceSeconds: fields.graceSeconds.default(60),
  severity: fields.severity.default(2),
  labels: fields.labels.default({}),
  matchers: fields.matchers.default(null),
  paused: fields.paused.default(false),
});

/** A change of a heartbeat, made against the version that was read; what is left out stays. */
export const heartbeatUpdate = z.strictObject({
  version: z.int(),
  name: fields.name.optional(),
  intervalSeconds: fields.intervalSeconds.optional(),
  graceSeconds: fields.graceSeconds.optional(),
  severity: fields.severity.optional(),
  labels: fields.labels.optional(),
  matchers: fields.matchers.optional(),
  paused: fields.paused.optional(),
});

/** A heartbeat and how it stands. */
export const heartbeat = z
  .strictObject({
    id,
    integrationId: id,
    slug: z.string(),
    ...fields,
    state: z.enum(['waiting', 'up', 'down']).describe('`waiting`: nobody has pinged yet, so nothing is missed.'),
    since: instant.describe('Since when it is in this state.'),
    reason: z.string().nullable().describe('Why it is down.'),
    lastPingAt: instant.nullable(),
    lastRunSeconds: z.int().nullable().describe('From the last `start` to the ping that followed.'),
    lastMessage: z.string().nullable().describe('Beginning of what the last ping carried.'),
    expectedBy: instant.nullable().describe('When it counts as missed.'),
    createdAt: instant,
    version: z.int(),
  })
  .meta({ id: 'Heartbeat' });

/** All living heartbeats, by name. */
export const heartbeatList = z.strictObject({ heartbeats: z.array(heartbeat) });
