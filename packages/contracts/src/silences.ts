import { z } from 'zod';
import { pageOf, pagingFields } from './paging.ts';
import { id, instant } from './problem.ts';
import { matcher } from './routing.ts';

const matchers = z
  .union([z.string().max(65_536), z.array(z.union([z.string().max(65_536), matcher])).max(100)])
  .describe('As text (`a="b", c=~"d.*"`), or as a list of texts and objects. All must accept.');
const comment = z.string().trim().max(2_000).describe('Why; for those who are not called.');
const teamId = id.nullable().describe('Whose it is: then only people of that team, and admins, may change it.');
const zone = z.string().max(64).describe('IANA name, e.g. `Europe/Berlin`.');

/** Where a silence stands. */
export const silenceState = z.enum(['pending', 'active', 'expired']);

/** How much a mute has held back so far. */
export const heldBack = z
  .strictObject({
    pages: z.int().describe('Pages that called nobody, or stopped calling, for it.'),
    alerts: z.int().describe('Most alerts of those pages that it muted at once, summed.'),
  })
  .meta({ id: 'HeldBack' });

/** What a person sends to make a silence. It must end; one year is the longest. */
export const silenceDraft = z.strictObject({
  matchers,
  startsAt: instant.optional().describe('Now when left out, or when it lies in the past.'),
  endsAt: instant,
  comment,
  teamId: teamId.default(null),
});

/**
 * A change of a silence, made against the version that was read; what is left out stays. What has muted is never
 * rewritten: other matchers or another start end it and make a new one, whose id the answer carries.
 */
export const silenceUpdate = z.strictObject({
  version: z.int(),
  matchers: matchers.optional(),
  startsAt: instant.optional(),
  endsAt: instant.optional(),
  comment: comment.optional(),
});

/** A stored silence. */
export const silence = z
  .strictObject({
    id,
    state: silenceState,
    matchers: z.array(matcher),
    matcherText: z.string(),
    startsAt: instant,
    endsAt: instant,
    comment: z.string(),
    createdBy: z.string().describe('A name, as people read it.'),
    userId: id.nullable(),
    teamId: id.nullable(),
    integrationId: id.nullable().describe('Made through this integration: it mutes only alerts of it.'),
    replaces: id.nullable(),
    expiredBy: z.string().nullable().describe('Who ended it before its time.'),
    heldBack,
    version: z.int(),
    createdAt: instant,
  })
  .meta({ id: 'Silence' });

/** Which silences to list. */
export const silenceQuery = z.strictObject({
  ...pagingFields,
  state: silenceState.optional().describe('All but expired ones when left out.'),
});

/** Silences, the newest first. */
export const silenceList = pageOf(silence);

/** What a person sends to make an inhibition rule. */
export const inhibitRuleDraft = z.strictObject({
  name: z.string().trim().min(1).max(120).nullable().default(null),
  sourceMatchers: matchers.describe('While an alert that these accept fires …'),
  targetMatchers: matchers.describe('… alerts that these accept call nobody …'),
  equal: z
    .array(z.string().min(1).max(512))
    .max(64)
    .default([])
    .describe('… as long as both carry the same values of these labels.'),
});

/** A change of an inhibition rule, made against the version that was read; what is left out stays. */
export const inhibitRuleUpdate = z.strictObject({
  version: z.int(),
  name: z.string().trim().min(1).max(120).nullable().optional(),
  sourceMatchers: matchers.optional(),
  targetMatchers: matchers.optional(),
  equal: z.array(z.string().min(1).max(512)).max(64).optional(),
});

/** A stored inhibition rule. */
export const inhibitRule = z
  .strictObject({
    id,
    name: z.string().nullable(),
    sourceMatchers: z.array(matcher),
    targetMatchers: z.array(matcher),
    equal: z.array(z.string()),
    heldBack,
    version: z.int(),
  })
  .meta({ id: 'InhibitRule' });

/** All inhibition rules. */
export const inhibitRuleList = z.strictObject({ rules: z.array(inhibitRule) });

const texts = (most: number) => z.array(z.string().max(64)).max(most);

/** One entry of a time interval, in the words of Alertmanager's configuration. Every field that is set must hold. */
export const intervalSpec = z
  .strictObject({
    times: z
      .array(z.strictObject({ start_time: z.string().max(5), end_time: z.string().max(5) }))
      .max(50)
      .optional(),
    weekdays: texts(50).optional().describe('`monday:friday`, `sunday`.'),
    days_of_month: texts(50).optional().describe('`1:5`, `-3:-1`.'),
    months: texts(50).optional().describe('`december`, `1:3`.'),
    years: texts(50).optional().describe('`2026:2028`.'),
    location: z.string().max(64).optional().describe('IANA name of the zone; UTC when left out.'),
  })
  .meta({ id: 'IntervalSpec' });

/** What a person sends to make a time interval, which routes name in `muteTimeIntervals` and `activeTimeIntervals`. */
export const timeIntervalDraft = z.strictObject({
  name: z.string().trim().min(1).max(120),
  timeIntervals: z.array(intervalSpec).min(1).max(50).describe('A moment is in it when any of them holds it.'),
});

/** A change of a time interval, made against the version that was read. Its name stays: routes go by it. */
export const timeIntervalUpdate = z.strictObject({
  version: z.int(),
  timeIntervals: z.array(intervalSpec).min(1).max(50),
});

/** A stored time interval. */
export const timeInterval = z
  .strictObject({
    id,
    name: z.string(),
    timeIntervals: z.array(intervalSpec),
    within: z.boolean().describe('Whether this moment is in it.'),
    changesAt: instant.nullable().describe('When that changes next.'),
    version: z.int(),
  })
  .meta({ id: 'TimeInterval' });

/** All time intervals. */
export const timeIntervalList = z.strictObject({ intervals: z.array(timeInterval) });

const recurring = {
  startTime: z.string().max(5).describe('`HH:MM` on the wall clock of the zone.'),
  durationMinutes: z.int().min(1).max(44_640).describe('Elapsed, however the clock jumps meanwhile.'),
  every: z.int().min(1).max(52).default(1).describe('Every so many weeks or months, counted from that of `firstDate`.'),
  firstDate: z.string().max(10).describe('`YYYY-MM-DD`: no occurrence opens before this local date.'),
  lastDate: z.string().max(10).nullable().default(null).describe('`YYYY-MM-DD`: none opens after it.'),
};

/** When a maintenance window is open. */
export const recurrence = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('once'), startsAt: instant, endsAt: instant }),
  z.strictObject({
    kind: z.literal('weekly'),
    ...recurring,
    weekdays: z
      .array(z.literal([1, 2, 3, 4, 5, 6, 7]))
      .min(1)
      .max(7)
      .describe('1 is Monday.'),
  }),
  z.strictObject({
    kind: z.literal('monthly'),
    ...recurring,
    on: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('day'), day: z.int().min(-31).max(31) }),
      z.strictObject({
        kind: z.literal('weekday'),
        weekday: z.literal([1, 2, 3, 4, 5, 6, 7]),
        nth: z.literal([1, 2, 3, 4, 5, -1]),
      }),
    ]),
  }),
]);

/** What a person sends to plan maintenance. */
export const maintenanceDraft = z.strictObject({
  name: z.string().trim().min(1).max(120),
  matchers,
  zone: zone.default('UTC'),
  recurrence,
  comment,
  teamId: teamId.default(null),
});

/** A change of a maintenance window, made against the version that was read; what is left out stays. */
export const maintenanceUpdate = z.strictObject({
  version: z.int(),
  name: z.string().trim().min(1).max(120).optional(),
  matchers: matchers.optional(),
  zone: zone.optional(),
  recurrence: recurrence.optional(),
  comment: comment.optional(),
});

const span = z.strictObject({ startsAt: instant, endsAt: instant });

/** A stored maintenance window. */
export const maintenanceWindow = z
  .strictObject({
    id,
    name: z.string(),
    matchers: z.array(matcher),
    matcherText: z.string(),
    zone: z.string(),
    recurrence,
    comment: z.string(),
    madeBy: z.enum(['user', 'api', 'calendar']),
    createdBy: z.string(),
    userId: id.nullable(),
    teamId: id.nullable(),
    open: span.nullable().describe('The opening that this moment is in.'),
    next: span.nullable().describe('The next one.'),
    endedAt: instant.nullable(),
    heldBack,
    version: z.int(),
    createdAt: instant,
  })
  .meta({ id: 'MaintenanceWindow' });

/** All maintenance windows that are or will be open, and those ended in the last 30 days. */
export const maintenanceList = z.strictObject({ windows: z.array(maintenanceWindow) });

/** What a CI job says when it begins: expected alerts call nobody until it ends, at most this long. */
export const maintenanceBegin = z.strictObject({
  name: z.string().trim().min(1).max(120).describe('Ending goes by it; beginning it again prolongs it.'),
  matchers,
  durationMinutes: z.int().min(1).max(10_080).describe('The longest it may take, at most a week.'),
  comment: comment.default('').describe('Why; the name when left out.'),
  teamId: teamId.default(null),
});

/** What a CI job says when it is done. */
export const maintenanceEnd = z.strictObject({ name: z.string().trim().min(1).max(120) });

/** One thing that muted, with the sentence that was stored. */
export const suppressedReason = z.strictObject({
  kind: z.enum(['silence', 'maintenance', 'inhibition', 'time-interval']),
  ref: z.string().describe('Id of the silence, window or rule; name of the interval.'),
  alerts: z.int(),
  reason: z.string(),
});

/** A stretch of time in which a page called nobody because all of it was muted. */
export const suppression = z
  .strictObject({
    id,
    pageId: id,
    pageNumber: z.int(),
    routeId: id,
    title: z.string(),
    severity: z.int(),
    serviceId: id.nullable(),
    teamId: id.nullable(),
    alerts: z.int().describe('Most alerts that fired and were muted at one look.'),
    reasons: z.array(suppressedReason),
    wouldHavePaged: z.unknown().describe('Whom its first moment would have called; null when not known.'),
    stoppedCalling: z.boolean().describe('People were being called when it was muted.'),
    beganAt: instant,
    endedAt: instant.nullable(),
    endedBy: z.enum(['unmuted', 'resolved']).nullable(),
  })
  .meta({ id: 'Suppression' });

/** Which suppressions to list; all conditions hold together. */
export const suppressionQuery = z.strictObject({
  ...pagingFields,
  state: z.enum(['now', 'past']).optional(),
  by: z.string().max(200).optional().describe('Id of a silence, window or rule, or name of an interval.'),
  page: id.optional(),
});

/** Suppressions, the newest first, and how many there are by what muted. */
export const suppressionList = pageOf(suppression).extend({
  now: z.strictObject({ pages: z.int(), alerts: z.int() }).describe('Muted at this moment, in all.'),
});
