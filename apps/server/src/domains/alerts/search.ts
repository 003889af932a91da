import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#platform/db';
import type { RouteOptions, RouteReason } from '#routing';
import type { OpenGroup } from './explain.ts';
import type { Labels } from './labels.ts';
import type { ResolvedBy, RoutedTo, Severity } from './model.ts';

/** Rows read at once while matchers are applied to each. */
const ROWS_AT_ONCE = 1_000;
/** Rows looked at for one answer; what follows is behind the cursor. */
const MOST_ROWS = 20_000;
/** Changes of one alert that are shown. */
const MOST_EVENTS = 1_000;

/** `acknowledged`: it fires and every live page of it is held by a person. */
export type ShownState = 'firing' | 'acknowledged' | 'resolved';

/** Where a list goes on: below this id. UUIDv7 ascends as alerts open. */
export type Before = string;

/** What a list of alerts is narrowed to, by the database. */
export interface AlertFilter {
  readonly state?: ShownState | undefined;
  readonly severities?: readonly number[] | undefined;
  readonly serviceId?: string | undefined;
  /** Value of the `service` label, for services that the catalogue does not know. */
  readonly serviceKey?: string | undefined;
  readonly teamId?: string | undefined;
  readonly integrationId?: string | undefined;
  /** Part of the title, upper and lower case alike. */
  readonly title?: string | undefined;
  /** Only what went to this route first; with the root's id: what no route below it wanted. */
  readonly routeId?: string | undefined;
}

/** An alert as it is shown. Labels have no prototype. */
export interface ShownAlert {
  readonly id: string;
  readonly integrationId: string;
  readonly status: 'firing' | 'resolved';
  readonly current: boolean;
  readonly acknowledged: boolean;
  readonly kind: string;
  readonly title: string;
  readonly severity: Severity;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly generatorUrl: string | null;
  readonly serviceId: string | null;
  readonly teamId: string | null;
  readonly startsAt: Temporal.Instant;
  readonly endsAt: Temporal.Instant;
  readonly openedAt: Temporal.Instant;
  readonly resolvedAt: Temporal.Instant | null;
  readonly resolvedBy: ResolvedBy | null;
  readonly lastSeenAt: Temporal.Instant;
  readonly count: number;
  readonly groupIds: readonly string[];
  readonly routing: readonly RoutedTo[];
}

interface Row {
  id: string;
  integration_id: string;
  status: 'firing' | 'resolved';
  current: boolean;
  held: boolean | null;
  kind: string;
  title: string;
  severity: Severity;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  generator_url: string | null;
  service_id: string | null;
  team_id: string | null;
  starts_at: Temporal.Instant;
  ends_at: Temporal.Instant;
  opened_at: Temporal.Instant;
  resolved_at: Temporal.Instant | null;
  resolved_by: ResolvedBy | null;
  last_seen_at: Temporal.Instant;
  count: number;
  group_ids: string[];
  routing: RoutedTo[];
}

/**
 * True when an alert fires and each of its live pages is held by a person. Reads escalation's runs (a later stage's
 * table), because this is a projection of both and a list of alerts may not ask for each page.
 */
const held = sql<boolean | null>`CASE WHEN a.status = 'firing' THEN
  (SELECT bool_and(r.phase IN ('acknowledged', 'snoozed')) FROM escalation_runs r WHERE r.live AND r.group_id = ANY(a.group_ids)) END`;

const columns = sql`a.id, a.integration_id, a.status, a.current, a.kind, a.title, a.severity, a.labels, a.annotations, a.generator_url, a.service_id,
  a.team_id, a.starts_at, a.ends_at, a.opened_at, a.resolved_at, a.resolved_by, a.last_seen_at, a.count, a.group_ids, a.routing, ${held} AS held`;

function toShown(row: Row): ShownAlert {
  return {
    id: row.id,
    integrationId: row.integration_id,
    status: row.status,
    current: row.current,
    acknowledged: row.held === true,
    kind: row.kind,
    title: row.title,
    severity: row.severity,
    labels: bare(row.labels),
    annotations: bare(row.annotations),
    generatorUrl: row.generator_url,
    serviceId: row.service_id,
    teamId: row.team_id,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    openedAt: row.opened_at,
    resolvedAt: row.resolved_at,
    resolvedBy: row.resolved_by,
    lastSeenAt: row.last_seen_at,
    count: row.count,
    groupIds: row.group_ids,
    routing: row.routing,
  };
}

/** A copy without prototype: a matcher on `constructor` must find nothing where there is no such label. */
function bare(labels: Record<string, string>): Labels {
  return Object.assign(Object.create(null), labels);
}

/** Alerts, the newest opening first; open ones and, where the state allows it, those moved to the past. */
export async function listAlerts(
  db: Db,
  input: { readonly filter: AlertFilter; readonly before: Before | null; readonly limit: number },
): Promise<readonly ShownAlert[]> {
  const { filter, before, limit } = input;
  const where = sql.join(conditionsOf(filter, before), sql` AND `);
  const from = (table: RawBuilder<unknown>) =>
    sql`(SELECT ${columns} FROM ${table} a WHERE ${where} ORDER BY a.id DESC LIMIT ${limit})`;
  const withPast = filter.state === undefined || filter.state === 'resolved';
  const both = withPast ? sql`${from(sql`alerts`)} UNION ALL ${from(sql`alerts_past`)}` : from(sql`alerts`);
  const { rows } = await sql<Row>`SELECT * FROM (${both}) a ORDER BY a.id DESC LIMIT ${limit}`.execute(db);
  return rows.map(toShown);
}

function conditionsOf(filter: AlertFilter, before: Before | null): readonly RawBuilder<unknown>[] {
  const conditions = [sql`true`];
  if (before) conditions.push(sql`a.id < ${before}::uuid`);
  if (filter.state === 'resolved') conditions.push(sql`a.status = 'resolved'`);
  if (filter.state === 'firing') conditions.push(sql`a.status = 'firing' AND (${held}) IS NOT TRUE`);
  if (filter.state === 'acknowledged') conditions.push(sql`a.status = 'firing' AND (${held})`);
  if (filter.severities) conditions.push(sql`a.severity = ANY(${filter.severities}::smallint[])`);
  if (filter.serviceId) conditions.push(sql`a.service_id = ${filter.serviceId}::uuid`);
  if (filter.serviceKey) conditions.push(sql`a.labels ->> 'service' = ${filter.serviceKey}`);
  if (filter.teamId) conditions.push(sql`a.team_id = ${filter.teamId}::uuid`);
  if (filter.integrationId) conditions.push(sql`a.integration_id = ${filter.integrationId}::uuid`);
  if (filter.title) conditions.push(sql`a.title ILIKE ${`%${escapeLike(filter.title)}%`}`);
  if (filter.routeId) conditions.push(sql`a.routing -> 0 ->> 'routeId' = ${filter.routeId}`);
  return conditions;
}

/** A text in which no character stands for others in LIKE. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

/** A part of a list and where it goes on; null when nothing follows. */
export interface AlertPart {
  readonly items: readonly ShownAlert[];
  readonly next: Before | null;
}

/**
 * A part of the list of alerts that `wanted` accepts too. Matchers run here and not in SQL: their regular expressions
 * are RE2's. When many are refused the part ends early, with a cursor.
 */
export async function searchAlerts(
  db: Db,
  input: {
    readonly filter: AlertFilter;
    readonly wanted: ((alert: ShownAlert) => boolean) | null;
    readonly before: Before | null;
    readonly limit: number;
  },
): Promise<AlertPart> {
  const { filter, wanted, limit } = input;
  const atOnce = wanted ? Math.max(ROWS_AT_ONCE, limit + 1) : limit + 1;
  const items: ShownAlert[] = [];
  let before = input.before;
  for (let looked = 0; ; ) {
    const rows = await listAlerts(db, { filter, before, limit: atOnce });
    looked += rows.length;
    for (const row of rows) {
      if (wanted && !wanted(row)) continue;
      const last = items.at(-1);
      if (items.length === limit && last) return { items, next: last.id };
      items.push(row);
    }
    const end = rows.at(-1);
    if (rows.length < atOnce || !end) return { items, next: null };
    before = end.id;
    if (looked >= MOST_ROWS) return { items, next: before };
  }
}

/** One alert, open or past; null when there is none. */
export async function findAlert(db: Db, id: string): Promise<ShownAlert | null> {
  const { rows } = await sql<Row>`
    SELECT ${columns} FROM alerts a WHERE a.id = ${id} UNION ALL SELECT ${columns} FROM alerts_past a WHERE a.id = ${id} LIMIT 1`.execute(
    db,
  );
  return rows[0] ? toShown(rows[0]) : null;
}

/** A stored change of an alert. */
export interface ShownEvent {
  readonly at: Temporal.Instant;
  readonly kind: string;
  readonly payload: unknown;
}

/** The changes of an alert, oldest first. */
export async function readEvents(db: Db, alertId: string): Promise<readonly ShownEvent[]> {
  const { rows } = await sql<ShownEvent>`
    SELECT at, kind, payload FROM alert_facts(ARRAY[${alertId}::uuid]) ORDER BY at, xid, id LIMIT ${MOST_EVENTS}`.execute(
    db,
  );
  return rows;
}

/** A group as an alert shows it. */
export interface ShownGroup {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly open: boolean;
  readonly firing: number;
  /** Of its live run (read across from escalation); null when nobody is being called. */
  readonly phase: string | null;
  readonly mode: RouteOptions['mode'];
  /** Why its route got the alert that opened it. */
  readonly reason: RouteReason;
}

/** These groups, by number. */
export async function readGroups(db: Db, ids: readonly string[]): Promise<readonly ShownGroup[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<ShownGroup>`
    SELECT g.id, g.number, g.title, g.open, g.firing_count AS firing, r.phase, g.options ->> 'mode' AS mode, g.reason FROM alert_groups g
      LEFT JOIN escalation_runs r ON r.group_id = g.id AND r.live WHERE g.id = ANY(${ids}::uuid[]) ORDER BY g.number`.execute(
    db,
  );
  return rows;
}

/** The open groups of these keys (`route id/group hash`), by key. */
export async function readOpenGroups(db: Db, keys: readonly string[]): Promise<ReadonlyMap<string, OpenGroup>> {
  if (keys.length === 0) return new Map();
  const wanted = JSON.stringify(keys.map((key) => ({ r: key.slice(0, 36), h: key.slice(37) })));
  const { rows } = await sql<OpenGroup & { key: string }>`
    SELECT g.id, g.number, g.title, g.firing_count AS firing, g.route_id || '/' || encode(g.group_hash, 'hex') AS key
      FROM json_to_recordset(${wanted}::text::json) AS w(r uuid, h text)
      JOIN alert_groups g ON g.route_id = w.r AND g.group_hash = decode(w.h, 'hex') AND g.open`.execute(db);
  return new Map(rows.map((row) => [row.key, row]));
}

/** A firing alert as protocols list it; times are epoch milliseconds, labels have no prototype. */
export interface FiringAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly generatorUrl: string | null;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly lastSeenMs: number;
}

/** The firing alerts of an integration, in parts of 2,000 by its index: however many there are, memory stays small. */
export async function* firingAlerts(db: Db, integrationId: string): AsyncGenerator<readonly FiringAlert[]> {
  const most = 2_000;
  let after = '';
  for (;;) {
    const { rows } = await sql<{
      identity: string;
      labels: Record<string, string>;
      annotations: Record<string, string>;
      url: string | null;
      starts: number;
      ends: number;
      seen: number;
    }>`
      SELECT encode(identity, 'hex') AS identity, labels, annotations, generator_url AS url, (extract(epoch FROM starts_at) * 1000)::bigint AS starts,
             (extract(epoch FROM ends_at) * 1000)::bigint AS ends, (extract(epoch FROM last_seen_at) * 1000)::bigint AS seen
        FROM alerts WHERE integration_id = ${integrationId} AND current AND status = 'firing' AND identity > decode(${after}, 'hex')
       ORDER BY identity LIMIT ${most}`.execute(db);
    if (rows.length > 0) {
      yield rows.map((row) => ({
        labels: bare(row.labels),
        annotations: bare(row.annotations),
        generatorUrl: row.url,
        startsAtMs: row.starts,
        endsAtMs: row.ends,
        lastSeenMs: row.seen,
      }));
    }
    const last = rows.at(-1);
    if (rows.length < most || !last) return;
    after = last.identity;
  }
}

/** How many alerts of each integration fire. Reads every open alert: for background work only. */
export async function countFiring(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('alerts')
    .select((eb) => ['integration_id', eb.fn.countAll<number>().as('count')])
    .where('current', '=', true)
    .where('status', '=', 'firing')
    .groupBy('integration_id')
    .execute();
  return new Map(rows.map(({ integration_id, count }) => [integration_id, count]));
}
