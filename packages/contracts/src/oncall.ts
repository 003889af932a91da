import { z } from 'zod';
import { pageOf, pagingFields } from './paging.ts';
import { id, instant } from './problem.ts';

const weekday = z.int().min(1).max(7).describe('ISO weekday, Monday is 1.');
const wallTime = z.string().max(5).describe("`HH:MM` on the wall clock of the schedule's zone.");
const utc = instant.describe('RFC 3339 in UTC.');
const position = z.int().min(0).max(1000).describe('The higher layer answers where it has somebody. Unique.');

const rotationFields = {
  length: z.int().describe('How many units one turn lasts.'),
  handoffTime: wallTime,
  anchorDate: z.string().max(10).describe('`YYYY-MM-DD`: the local date on which the first member takes over.'),
  members: z.array(id.nullable()).max(200).describe('People in turn; null leaves that turn to nobody on purpose.'),
};

/** The order in which members take turns. Days and weeks keep their wall time, hours are elapsed hours. */
export const scheduleRotation = z.discriminatedUnion('unit', [
  z.strictObject({ unit: z.enum(['hours', 'days']), ...rotationFields }),
  z.strictObject({ unit: z.literal('weeks'), handoffWeekday: weekday, ...rotationFields }),
]);

/** Active hours of a layer, from (inclusive) to (exclusive); they may run over midnight or the end of the week. */
export const scheduleRestriction = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('daily'), from: wallTime, to: wallTime }),
  z.strictObject({
    kind: z.literal('weekly'),
    fromWeekday: weekday,
    from: wallTime,
    toWeekday: weekday,
    to: wallTime,
  }),
]);

/** One row of a schedule as a person sends it; `id` names a layer that exists already. */
export const scheduleLayerDraft = z.strictObject({
  id: id.optional(),
  name: z.string().trim().min(1).max(120),
  position,
  startsAt: instant,
  endsAt: instant.nullable().default(null),
  rotation: scheduleRotation,
  restrictions: z.array(scheduleRestriction).max(50).default([]).describe('Empty: always.'),
});

/** What a person sends to make a schedule: the whole of it, overrides aside. */
export const scheduleDraft = z.strictObject({
  name: z.string().trim().min(1).max(120),
  teamId: id.nullable().default(null),
  zone: z.string().max(64).describe('IANA name, e.g. `Europe/Berlin`; all wall times are read in it.'),
  layers: z.array(scheduleLayerDraft).max(20),
});

/** A change of a schedule, made against the version that was read. A layer left out is removed. */
export const scheduleUpdate = scheduleDraft.extend({ version: z.int() });

/** A stored layer. */
export const scheduleLayer = z.strictObject({
  id,
  name: z.string(),
  position: z.int(),
  startsAt: utc,
  endsAt: utc.nullable(),
  rotation: scheduleRotation,
  restrictions: z.array(scheduleRestriction),
});

/** A stored schedule; layers from the highest down. */
export const schedule = z
  .strictObject({
    id,
    name: z.string(),
    teamId: id.nullable(),
    zone: z.string(),
    layers: z.array(scheduleLayer),
    version: z.int(),
    createdAt: utc,
    updatedAt: utc,
  })
  .meta({ id: 'Schedule' });

/** What a person sends to take over for a while. A start that is left out or past means now. */
export const scheduleOverrideDraft = z.strictObject({
  userId: id,
  replacesUserId: id.nullable().default(null).describe('Only where this person would be on call; null: always.'),
  startsAt: instant.optional(),
  endsAt: instant,
});

/** A stored override. Where two overlap the newest wins. */
export const scheduleOverride = z.strictObject({
  id,
  userId: id,
  replacesUserId: id.nullable(),
  startsAt: utc,
  endsAt: utc,
  createdAt: utc,
  createdBy: z.string(),
});

const gapReason = z.enum([
  'nobody-in-rotation',
  'outside-active-hours',
  'no-layer-in-force',
  'no-layers',
  'broken-schedule',
]);

/** What a schedule does otherwise than its author may think; it is saved all the same. */
export const scheduleWarning = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['unknown-person', 'inactive-person']), path: z.string(), userId: id }),
  z.strictObject({ kind: z.literal('coverage-gap'), from: utc, to: utc, reason: gapReason }),
]);

/** A schedule with its overrides that have not ended more than a day ago, and its warnings as of now. */
export const scheduleAnswer = z.strictObject({
  schedule,
  overrides: z.array(scheduleOverride),
  warnings: z.array(scheduleWarning),
});

/** Schedules by name. */
export const scheduleList = pageOf(schedule);
export const scheduleListQuery = z.strictObject({ teamId: id.optional(), ...pagingFields });

/** An override as it was stored. */
export const scheduleOverrideAnswer = z.strictObject({
  override: scheduleOverride,
  warnings: z.array(scheduleWarning),
});

/** What came of deleting an override: a running one ends now, an ended one stays as it was. */
export const scheduleOverrideEnd = z.strictObject({
  outcome: z.enum(['removed', 'ended', 'unchanged']),
  reason: z.enum(['not-begun', 'running', 'already-ended']),
  override: scheduleOverride.nullable(),
});

const because = z.strictObject({ kind: z.enum(['override', 'layer']), id }).describe('What puts this person on call.');

/** One person on call in [from, to). */
export const scheduleShift = z.strictObject({ userId: id, because, from: utc, to: utc });

/** Nobody on call in [from, to). */
export const scheduleGap = z.strictObject({ from: utc, to: utc, reason: gapReason });

/** The asked time, at most 366 days. */
export const scheduleShiftsQuery = z.strictObject({ from: instant, to: instant });

const line = {
  zone: z.string(),
  from: utc,
  to: utc,
  shifts: z.array(scheduleShift),
  gaps: z.array(scheduleGap),
  layers: z.array(z.strictObject({ layerId: id, position: z.int(), shifts: z.array(scheduleShift) })),
};

/** The final line of a schedule (shifts and gaps fill the asked time exactly), and what each layer says alone. */
export const scheduleShifts = z.strictObject({ scheduleId: id, ...line, overrides: z.array(scheduleOverride) });

/** A draft to look at before it is saved; with `scheduleId` it is compared with what is stored. */
export const schedulePreviewBody = z.strictObject({
  scheduleId: id.optional(),
  schedule: scheduleDraft,
  from: instant,
  to: instant,
});

/** Somebody else is on call in [from, to) than before; null is nobody. */
export const scheduleChange = z.strictObject({
  from: utc,
  to: utc,
  beforeUserId: id.nullable(),
  afterUserId: id.nullable(),
  reason: z.enum(['covered', 'uncovered', 'handed-over']),
});

/** What a draft would do. `changes` is null when there is nothing to compare with. */
export const schedulePreview = z.strictObject({
  ...line,
  changes: z.array(scheduleChange).nullable(),
  warnings: z.array(scheduleWarning),
});

const onCallFields = {
  users: z.array(
    z.strictObject({
      userId: id,
      because,
      since: utc.nullable().describe('Null: more than 400 days back.'),
      until: utc.nullable().describe('Null: never, or more than 400 days ahead.'),
    }),
  ),
  gap: z.boolean().describe('True when nobody is on call.'),
  reason: z.union([z.enum(['override', 'layer']), gapReason]),
  until: utc.nullable().describe("Until when this answer's people stay the same."),
};

/** When to ask who is on call; now when left out. Pass the `at` of the first page on with its cursor. */
export const onCallQuery = z.strictObject({ at: instant.optional(), ...pagingFields });

/** Who is on call in one schedule. */
export const onCallEntry = z.strictObject({
  scheduleId: id,
  name: z.string(),
  teamId: id.nullable(),
  zone: z.string(),
  ...onCallFields,
});

/** Who is on call everywhere, by name of the schedule. */
export const onCallList = pageOf(onCallEntry).extend({ at: utc });

/** When to ask for the next hand-off; now when left out. */
export const onCallNextQuery = z.strictObject({ at: instant.optional() });

/** Who is on call, and the next instant at which other people are; an empty list is a gap. */
export const onCallNext = z.strictObject({
  at: utc,
  current: onCallEntry,
  handoff: z
    .strictObject({ at: utc, fromUserIds: z.array(id), toUserIds: z.array(id) })
    .nullable()
    .describe('Null: none within 400 days.'),
});
