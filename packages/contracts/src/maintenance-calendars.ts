import { z } from 'zod';
import { id, instant } from './problem.ts';
import { matcher } from './routing.ts';

const matchers = z
  .union([z.string().max(65_536), z.array(z.union([z.string().max(65_536), matcher])).max(100)])
  .nullable()
  .describe('Which alerts an event mutes that does not say it itself; null: such an event mutes nothing.');
const url = z
  .string()
  .max(2_048)
  .regex(/^(?:https?|webcals?):\/\/\S+$/i, 'an address that begins with https://, http:// or webcal://')
  .describe('Whoever knows it may read the calendar: it is kept sealed and shown without its path.');
const zone = z.string().max(64).describe('IANA name: the zone of whole days, and of times that name none.');
const refreshSeconds = z.int().min(60).max(86_400);
const name = z.string().trim().min(1).max(120);

/** How an event says which alerts it mutes. */
export const eventMatchers = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('description') }).describe('A line `matchers: service="db"` of its description.'),
  z
    .strictObject({ kind: z.literal('categories'), label: z.string().min(1).max(200) })
    .describe('Its categories are values of this label.'),
]);

/** What a person sends to have a calendar's events be maintenance windows. */
export const maintenanceCalendarDraft = z.strictObject({
  name,
  url,
  matchers: matchers.default(null),
  eventMatchers: eventMatchers.default({ kind: 'none' }),
  zone: zone.default('UTC'),
  refreshSeconds: refreshSeconds.default(900).describe('How often it is read.'),
  teamId: id
    .nullable()
    .default(null)
    .describe('Whose it is: then only people of that team, and admins, may change it.'),
  enabled: z.boolean().default(true),
});

/** A change of a calendar, made against the version that was read; what is left out stays. */
export const maintenanceCalendarUpdate = z.strictObject({
  version: z.int(),
  name: name.optional(),
  url: url.optional(),
  matchers: matchers.optional(),
  eventMatchers: eventMatchers.optional(),
  zone: zone.optional(),
  refreshSeconds: refreshSeconds.optional(),
  teamId: id.nullable().optional(),
  enabled: z.boolean().optional(),
});

const calendarFault = z.strictObject({
  line: z.int().describe('In the feed, from 1; 0 when it is not a matter of its text.'),
  uid: z.string().nullable().describe('The event that is left out for it.'),
  message: z.string(),
});

/** A calendar outside whose events are maintenance windows. */
export const maintenanceCalendar = z
  .strictObject({
    id,
    name: z.string(),
    url: z.string().describe('Without what is secret in it.'),
    matchers: z.array(matcher).nullable(),
    matcherText: z.string().nullable(),
    eventMatchers,
    zone: z.string(),
    refreshSeconds: z.int(),
    teamId: id.nullable(),
    createdBy: z.string(),
    enabled: z.boolean(),
    state: z.enum(['off', 'waiting', 'good', 'failing']).describe('While it fails, what was planned last stays.'),
    events: z.int(),
    faults: z.array(calendarFault).describe('Events that were left out at the last reading; at most 50.'),
    error: z.string().nullable().describe('Why it could not be read the last time.'),
    failingSince: instant.nullable(),
    readAt: instant.nullable().describe('When its text was read last.'),
    checkedAt: instant.nullable().describe('When it answered well last, also that nothing had changed.'),
    nextReadAt: instant.nullable(),
    version: z.int(),
    createdAt: instant,
  })
  .meta({ id: 'MaintenanceCalendar' });

/** All calendars, by name. */
export const maintenanceCalendarList = z.strictObject({ calendars: z.array(maintenanceCalendar) });

const plannedWindow = { name: z.string(), startsAt: instant, endsAt: instant, matcherText: z.string() };
const more = z.int().describe('How many there are besides those that are shown.');

/** The next windows that a calendar has planned. */
export const maintenanceCalendarWindows = z.strictObject({
  windows: z.array(z.strictObject({ id, ...plannedWindow })),
  more,
});

/** What a person sends to see what a calendar would plan. */
export const maintenanceCalendarPreviewDraft = z.strictObject({
  url,
  matchers: matchers.default(null),
  eventMatchers: eventMatchers.default({ kind: 'none' }),
  zone: zone.default('UTC'),
  teamId: id.nullable().default(null),
});

/** What a calendar would plan in the next 90 days. */
export const maintenanceCalendarPreview = z.strictObject({
  events: z.int(),
  windows: z.array(z.strictObject(plannedWindow)),
  more,
  faults: z.array(calendarFault),
});
