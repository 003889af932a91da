/**
 * The rows that the verifier checks, read across alerts, escalation and notifications (the ledger has no tables of its
 * own): in slices by primary key, each slice in one snapshot, so that a million alerts need no memory and no two tables
 * disagree for being read at different moments.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Db, Trx } from '#platform/db';
import type { PageRow } from '../fold-page.ts';
import type { AccountedRow, NotificationRow, RunRow, Violation } from '../invariants.ts';
import type { AlertShape, HeldRow } from '../invariants-folds.ts';
import type { Id, Instant, Payload, Phase, StoredFact } from '../model.ts';

/** One page of rows, and where the next begins; null at the end. */
export interface RowPage<T> {
  readonly rows: readonly T[];
  readonly next: Id | null;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Reads one page in one snapshot of the database, so that rows of several tables agree. */
function inSnapshot<T>(db: Db, read: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read);
}

function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  { idOf, toRow }: { readonly idOf: (row: R) => Id; readonly toRow: (row: R) => T },
): RowPage<T> {
  const last = rows.at(-1);
  return { rows: rows.map(toRow), next: rows.length < limit || last === undefined ? null : idOf(last) };
}

/** Where a page of rows begins (null: at the first) and how many rows it has. */
export interface Slice {
  readonly after: Id | null;
  readonly limit: number;
}

/** Firing alerts with each of their groups that page, for invariant 1. What only records has no group. */
export async function readAccounted(db: Db, { after, limit }: Slice): Promise<RowPage<readonly AccountedRow[]>> {
  interface Raw {
    id: Id;
    group_ids: Id[] | null;
  }
  return inSnapshot(db, async (trx) => {
    const { rows } = await sql<Raw>`
      SELECT a.id, (SELECT array_agg(DISTINCT (e.value ->> 'groupId')::uuid) FROM json_array_elements(a.routing) e
                      WHERE e.value ->> 'groupId' IS NOT NULL) AS group_ids
        FROM alerts a WHERE a.id > ${after ?? FIRST_ID} AND a.status = 'firing' ORDER BY a.id LIMIT ${limit}`.execute(
      trx,
    );
    const groupIds = [...new Set(rows.flatMap((row) => row.group_ids ?? []))];
    const groups = await sql<{
      id: Id;
      open: boolean;
      wake_at: Instant | null;
      live: boolean;
      end_reason: Payload | null;
      pages: boolean;
      muted: boolean;
    }>`
      SELECT g.id, g.open, g.wake_at, g.options ->> 'mode' = 'page' AS pages, coalesce(g.muted ->> 'all' = 'true', false) AS muted, coalesce(r.live, false) AS live, r.end_reason
        FROM alert_groups g
        LEFT JOIN LATERAL (
          SELECT live, end_reason FROM escalation_runs x WHERE x.group_id = g.id ORDER BY live DESC, started_at DESC, id DESC LIMIT 1
        ) r ON true
       WHERE g.id = ANY(${groupIds}::uuid[])`.execute(trx);
    const byId = new Map(groups.rows.map((group) => [group.id, group]));
    return pageOf(rows, limit, {
      idOf: (row) => row.id,
      toRow: ({ id, group_ids }) =>
        (group_ids ?? []).flatMap((groupId): readonly AccountedRow[] => {
          const group = byId.get(groupId);
          // A page that is gone is a page that is missing.
          if (group?.pages === false) return [];
          const row = {
            alertId: id,
            groupId,
            groupOpen: group?.open ?? null,
            wakeAt: group?.wake_at ?? null,
            liveRun: group?.live ?? false,
            endReason: group?.end_reason ?? null,
            muted: group?.muted ?? false,
          };
          return [row];
        }),
    });
  });
}

/** Runs with the wake-up of their page, for invariant 2. */
export async function readRuns(db: Db, { after, limit }: Slice): Promise<RowPage<RunRow>> {
  interface Raw {
    id: Id;
    group_id: Id;
    live: boolean;
    phase: Phase;
    ended_at: Instant | null;
    end_reason: Payload | null;
    found: boolean;
    run_at: Instant | null;
    live_of_group: number;
  }
  const { rows } = await sql<Raw>`
    SELECT r.id, r.group_id, r.live, r.phase, r.ended_at, r.end_reason, g.id IS NOT NULL AS found, g.run_at,
           CASE WHEN r.live THEN (SELECT count(*)::int FROM escalation_runs x WHERE x.group_id = r.group_id AND x.live) ELSE 0 END AS live_of_group
      FROM escalation_runs r LEFT JOIN alert_groups g ON g.id = r.group_id
     WHERE r.id > ${after ?? FIRST_ID} ORDER BY r.id LIMIT ${limit}`.execute(db);
  return pageOf(rows, limit, {
    idOf: (row) => row.id,
    toRow: (row): RunRow => ({
      id: row.id,
      groupId: row.group_id,
      live: row.live,
      phase: row.phase,
      endedAt: row.ended_at,
      endReason: row.end_reason,
      groupFound: row.found,
      runAt: row.run_at,
      liveOfGroup: row.live_of_group,
    }),
  });
}

/** Notifications with what their attempts say, for invariants 3 and 10. */
export async function readNotifications(db: Db, { after, limit }: Slice): Promise<RowPage<NotificationRow>> {
  interface Raw {
    id: Id;
    state: string;
    wake_at: Instant | null;
    lease: Id | null;
    sent_at: Instant | null;
    end_reason: Payload | null;
    carrier_id: Id | null;
    carrier_state: string | null;
    attempts: number;
    digest: string | null;
    begun: number;
    accepted: number;
    digests: string[] | null;
  }
  const { rows } = await sql<Raw>`
    SELECT n.id, n.state, n.wake_at, n.lease, n.sent_at, n.end_reason, n.carrier_id, c.state AS carrier_state, n.attempts,
           encode(sha256(convert_to(n.message::text, 'UTF8')), 'hex') AS digest, t.begun, t.accepted, t.digests
      FROM (SELECT * FROM notifications WHERE id > ${after ?? FIRST_ID} ORDER BY id LIMIT ${limit}) n
      LEFT JOIN notifications c ON c.id = n.carrier_id
      CROSS JOIN LATERAL (
        SELECT (count(*) FILTER (WHERE a.kind = 'begun'))::int AS begun, (count(*) FILTER (WHERE a.kind = 'accepted'))::int AS accepted,
               array_agg(substr(a.detail, 8)) FILTER (WHERE a.kind = 'begun' AND a.detail LIKE 'sha256:%') AS digests
          FROM notification_attempts a WHERE a.notification_id = n.id) t
     ORDER BY n.id`.execute(db);
  return pageOf(rows, limit, {
    idOf: (row) => row.id,
    toRow: (row): NotificationRow => ({
      id: row.id,
      state: row.state,
      wakeAt: row.wake_at,
      lease: row.lease,
      sentAt: row.sent_at,
      endReason: row.end_reason,
      carrierId: row.carrier_id,
      carrierState: row.carrier_state,
      attempts: row.attempts,
      messageDigest: row.digest,
      begun: row.begun,
      accepted: row.accepted,
      begunDigests: row.digests ?? [],
    }),
  });
}

/** Pages that have or had a run: facts, runs and calls, for invariants 4 and 7. */
export async function readCalledPages(
  db: Db,
  { after, limit }: Slice,
): Promise<RowPage<{ readonly held: HeldRow; readonly page: PageRow & { readonly startedAt: Instant } }>> {
  interface Run {
    id: Id;
    group_id: Id;
    live: boolean;
    phase: Phase;
    acknowledged_by: Id | null;
    acknowledged_at: Instant | null;
    started_at: Instant;
  }
  interface Call {
    id: Id;
    group_id: Id;
    run_id: Id | null;
    reason: { call?: { kind?: string } | null } | null;
    at: Instant | null;
  }
  return inSnapshot(db, async (trx) => {
    const { rows } = await sql<{ id: Id }>`
      SELECT DISTINCT group_id AS id FROM escalation_runs WHERE group_id > ${after ?? FIRST_ID} ORDER BY 1 LIMIT ${limit}`.execute(
      trx,
    );
    const ids = rows.map(({ id }) => id);
    const runs = await sql<Run>`
      SELECT id, group_id, live, phase, acknowledged_by, acknowledged_at, started_at FROM escalation_runs
       WHERE group_id = ANY(${ids}::uuid[]) ORDER BY live, started_at, id`.execute(trx);
    const calls = await sql<Call>`
      SELECT n.id, n.group_id, n.run_id, n.reason, a.at FROM notifications n JOIN notification_attempts a ON a.notification_id = n.id
       WHERE n.group_id = ANY(${ids}::uuid[]) AND n.kind = 'page' AND a.kind = 'begun'
      UNION ALL
      SELECT id, group_id, run_id, reason, NULL FROM notifications
       WHERE group_id = ANY(${ids}::uuid[]) AND kind = 'page' AND state = 'queued'`.execute(trx);
    const facts = await readFacts(trx, 'page_events', ids);
    const of = <T extends { group_id: Id }>(all: readonly T[]) => Map.groupBy(all, (one) => one.group_id);
    const [runsOf, callsOf] = [of(runs.rows), of(calls.rows)];
    return pageOf(rows, limit, {
      idOf: (row) => row.id,
      toRow: ({ id }) => {
        const own = runsOf.get(id) ?? [];
        const events = facts.get(id) ?? [];
        const newest = own.at(-1) as Run;
        const held = own.flatMap(({ id: runId, live, phase, acknowledged_at }) =>
          live && phase === 'acknowledged' && acknowledged_at !== null ? [{ runId, since: acknowledged_at }] : [],
        );
        const calls = (callsOf.get(id) ?? []).map((call) => ({
          notificationId: call.id,
          runId: call.run_id,
          reason: call.reason?.call?.kind ?? '',
          at: call.at,
        }));
        return {
          held: { groupId: id, events, held, calls },
          page: {
            groupId: id,
            phase: newest.phase,
            acknowledgedBy: newest.acknowledged_by,
            startedAt: (own[0] as Run).started_at,
            events,
          },
        };
      },
    });
  });
}

/** What stands in the place of a payload that was erased; what folds over it cannot be checked. */
export const ERASED: Payload = { erased: true };

/** Facts of a sealed log by subject, in the order they were written: the subject's row is locked by who writes, so ids ascend. */
export async function readFacts(
  db: Db,
  log: 'page_events' | 'alert_events',
  subjects: readonly Id[],
): Promise<ReadonlyMap<Id, readonly StoredFact[]>> {
  const { rows } = await sql<{ subject: Id; id: number; at: Instant; kind: string; payload: Payload | null }>`
    SELECT subject, id, at, kind, payload FROM ${log === 'alert_events' ? sql`alert_facts(${subjects}::uuid[])` : sql`page_events WHERE subject = ANY(${subjects}::uuid[])`}
     ORDER BY id`.execute(db);
  const facts = rows.map(({ subject, id, at, kind, payload }) => ({
    subject,
    fact: { id, at, kind, payload: payload ?? ERASED },
  }));
  return new Map(
    [...Map.groupBy(facts, ({ subject }) => subject)].map(([subject, own]) => [subject, own.map(({ fact }) => fact)]),
  );
}

/** An alert's row with its stored changes, for invariants 5 and 7. */
export interface ChangedAlert {
  readonly id: Id;
  readonly shape: AlertShape;
  readonly facts: readonly StoredFact[];
}

/** Alerts, open or past, with their stored changes. */
export async function readChangedAlerts(
  db: Db,
  table: 'alerts' | 'alerts_past',
  { after, limit }: Slice,
): Promise<RowPage<ChangedAlert>> {
  interface Raw {
    id: Id;
    status: string;
    current: boolean;
    severity: number;
    starts_at: Instant;
    opened_at: Instant;
    resolved_at: Instant | null;
    resolved_by: string | null;
  }
  return inSnapshot(db, async (trx) => {
    const { rows } = await sql<Raw>`
      SELECT id, status, current, severity, starts_at, opened_at, resolved_at, resolved_by FROM ${sql.table(table)}
       WHERE id > ${after ?? FIRST_ID} ORDER BY id LIMIT ${limit}`.execute(trx);
    const facts = await readFacts(
      trx,
      'alert_events',
      rows.map(({ id }) => id),
    );
    return pageOf(rows, limit, {
      idOf: (row) => row.id,
      toRow: (row): ChangedAlert => ({
        id: row.id,
        facts: facts.get(row.id) ?? [],
        shape: {
          status: row.status,
          current: row.current,
          severity: row.severity,
          startsAtMs: row.starts_at.epochMilliseconds,
          openedAtMs: row.opened_at.epochMilliseconds,
          resolvedAtMs: row.resolved_at?.epochMilliseconds ?? null,
          resolvedBy: row.resolved_by,
        },
      }),
    });
  });
}

/** Rows that break a rule by standing side by side; the statement names the rule. At most 100. */
async function readDoubled(
  db: Db,
  what: string,
  query: RawBuilder<{ id: Id; evidence: Payload }>,
): Promise<readonly Violation[]> {
  const { rows } = await query.execute(db);
  return rows.map(({ id, evidence }) => ({ id, what, evidence }));
}

/**
 * Invariant 5 between rows: an identity has at most one current alert, and its episodes do not overlap. Fails when the
 * unique index is gone or an alert opened while its predecessor still fired.
 */
export async function doubledIdentities(db: Db): Promise<readonly Violation[]> {
  const current = sql<{ id: Id; evidence: Payload }>`
    SELECT (array_agg(id ORDER BY id))[1] AS id, json_build_object('alerts', json_agg(id ORDER BY id)) AS evidence
      FROM alerts WHERE current GROUP BY integration_id, identity HAVING count(*) > 1 LIMIT 100`;
  const overlapping = sql<{ id: Id; evidence: Payload }>`
    SELECT id, json_build_object('openedAt', opened_at, 'before', before) AS evidence
      FROM (SELECT id, opened_at, lag(id) OVER identity AS before, lag(resolved_at) OVER identity AS ended, lag(status) OVER identity AS status
              FROM alerts WINDOW identity AS (PARTITION BY integration_id, identity ORDER BY opened_at, id)) episodes
     WHERE before IS NOT NULL AND (status = 'firing' OR ended > opened_at) LIMIT 100`;
  return [
    ...(await readDoubled(db, 'is current together with another alert of its identity', current)),
    ...(await readDoubled(db, 'opened before its predecessor had resolved', overlapping)),
  ];
}

/** Invariant 3 between rows: one row for each (run, round, step, person, method). Fails when the unique index is gone or a key is missing. */
export function duplicateCalls(db: Db): Promise<readonly Violation[]> {
  const query = sql<{ id: Id; evidence: Payload }>`
    SELECT (array_agg(id ORDER BY id))[1] AS id, json_build_object('notifications', json_agg(id ORDER BY id), 'round', round, 'step', step) AS evidence
      FROM notifications WHERE kind = 'page' AND state <> 'cancelled' AND run_id IS NOT NULL
     GROUP BY run_id, round, step, user_id, endpoint_id, method_id HAVING count(*) > 1 LIMIT 100`;
  return readDoubled(db, 'is the same call as another notification', query);
}

/** Invariant 2 the other way round: a wake-up of a run belongs to a live run. */
export function orphanedWakeUps(db: Db): Promise<readonly Violation[]> {
  const query = sql<{ id: Id; evidence: Payload }>`
    SELECT id, json_build_object('runAt', run_at) AS evidence FROM alert_groups g
     WHERE run_at IS NOT NULL AND muted IS NULL AND NOT EXISTS (SELECT FROM escalation_runs r WHERE r.group_id = g.id AND r.live) LIMIT 100`;
  return readDoubled(db, 'has a wake-up for a run, but no live run', query);
}
