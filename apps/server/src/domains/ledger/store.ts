/**
 * What the watch and the heartbeat read. The ledger has no tables of its own: this reads across alerts, escalation and
 * notifications, in statements that use their partial indexes, and writes only its own key of `settings`.
 */
import { sql } from 'kysely';
import { type Db, json } from '#platform/db';
import type { OpenAlarm } from './alarms.ts';
import type { Id, Instant } from './model.ts';
import type { LostPage, LostRun, QueueFacts, WatchFacts } from './stalled.ts';

/** Lost pages and runs named in one pass: a watch with a budget; the rest comes with the next passes. */
const MOST_LOST = 20;
/** How far back newly accepted alerts are looked at one by one (milliseconds), six passes of the watch. */
const RECENT_MS = 60_000;
/** And how many at most: an alert storm may not make the watch itself late. */
const MOST_RECENT = 20_000;
/** Failed decisions after which a page is an alarm: half a minute of back-off. */
const MOST_FAILURES = 3;

/** The queues of the engine: how many wake-ups are due and the oldest of each kind. */
export async function readQueues(db: Db, now: Instant): Promise<readonly QueueFacts[]> {
  const { rows } = await sql<{ name: QueueFacts['name']; oldest: Instant | null; due: number; id: Id | null }>`
    SELECT 'groups' AS name, min(flush_at) AS oldest, count(*)::int AS due, (array_agg(id ORDER BY flush_at))[1] AS id
      FROM alert_groups WHERE wake_at <= ${now} AND flush_at <= ${now}
    UNION ALL
    SELECT 'runs', min(run_at), count(*)::int, (array_agg(id ORDER BY run_at))[1]
      FROM alert_groups WHERE wake_at <= ${now} AND run_at <= ${now}
    UNION ALL
    SELECT 'notifications', min(wake_at), count(*)::int, (array_agg(id ORDER BY wake_at))[1]
      FROM notifications WHERE wake_at <= ${now} AND state = 'queued'`.execute(db);
  return rows.map(({ name, oldest, due, id }) => ({ name, oldestDueAt: oldest, due, oldestId: id }));
}

/** Open pages that fire and have nothing that will call anybody, and no stored reason; newly accepted alerts one by one. */
export async function readLostPages(db: Db, now: Instant): Promise<readonly LostPage[]> {
  const { rows } = await sql<{ id: Id; number: number | null; title: string; firing: number }>`
    SELECT g.id, g.number, g.title, g.firing_count AS firing
      FROM alert_groups g
      LEFT JOIN LATERAL (
        SELECT live, end_reason FROM escalation_runs r WHERE r.group_id = g.id ORDER BY live DESC, started_at DESC, id DESC LIMIT 1
      ) r ON true
     WHERE g.open AND g.wake_at IS NULL AND g.firing_count > 0 AND g.options ->> 'mode' = 'page' AND r.live IS NOT TRUE
       AND coalesce(r.end_reason ->> 'kind', '') NOT IN ('ended-by-hand', 'resolved-by-hand')
     LIMIT ${MOST_LOST}`.execute(db);
  const recent = await sql<{ id: Id; number: number | null; title: string; firing: number }>`
    WITH recent AS (
      SELECT id, title, routing FROM alerts WHERE id >= ${idsSince(now)} AND status = 'firing' ORDER BY id DESC LIMIT ${MOST_RECENT})
    SELECT DISTINCT ON (coalesce(g.id, a.id)) coalesce(g.id, a.id) AS id, g.number, a.title, 1 AS firing
      FROM recent a CROSS JOIN LATERAL json_array_elements(a.routing) e
      LEFT JOIN alert_groups g ON g.id = (e.value ->> 'groupId')::uuid
     WHERE e.value ->> 'groupId' IS NOT NULL AND coalesce(g.options ->> 'mode', 'page') = 'page' AND g.open IS NOT TRUE
     LIMIT ${MOST_LOST}`.execute(db);
  return [...rows, ...recent.rows].map((row) => ({
    groupId: row.id,
    number: row.number ?? 0,
    title: row.title,
    firing: row.firing,
  }));
}

/** The smallest id of rows made in the last minute: ids carry their time (UUIDv7), so the primary key finds them. */
function idsSince(now: Instant): Id {
  const hex = (now.epochMilliseconds - RECENT_MS).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** Live runs without their wake-up, wake-ups without a run, and pages whose decision fails again and again. */
export async function readLostRuns(db: Db): Promise<readonly LostRun[]> {
  const { rows } = await sql<{ group_id: Id; number: number | null; title: string | null; fault: LostRun['fault'] }>`
    (SELECT r.group_id, g.number, g.title, 'run-without-wake-up' AS fault
       FROM escalation_runs r LEFT JOIN alert_groups g ON g.id = r.group_id
      WHERE r.live AND g.run_at IS NULL LIMIT ${MOST_LOST})
    UNION ALL
    (SELECT g.id, g.number, g.title, 'wake-up-without-run'
       FROM alert_groups g
      WHERE g.wake_at IS NOT NULL AND g.run_at IS NOT NULL AND g.muted IS NULL
        AND NOT EXISTS (SELECT FROM escalation_runs r WHERE r.group_id = g.id AND r.live) LIMIT ${MOST_LOST})
    UNION ALL
    (SELECT g.id, g.number, g.title, 'decision-fails'
       FROM alert_groups g WHERE g.wake_at IS NOT NULL AND g.failures >= ${MOST_FAILURES} LIMIT ${MOST_LOST})`.execute(
    db,
  );
  return rows.map(({ group_id, number, title, fault }) => ({
    groupId: group_id,
    number: number ?? 0,
    title: title ?? 'gone',
    fault,
  }));
}

/** Leases that ran out, and page notifications that were tried and have not left, by channel. */
export async function readDelivery(db: Db, now: Instant): Promise<Pick<WatchFacts, 'lostLeases' | 'unsent'>> {
  const { rows } = await sql<{ what: 'lease' | 'unsent'; channel: string | null; count: number; oldest: Instant }>`
    SELECT 'lease' AS what, NULL AS channel, count(*)::int AS count, min(wake_at) AS oldest
      FROM notifications WHERE wake_at <= ${now} AND state = 'leased' HAVING count(*) > 0
    UNION ALL
    SELECT 'unsent', channel, count(*)::int, min(due_at)
      FROM notifications WHERE wake_at IS NOT NULL AND kind = 'page' AND attempts > 0 AND due_at <= ${now} GROUP BY channel`.execute(
    db,
  );
  const lease = rows.find(({ what }) => what === 'lease');
  const unsent = rows.filter(({ what }) => what === 'unsent');
  return {
    lostLeases: { count: lease?.count ?? 0, oldestAt: lease?.oldest ?? null },
    unsent: unsent.map(({ channel, count, oldest }) => ({ channel: channel ?? '', count, oldestDueAt: oldest })),
  };
}

/** When recurring jobs last finished, by name. */
export async function readJobAges(db: Db): Promise<ReadonlyMap<string, Instant | null>> {
  const rows = await db.selectFrom('jobs').select(['name', 'last_finished_at']).execute();
  return new Map(rows.map((row) => [row.name, row.last_finished_at]));
}

const ALARMS_KEY = 'ledger.alarms';

/** The watch's memory: alarms that stand, and when the present series of passes began. Survives a restart and a change of node. */
export interface WatchMemory {
  readonly alarms: readonly OpenAlarm[];
  readonly since: Instant | null;
  readonly lastPassAt: Instant | null;
}

interface StoredMemory {
  readonly alarms: readonly {
    readonly key: string;
    readonly sentence: string;
    readonly since: string;
    readonly toldAt: string | null;
  }[];
  readonly since: string | null;
  readonly lastPassAt: string | null;
}

const instantOf = (text: string | null) => (text === null ? null : Temporal.Instant.from(text));

/** Reads what the watch remembers. */
export async function readMemory(db: Db): Promise<WatchMemory> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', ALARMS_KEY).executeTakeFirst();
  if (row === undefined) return { alarms: [], since: null, lastPassAt: null };
  const { alarms, since, lastPassAt } = row.value as StoredMemory;
  return {
    alarms: alarms.map((one) => ({ ...one, since: Temporal.Instant.from(one.since), toldAt: instantOf(one.toldAt) })),
    since: instantOf(since),
    lastPassAt: instantOf(lastPassAt),
  };
}

/** Writes what the watch remembers. */
export async function saveMemory(db: Db, memory: WatchMemory, now: Instant): Promise<void> {
  const value = json<unknown>(memory);
  await db
    .insertInto('settings')
    .values({ key: ALARMS_KEY, value, updated_at: now })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value, updated_at: now }))
    .execute();
}
