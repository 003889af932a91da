import { z } from 'zod';
import { instant } from './problem.ts';
import { matcher, ownRouteOptions } from './routing.ts';
import { timeIntervalDraft } from './silences.ts';

/** How matchers are read: as before Alertmanager 0.27, strictly with UTF-8 names, or both ways as it does by default. */
export const matchersParseBody = z.strictObject({
  text: z.string().max(65_536).describe('One or several matchers, with or without braces.'),
  mode: z.enum(['classic', 'utf8', 'fallback']),
});

/** The matchers that a text holds, in its order. */
export const matchersParseAnswer = z.strictObject({ matchers: z.array(matcher) });

const config = z.string().max(1_048_576).describe('The text of an Alertmanager configuration (YAML).');
const labels = z.record(z.string().min(1).max(1_024), z.string().max(8_192));

/** A silence in the form of Alertmanager's API v2; what else its answers carry is passed over. */
const apiSilence = z.looseObject({
  id: z.string().max(100).optional(),
  matchers: z
    .array(
      z.looseObject({
        name: z.string().max(512),
        value: z.string().max(8_192),
        isRegex: z.boolean().default(false),
        isEqual: z.boolean().default(true),
      }),
    )
    .max(100),
  startsAt: instant,
  endsAt: instant,
  createdBy: z.string().max(1_024).default(''),
  comment: z.string().max(8_192).default(''),
});

/** What would be: a configuration, silences and alerts, looked at as of a moment. Nothing of it is stored. */
export const routingPreviewBody = z.strictObject({
  config,
  silences: z.array(apiSilence).max(2_000).default([]),
  alerts: z
    .array(
      z.looseObject({
        labels,
        startsAt: instant.optional().describe('Left out: it fires already.'),
        endsAt: instant.optional().describe('Left out, or the year 1: it fires on.'),
      }),
    )
    .max(5_000),
  at: instant.describe('Silences, time intervals and which alerts fire are decided as of this moment.'),
});

/** A route that takes an alert. */
const previewRoute = z.strictObject({
  receiver: z.string(),
  path: z
    .array(z.string())
    .describe(
      'From the root to this route: the receiver of the root, then for each route below it the receiver in force and ' +
        'its place among its siblings from 0, e.g. `["default", "team-db[2]", "dba[0]"]`.',
    ),
  continue: z.boolean().describe('Siblings after it were asked too.'),
  groupBy: z.array(z.string()).describe('`["..."]` when every label set is a group of its own.'),
  groupLabels: z.record(z.string(), z.string()),
  groupWait: z.number().describe('Seconds.'),
  groupInterval: z.number().describe('Seconds.'),
  repeatInterval: z.number().describe('Seconds.'),
  mutedBy: z.array(z.strictObject({ kind: z.literal('time_interval'), name: z.string(), reason: z.string() })),
});

/** Where each alert would go and what would mute it: alerts in the order sent, routes in the order they match. */
export const routingPreview = z.strictObject({
  alerts: z.array(
    z.strictObject({
      labels: z.record(z.string(), z.string()).describe('Without those that are empty.'),
      routes: z.array(previewRoute),
      mutedBy: z
        .array(
          z.discriminatedUnion('kind', [
            z.strictObject({
              kind: z.literal('silence'),
              id: z.string().describe('Its own, or its place: `silences[0]`.'),
              sources: z.array(z.string()).describe('Always empty.'),
              reason: z.string(),
            }),
            z.strictObject({
              kind: z.literal('inhibition'),
              rule: z.string().describe('Its name, or its place: `inhibit_rules[0]`.'),
              sources: z.array(z.string()).describe('Fingerprints of alerts that inhibit it; 20 at most.'),
              reason: z.string(),
            }),
          ]),
        )
        .describe('On every route.'),
    }),
  ),
});

/** A configuration of which an import is planned. */
export const importPlanBody = z.strictObject({ config });

/** What an import would make of a configuration, and what of it has no place here. Nothing of it is stored. */
export const importPlan = z.strictObject({
  routes: z
    .array(
      z.strictObject({
        key: z.string().describe('Names it within the plan.'),
        parentKey: z.string().nullable().describe('Null: it stands under the root of the tree.'),
        name: z.string(),
        receiver: z.string(),
        matchers: z.array(matcher),
        matcherText: z.string(),
        continue: z.boolean(),
        options: ownRouteOptions,
      }),
    )
    .describe('Each after its parent, siblings in the order they are asked.'),
  timeIntervals: z.array(timeIntervalDraft),
  inhibitRules: z.array(
    z.strictObject({
      key: z.string(),
      name: z.string().nullable(),
      sourceMatchers: z.array(matcher),
      targetMatchers: z.array(matcher),
      equal: z.array(z.string()),
    }),
  ),
  receivers: z.array(
    z.strictObject({
      name: z.string(),
      integrations: z.array(z.strictObject({ kind: z.string(), count: z.int() })),
      routes: z.int().describe('How many routes lead to it.'),
    }),
  ),
  notMapped: z.array(z.strictObject({ what: z.string(), why: z.string() })),
});
