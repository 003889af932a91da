import { type RawBuilder, sql } from 'kysely';
import type { Db, Trx } from '#platform/db';
import { commitWith } from '#platform/one-trip';
import { byteaArray, uuidArray } from '#platform/pg-arrays';
import type { RouteOptions } from '#routing';
import type { GroupState, KindSeen } from '../group-model.ts';
import type { Labels } from '../labels.ts';
import type { Severity } from '../model.ts';
import type { StoredMute } from './muted.ts';

/** A group as locked for a decision. */
export interface GroupRow {
  readonly id: string;
  readonly number: number;
  readonly routeId: string;
  readonly groupHash: string;
  readonly integrationId: string;
  readonly labels: Labels;
  readonly options: RouteOptions;
  readonly title: string;
  readonly serviceId: string | null;
  readonly teamId: string | null;
  readonly state: GroupState;
  /** How the group stood after its last flush; null before the first. */
  readonly told: { readonly firing: boolean; readonly severity: Severity; readonly total?: number } | null;
  /** How much of it is muted; null when nothing is. While all is, `runAt` is when that is asked again. */
  readonly muted: StoredMute | null;
  readonly open: boolean;
  readonly lastEventAt: Temporal.Instant;
  readonly runAt: Temporal.Instant | null;
  readonly failures: number;
  readonly version: number;
}

/** A group that opens: its key on its route and what its first alert gave it. */
export interface NewGroup {
  readonly id: string;
  readonly routeId: string;
  readonly groupHash: string;
  readonly integrationId: string;
  readonly labels: Labels;
  readonly options: RouteOptions;
  readonly reason: unknown;
  readonly title: string;
  readonly serviceId: string | null;
  readonly teamId: string | null;
}

const groupColumns = sql`id, number, route_id, encode(group_hash, 'hex') AS group_hash, integration_id, labels, options, title, severity, open,
  kinds, service_id, team_id, firing_count, total_count, opened_at, resolved_at, decided_at, decision, flush_at, run_at,
  last_event_at, failures, muted, version`;

interface RawGroup {
  id: string;
  number: number;
  route_id: string;
  group_hash: string;
  integration_id: string;
  labels: Labels;
  options: RouteOptions;
  title: string;
  severity: Severity;
  open: boolean;
  kinds: Record<string, KindSeen>;
  service_id: string | null;
  team_id: string | null;
  firing_count: number;
  total_count: number;
  opened_at: Temporal.Instant;
  resolved_at: Temporal.Instant | null;
  decided_at: Temporal.Instant | null;
  decision: { firing: boolean; severity: Severity; total?: number; toldAtMs: number | null } | null;
  flush_at: Temporal.Instant | null;
  run_at: Temporal.Instant | null;
  last_event_at: Temporal.Instant;
  failures: number;
  muted: StoredMute | null;
  version: number;
}

function toGroup(raw: RawGroup): GroupRow {
  const ms = (at: Temporal.Instant | null) => (at ? at.epochMilliseconds : null);
  return {
    id: raw.id,
    number: raw.number,
    routeId: raw.route_id,
    groupHash: raw.group_hash,
    integrationId: raw.integration_id,
    labels: raw.labels,
    options: raw.options,
    title: raw.title,
    serviceId: raw.service_id,
    teamId: raw.team_id,
    state: {
      openedAtMs: raw.opened_at.epochMilliseconds,
      firing: raw.firing_count,
      total: raw.total_count,
      severity: raw.severity,
      kinds: raw.kinds,
      decidedAtMs: ms(raw.decided_at),
      toldAtMs: raw.decision?.toldAtMs ?? null,
      resolvedAtMs: ms(raw.resolved_at),
      flushAtMs: ms(raw.flush_at),
    },
    told: raw.decision && toldOf(raw.decision),
    muted: raw.muted,
    open: raw.open,
    lastEventAt: raw.last_event_at,
    runAt: raw.run_at,
    failures: raw.failures,
    version: raw.version,
  };
}

function toldOf({ firing, severity, total }: NonNullable<RawGroup['decision']>): NonNullable<GroupRow['told']> {
  return total === undefined ? { firing, severity } : { firing, severity, total };
}

/** The ids of the open groups of these keys (`route id/group hash`), without locking. */
export async function findOpenGroups(
  trx: Trx,
  keys: readonly { readonly routeId: string; readonly groupHash: string }[],
): Promise<ReadonlyMap<string, string>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<{ id: string; key: string }>`
    SELECT g.id, g.route_id || '/' || encode(g.group_hash, 'hex') AS key
      FROM unnest(${uuidArray(keys.map((key) => key.routeId))}::uuid[], ${byteaArray(keys.map((key) => key.groupHash))}::bytea[]) AS w(r, h)
      JOIN alert_groups g ON g.route_id = w.r AND g.group_hash = w.h AND g.open`.execute(trx);
  return new Map(rows.map((row) => [row.key, row.id]));
}

/**
 * Locks groups in the order of their ids; those that are gone are left out. Whoever needs both locks alerts first,
 * by identity, and groups last, so that the one lock that flushes share is held only for the last write and the commit.
 */
export async function lockGroups(trx: Trx, ids: readonly string[]): Promise<LockedGroups> {
  return toLockedGroups((await lockingGroups(ids).execute(trx)).rows);
}

export type LockedRow = { config_version: number } & (RawGroup | { id: null });

export const lockingGroups = (ids: readonly string[]) => sql<LockedRow>`
    WITH locked AS MATERIALIZED (SELECT * FROM alert_groups WHERE id = ANY(${uuidArray(ids)}::uuid[]) ORDER BY id FOR UPDATE)
    SELECT c.version AS config_version, l.* FROM config_version c LEFT JOIN (SELECT ${groupColumns} FROM locked) l ON true`;

export function toLockedGroups(rows: readonly LockedRow[]): LockedGroups {
  const byId = new Map<string, GroupRow>();
  for (const row of rows) if (row.id !== null) byId.set(row.id, toGroup(row as RawGroup));
  return { configVersion: rows[0]?.config_version ?? 0, byId };
}

/** Locked groups with the configuration version, read in the same round trip. */
export interface LockedGroups {
  readonly configVersion: number;
  readonly byId: ReadonlyMap<string, GroupRow>;
}

/** Claims groups whose wake-up is due, the longest due first; also returns the database's clock and configuration version. */
export async function claimDueGroups(
  trx: Trx,
  input: {
    readonly now: Temporal.Instant;
    readonly limit: number;
    readonly databaseNow: ReturnType<typeof sql<Temporal.Instant>>;
  },
): Promise<{
  readonly groups: readonly GroupRow[];
  readonly databaseTime: Temporal.Instant;
  readonly configVersion: number;
}> {
  const { rows } = await sql<{ config_version: number; database_time: Temporal.Instant } & (RawGroup | { id: null })>`
    WITH due AS (SELECT * FROM alert_groups WHERE wake_at <= ${input.now} ORDER BY wake_at LIMIT ${input.limit} FOR UPDATE SKIP LOCKED)
    SELECT c.version AS config_version, ${input.databaseNow} AS database_time, d.* FROM config_version c
      LEFT JOIN (SELECT ${groupColumns} FROM due) d ON true`.execute(trx);
  const first = rows[0];
  if (!first) throw new Error('config_version has no row: the schema is damaged');
  return {
    groups: rows.filter((row) => row.id !== null).map((row) => toGroup(row as RawGroup)),
    databaseTime: first.database_time,
    configVersion: first.config_version,
  };
}

/** Opens groups, sorted by key so that two flushes never wait for each other in a ring; returns the ids of those that were really new. */
export async function insertGroups(
  trx: Trx,
  groups: readonly NewGroup[],
  input: { readonly now: Temporal.Instant; readonly configVersion: number },
): Promise<ReadonlySet<string>> {
  if (groups.length === 0) return new Set();
  const rows = [...groups].sort((a, b) => (a.routeId + a.groupHash < b.routeId + b.groupHash ? -1 : 1));
  const { rows: inserted } = await sql<{ id: string }>`
    INSERT INTO alert_groups (id, route_id, group_hash, integration_id, labels, options, reason, title, severity, service_id, team_id,
                              opened_at, last_joined_at, last_event_at, config_version)
    SELECT id, "routeId", decode("groupHash", 'hex'), "integrationId", labels, options, reason, title, 5, "serviceId", "teamId",
           ${input.now}::timestamptz, ${input.now}::timestamptz, ${input.now}::timestamptz, ${input.configVersion}::bigint
      FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
        AS r(id uuid, "routeId" uuid, "groupHash" text, "integrationId" uuid, labels json, options json, reason json, title text, "serviceId" uuid, "teamId" uuid)
    ON CONFLICT (route_id, group_hash) WHERE open DO NOTHING
    RETURNING id`.execute(trx);
  return new Set(inserted.map((row) => row.id));
}

/** A group's new state after traffic or a flush. */
export interface GroupUpdate {
  readonly id: string;
  readonly state: GroupState;
  readonly title?: string;
  readonly told: GroupRow['told'];
  readonly runAt: Temporal.Instant | null;
  readonly joined: boolean;
  readonly closed: boolean;
  readonly muted: StoredMute | null;
}

/** Writes groups back in one statement; last_event_at never steps back. `commit`: the transaction ends with it. */
export async function updateGroups(
  trx: Trx,
  updates: readonly GroupUpdate[],
  { now, commit }: { readonly now: Temporal.Instant; readonly commit: boolean },
): Promise<void> {
  if (updates.length === 0) return;
  const updating = updatingGroups(updates, now);
  await (commit ? commitWith(trx, updating) : updating.execute(trx));
}

function updatingGroups(updates: readonly GroupUpdate[], now: Temporal.Instant): RawBuilder<unknown> {
  const rows = updates.map(({ id, state, told, runAt, joined, closed, muted }) => ({
    id,
    joined,
    closed,
    firing: state.firing,
    total: state.total,
    severity: state.severity,
    kinds: state.kinds,
    decided: state.decidedAtMs,
    resolved: state.resolvedAtMs,
    flush: closed ? null : state.flushAtMs,
    run: runAt?.toString() ?? null,
    decision: told && { ...told, toldAtMs: state.toldAtMs },
    muted,
  }));
  return sql`
    UPDATE alert_groups g SET firing_count = r.firing, total_count = r.total, severity = r.severity, kinds = r.kinds,
           decided_at = to_timestamp(r.decided / 1000.0), resolved_at = to_timestamp(r.resolved / 1000.0),
           flush_at = to_timestamp(r.flush / 1000.0), run_at = r.run, decision = r.decision, muted = r.muted,
           last_joined_at = CASE WHEN r.joined THEN ${now}::timestamptz ELSE g.last_joined_at END,
           last_event_at = GREATEST(g.last_event_at, ${now}::timestamptz), open = g.open AND NOT r.closed,
           closed_at = CASE WHEN r.closed THEN ${now}::timestamptz ELSE g.closed_at END, failures = 0, version = g.version + 1
      FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
        AS r(id uuid, joined boolean, closed boolean, firing int, total int, severity smallint, kinds json, decided bigint, resolved bigint,
             flush bigint, run timestamptz, decision json, muted json)
     WHERE g.id = r.id`;
}

/** Puts a group that could not be decided aside for a while, so that it does not sink its neighbours. */
export async function postponeGroup(db: Db, id: string, until: Temporal.Instant): Promise<void> {
  await sql`
    UPDATE alert_groups SET failures = failures + 1,
           flush_at = CASE WHEN flush_at IS NULL THEN NULL ELSE GREATEST(flush_at, ${until}::timestamptz) END,
           run_at = CASE WHEN run_at IS NULL THEN NULL ELSE GREATEST(run_at, ${until}::timestamptz) END
     WHERE id = ${id}`.execute(db);
}

/** When the next group wants to be woken; null when none waits. */
export async function nextGroupWake(db: Db): Promise<Temporal.Instant | null> {
  const row = await db
    .selectFrom('alert_groups')
    .select((eb) => eb.fn.min('wake_at').as('at'))
    .where('wake_at', 'is not', null)
    .executeTakeFirst();
  return (row?.at as Temporal.Instant | null) ?? null;
}

/** A firing member of a group, as mutes see it. */
export interface FiringMember {
  readonly groupId: string;
  readonly alertId: string;
  readonly integrationId: string;
  readonly kind: string;
  readonly labels: Labels;
}

/** After every id. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The newest firing members of each group, `limit` at most, those before `before`. */
export async function readFiringMembers(
  db: Db,
  groups: readonly { readonly id: string; readonly before: string | null }[],
  limit: number,
): Promise<readonly FiringMember[]> {
  const { rows } = await sql<FiringMember & { labels: Record<string, string> }>`
    SELECT w.id AS "groupId", a.id AS "alertId", a.integration_id AS "integrationId", a.kind, a.labels
      FROM unnest(${uuidArray(groups.map(({ id }) => id))}::uuid[], ${uuidArray(groups.map(({ before }) => before ?? LAST_ID))}::uuid[]) AS w(id, before)
     CROSS JOIN LATERAL (
       SELECT x.id, x.integration_id, x.kind, x.labels FROM alert_group_members m JOIN alerts x ON x.id = m.alert_id AND x.status = 'firing'
        WHERE m.group_id = w.id AND m.alert_id < w.before ORDER BY m.alert_id DESC LIMIT ${limit}) a
     ORDER BY w.id, a.id DESC`.execute(db);
  // Without prototype: a matcher on `constructor` must find nothing where there is no such label.
  return rows.map((row) => ({ ...row, labels: Object.assign(Object.create(null), row.labels) as Labels }));
}

/** Pages that call, or are muted at least in part, after an id; a change of a mute may matter to each of them. */
export async function readCallingGroups(
  db: Db,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly { readonly id: string; readonly firing: number; readonly inhibited: boolean }[]> {
  const { rows } = await sql<{ id: string; firing: number; inhibited: boolean }>`
    SELECT g.id, g.firing_count AS firing, coalesce(g.muted ->> 'by' LIKE '%"inhibition"%', false) AS inhibited FROM alert_groups g
     WHERE g.wake_at IS NOT NULL AND g.open AND g.firing_count > 0 AND g.decided_at IS NOT NULL
       AND (g.run_at IS NOT NULL OR g.muted IS NOT NULL) AND g.id > ${after ?? FIRST_ID} ORDER BY g.id LIMIT ${limit}`.execute(
    db,
  );
  return rows;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Has these groups decided now, locking them in the order of their ids. */
export async function flushNow(trx: Trx, ids: readonly string[], now: Temporal.Instant): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    WITH locked AS MATERIALIZED (
      SELECT id FROM alert_groups WHERE id = ANY(${uuidArray(ids)}::uuid[]) AND open ORDER BY id FOR UPDATE)
    UPDATE alert_groups g SET flush_at = LEAST(coalesce(g.flush_at, ${now}::timestamptz), ${now}::timestamptz), version = g.version + 1
      FROM locked WHERE g.id = locked.id`.execute(trx);
}
