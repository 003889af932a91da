import { z } from 'zod';
import { pageOf, pagingFields } from './paging.ts';
import { id, instant } from './problem.ts';
import { routeOptions } from './routing.ts';

const labels = z.record(z.string(), z.string());

/** `acknowledged`: it fires, and every live page of it is held by a person. */
export const alertState = z.enum(['firing', 'acknowledged', 'resolved']);

/** An alert in a list. */
export const alertSummary = z
  .strictObject({
    id,
    state: alertState,
    title: z.string(),
    severity: z.int().min(1).max(5),
    kind: z.string(),
    labels,
    serviceId: id.nullable(),
    teamId: id.nullable(),
    integrationId: id,
    startsAt: instant,
    openedAt: instant,
    lastSeenAt: instant,
    resolvedAt: instant.nullable(),
    resolvedBy: z.string().nullable().describe('`source`, `expiry`, `user:<id>` or `system:<name>`.'),
    heldByHand: z.boolean().describe('Resolved by hand while its source still claims it.'),
    count: z.int().describe('How often it was received.'),
    pageIds: z.array(id),
  })
  .meta({ id: 'Alert' });

const severities = z.string().regex(/^[1-5](,[1-5])*$/, 'severities as 1,2');
const filters = z.union([z.string().max(65_536), z.array(z.string().max(65_536)).max(20)]);

/** Which alerts to list; all conditions hold together. */
export const alertQuery = z.strictObject({
  ...pagingFields,
  state: alertState.optional(),
  severity: severities.optional().describe('One or several, e.g. `1,2`.'),
  service: z.string().max(200).optional().describe('Id of a service, or its key as the alert names it.'),
  team: id.optional(),
  integration: id.optional(),
  q: z.string().max(200).optional().describe('Part of the title, upper and lower case alike.'),
  filter: filters.optional().describe('Matchers, e.g. `cluster="eu", job=~"db.*"`; may be repeated.'),
});

/** Alerts, the newest first. A page may hold fewer than asked for although more follow: go on while there is a cursor. */
export const alertList = pageOf(alertSummary);

/** Which of the alerts to list that no route below the root wanted. */
export const unroutedQuery = z.strictObject({ ...pagingFields, state: alertState.optional() });

/** Why a route has an alert: its matchers and its ancestors' said yes, or no other route wanted it. */
export const routeReason = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('matched'), by: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('fell-through') }),
]);

/** Where an alert went when it opened, and why. */
export const alertRouting = z.strictObject({
  routeId: id,
  routeNames: z.array(z.string()).describe('Names from the root; an id where the route is no more.'),
  mode: z.enum(['page', 'ticket', 'record']),
  pageId: id.nullable(),
  reason: routeReason.nullable(),
});

/** A group that an alert joined. */
export const alertPage = z.strictObject({
  id,
  number: z.int(),
  title: z.string(),
  open: z.boolean(),
  firing: z.int(),
  phase: z.string().nullable().describe('Of its live run; null when nobody is being called.'),
});

/** One stored change of an alert. */
export const alertEvent = z.strictObject({ at: instant, kind: z.string(), change: z.unknown() });

/** An alert with everything known of it. */
export const alertDetail = alertSummary.extend({
  fingerprint: z.string().describe('As Alertmanager shows it.'),
  labelList: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  annotations: labels,
  generatorUrl: z.string().nullable(),
  endsAt: instant,
  routing: z.array(alertRouting),
  pages: z.array(alertPage),
  events: z.array(alertEvent),
});

/** An alert to be explained: one that is not there, as if it came in now. */
export const explainBody = z.strictObject({
  labels,
  annotations: labels.default({}),
  integrationId: id.optional(),
  at: instant.optional().describe('When somebody would be called; now if left out.'),
});

/** One route that was looked at: it matched, or the matcher that said no and the value it saw. */
export const routeVisit = z.strictObject({
  routeId: id,
  name: z.string(),
  depth: z.int(),
  outcome: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('matched'), by: z.array(z.string()) }),
    z.strictObject({ kind: z.literal('refused'), by: z.string(), label: z.string(), actual: z.string() }),
  ]),
});

/** The group an alert would join on a route. */
export const wouldJoin = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('open-page'), id, number: z.int(), title: z.string(), firing: z.int() }),
  z.strictObject({ kind: z.literal('new-page'), title: z.string(), labels, waitSeconds: z.int() }),
  z.strictObject({ kind: z.literal('none') }),
]);

/** Why an alert went, or would go, where: made by the functions that route and group. */
export const explanation = z.strictObject({
  alert: z.strictObject({
    title: z.string(),
    kind: z.string(),
    severity: z.int(),
    serviceId: id.nullable(),
    teamId: id.nullable(),
    fingerprint: z.string(),
  }),
  visits: z.array(routeVisit).describe('Every route looked at, in order.'),
  destinations: z.array(
    z.strictObject({
      routeId: id,
      routeNames: z.array(z.string()),
      options: routeOptions,
      reason: routeReason,
      joins: wouldJoin,
      called: z.unknown().describe('Who would be called and when; null when the route calls nobody.'),
      mutedBy: z
        .array(
          z.strictObject({
            kind: z.enum(['silence', 'maintenance', 'inhibition', 'time-interval']),
            ref: z.string().describe('Id of the silence, window or rule; name of the interval.'),
            reason: z.string(),
            until: instant.nullable().describe('Its end; null while a source fires, or when it never ends.'),
          }),
        )
        .describe('What would keep them from being called at that moment; nothing when empty.'),
    }),
  ),
  unrouted: z.boolean().describe('No route below the root wanted it.'),
  configVersion: z.int(),
});
