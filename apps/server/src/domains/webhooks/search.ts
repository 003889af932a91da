/** What is read across domains for the text of an event (alerts, escalation, catalogue, access), and the lists of deliveries. */
import { sql } from 'kysely';
import type { Db, Trx } from '#platform/db';
import type { DeliveryState, Id, Instant, Severity, StoredEvent } from './model.ts';
import type { StoredPage } from './page-events.ts';

/** Tries shown with one delivery. */
const MOST_TRIES = 100;

interface PageRow {
  id: Id;
  number: number;
  title: string;
  severity: Severity;
  open: boolean;
  firing_count: number;
  options: { readonly mode?: string; readonly urgency?: string };
  labels: Record<string, string>;
  opened_at: Instant;
  service_id: Id | null;
  service_key: string | null;
  service_name: string | null;
  team_id: Id | null;
  team_key: string | null;
  team_name: string | null;
  phase: string | null;
  holder_id: Id | null;
  quiet_until: Instant | null;
  resolved_by: string | null;
}

/** Pages as they are told of; `resolved`: those of which it matters who resolved them. */
export async function readPages(
  trx: Trx,
  ids: readonly Id[],
  resolved: readonly Id[],
): Promise<ReadonlyMap<Id, StoredPage>> {
  const { rows } = await sql<PageRow>`
    SELECT g.id, g.number, g.title, g.severity, g.open, g.firing_count, g.options, g.labels, g.opened_at,
           g.service_id, s.key AS service_key, s.name AS service_name, g.team_id, t.key AS team_key, t.name AS team_name,
           r.phase, r.holder_id, r.quiet_until, a.resolved_by
      FROM alert_groups g
      LEFT JOIN services s ON s.id = g.service_id
      LEFT JOIN teams t ON t.id = g.team_id
      LEFT JOIN LATERAL (
        SELECT x.phase, x.holder_id, x.quiet_until FROM escalation_runs x
         WHERE x.group_id = g.id ORDER BY x.live DESC, x.started_at DESC, x.id DESC LIMIT 1
      ) r ON true
      LEFT JOIN LATERAL (
        SELECT m.resolved_by FROM alert_group_members gm JOIN alerts m ON m.id = gm.alert_id
         WHERE gm.group_id = g.id AND g.id = ANY(${resolved}::uuid[]) ORDER BY m.resolved_at DESC NULLS LAST LIMIT 1
      ) a ON true
     WHERE g.id = ANY(${ids}::uuid[])`.execute(trx);
  return new Map(rows.map((row) => [row.id, pageOf(row)]));
}

function pageOf(row: PageRow): StoredPage {
  return {
    id: row.id,
    number: row.number,
    title: row.title,
    severity: row.severity,
    open: row.open,
    firing: row.firing_count,
    mode: row.options.mode ?? 'record',
    urgency: row.options.urgency ?? 'high',
    labels: row.labels,
    service: thing(row.service_id, row.service_key, row.service_name),
    team: thing(row.team_id, row.team_key, row.team_name),
    openedAt: row.opened_at,
    phase: row.phase,
    holderId: row.holder_id,
    quietUntil: row.quiet_until,
    resolvedBy: row.resolved_by,
  };
}

function thing(id: Id | null, key: string | null, name: string | null) {
  return id === null ? null : { id, key: key ?? '', name: name ?? '' };
}

/** One try as stored. */
export interface StoredTry {
  readonly at: Instant;
  readonly attempt: number;
  readonly durationMs: number;
  readonly status: number | null;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly answer: string | null;
}

/** One delivery with its event and its last try. */
export interface ListedDelivery {
  readonly id: number;
  readonly event: StoredEvent;
  readonly state: DeliveryState;
  readonly queuedAt: Instant;
  readonly endedAt: Instant | null;
  readonly reason: string | null;
  readonly attempts: number;
  readonly lastTry: StoredTry | null;
}

interface DeliveryRow {
  id: number;
  event_id: Id;
  type: string;
  at: Instant;
  page_id: Id | null;
  agent: StoredEvent['agent'];
  data: StoredEvent['data'];
  state: DeliveryState;
  queued_at: Instant;
  ended_at: Instant | null;
  reason: string | null;
  attempts: number;
  try_at: Instant | null;
  attempt: number;
  duration_ms: number;
  status: number | null;
  try_reason: string | null;
  detail: string | null;
  answer: string | null;
}

const deliveries = sql`
  SELECT d.id, d.event_id, e.type, e.at, e.page_id, e.agent, e.data, d.state, d.queued_at, d.ended_at, d.reason, d.attempts,
         a.at AS try_at, a.attempt, a.duration_ms, a.status, a.reason AS try_reason, a.detail, a.answer
    FROM webhook_deliveries d
    JOIN webhook_events e ON e.id = d.event_id
    LEFT JOIN LATERAL (SELECT * FROM webhook_attempts x WHERE x.delivery_id = d.id ORDER BY x.id DESC LIMIT 1) a ON true`;

/** The deliveries of a subscription, the newest first, one more than `limit` when more follow. */
export async function listDeliveries(
  db: Db,
  filter: {
    readonly subscriptionId: Id;
    readonly state: DeliveryState | null;
    readonly before: number | null;
    readonly limit: number;
  },
): Promise<readonly ListedDelivery[]> {
  const { subscriptionId, state, before, limit } = filter;
  const { rows } = await sql<DeliveryRow>`
    ${deliveries} WHERE d.subscription_id = ${subscriptionId}
      AND (${state}::text IS NULL OR d.state = ${state}::text) AND (${before}::bigint IS NULL OR d.id < ${before}::bigint)
    ORDER BY d.id DESC LIMIT ${limit + 1}`.execute(db);
  return rows.map(deliveryFrom);
}

/** One delivery with its tries, the newest first. */
export async function readDelivery(
  db: Db,
  { subscriptionId, id }: { readonly subscriptionId: Id; readonly id: number },
): Promise<(ListedDelivery & { readonly tries: readonly StoredTry[] }) | null> {
  const { rows } = await sql<DeliveryRow>`
    ${deliveries} WHERE d.subscription_id = ${subscriptionId} AND d.id = ${id}`.execute(db);
  if (rows[0] === undefined) return null;
  const tries = await db
    .selectFrom('webhook_attempts')
    .selectAll()
    .where('delivery_id', '=', id)
    .orderBy('id', 'desc')
    .limit(MOST_TRIES)
    .execute();
  return {
    ...deliveryFrom(rows[0]),
    tries: tries.map(({ at, attempt, duration_ms, status, reason, detail, answer }) => ({
      at,
      attempt,
      durationMs: duration_ms,
      status,
      reason,
      detail,
      answer,
    })),
  };
}

function deliveryFrom(row: DeliveryRow): ListedDelivery {
  const { id, state, reason, attempts, status, detail, answer } = row;
  return {
    id,
    event: { id: row.event_id, type: row.type, at: row.at, pageId: row.page_id, agent: row.agent, data: row.data },
    state,
    queuedAt: row.queued_at,
    endedAt: row.ended_at,
    reason,
    attempts,
    lastTry:
      row.try_at === null
        ? null
        : {
            at: row.try_at,
            attempt: row.attempt,
            durationMs: row.duration_ms,
            status,
            reason: row.try_reason,
            detail,
            answer,
          },
  };
}

/** How many deliveries wait for each subscription that has any. */
export async function countWaiting(db: Db): Promise<ReadonlyMap<Id, number>> {
  const { rows } = await sql<{ id: Id; waiting: number }>`
    SELECT subscription_id AS id, count(*)::int AS waiting FROM webhook_deliveries WHERE state = 'waiting' GROUP BY subscription_id`.execute(
    db,
  );
  return new Map(rows.map(({ id, waiting }) => [id, waiting]));
}
