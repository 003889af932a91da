import { type RawBuilder, sql } from 'kysely';
import type { Labels, Severity } from '#alerts';
import type { Db } from '#platform/db';
import { identityOf } from '../adapters/opsgenie.ts';
import type { Comparison, Search, TextField } from '../adapters/opsgenie-term.ts';
import { DELETED } from '../adapters/opsgenie-text.ts';
import { idsOfTiny } from '../adapters/opsgenie-tiny-id.ts';

/** An alert as Opsgenie's protocol shows it: with what its live pages say. */
export interface OpsgenieAlert {
  readonly id: string;
  readonly integrationId: string;
  readonly identity: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly severity: Severity;
  readonly openedAt: Temporal.Instant;
  readonly lastSeenAt: Temporal.Instant;
  readonly resolvedAt: Temporal.Instant | null;
  readonly resolvedBy: string | null;
  readonly count: number;
  readonly acknowledgedAt: Temporal.Instant | null;
  readonly snoozedUntil: Temporal.Instant | null;
  /** E-mail address of who holds it. */
  readonly owner: string | null;
}

/** How a request names an alert. An alias names open alerts only. */
export interface AlertName {
  readonly type: 'id' | 'tiny' | 'alias';
  readonly value: string;
}

/** A place in a list: by which column, in which direction, and which part. */
export interface ListPlace {
  readonly sort: SortField;
  readonly order: 'asc' | 'desc';
  readonly offset: number;
  readonly limit: number;
}

/** Fields that a list may be sorted by. */
export const sortFields = [
  'createdAt',
  'updatedAt',
  'lastOccurredAt',
  'tinyId',
  'message',
  'status',
  'count',
  'priority',
] as const;
type SortField = (typeof sortFields)[number];

/** Alerts counted at most. */
const MOST_COUNTED = 100_000;

/**
 * Reads tables of other domains: alerts, the runs of their pages (a later stage's), and the people who hold them,
 * because this protocol shows all of that as one alert and may not ask for each.
 */
const columns = sql`a.id, a.integration_id AS "integrationId", encode(a.identity, 'hex') AS identity, a.status, a.labels, a.annotations, a.severity,
  a.opened_at AS "openedAt", a.last_seen_at AS "lastSeenAt", a.resolved_at AS "resolvedAt", a.resolved_by AS "resolvedBy", a.count,
  p.acknowledged_at AS "acknowledgedAt", p.snoozed_until AS "snoozedUntil", p.owner`;
const updatedAt = sql`GREATEST(a.last_seen_at, a.resolved_at, a.opened_at)`;
const withPages = (alert: RawBuilder<unknown>) => sql`${alert} a LEFT JOIN LATERAL (
  SELECT CASE WHEN bool_and(r.phase IN ('acknowledged', 'snoozed') AND r.acknowledged_at IS NOT NULL) THEN min(r.acknowledged_at) END AS acknowledged_at,
         CASE WHEN bool_and(r.phase = 'snoozed') THEN min(r.quiet_until) END AS snoozed_until, min(u.email) AS owner
    FROM escalation_runs r LEFT JOIN users u ON u.id = r.holder_id
   WHERE r.live AND r.group_id = ANY(a.group_ids) AND a.status = 'firing') p ON true`;
const alerts = sql`alerts`;
const past = sql`alerts_past`;
const notDeleted = sql`a.annotations ->> ${sql.lit(DELETED)} IS NULL`;

/** The alert that a request names, of this integration; null when there is none. */
export async function findOpsgenieAlert(db: Db, integrationId: string, name: AlertName): Promise<OpsgenieAlert | null> {
  const condition = conditionOf(name);
  if (condition === null) return null;
  const mine = sql`a.integration_id = ${integrationId}::uuid AND ${notDeleted} AND ${condition}`;
  const open = sql`SELECT * FROM alerts a WHERE ${mine}`;
  // An alias has no index among the past ones, and need not: it names open alerts only.
  const named = name.type === 'alias' ? open : sql`${open} UNION ALL SELECT * FROM alerts_past a WHERE ${mine}`;
  const { rows } = await sql<OpsgenieAlert>`
    SELECT ${columns} FROM ${withPages(sql`(${named})`)} ORDER BY a.opened_at DESC, a.id DESC LIMIT 1`.execute(db);
  return rows[0] ?? null;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function conditionOf({ type, value }: AlertName): RawBuilder<unknown> | null {
  if (type === 'tiny') {
    const ids = idsOfTiny(value);
    return ids && sql`a.id BETWEEN ${ids[0]}::uuid AND ${ids[1]}::uuid`;
  }
  if (type === 'id') return UUID.test(value) ? sql`a.id = ${value}::uuid` : null;
  const named = sql`a.identity = decode(${identityOf({ alias: value })}, 'hex')`;
  const open = sql`a.current AND a.status = 'firing'`;
  // An alert that was given no alias has its id for one.
  if (!UUID.test(value)) return sql`${open} AND ${named}`;
  return sql`${open} AND (${named} OR (a.id = ${value}::uuid AND a.annotations ->> 'alias' IS NULL))`;
}

/** The active person with this id or e-mail address (access owns the table); null when there is none. */
export async function findPerson(
  db: Db,
  { id, username }: { readonly id: string | null; readonly username: string | null },
): Promise<string | null> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where('active', '=', true)
    .where((eb) =>
      eb.or([
        ...(id !== null && UUID.test(id) ? [eb('id', '=', id)] : []),
        ...(username === null ? [] : [eb(eb.fn<string>('lower', ['email']), '=', username.toLowerCase())]),
      ]),
    )
    .executeTakeFirst();
  return row?.id ?? null;
}

/** A part of the alerts of an integration that a search accepts, open and past. */
export async function listOpsgenieAlerts(
  db: Db,
  input: { readonly integrationId: string; readonly search: Search | null; readonly place: ListPlace },
): Promise<readonly OpsgenieAlert[]> {
  const { place } = input;
  const where = whereOf(input);
  const order = sql.raw(place.order === 'asc' ? 'ASC' : 'DESC');
  const most = place.offset + place.limit;
  const from = sourceFor(input.search);
  const part = (table: RawBuilder<unknown>) =>
    sql`(SELECT a.*, ${sortOf(place.sort)} AS place FROM ${from(table)} WHERE ${where} ORDER BY place ${order}, a.id ${order} LIMIT ${most})`;
  const page = sql`(SELECT * FROM (${part(alerts)} UNION ALL ${part(past)}) a ORDER BY a.place ${order}, a.id ${order}
    LIMIT ${place.limit} OFFSET ${place.offset})`;
  const { rows } = await sql<OpsgenieAlert>`
    SELECT ${columns} FROM ${withPages(page)} ORDER BY a.place ${order}, a.id ${order}`.execute(db);
  return rows;
}

/** How many alerts of an integration a search accepts, up to 100,000. */
export async function countOpsgenieAlerts(
  db: Db,
  input: { readonly integrationId: string; readonly search: Search | null },
): Promise<number> {
  const where = whereOf(input);
  const from = sourceFor(input.search);
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM (SELECT 1 FROM ${from(alerts)} WHERE ${where} UNION ALL SELECT 1 FROM ${from(past)} WHERE ${where} LIMIT ${MOST_COUNTED}) a`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

/** What a search reads: pages only where it asks about them, for that is a look into the runs of each alert. */
function sourceFor(search: Search | null): (table: RawBuilder<unknown>) => RawBuilder<unknown> {
  return search && asksOfPages(search) ? withPages : (table) => sql`${table} a`;
}

function asksOfPages(search: Search): boolean {
  if (search.kind === 'all' || search.kind === 'any') return search.of.some(asksOfPages);
  if (search.kind === 'not') return asksOfPages(search.of);
  if (search.kind === 'state') return search.field !== 'open';
  return search.kind === 'field' && search.field === 'owner';
}

function whereOf({ integrationId, search }: { readonly integrationId: string; readonly search: Search | null }) {
  return sql`a.integration_id = ${integrationId}::uuid AND ${notDeleted} AND ${search ? accepting(search) : sql`true`}`;
}

function sortOf(field: SortField): RawBuilder<unknown> {
  switch (field) {
    case 'createdAt':
      return sql`a.opened_at`;
    case 'updatedAt':
      return updatedAt;
    case 'lastOccurredAt':
      return sql`a.last_seen_at`;
    case 'tinyId':
      return sql`a.id`;
    case 'message':
      return sql`a.annotations ->> 'message'`;
    case 'status':
      return sql`a.status`;
    case 'count':
      return sql`a.count`;
    case 'priority':
      return sql`a.severity`;
  }
}

/** A search as a condition that is never unknown, so that NOT turns it round. */
function accepting(search: Search): RawBuilder<unknown> {
  switch (search.kind) {
    case 'all':
      return sql`(${sql.join(search.of.map(accepting), sql` AND `)})`;
    case 'any':
      return sql`(${sql.join(search.of.map(accepting), sql` OR `)})`;
    case 'not':
      return sql`(NOT ${accepting(search.of)})`;
    case 'text':
      return sql`(concat_ws(' ', a.title, a.annotations ->> 'message', a.annotations ->> 'description', a.annotations ->> 'alias',
        a.labels ->> 'tags', a.labels ->> 'entity') ILIKE ${holding(search.text)})`;
    case 'detail':
      return known(
        sql`coalesce(a.labels ->> ${search.key}::text, a.annotations ->> ${`details.${search.key}`}::text) ILIKE ${like(search.text)}`,
      );
    case 'field':
      return known(fieldAccepts(search.field, search.text));
    case 'state':
      return stateIs(search.field, search.is);
    case 'number':
      return compared(sql`a.count`, search.op, sql`${search.value}`);
    case 'time':
      return compared(timeOf(search.field), search.op, sql`to_timestamp(${search.atMs}::float8 / 1000)`);
  }
}

const known = (condition: RawBuilder<unknown>) => sql`coalesce(${condition}, false)`;

function compared(left: RawBuilder<unknown>, op: Comparison, right: RawBuilder<unknown>): RawBuilder<unknown> {
  return known(sql`${left} ${sql.raw(op)} ${right}`);
}

function timeOf(field: Extract<Search, { kind: 'time' }>['field']): RawBuilder<unknown> {
  if (field === 'createdAt') return sql`a.opened_at`;
  return field === 'lastOccurredAt' ? sql`a.last_seen_at` : updatedAt;
}

function stateIs(field: Extract<Search, { kind: 'state' }>['field'], is: boolean): RawBuilder<unknown> {
  const states = {
    open: sql`(a.status = 'firing')`,
    acknowledged: sql`(p.acknowledged_at IS NOT NULL)`,
    snoozed: sql`(p.snoozed_until IS NOT NULL)`,
  };
  return is ? states[field] : sql`(NOT ${states[field]})`;
}

function fieldAccepts(field: TextField, text: string): RawBuilder<unknown> {
  switch (field) {
    case 'id':
      return sql`a.id::text = ${text.toLowerCase()}`;
    case 'tinyId': {
      const ids = idsOfTiny(text);
      return ids ? sql`a.id BETWEEN ${ids[0]}::uuid AND ${ids[1]}::uuid` : sql`false`;
    }
    case 'alias':
      return sql`coalesce(a.annotations ->> 'alias', a.id::text) ILIKE ${like(text)}`;
    case 'message':
      return sql`a.annotations ->> 'message' ILIKE ${holding(text)}`;
    case 'description':
      return sql`a.annotations ->> 'description' ILIKE ${holding(text)}`;
    case 'tag':
      return sql`EXISTS (SELECT FROM string_to_table(coalesce(a.labels ->> 'tags', a.annotations ->> 'tags'), ',') t WHERE t ILIKE ${like(text)})`;
    case 'responders':
      return sql`EXISTS (SELECT FROM string_to_table(coalesce(a.labels ->> 'responders', a.annotations ->> 'responders'), ',') t
        WHERE t ILIKE ${like(text)} OR split_part(t, ':', 2) ILIKE ${like(text)})`;
    case 'priority':
      return sql`'P' || a.severity ILIKE ${like(text)}`;
    case 'entity':
      return sql`coalesce(a.labels ->> 'entity', a.annotations ->> 'entity') ILIKE ${like(text)}`;
    case 'source':
      return sql`a.annotations ->> 'source' ILIKE ${like(text)}`;
    case 'owner':
      return sql`p.owner ILIKE ${like(text)}`;
  }
}

/** A pattern of LIKE in which only `*` stands for other characters. */
function like(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%');
}

const holding = (text: string) => `%${like(text)}%`;
