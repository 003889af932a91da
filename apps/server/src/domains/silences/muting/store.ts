import { sql } from 'kysely';
import { type Db, json, type Trx } from '#platform/db';
import { boolArray, byteaArray, uuidArray } from '#platform/pg-arrays';
import type { MuteChanges, SourceKey, SourceRow, SuppressedPage } from './model.ts';

/** Changes taken in one pass. */
const CHANGES_A_PASS = 1_000;
/** Texts of what muted that are kept with a suppression. */
const MOST_REASONS = 20;

/** Says that pages are to be decided again because of a change in this very transaction, at `dueAt`. */
export async function noteChange(
  trx: Trx,
  change: { readonly kind: 'pages' | 'rules' | 'sources'; readonly keys?: readonly SourceKey[] },
  dueAt: Temporal.Instant,
): Promise<void> {
  await trx
    .insertInto('mute_changes')
    .values({ due_at: dueAt, kind: change.kind, keys: json<unknown>(change.keys ?? []) })
    .execute();
}

/** Takes the changes that are due. Another process takes what this one does not; nobody waits. */
export async function takeChanges(trx: Trx, now: Temporal.Instant): Promise<MuteChanges & { readonly rules: boolean }> {
  const { rows } = await sql<{ kind: string; keys: SourceKey[] }>`
    WITH due AS (SELECT id FROM mute_changes WHERE due_at <= ${now} ORDER BY id LIMIT ${CHANGES_A_PASS} FOR UPDATE SKIP LOCKED)
    DELETE FROM mute_changes c USING due WHERE c.id = due.id RETURNING c.kind, c.keys`.execute(trx);
  const keys = new Map(rows.flatMap(({ keys: own }) => own).map((key) => [`${key.rule}/${key.key}`, key]));
  const rules = rows.some(({ kind }) => kind === 'rules');
  return {
    rules,
    pages: rules || rows.some(({ kind }) => kind === 'pages'),
    keys: [...keys.values()],
    count: rows.length,
  };
}

/**
 * Takes what begins: silences and windows that open, intervals that change. Answers whether there was any; `nextOf`
 * says when a window or an interval wakes next.
 */
export async function takeBeginnings(
  trx: Trx,
  now: Temporal.Instant,
  nextOf: (kind: 'window' | 'interval', id: string) => Temporal.Instant | null,
): Promise<boolean> {
  const silences = await sql`
    UPDATE silences SET wake_at = NULL WHERE id IN (
      SELECT id FROM silences WHERE wake_at <= ${now} ORDER BY id FOR UPDATE SKIP LOCKED)`.execute(trx);
  let found = (silences.numAffectedRows ?? 0n) > 0n;
  for (const [kind, table] of [
    ['window', 'maintenance_windows'],
    ['interval', 'time_intervals'],
  ] as const) {
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM ${sql.table(table)} WHERE wake_at <= ${now} ORDER BY id FOR UPDATE SKIP LOCKED`.execute(trx);
    const next = rows.map(({ id }) => ({ id, at: nextOf(kind, id)?.toString() ?? null }));
    if (next.length === 0) continue;
    found = true;
    await sql`
      UPDATE ${sql.table(table)} t SET wake_at = n.at FROM json_to_recordset(${json(next)}) AS n(id uuid, at timestamptz) WHERE t.id = n.id`.execute(
      trx,
    );
  }
  return found;
}

/** When something begins or a change is due next; null when nothing waits. */
export async function nextMuteWake(db: Db): Promise<Temporal.Instant | null> {
  const { rows } = await sql<{ at: Temporal.Instant | null }>`
    SELECT LEAST((SELECT min(due_at) FROM mute_changes), (SELECT min(wake_at) FROM silences WHERE wake_at IS NOT NULL),
                 (SELECT min(wake_at) FROM maintenance_windows WHERE wake_at IS NOT NULL),
                 (SELECT min(wake_at) FROM time_intervals WHERE wake_at IS NOT NULL)) AS at`.execute(db);
  return rows[0]?.at ?? null;
}

/** Stores alerts as sources. */
export async function insertSources(trx: Trx, sources: readonly SourceRow[]): Promise<void> {
  if (sources.length === 0) return;
  const rows = [...sources].sort((a, b) => (a.alertId < b.alertId ? -1 : 1));
  await sql`
    INSERT INTO inhibit_sources (rule_id, key, alert_id, two_sided)
    SELECT * FROM unnest(${uuidArray(rows.map((row) => row.rule))}::uuid[], ${byteaArray(rows.map((row) => row.key))}::bytea[],
                         ${uuidArray(rows.map((row) => row.alertId))}::uuid[], ${boolArray(rows.map((row) => row.twoSided))}::boolean[])
    ON CONFLICT DO NOTHING`.execute(trx);
}

/** Takes alerts out that no longer fire; answers the keys that they were sources of. */
export async function deleteSources(trx: Trx, alertIds: readonly string[]): Promise<readonly SourceKey[]> {
  if (alertIds.length === 0) return [];
  const { rows } = await sql<{ rule: string; key: string }>`
    WITH gone AS (SELECT ctid FROM inhibit_sources WHERE alert_id = ANY(${uuidArray(alertIds)}::uuid[]) ORDER BY alert_id, rule_id FOR UPDATE)
    DELETE FROM inhibit_sources s USING gone WHERE s.ctid = gone.ctid RETURNING s.rule_id AS rule, encode(s.key, 'hex') AS key`.execute(
    trx,
  );
  return rows;
}

/** Forgets every source: the rules have changed, and what fires is looked at anew. */
export async function clearSources(trx: Trx): Promise<void> {
  await sql`DELETE FROM inhibit_sources`.execute(trx);
}

/** Records pages that are muted whole: a new stretch of time, or the one that is under way. One statement for rows, one for reasons. */
export async function recordSuppressed(
  trx: Trx,
  pages: readonly (SuppressedPage & { readonly id: string })[],
  now: Temporal.Instant,
): Promise<void> {
  if (pages.length === 0) return;
  const rows = pages.map((page) => ({
    id: page.id,
    group_id: page.groupId,
    route_id: page.routeId,
    title: page.title,
    severity: page.severity,
    service_id: page.serviceId,
    team_id: page.teamId,
    alerts: page.alerts,
    reasons: page.by.slice(0, MOST_REASONS),
    would_page: page.wouldPage ?? null,
    stopped: page.stoppedRun,
  }));
  const { rows: stored } = await sql<{ id: string; group_id: string }>`
    INSERT INTO suppressions AS s (id, group_id, route_id, title, severity, service_id, team_id, alerts, reasons, would_page, stopped_run, began_at, last_at)
    SELECT id, group_id, route_id, title, severity, service_id, team_id, alerts, reasons, coalesce(would_page, 'null'), stopped, ${now}::timestamptz, ${now}::timestamptz
      FROM json_to_recordset(${json(rows)}) AS r(id uuid, group_id uuid, route_id uuid, title text, severity smallint, service_id uuid, team_id uuid,
                                                 alerts int, reasons json, would_page json, stopped boolean)
    ON CONFLICT (group_id) WHERE ended_at IS NULL DO UPDATE
       SET alerts = GREATEST(s.alerts, excluded.alerts), reasons = excluded.reasons, last_at = excluded.last_at, severity = excluded.severity,
           stopped_run = s.stopped_run OR excluded.stopped_run
    RETURNING s.id, s.group_id`.execute(trx);
  const idOf = new Map(stored.map((row) => [row.group_id, row.id]));
  const counts = pages.flatMap(({ groupId, by }) =>
    by.map(({ kind, ref, alerts }) => ({ id: idOf.get(groupId), kind, ref, alerts })),
  );
  await sql`
    INSERT INTO suppressed_by AS b (suppression_id, kind, ref, alerts)
    SELECT id, kind, ref, alerts FROM json_to_recordset(${json(counts)}) AS r(id uuid, kind text, ref text, alerts int)
    ON CONFLICT (suppression_id, kind, ref) DO UPDATE SET alerts = GREATEST(b.alerts, excluded.alerts)`.execute(trx);
}

/** Ends what is recorded of pages that are no longer muted whole. */
export async function endSuppressed(
  trx: Trx,
  ended: readonly { readonly groupId: string; readonly by: 'unmuted' | 'resolved' }[],
  now: Temporal.Instant,
): Promise<void> {
  if (ended.length === 0) return;
  await sql`
    UPDATE suppressions s SET ended_at = ${now}, ended_by = r.by, last_at = ${now}
      FROM json_to_recordset(${json(ended)}) AS r("groupId" uuid, by text) WHERE s.group_id = r."groupId" AND s.ended_at IS NULL`.execute(
    trx,
  );
}
