import { type Selectable, sql } from 'kysely';
import { type Db, json, type Trx, violatedConstraint } from '#platform/db';
import type { MaintenanceWindowsTable } from '#platform/db-tables';
import { AppError } from '#platform/errors';
import type { Matcher } from '#routing';
import type { InhibitRule, IntervalSpec, MaintenanceWindow, Recurrence, TimeInterval } from '../model.ts';

/** A stored rule with what editing needs. */
export type StoredRule = InhibitRule & { readonly version: number };
/** A stored interval with what editing needs. */
export type StoredInterval = TimeInterval & { readonly id: string; readonly version: number };
/** A stored window with everything that is known of it. */
export interface StoredWindow extends MaintenanceWindow {
  readonly madeBy: 'user' | 'api' | 'calendar';
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly endedAt: Temporal.Instant | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
}

/** Every living rule, in the order in which they are asked. */
export async function loadRules(db: Db): Promise<readonly StoredRule[]> {
  const rows = await db
    .selectFrom('inhibit_rules')
    .selectAll()
    .where('archived_at', 'is', null)
    .orderBy('position')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    sourceMatchers: row.source_matchers as readonly Matcher[],
    targetMatchers: row.target_matchers as readonly Matcher[],
    equal: row.equal as readonly string[],
    version: row.version,
  }));
}

const ruleColumns = (rule: InhibitRule) => ({
  name: rule.name,
  source_matchers: json<unknown>(rule.sourceMatchers),
  target_matchers: json<unknown>(rule.targetMatchers),
  equal: json<unknown>(rule.equal),
});

/** Adds a rule behind the others. */
export async function insertRule(trx: Trx, rule: InhibitRule, now: Temporal.Instant): Promise<void> {
  const position = sql<number>`(SELECT coalesce(max(position), -1) + 1 FROM inhibit_rules)`;
  await trx
    .insertInto('inhibit_rules')
    .values({ id: rule.id, ...ruleColumns(rule), position, created_at: now, updated_at: now })
    .execute();
}

/** Writes a rule; false when its version is no longer the stored one. */
export async function updateRule(trx: Trx, rule: StoredRule, now: Temporal.Instant): Promise<boolean> {
  const result = await trx
    .updateTable('inhibit_rules')
    .set({ ...ruleColumns(rule), updated_at: now, version: sql`version + 1` })
    .where('id', '=', rule.id)
    .where('version', '=', rule.version)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Every living interval, by name. */
export async function loadIntervals(db: Db): Promise<readonly StoredInterval[]> {
  const rows = await db
    .selectFrom('time_intervals')
    .selectAll()
    .where('archived_at', 'is', null)
    .orderBy('name')
    .execute();
  return rows.map(({ id, name, specs, version }) => ({ id, name, version, specs: specs as readonly IntervalSpec[] }));
}

/** Adds an interval; TIME_INTERVAL_NAME_TAKEN when there is one of its name. */
export async function insertInterval(
  trx: Trx,
  { id, name, specs }: Omit<StoredInterval, 'version'>,
  { now, wakeAt }: { readonly now: Temporal.Instant; readonly wakeAt: Temporal.Instant | null },
): Promise<void> {
  await trx
    .insertInto('time_intervals')
    .values({ id, name, specs: json<unknown>(specs), created_at: now, updated_at: now, wake_at: wakeAt })
    .execute()
    .catch((error: unknown) => {
      if (violatedConstraint(error) !== 'time_intervals_name_key') throw error;
      throw new AppError('TIME_INTERVAL_NAME_TAKEN', { name }, { cause: error });
    });
}

/** Writes an interval; false when its version is no longer the stored one. */
export async function updateInterval(
  trx: Trx,
  { id, specs, version }: StoredInterval,
  { now, wakeAt }: { readonly now: Temporal.Instant; readonly wakeAt: Temporal.Instant | null },
): Promise<boolean> {
  const result = await trx
    .updateTable('time_intervals')
    .set({ specs: json<unknown>(specs), updated_at: now, wake_at: wakeAt, version: sql`version + 1` })
    .where('id', '=', id)
    .where('version', '=', version)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Takes a rule, an interval or a window out of use; false when there is none. */
export async function archive(
  trx: Trx,
  table: 'inhibit_rules' | 'time_intervals' | 'maintenance_windows',
  { id, now }: { readonly id: string; readonly now: Temporal.Instant },
): Promise<boolean> {
  const wakes = table === 'inhibit_rules' ? sql`` : sql`, wake_at = NULL`;
  const { numAffectedRows } = await sql`
    UPDATE ${sql.table(table)} SET archived_at = ${now}, updated_at = ${now}${wakes} WHERE id = ${id} AND archived_at IS NULL`.execute(
    trx,
  );
  return numAffectedRows === 1n;
}

/** A row as the domain has it. */
export function toWindow(row: Selectable<MaintenanceWindowsTable>): StoredWindow {
  return {
    id: row.id,
    name: row.name,
    matchers: row.matchers as readonly Matcher[],
    zone: row.zone,
    recurrence: recurrenceFrom(row.recurrence as RecurrenceRow),
    comment: row.comment,
    createdBy: '',
    madeBy: row.made_by as StoredWindow['madeBy'],
    userId: row.user_id,
    teamId: row.team_id,
    endedAt: row.ended_at,
    version: row.version,
    createdAt: row.created_at,
  };
}

type RecurrenceRow = Exclude<Recurrence, { kind: 'once' }> | { kind: 'once'; startsAt: string; endsAt: string };

function recurrenceFrom(stored: RecurrenceRow): Recurrence {
  if (stored.kind !== 'once') return stored;
  const { startsAt, endsAt } = stored;
  return { kind: 'once', startsAt: Temporal.Instant.from(startsAt), endsAt: Temporal.Instant.from(endsAt) };
}

/** The windows that are, or may yet be, open: not ended, and not one-off and over. */
export async function loadWindows(db: Db, endingAfter: Temporal.Instant): Promise<readonly StoredWindow[]> {
  const rows = await db
    .selectFrom('maintenance_windows')
    .selectAll()
    .where('archived_at', 'is', null)
    .where('ended_at', 'is', null)
    .where(sql<boolean>`(recurrence ->> 'kind' <> 'once' OR (recurrence ->> 'endsAt')::timestamptz > ${endingAfter})`)
    .orderBy('id')
    .execute();
  return rows.map(toWindow);
}

/** Locks a living window; null when there is none. */
export async function lockWindow(trx: Trx, id: string): Promise<StoredWindow | null> {
  const query = trx.selectFrom('maintenance_windows').selectAll().where('id', '=', id).where('archived_at', 'is', null);
  const row = await query.forUpdate().executeTakeFirst();
  return row ? toWindow(row) : null;
}

/** Locks the newest window that a job began under a name, ended or not. */
export async function lockBegun(trx: Trx, name: string): Promise<StoredWindow | null> {
  const row = await trx
    .selectFrom('maintenance_windows')
    .selectAll()
    .where('name', '=', name)
    .where('made_by', '=', 'api')
    .where('archived_at', 'is', null)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
  return row ? toWindow(row) : null;
}

const windowColumns = ({ name, matchers, zone, recurrence, comment, endedAt }: StoredWindow) => ({
  name,
  matchers: json<unknown>(matchers),
  zone,
  recurrence: json<unknown>(recurrence),
  comment,
  ended_at: endedAt,
});

/** Adds a window. */
export async function insertWindow(
  trx: Trx,
  window: StoredWindow,
  { now, wakeAt }: { readonly now: Temporal.Instant; readonly wakeAt: Temporal.Instant | null },
): Promise<void> {
  const { id, madeBy, userId, teamId } = window;
  const owner = { made_by: madeBy, user_id: userId, team_id: teamId };
  await trx
    .insertInto('maintenance_windows')
    .values({ id, ...windowColumns(window), ...owner, created_at: now, updated_at: now, wake_at: wakeAt })
    .execute()
    .catch((error: unknown) => {
      // Two jobs began one of this name at once.
      if (violatedConstraint(error) !== 'maintenance_windows_begun_key') throw error;
      throw new AppError('VERSION_CONFLICT', {}, { cause: error });
    });
}

/** Writes a locked window. */
export async function updateWindow(
  trx: Trx,
  window: StoredWindow,
  { now, wakeAt }: { readonly now: Temporal.Instant; readonly wakeAt: Temporal.Instant | null },
): Promise<void> {
  await trx
    .updateTable('maintenance_windows')
    .set({ ...windowColumns(window), updated_at: now, wake_at: wakeAt, version: sql`version + 1` })
    .where('id', '=', window.id)
    .execute();
}
