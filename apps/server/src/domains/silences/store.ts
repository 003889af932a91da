import { type Selectable, sql } from 'kysely';
import { type Db, json, type Trx } from '#platform/db';
import type { SilencesTable } from '#platform/db-tables';
import type { Matcher } from '#routing';
import type { Silence } from './model.ts';

/** A silence with everything that is known of it. */
export interface StoredSilence extends Silence {
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly annotations: Readonly<Record<string, string>>;
  readonly replaces: string | null;
  readonly expiredBy: string | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** A silence to be stored. */
export type NewSilence = Omit<StoredSilence, 'version' | 'createdAt' | 'updatedAt' | 'expiredBy'>;

/** A row as the domain has it. */
export function toSilence(row: Selectable<SilencesTable>): StoredSilence {
  return {
    id: row.id,
    matchers: row.matchers as readonly Matcher[],
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    createdBy: row.created_by,
    comment: row.comment,
    integrationId: row.integration_id,
    userId: row.user_id,
    teamId: row.team_id,
    annotations: row.annotations as Readonly<Record<string, string>>,
    replaces: row.replaces,
    expiredBy: row.expired_by,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The silences that end after a moment: pending and active ones. */
export async function loadSilences(db: Db, endingAfter: Temporal.Instant): Promise<readonly Silence[]> {
  const rows = await db.selectFrom('silences').selectAll().where('ends_at', '>', endingAfter).orderBy('id').execute();
  return rows.map(toSilence);
}

/** How many silences have not ended: all, and those of one integration. */
export async function countSilences(
  db: Db,
  integrationId: string | null,
  now: Temporal.Instant,
): Promise<{ readonly all: number; readonly own: number }> {
  const { rows } = await sql<{ all: number; own: number }>`
    SELECT count(*)::int AS all, (count(*) FILTER (WHERE integration_id = ${integrationId}::uuid))::int AS own
      FROM silences WHERE ends_at > ${now}`.execute(db);
  return rows[0] ?? { all: 0, own: 0 };
}

/** One silence; null when there is none. */
export async function findSilence(db: Db, id: string): Promise<StoredSilence | null> {
  const row = await db.selectFrom('silences').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toSilence(row) : null;
}

/** Locks a silence, so that two people who change it at once come one after the other. */
export async function lockSilence(trx: Trx, id: string): Promise<StoredSilence | null> {
  const row = await trx.selectFrom('silences').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row ? toSilence(row) : null;
}

/** Adds a silence; one that has not begun wakes when it does. */
export async function insertSilence(trx: Trx, silence: NewSilence, now: Temporal.Instant): Promise<void> {
  const { id, startsAt, endsAt, comment, createdBy, userId, teamId, integrationId, annotations, replaces } = silence;
  await trx
    .insertInto('silences')
    .values({
      id,
      matchers: json<unknown>(silence.matchers),
      starts_at: startsAt,
      ends_at: endsAt,
      comment,
      created_by: createdBy,
      user_id: userId,
      team_id: teamId,
      integration_id: integrationId,
      annotations: json<unknown>(annotations),
      replaces,
      created_at: now,
      updated_at: now,
      wake_at: wakeOf(startsAt, now),
    })
    .execute();
}

/** Writes what may be changed in place of a locked silence. */
export async function updateSilence(
  trx: Trx,
  silence: Pick<StoredSilence, 'id' | 'startsAt' | 'endsAt' | 'comment' | 'createdBy' | 'annotations'>,
  now: Temporal.Instant,
): Promise<void> {
  const { id, startsAt, endsAt, comment, createdBy, annotations } = silence;
  await trx
    .updateTable('silences')
    .set({
      starts_at: startsAt,
      ends_at: endsAt,
      comment,
      created_by: createdBy,
      annotations: json<unknown>(annotations),
      updated_at: now,
      version: sql`version + 1`,
      wake_at: wakeOf(startsAt, now),
    })
    .where('id', '=', id)
    .execute();
}

/** Ends a locked silence before its time. */
export async function endSilence(
  trx: Trx,
  silence: { readonly id: string; readonly startsAt: Temporal.Instant; readonly endsAt: Temporal.Instant },
  { by, now }: { readonly by: string; readonly now: Temporal.Instant },
): Promise<void> {
  const { id, startsAt, endsAt } = silence;
  const set = { starts_at: startsAt, ends_at: endsAt, expired_at: now, expired_by: by, updated_at: now, wake_at: null };
  await trx
    .updateTable('silences')
    .set({ ...set, version: sql`version + 1` })
    .where('id', '=', id)
    .execute();
}

const wakeOf = (startsAt: Temporal.Instant, now: Temporal.Instant) =>
  Temporal.Instant.compare(startsAt, now) > 0 ? startsAt : null;
