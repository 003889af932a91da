import { type RawBuilder, sql } from 'kysely';
import type { Db, Trx } from '#platform/db';
import { type Fixed, fixed, inOneTrip } from '#platform/one-trip';
import { bodyArray, textArray, timestampArray, uuidArray } from '#platform/pg-arrays';
import { lockingGroups, type LockedGroups, type LockedRow, toLockedGroups } from './groups/store.ts';
import type { Labels } from './labels.ts';
import type { AlertChange, AlertState, ResolvedBy, RoutedTo, Severity } from './model.ts';
import { alertArrays, byIdentity, newAlertColumns, newAlertNames, openedEntries } from './intake/store.ts';
import type { Sighting } from './repeat-cache.ts';

/** A new alert with its first change. */
export interface NewAlert {
  readonly id: string;
  readonly integration: string;
  readonly identity: string;
  readonly kind: string;
  readonly title: string;
  readonly severity: Severity;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly url: string | null;
  readonly service: string | null;
  readonly team: string | null;
  readonly starts: number;
  readonly ends: number;
  readonly timeout: boolean;
  readonly groups: readonly string[];
  readonly routing: readonly RoutedTo[];
  readonly wake: number;
  /** The request that brought it; its `opened` change stands with that request's. */
  readonly payloadId: string;
}

/** What a flush writes behind the alerts that are stored already. */
export interface FlushWrites {
  readonly inserts: readonly NewAlert[];
  /** Alerts just inserted that changed again. */
  readonly lateUpdates: readonly AlertUpdate[];
  readonly payloads: readonly Payload[];
  /** Groups to lock when all else is written. */
  readonly groupIds: readonly string[];
}

/**
 * Writes a flush and locks its groups, in one round trip. `taken` is the alerts that were not new: their identity has a
 * current alert already, and the caller rolls back and decides again.
 */
export async function writeFlush(
  trx: Trx,
  { inserts, lateUpdates, payloads, groupIds }: FlushWrites,
  now: Temporal.Instant,
): Promise<{ readonly taken: readonly NewAlert[]; readonly groups: LockedGroups }> {
  const late = lateUpdates.length > 0 ? [updatingAlerts(lateUpdates, now)] : [];
  const opened = inserts.length > 0 ? [insertingAlerts(inserts, now)] : [];
  const answers = await inOneTrip<unknown[]>(trx, [
    ...opened,
    ...late,
    insertingPayloads(payloads, now),
    lockingGroups(groupIds),
  ]);
  const [counted] = answers[0] as readonly { readonly inserted: number }[];
  const inserted = opened.length > 0 ? (counted?.inserted ?? 0) : 0;
  const taken = inserted < inserts.length ? await notInserted(trx, inserts) : [];
  return { taken, groups: toLockedGroups(answers.at(-1) as readonly LockedRow[]) };
}

async function notInserted(trx: Trx, alerts: readonly NewAlert[]): Promise<readonly NewAlert[]> {
  const { rows } = await sql<{
    id: string;
  }>`SELECT id FROM alerts WHERE id = ANY(${uuidArray(alerts.map((alert) => alert.id))}::uuid[])`.execute(trx);
  const inserted = new Set(rows.map((row) => row.id));
  return alerts.filter((alert) => !inserted.has(alert.id));
}

/** Inserts alerts with their memberships and `opened` entries in one statement; answers how many were new. $1 is now. */
const insertAlertsStatement = fixed<{ inserted: number }>(`
  WITH a AS (
    INSERT INTO alerts (id, integration_id, identity, status, current, kind, title, severity, labels, annotations, generator_url, service_id, team_id,
                        starts_at, ends_at, ends_at_is_timeout, opened_at, last_seen_at, group_ids, routing, wake_at, payload_id)
    SELECT id, integration, identity, 'firing', true, kind, title, severity, labels, annotations, url, service, team,
           starts, ends, timeout, $1::timestamptz, $1::timestamptz, groups::uuid[], routing, wake, payload
      FROM unnest(${newAlertColumns}, $19::text[]) AS r(${newAlertNames}, groups)
    ON CONFLICT (integration_id, identity) WHERE current DO NOTHING RETURNING id),
  e AS (
    INSERT INTO alert_events (at, subject, kind, payload)
    SELECT $1::timestamptz, subject, 'opened', opened FROM unnest($20::uuid[], $21::json[]) AS o(subject, opened)),
  m AS (INSERT INTO alert_group_members (group_id, alert_id) SELECT * FROM unnest($22::uuid[], $23::uuid[]))
  SELECT count(*)::int AS inserted FROM a`);

function insertingAlerts(alerts: readonly NewAlert[], now: Temporal.Instant): Fixed<{ inserted: number }> {
  const rows = byIdentity(alerts);
  const members = rows.flatMap((row) => row.groups.map((groupId) => [groupId, row.id] as const));
  return insertAlertsStatement(
    now,
    ...alertArrays(rows),
    textArray(rows, (row) => `{${row.groups.join(',')}}`),
    ...openedEntries(alerts),
    uuidArray(members, ([groupId]) => groupId),
    uuidArray(members, ([, id]) => id),
  );
}

/** An alert as decisions need it, with its identity. */
export interface StoredAlert {
  readonly integrationId: string;
  readonly identity: string;
  readonly state: AlertState;
}

interface RawAlert {
  id: string;
  integration_id: string;
  identity: string;
  status: 'firing' | 'resolved';
  current: boolean;
  starts_ms: number;
  ends_ms: number;
  ends_at_is_timeout: boolean;
  resolved_ms: number | null;
  resolved_by: ResolvedBy | null;
  group_ids: string[];
  kind: string;
  severity: Severity;
  version: number;
}

const alertColumns = sql`id, integration_id, encode(identity, 'hex') AS identity, status, current,
  (extract(epoch FROM starts_at) * 1000)::bigint AS starts_ms, (extract(epoch FROM ends_at) * 1000)::bigint AS ends_ms, ends_at_is_timeout,
  (extract(epoch FROM resolved_at) * 1000)::bigint AS resolved_ms, resolved_by, group_ids, kind, severity, version`;

function toAlert(raw: RawAlert): StoredAlert {
  return {
    integrationId: raw.integration_id,
    identity: raw.identity,
    state: {
      id: raw.id,
      status: raw.status,
      current: raw.current,
      startsAtMs: raw.starts_ms,
      endsAtMs: raw.ends_ms,
      endsAtIsTimeout: raw.ends_at_is_timeout,
      resolvedAtMs: raw.resolved_ms,
      resolvedBy: raw.resolved_by,
      groupIds: raw.group_ids,
      kind: raw.kind,
      severity: raw.severity,
      version: raw.version,
    },
  };
}

/** Locks and reads the current alerts of these identities, in their order. */
export async function lockCurrentAlerts(
  trx: Trx,
  keys: readonly { readonly integrationId: string; readonly identity: string }[],
): Promise<readonly StoredAlert[]> {
  if (keys.length === 0) return [];
  const wanted = JSON.stringify(keys.map((key) => ({ i: key.integrationId, h: key.identity })));
  const { rows } = await sql<RawAlert>`
    SELECT ${alertColumns} FROM alerts JOIN json_to_recordset(${wanted}::text::json) AS w(i uuid, h text)
      ON integration_id = w.i AND identity = decode(w.h, 'hex') WHERE current ORDER BY identity, id FOR UPDATE OF alerts`.execute(
    trx,
  );
  return rows.map(toAlert);
}

/** Reads the current alerts of a group or those due to be swept, without locking. */
export async function readAlerts(
  db: Db,
  filter: { readonly groupId: string } | { readonly dueBy: Temporal.Instant; readonly limit: number },
): Promise<readonly StoredAlert[]> {
  const { rows } =
    'groupId' in filter
      ? await sql<RawAlert>`
          SELECT ${alertColumns} FROM alerts WHERE current AND id IN (SELECT alert_id FROM alert_group_members WHERE group_id = ${filter.groupId})`.execute(
          db,
        )
      : await sql<RawAlert>`SELECT ${alertColumns} FROM alerts WHERE wake_at <= ${filter.dueBy} ORDER BY wake_at LIMIT ${filter.limit}`.execute(
          db,
        );
  return rows.map(toAlert);
}

/** Locks alerts in the order of their identity; before any group, always. */
export async function lockAlerts(trx: Trx, ids: readonly string[]): Promise<readonly StoredAlert[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<RawAlert>`
    SELECT ${alertColumns} FROM alerts WHERE id = ANY(${ids}::uuid[]) ORDER BY identity, id FOR UPDATE`.execute(trx);
  return rows.map(toAlert);
}

/** An alert's new state, its new changes and, when it was sighted, the newest text. */
export interface AlertUpdate {
  readonly id: string;
  readonly status: 'firing' | 'resolved';
  readonly current: boolean;
  readonly starts: number;
  readonly ends: number;
  readonly timeout: boolean;
  readonly resolved: number | null;
  readonly by: ResolvedBy | null;
  readonly wake: number | null;
  readonly sightings: number;
  readonly annotations: Labels | null;
  readonly changes: readonly AlertChange[];
}

/** Writes alerts back with their changes as events, in one statement. */
export async function updateAlerts(trx: Trx, updates: readonly AlertUpdate[], now: Temporal.Instant): Promise<void> {
  if (updates.length > 0) await updatingAlerts(updates, now).execute(trx);
}

function updatingAlerts(updates: readonly AlertUpdate[], now: Temporal.Instant): RawBuilder<unknown> {
  return sql`
    WITH r AS MATERIALIZED (
      SELECT * FROM json_to_recordset(${JSON.stringify(updates)}::text::json)
        AS r(id uuid, status text, current boolean, starts bigint, ends bigint, timeout boolean, resolved bigint, by text, wake bigint,
             sightings bigint, annotations json, changes json)),
    u AS (
      UPDATE alerts a SET status = r.status, current = r.current, starts_at = to_timestamp(r.starts / 1000.0), ends_at = to_timestamp(r.ends / 1000.0),
             ends_at_is_timeout = r.timeout, resolved_at = to_timestamp(r.resolved / 1000.0), resolved_by = r.by, wake_at = to_timestamp(r.wake / 1000.0),
             count = a.count + r.sightings, last_seen_at = CASE WHEN r.sightings > 0 THEN GREATEST(a.last_seen_at, ${now}::timestamptz) ELSE a.last_seen_at END,
             annotations = coalesce(r.annotations, a.annotations), version = a.version + 1
        FROM r WHERE a.id = r.id)
    INSERT INTO alert_events (at, subject, kind, payload)
    SELECT ${now}::timestamptz, r.id, c.value ->> 'kind', c.value FROM r, json_array_elements(r.changes) WITH ORDINALITY AS c ORDER BY r.id, c.ordinality`;
}

/** Adds sightings to firing alerts; returns the ids that still were firing: the others are stale in the cache. */
export async function addSightings(db: Db, sightings: readonly Sighting[]): Promise<ReadonlySet<string>> {
  const rows = [...sightings]
    .sort((a, b) => (a.alertId < b.alertId ? -1 : 1))
    .map((s) => ({
      id: s.alertId,
      seen: s.lastSeenMs,
      count: s.count,
      ends: s.endsAtMs,
      timeout: s.endsAtIsTimeout,
    }));
  const { rows: updated } = await sql<{ id: string }>`
    UPDATE alerts a SET last_seen_at = GREATEST(a.last_seen_at, to_timestamp(r.seen / 1000.0)), count = a.count + r.count,
           ends_at = CASE WHEN r.timeout AND NOT a.ends_at_is_timeout AND a.ends_at > to_timestamp(r.ends / 1000.0) THEN a.ends_at
                          ELSE GREATEST(a.ends_at, to_timestamp(r.ends / 1000.0)) END
      FROM json_to_recordset(${JSON.stringify(rows)}::text::json) AS r(id uuid, seen bigint, count bigint, ends bigint, timeout boolean)
     WHERE a.id = r.id AND a.current RETURNING a.id`.execute(db);
  return new Set(updated.map((row) => row.id));
}

/** Re-arms the sweep of alerts whose end has moved on since it was set. */
export async function rearmSweep(db: Db, marginMs: number, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`UPDATE alerts SET wake_at = ends_at + ${marginMs} * interval '1 millisecond' WHERE id = ANY(${ids}::uuid[]) AND wake_at IS NOT NULL`.execute(
    db,
  );
}

/** When the next alert is to be swept; null when none is current. */
export async function nextSweep(db: Db): Promise<Temporal.Instant | null> {
  const row = await db
    .selectFrom('alerts')
    .select((eb) => eb.fn.min('wake_at').as('at'))
    .where('wake_at', 'is not', null)
    .executeTakeFirst();
  return (row?.at as Temporal.Instant | null) ?? null;
}

/** Moves alerts that resolved before `before` to the past table; returns how many. */
export async function moveToPast(trx: Trx, before: Temporal.Instant, limit: number): Promise<number> {
  const { rows } = await sql<{ moved: number }>`
    WITH old AS (SELECT id FROM alerts WHERE status = 'resolved' AND NOT current AND resolved_at < ${before} ORDER BY resolved_at LIMIT ${limit} FOR UPDATE SKIP LOCKED),
    gone AS (DELETE FROM alerts WHERE id IN (SELECT id FROM old) RETURNING *),
    kept AS (INSERT INTO alerts_past SELECT * FROM gone)
    SELECT count(*)::int AS moved FROM gone`.execute(trx);
  return rows[0]?.moved ?? 0;
}

/** A request as received, kept for 7 days. */
export interface Payload {
  readonly id: string;
  readonly integrationId: string;
  readonly at: Temporal.Instant;
  readonly contentType: string | null;
  readonly body: Buffer;
}

/** Stores requests, each once (one whose alerts went into two flushes is offered twice), and hints that alerts changed. */
function insertingPayloads(payloads: readonly Payload[], now: Temporal.Instant): Fixed<unknown> {
  return insertPayloadsStatement(
    now,
    uuidArray(payloads.map((p) => p.id)),
    uuidArray(payloads.map((p) => p.integrationId)),
    timestampArray(payloads.map((p) => p.at.epochMilliseconds)),
    textArray(payloads.map((p) => p.contentType)),
    bodyArray(payloads.map((p) => p.body)),
  );
}

const insertPayloadsStatement = fixed<unknown>(`
  WITH h AS (INSERT INTO hints (at, kind) VALUES ($1::timestamptz, 'alerts'))
  INSERT INTO event_payloads (id, integration_id, at, content_type, body)
  SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::bytea[])
  ON CONFLICT (id, at) DO NOTHING`);
