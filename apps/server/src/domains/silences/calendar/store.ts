import { type Selectable, sql } from 'kysely';
import { type Db, json, type Trx } from '#platform/db';
import type { MaintenanceCalendarsTable } from '#platform/db-tables';
import { resealColumn, type Resealed, type Resealing } from '#platform/reseal';
import type { Matcher } from '#routing';
import { aboutCalendar, type CalendarFault, type EventMatchers, type WantedWindow } from './model.ts';
import type { EventWindow, WindowPlan } from './plan.ts';
import type { ReadingState } from './reading.ts';

/** Rows of one INSERT. */
const ROWS_AT_ONCE = 500;
/** How long a window of a calendar is kept after its time: as long as ended windows are listed. */
const KEPT_AFTER_END = { hours: 24 * 30 };

/** What people set of a calendar; its address apart. */
export interface CalendarWish {
  readonly name: string;
  readonly matchers: readonly Matcher[] | null;
  readonly eventMatchers: EventMatchers;
  readonly zone: string;
  readonly refreshSeconds: number;
  readonly teamId: string | null;
  readonly enabled: boolean;
}

/** An address as it is stored: sealed, and as people see it. */
export interface StoredAddress {
  readonly sealedUrl: Buffer;
  readonly shownUrl: string;
}

/** A calendar with everything that is known of it. */
export interface StoredCalendar extends CalendarWish, StoredAddress, ReadingState {
  readonly id: string;
  readonly userId: string | null;
  readonly checkedAt: Temporal.Instant | null;
  readonly events: number;
  readonly faults: readonly CalendarFault[];
  readonly lastError: string | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly wakeAt: Temporal.Instant | null;
}

function toCalendar(row: Selectable<MaintenanceCalendarsTable>): StoredCalendar {
  return {
    id: row.id,
    name: row.name,
    sealedUrl: row.sealed_url,
    shownUrl: row.shown_url,
    matchers: row.matchers as readonly Matcher[] | null,
    eventMatchers: row.event_matchers as EventMatchers,
    zone: row.zone,
    refreshSeconds: row.refresh_seconds,
    userId: row.user_id,
    teamId: row.team_id,
    enabled: row.enabled,
    etag: row.etag,
    readAt: row.read_at,
    checkedAt: row.checked_at,
    events: row.events,
    faults: row.faults as readonly CalendarFault[],
    lastError: row.last_error,
    failingSince: row.failing_since,
    failures: row.failures,
    version: row.version,
    createdAt: row.created_at,
    wakeAt: row.wake_at,
  };
}

/** Every calendar that has not been removed, by name. */
export async function listCalendars(db: Db): Promise<readonly StoredCalendar[]> {
  const query = db.selectFrom('maintenance_calendars').selectAll().where('archived_at', 'is', null);
  return (await query.orderBy('name').orderBy('id').execute()).map(toCalendar);
}

/** One calendar; null when there is none. */
export async function findCalendar(db: Db, id: string): Promise<StoredCalendar | null> {
  const query = db.selectFrom('maintenance_calendars').selectAll().where('id', '=', id);
  const row = await query.where('archived_at', 'is', null).executeTakeFirst();
  return row ? toCalendar(row) : null;
}

/** Locks a calendar; null when there is none, or another reads it by now (`lease`). */
export async function lockCalendar(trx: Trx, id: string, lease?: string): Promise<StoredCalendar | null> {
  const query = trx.selectFrom('maintenance_calendars').selectAll().where('id', '=', id);
  const leased = lease === undefined ? query : query.where('lease', '=', lease);
  const row = await leased.where('archived_at', 'is', null).forUpdate().executeTakeFirst();
  return row ? toCalendar(row) : null;
}

const columnsOf = (wish: CalendarWish & StoredAddress) => ({
  name: wish.name,
  sealed_url: wish.sealedUrl,
  shown_url: wish.shownUrl,
  matchers: wish.matchers === null ? null : json<unknown>(wish.matchers),
  event_matchers: json<unknown>(wish.eventMatchers),
  zone: wish.zone,
  refresh_seconds: wish.refreshSeconds,
  team_id: wish.teamId,
  enabled: wish.enabled,
});

/** Adds a calendar, due at once. */
export async function insertCalendar(
  trx: Trx,
  made: CalendarWish & StoredAddress & { readonly id: string; readonly userId: string | null },
  now: Temporal.Instant,
): Promise<void> {
  const { id, userId, enabled } = made;
  const times = { created_at: now, updated_at: now, wake_at: enabled ? now : null };
  await trx
    .insertInto('maintenance_calendars')
    .values({ id, user_id: userId, ...columnsOf(made), ...times })
    .execute();
}

/** Writes a locked calendar. It is read anew at once, by what it says now; who reads it at this moment is too late. */
export async function updateCalendar(
  trx: Trx,
  { id, ...wish }: CalendarWish & StoredAddress & { readonly id: string },
  now: Temporal.Instant,
): Promise<void> {
  const fresh = { etag: null, lease: null, wake_at: wish.enabled ? now : null };
  await trx
    .updateTable('maintenance_calendars')
    .set({ ...columnsOf(wish), ...fresh, updated_at: now, version: sql`version + 1` })
    .where('id', '=', id)
    .execute();
}

/** Takes a calendar out of use. */
export async function archiveCalendar(trx: Trx, id: string, now: Temporal.Instant): Promise<void> {
  await trx
    .updateTable('maintenance_calendars')
    .set({ archived_at: now, updated_at: now, wake_at: null, lease: null })
    .where('id', '=', id)
    .execute();
}

/** Leases calendars that are due, or the one that is named whether it is due or not. */
export async function claimCalendars(
  db: Db,
  claim: {
    readonly now: Temporal.Instant;
    readonly until: Temporal.Instant;
    readonly lease: string;
    readonly limit: number;
    readonly id?: string;
  },
): Promise<readonly StoredCalendar[]> {
  const { now, until, lease, limit, id } = claim;
  const which = id === undefined ? sql`wake_at <= ${now}` : sql`id = ${id} AND enabled AND archived_at IS NULL`;
  const { rows } = await sql<Selectable<MaintenanceCalendarsTable>>`
    WITH due AS (
      SELECT id FROM maintenance_calendars WHERE ${which} ORDER BY wake_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    UPDATE maintenance_calendars c SET lease = ${lease}, wake_at = ${until} FROM due WHERE c.id = due.id RETURNING c.*`.execute(
    db,
  );
  return rows.map(toCalendar);
}

/** When the next calendar is due; null when none is. */
export async function nextCalendarWake(db: Db): Promise<Temporal.Instant | null> {
  const query = db.selectFrom('maintenance_calendars').select((eb) => eb.fn.min('wake_at').as('at'));
  const row = await query.where('wake_at', 'is not', null).executeTakeFirst();
  return (row?.at as Temporal.Instant | null | undefined) ?? null;
}

/** Notes that a leased calendar was read well; `read` when its text was, not only that nothing changed. */
export async function noteRead(
  trx: Trx,
  id: string,
  good: {
    readonly now: Temporal.Instant;
    readonly wakeAt: Temporal.Instant;
    readonly read: {
      readonly etag: string | null;
      readonly events: number;
      readonly faults: readonly CalendarFault[];
    } | null;
  },
): Promise<void> {
  const { now, wakeAt, read } = good;
  const text = read && { etag: read.etag, events: read.events, faults: json<unknown>(read.faults), read_at: now };
  await trx
    .updateTable('maintenance_calendars')
    .set({ ...text, checked_at: now, wake_at: wakeAt, lease: null, last_error: null, failing_since: null, failures: 0 })
    .where('id', '=', id)
    .execute();
}

/** Notes that a leased calendar could not be read. What is planned stays. */
export async function noteFailure(
  db: Db,
  id: string,
  failed: {
    readonly lease: string;
    readonly message: string;
    readonly wakeAt: Temporal.Instant;
    readonly failures: number;
    readonly failingSince: Temporal.Instant;
  },
): Promise<void> {
  const { lease, message, wakeAt, failures, failingSince } = failed;
  await db
    .updateTable('maintenance_calendars')
    .set({ last_error: message, wake_at: wakeAt, failures, failing_since: failingSince, lease: null })
    .where('id', '=', id)
    .where('lease', '=', lease)
    .execute();
}

/** The windows of a calendar that have not been ended, in the order of their starts. */
export async function readEventWindows(db: Db, calendarId: string): Promise<readonly EventWindow[]> {
  const rows = await db
    .selectFrom('maintenance_windows')
    .select(['id', 'name', 'matchers', 'recurrence', 'event_uid', 'event_key', 'archived_at'])
    .where('calendar_id', '=', calendarId)
    .where('ended_at', 'is', null)
    .orderBy('id')
    .execute();
  const windows = rows.map((row) => {
    const { startsAt, endsAt } = row.recurrence as { readonly startsAt: string; readonly endsAt: string };
    return {
      id: row.id,
      uid: row.event_uid ?? '',
      key: row.event_key ?? '',
      name: row.name,
      matchers: row.matchers as readonly Matcher[],
      startsAt: Temporal.Instant.from(startsAt),
      endsAt: Temporal.Instant.from(endsAt),
      isRemoved: row.archived_at !== null,
    };
  });
  return windows.sort((a, b) => Temporal.Instant.compare(a.startsAt, b.startsAt));
}

const recurrenceOf = ({ startsAt, endsAt }: WantedWindow) => ({
  recurrence: json<unknown>({ kind: 'once', startsAt: startsAt.toString(), endsAt: endsAt.toString() }),
});

const wakeOf = ({ startsAt }: WantedWindow, now: Temporal.Instant) =>
  Temporal.Instant.compare(startsAt, now) > 0 ? startsAt : null;

/** Carries out a plan over the windows of a locked calendar. */
export async function savePlan(
  trx: Trx,
  plan: WindowPlan,
  by: {
    readonly calendar: Pick<StoredCalendar, 'id' | 'name' | 'zone' | 'userId' | 'teamId'>;
    readonly newId: () => string;
    readonly now: Temporal.Instant;
  },
): Promise<void> {
  const { calendar, newId, now } = by;
  await endWindows(trx, plan.end, now);
  if (plan.drop.length > 0)
    await trx
      .deleteFrom('maintenance_windows')
      .where('id', 'in', [...plan.drop])
      .execute();
  for (const { id, to } of plan.change) {
    await trx
      .updateTable('maintenance_windows')
      .set({ name: to.name, matchers: json<unknown>(to.matchers), ...recurrenceOf(to), wake_at: wakeOf(to, now) })
      .set({ updated_at: now, version: sql`version + 1` })
      .where('id', '=', id)
      .execute();
  }
  const rows = plan.add.map((window) => ({
    id: newId(),
    name: window.name,
    matchers: json<unknown>(window.matchers),
    zone: calendar.zone,
    ...recurrenceOf(window),
    comment: `planned in the calendar ${calendar.name}`,
    made_by: 'calendar',
    user_id: calendar.userId,
    team_id: calendar.teamId,
    calendar_id: calendar.id,
    event_uid: window.uid,
    event_key: window.key,
    created_at: now,
    updated_at: now,
    wake_at: wakeOf(window, now),
  }));
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
    await trx
      .insertInto('maintenance_windows')
      .values(rows.slice(at, at + ROWS_AT_ONCE))
      .execute();
}

/** Ends windows now; one whose time was over ended then. */
async function endWindows(trx: Trx, ids: readonly string[], now: Temporal.Instant): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .updateTable('maintenance_windows')
    .set({ ended_at: sql`LEAST(${now}, (recurrence ->> 'endsAt')::timestamptz)`, wake_at: null, updated_at: now })
    .set({ version: sql`version + 1` })
    .where('id', 'in', [...ids])
    .execute();
}

/** Forgets windows of calendars whose time was over long ago; how many. */
export async function deleteOldWindows(db: Db, now: Temporal.Instant): Promise<number> {
  const result = await db
    .deleteFrom('maintenance_windows')
    .where('calendar_id', 'is not', null)
    .where(sql<boolean>`(recurrence ->> 'endsAt')::timestamptz < ${now.subtract(KEPT_AFTER_END)}`)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Seals the addresses anew that an earlier key has sealed. */
export function resealCalendars(db: Db, sealing: Resealing): Promise<Resealed> {
  return resealColumn(db, sealing, { table: 'maintenance_calendars', column: 'sealed_url', about: aboutCalendar });
}
