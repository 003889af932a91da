import { sql } from 'kysely';
import type { Db } from '#platform/db';
import type { MuteCount } from './muting/model.ts';
import { type StoredSilence, toSilence } from './store.ts';
import type { SilenceState } from './model.ts';

/** How long Alertmanager's clients see a silence that is over. */
const SHOWN_AFTER_END = { hours: 120 };
/** Silences that one answer of Alertmanager's API lists at most. */
const MOST_LISTED = 5_000;

/** Where a list goes on: below this moment and id. */
export type Before = readonly [at: Temporal.Instant, id: string];

/** Silences, the newest first; without a state all that are not over. */
export async function listSilences(
  db: Db,
  input: {
    readonly state: SilenceState | undefined;
    readonly now: Temporal.Instant;
    readonly before: Before | null;
    readonly limit: number;
  },
): Promise<readonly StoredSilence[]> {
  const { state, now, before, limit } = input;
  let query = db.selectFrom('silences').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit);
  if (state === 'expired') query = query.where('ends_at', '<=', now);
  else query = query.where('ends_at', '>', now);
  if (state === 'active') query = query.where('starts_at', '<=', now);
  if (state === 'pending') query = query.where('starts_at', '>', now);
  if (before) query = query.where(sql<boolean>`(created_at, id) < (${before[0]}::timestamptz, ${before[1]}::uuid)`);
  return (await query.execute()).map(toSilence);
}

/** The silences of an integration as Alertmanager lists them: those that are over for a while too. */
export async function listOfIntegration(
  db: Db,
  integrationId: string,
  now: Temporal.Instant,
): Promise<readonly StoredSilence[]> {
  const rows = await db
    .selectFrom('silences')
    .selectAll()
    .where('integration_id', '=', integrationId)
    .where('ends_at', '>', now.subtract(SHOWN_AFTER_END))
    .orderBy('ends_at')
    .orderBy('id')
    .limit(MOST_LISTED)
    .execute();
  return rows.map(toSilence);
}

/** What a mute has held back so far. */
export interface HeldBack {
  readonly pages: number;
  readonly alerts: number;
}

/** What each of these has held back, by its id. */
export async function readHeldBack(
  db: Db,
  kind: MuteCount['kind'],
  refs: readonly string[],
): Promise<(ref: string) => HeldBack> {
  const { rows } = await sql<{ ref: string; pages: number; alerts: number }>`
    SELECT b.ref, count(DISTINCT s.group_id)::int AS pages, coalesce(sum(b.alerts), 0)::int AS alerts
      FROM suppressed_by b JOIN suppressions s ON s.id = b.suppression_id
     WHERE b.kind = ${kind} AND b.ref = ANY(${refs}::text[]) GROUP BY b.ref`.execute(db);
  const byRef = new Map(rows.map(({ ref, pages, alerts }) => [ref, { pages, alerts }]));
  return (ref) => byRef.get(ref) ?? { pages: 0, alerts: 0 };
}

/** A stretch of time in which a page was muted whole. */
export interface ShownSuppression {
  readonly id: string;
  readonly groupId: string;
  readonly number: number | null;
  readonly routeId: string;
  readonly title: string;
  readonly severity: number;
  readonly serviceId: string | null;
  readonly teamId: string | null;
  readonly alerts: number;
  readonly reasons: readonly MuteCount[];
  readonly wouldPage: unknown;
  readonly stoppedRun: boolean;
  readonly beganAt: Temporal.Instant;
  readonly endedAt: Temporal.Instant | null;
  readonly endedBy: 'unmuted' | 'resolved' | null;
}

/** Suppressions, the newest first; the numbers of their pages are read across from alerts. */
export async function listSuppressions(
  db: Db,
  input: {
    readonly state: 'now' | 'past' | undefined;
    readonly by: string | undefined;
    readonly page: string | undefined;
    readonly before: Before | null;
    readonly limit: number;
  },
): Promise<readonly ShownSuppression[]> {
  const { state, by, page, before, limit } = input;
  const conditions = [sql`true`];
  if (state) conditions.push(state === 'now' ? sql`s.ended_at IS NULL` : sql`s.ended_at IS NOT NULL`);
  if (by) conditions.push(sql`EXISTS (SELECT 1 FROM suppressed_by b WHERE b.suppression_id = s.id AND b.ref = ${by})`);
  if (page) conditions.push(sql`s.group_id = ${page}::uuid`);
  if (before) conditions.push(sql`(s.began_at, s.id) < (${before[0]}::timestamptz, ${before[1]}::uuid)`);
  const { rows } = await sql<ShownSuppression>`
    SELECT s.id, s.group_id AS "groupId", g.number, s.route_id AS "routeId", s.title, s.severity, s.service_id AS "serviceId",
           s.team_id AS "teamId", s.alerts, s.reasons, s.would_page AS "wouldPage", s.stopped_run AS "stoppedRun",
           s.began_at AS "beganAt", s.ended_at AS "endedAt", s.ended_by AS "endedBy"
      FROM suppressions s LEFT JOIN alert_groups g ON g.id = s.group_id
     WHERE ${sql.join(conditions, sql` AND `)} ORDER BY s.began_at DESC, s.id DESC LIMIT ${limit}`.execute(db);
  return rows;
}

/** How much is muted whole at this moment. */
export async function countSuppressedNow(db: Db): Promise<HeldBack> {
  const { rows } = await sql<HeldBack>`
    SELECT count(*)::int AS pages, coalesce(sum(alerts), 0)::int AS alerts FROM suppressions WHERE ended_at IS NULL`.execute(
    db,
  );
  return rows[0] ?? { pages: 0, alerts: 0 };
}
