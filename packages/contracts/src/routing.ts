import { z } from 'zod';
import { fault, id, instant } from './problem.ts';

/** A label test: equal, not equal, regex accepts, regex does not accept (RE2, the whole value). */
export const matcher = z
  .strictObject({ name: z.string().min(1).max(512), op: z.enum(['=', '!=', '=~', '!~']), value: z.string().max(8_192) })
  .meta({ id: 'Matcher' });

/** Who is called: a named policy, the policy of the service's owner, or (null) nobody. */
export const routePolicy = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('policy'), id }),
    z.strictObject({ kind: z.literal('service-owner') }),
  ])
  .nullable();

const intervalNames = z.array(z.string().min(1).max(120)).max(50);
const seconds = z.int().min(0).max(31_536_000);

/** Settings of a route as they come out, inherited ones included. */
export const routeOptions = z
  .strictObject({
    mode: z.enum(['page', 'ticket', 'record']).describe('Call people, open a ticket, or only record.'),
    policy: routePolicy,
    urgency: z.enum(['high', 'low']),
    severity: z.literal([1, 2, 3, 4, 5]).nullable().describe('Overrides the severity of the alert; null keeps it.'),
    groupBy: z
      .union([z.literal('all'), z.array(z.string().min(1).max(512)).max(64)])
      .describe('`all` puts each distinct label set in a group of its own.'),
    groupWaitSeconds: seconds,
    groupIntervalSeconds: seconds,
    repeatIntervalSeconds: seconds,
    muteTimeIntervals: intervalNames.describe('Names of time intervals in which it calls nobody. Not inherited.'),
    activeTimeIntervals: intervalNames.describe(
      'Names of time intervals outside which it calls nobody. Not inherited.',
    ),
  })
  .meta({ id: 'RouteOptions' });

/** Settings that a route sets itself; each other one it inherits. */
export const ownRouteOptions = routeOptions.partial().meta({ id: 'OwnRouteOptions' });

const matchers = z
  .union([z.string().max(65_536), z.array(z.union([z.string().max(65_536), matcher])).max(100)])
  .describe('As text (`a="b", c=~"d.*"`), or as a list of texts and objects. All must accept.');

/** What a person sends to make a route. Without a position it stands after its siblings. */
export const routeDraft = z.strictObject({
  parentId: id,
  name: z.string().min(1).max(120),
  matchers: matchers.default([]),
  continue: z.boolean().default(false).describe('Ask the siblings after this one too.'),
  options: ownRouteOptions.default({}),
  position: z.int().min(0).max(1_000_000).optional(),
});

/** A change of a route, made against the version that was read; what is left out stays. `options` are replaced whole. */
export const routeUpdate = z.strictObject({
  version: z.int(),
  parentId: id.optional(),
  name: z.string().min(1).max(120).optional(),
  matchers: matchers.optional(),
  continue: z.boolean().optional(),
  options: ownRouteOptions.optional(),
  position: z.int().min(0).max(1_000_000).optional(),
});

/** A stored route. */
export const routeNode = z
  .strictObject({
    id,
    parentId: id.nullable(),
    position: z.int(),
    name: z.string(),
    path: z.array(z.string()).describe('Names from the root to this route.'),
    matchers: z.array(matcher),
    matcherText: z.string(),
    continue: z.boolean(),
    options: ownRouteOptions,
    effective: routeOptions.nullable().describe('With what it inherits; null while the tree in use does not have it.'),
    version: z.int(),
    updatedAt: instant,
  })
  .meta({ id: 'Route' });

/** The tree, each route after its parent, siblings in the order they are asked. */
export const routingTree = z.strictObject({
  routes: z.array(routeNode),
  faults: z
    .array(fault)
    .describe('Why the stored tree is not in use; empty when it is. The last good tree routes meanwhile.'),
});
