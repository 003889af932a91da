/**
 * What screens and the emergency copy read: lists and single pages, across alerts, escalation, notifications, catalogue
 * and people (the ledger has no tables of its own).
 */
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '#platform/db';
import type { EmergencyContact, EmergencyPage } from './emergency-copy.ts';
import type {
  AttemptFacts,
  GroupFacts,
  Id,
  Instant,
  NotificationFacts,
  PageFacts,
  Payload,
  Phase,
  RunFacts,
  SnapshotFacts,
} from './model.ts';
import { readFacts } from './adapters/stored-rows.ts';

/** Alerts shown with a page. */
const MOST_MEMBERS = 20;
/** Notifications shown with a page: a page that repeats for weeks has thousands. */
const MOST_NOTIFICATIONS = 500;
/** Pages named in the emergency copy. */
const MOST_COPIED = 50;

/** Names of things by id, loaded with the configuration. */
export async function readNames(db: Db): Promise<ReadonlyMap<Id, string>> {
  const { rows } = await sql<{ id: Id; name: string }>`
    SELECT id, name FROM schedules UNION ALL SELECT id, name FROM teams UNION ALL SELECT id, name FROM services
    UNION ALL SELECT id, name FROM webhook_endpoints UNION ALL SELECT id, name FROM escalation_policies
    UNION ALL SELECT id, name FROM routes`.execute(db);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** People and how to reach them: verified addresses that are in use. */
export async function readContacts(db: Db, userIds: readonly Id[]): Promise<readonly EmergencyContact[]> {
  if (userIds.length === 0) return [];
  const { rows } = await sql<{ id: Id; name: string; channel: string | null; address: string | null }>`
    SELECT u.id, u.name, m.channel, split_part(m.address, ' sealed:', 1) AS address FROM users u
      LEFT JOIN contact_methods m ON m.user_id = u.id AND m.verified_at IS NOT NULL AND m.disabled_at IS NULL
     WHERE u.id = ANY(${userIds}::uuid[]) AND u.active ORDER BY u.name, u.id, m.channel`.execute(db);
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((own) => ({
    name: own[0]?.name ?? '',
    addresses: own.flatMap(({ channel, address }) =>
      channel === null || address === null ? [] : [{ channel, address }],
    ),
  }));
}

/** The open pages that fire, worst first, and how many there are. */
export async function readOpenPages(
  db: Db,
): Promise<{ readonly pages: readonly EmergencyPage[]; readonly count: number }> {
  const { rows } = await sql<EmergencyPage & { total: number }>`
    SELECT g.number, g.title, g.severity, coalesce(r.acknowledged_by IS NOT NULL, false) AS acknowledged, (count(*) OVER ())::int AS total
      FROM alert_groups g LEFT JOIN escalation_runs r ON r.group_id = g.id AND r.live
     WHERE g.open AND g.firing_count > 0 AND g.options ->> 'mode' = 'page'
     ORDER BY g.severity, g.opened_at LIMIT ${MOST_COPIED}`.execute(db);
  const pages = rows.map(({ number, title, severity, acknowledged }) => ({ number, title, severity, acknowledged }));
  return { pages, count: rows[0]?.total ?? 0 };
}

/** A page as a list shows it. */
export interface ListedPage {
  readonly group: GroupFacts;
  readonly run: RunFacts | null;
  /** The asking person has it, or its run called them. */
  readonly mine: boolean;
}

/** Which pages to list. */
export interface PageFilter {
  readonly state: 'firing' | 'acknowledged' | 'resolved' | 'all';
  /** What the groups' routes do: call people, or open tickets. */
  readonly mode: 'page' | 'ticket';
  readonly mine: boolean;
  readonly userId: Id | null;
  readonly teamId: Id | null;
  readonly serviceId: Id | null;
  readonly severities: readonly number[] | null;
  readonly before: { readonly openedAt: Instant; readonly id: Id } | null;
  readonly limit: number;
}

const groupColumns = sql`g.id, g.number, g.title, g.severity, g.open, g.route_id, g.options, g.reason, g.labels, g.service_id, g.team_id,
  g.firing_count, g.total_count, g.opened_at, g.resolved_at, g.closed_at, g.decided_at, g.flush_at, g.run_at, g.muted, g.version`;

interface RawGroup {
  id: Id;
  number: number;
  title: string;
  severity: number;
  open: boolean;
  route_id: Id;
  options: { mode?: GroupFacts['mode']; urgency?: 'high' | 'low' };
  reason: Payload;
  labels: Record<string, string>;
  service_id: Id | null;
  team_id: Id | null;
  firing_count: number;
  total_count: number;
  opened_at: Instant;
  resolved_at: Instant | null;
  closed_at: Instant | null;
  decided_at: Instant | null;
  flush_at: Instant | null;
  run_at: Instant | null;
  muted: { all: boolean; by: readonly { reason: string }[] } | null;
  version: number;
}

function toGroup(raw: RawGroup): GroupFacts {
  return {
    id: raw.id,
    number: raw.number,
    title: raw.title,
    severity: raw.severity,
    open: raw.open,
    routeId: raw.route_id,
    mode: raw.options.mode ?? 'record',
    urgency: raw.options.urgency ?? 'high',
    routeReason: raw.reason,
    labels: raw.labels,
    serviceId: raw.service_id,
    teamId: raw.team_id,
    firing: raw.firing_count,
    total: raw.total_count,
    openedAt: raw.opened_at,
    resolvedAt: raw.resolved_at,
    closedAt: raw.closed_at,
    decidedAt: raw.decided_at,
    flushAt: raw.flush_at,
    runAt: raw.run_at,
    mutedBy: raw.muted?.all ? raw.muted.by.map(({ reason }) => reason) : null,
    version: raw.version,
  };
}

interface RawRun {
  run_id: Id | null;
  live: boolean;
  phase: Phase;
  snapshot: SnapshotFacts;
  round: number;
  step: number;
  urgency: 'high' | 'low';
  holder_id: Id | null;
  acknowledged_by: Id | null;
  acknowledged_at: Instant | null;
  quiet_until: Instant | null;
  started_at: Instant;
  start_reason: Payload;
  ended_at: Instant | null;
  end_reason: Payload | null;
}

const runColumns = sql`r.id AS run_id, r.live, r.phase, r.snapshot, r.round, r.step, r.urgency, r.holder_id, r.acknowledged_by, r.acknowledged_at,
  r.quiet_until, r.started_at, r.start_reason, r.ended_at, r.end_reason`;

function toRun(raw: RawRun): RunFacts | null {
  if (raw.run_id === null) return null;
  return {
    id: raw.run_id,
    live: raw.live,
    phase: raw.phase,
    snapshot: raw.snapshot,
    round: raw.round,
    step: raw.step,
    urgency: raw.urgency,
    holderId: raw.holder_id,
    acknowledgedBy: raw.acknowledged_by,
    acknowledgedAt: raw.acknowledged_at,
    quietUntil: raw.quiet_until,
    startedAt: raw.started_at,
    startReason: raw.start_reason,
    endedAt: raw.ended_at,
    endReason: raw.end_reason,
  };
}

/** Lists pages, the newest first, one more than `limit` when more follow: groups of routes that page, or of those that open tickets. */
export async function listPages(db: Db, filter: PageFilter): Promise<readonly ListedPage[]> {
  const { rows } = await sql<RawGroup & RawRun & { mine: boolean }>`
    SELECT ${groupColumns}, ${runColumns}, ${isMine(filter.userId)} AS mine
      FROM alert_groups g
      LEFT JOIN LATERAL (
        SELECT * FROM escalation_runs x WHERE x.group_id = g.id ORDER BY x.live DESC, x.started_at DESC, x.id DESC LIMIT 1
      ) r ON true
     WHERE ${sql.join(conditionsOf(filter), sql` AND `)}
     ORDER BY g.opened_at DESC, g.id DESC LIMIT ${filter.limit + 1}`.execute(db);
  return rows.map((row) => ({ group: toGroup(row), run: toRun(row), mine: row.mine }));
}

function isMine(userId: Id | null): RawBuilder<boolean> {
  if (userId === null) return sql`false`;
  return sql`coalesce(r.live, false) AND (coalesce(r.holder_id = ${userId}::uuid, false) OR EXISTS (
    SELECT FROM notifications n WHERE n.run_id = r.id AND n.user_id = ${userId}::uuid AND n.kind = 'page'))`;
}

function conditionsOf(filter: PageFilter): readonly RawBuilder<unknown>[] {
  const { state, mode, mine, userId, teamId, serviceId, severities, before } = filter;
  const held = sql`coalesce(r.live AND r.phase IN ('acknowledged', 'snoozed'), false)`;
  return [
    sql`g.options ->> 'mode' = ${mode}`,
    ...(state === 'firing' ? [sql`g.open AND g.firing_count > 0 AND NOT ${held}`] : []),
    ...(state === 'acknowledged' ? [sql`g.open AND g.firing_count > 0 AND ${held}`] : []),
    ...(state === 'resolved' ? [sql`g.firing_count = 0`] : []),
    // Live runs are of open pages only: saying so lets the index of open ones be used.
    ...(mine ? [sql`g.open AND (${isMine(userId)})`] : []),
    ...(teamId === null ? [] : [sql`g.team_id = ${teamId}`]),
    ...(serviceId === null ? [] : [sql`g.service_id = ${serviceId}`]),
    ...(severities === null ? [] : [sql`g.severity = ANY(${severities}::smallint[])`]),
    ...(before === null ? [] : [sql`(g.opened_at, g.id) < (${before.openedAt}::timestamptz, ${before.id}::uuid)`]),
  ];
}

/** One alert of a page. */
export interface MemberRow {
  readonly id: Id;
  readonly title: string;
  readonly severity: number;
  readonly status: 'firing' | 'resolved';
  readonly starts_at: Instant;
  readonly resolved_at: Instant | null;
  readonly last_seen_at: Instant;
  readonly count: number;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly generator_url: string | null;
}

/** One page with everything stored about it. */
export interface WholePage {
  readonly facts: PageFacts;
  readonly members: readonly MemberRow[];
  readonly mine: boolean;
}

/** Reads one page, by id or by number, in one snapshot of the database; null when there is none. */
export function readPage(db: Db, wanted: Id | number, userId: Id | null): Promise<WholePage | null> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      const isIt = typeof wanted === 'number' ? sql`g.number = ${wanted}` : sql`g.id = ${wanted}`;
      const { rows } = await sql<RawGroup>`SELECT ${groupColumns} FROM alert_groups g WHERE ${isIt}`.execute(trx);
      if (rows[0] === undefined) return null;
      const { id } = rows[0];
      const runs = await sql<RawRun & { mine: boolean }>`
        SELECT ${runColumns}, ${isMine(userId)} AS mine FROM escalation_runs r WHERE r.group_id = ${id} ORDER BY r.live, r.started_at, r.id`.execute(
        trx,
      );
      const members = await readMembers(trx, id);
      const facts: PageFacts = {
        group: toGroup(rows[0]),
        opening: await readOpening(trx, id),
        lastResolvedBy: await readLastResolvedBy(trx, id),
        events: (await readFacts(trx, 'page_events', [id])).get(id) ?? [],
        runs: runs.rows.flatMap((row) => toRun(row) ?? []),
        notifications: await readPageNotifications(trx, id),
      };
      return { facts, members, mine: runs.rows.some(({ mine }) => mine) };
    });
}

async function readMembers(db: Db, groupId: Id): Promise<readonly MemberRow[]> {
  const columns = sql`a.id, a.title, a.severity, a.status, a.starts_at, a.resolved_at, a.last_seen_at, a.count, a.labels, a.annotations, a.generator_url`;
  const { rows } = await sql<MemberRow>`
    WITH newest AS (SELECT alert_id FROM alert_group_members WHERE group_id = ${groupId} ORDER BY alert_id DESC LIMIT ${MOST_MEMBERS})
    SELECT ${columns} FROM alerts a JOIN newest ON a.id = alert_id UNION ALL SELECT ${columns} FROM alerts_past a JOIN newest ON a.id = alert_id`.execute(
    db,
  );
  return [...rows].sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** The first alert's opening: ids ascend with time, so the smallest member is the first. */
async function readOpening(db: Db, groupId: Id): Promise<PageFacts['opening']> {
  const { rows } = await sql<{ at: Instant; received: Instant | null; integration: string | null }>`
    SELECT e.at, p.at AS received, i.name AS integration
      FROM (SELECT alert_id FROM alert_group_members WHERE group_id = ${groupId} ORDER BY alert_id LIMIT 1) f
      JOIN LATERAL alert_facts(ARRAY[f.alert_id]) e ON e.kind = 'opened'
      LEFT JOIN alert_groups g ON g.id = ${groupId}
      LEFT JOIN event_payloads p ON p.id = (e.payload ->> 'payloadId')::uuid
      LEFT JOIN integrations i ON i.id = coalesce(p.integration_id, g.integration_id)
     ORDER BY e.id LIMIT 1`.execute(db);
  const row = rows[0];
  return row === undefined ? null : { at: row.at, receivedAt: row.received, integration: row.integration };
}

async function readLastResolvedBy(db: Db, groupId: Id): Promise<string | null> {
  const { rows } = await sql<{ by: string | null }>`
    WITH own AS (SELECT alert_id FROM alert_group_members WHERE group_id = ${groupId})
    SELECT resolved_by AS by FROM (
      SELECT resolved_by, resolved_at FROM alerts JOIN own ON id = alert_id WHERE status = 'resolved'
      UNION ALL SELECT resolved_by, resolved_at FROM alerts_past JOIN own ON id = alert_id) a
     ORDER BY resolved_at DESC NULLS LAST LIMIT 1`.execute(db);
  return rows[0]?.by ?? null;
}

interface RawNotification {
  id: Id;
  run_id: Id | null;
  round: number;
  step: number;
  kind: NotificationFacts['kind'];
  user_id: Id | null;
  endpoint_id: Id | null;
  channel: string;
  label: string | null;
  state: NotificationFacts['state'];
  reason: Payload;
  due_at: Instant;
  wake_at: Instant | null;
  created_at: Instant;
  sent_at: Instant | null;
  receipt_at: Instant | null;
  receipt: string | null;
  ended_at: Instant | null;
  end_reason: Payload | null;
  carrier_id: Id | null;
}

async function readPageNotifications(db: Db, groupId: Id): Promise<readonly NotificationFacts[]> {
  const { rows } = await sql<RawNotification>`
    SELECT n.id, n.run_id, n.round, n.step, n.kind, n.user_id, n.endpoint_id, n.channel, m.label, n.state, n.reason, n.due_at, n.wake_at, n.created_at,
           n.sent_at, n.receipt_at, n.receipt, n.ended_at, n.end_reason, n.carrier_id
      FROM notifications n LEFT JOIN contact_methods m ON m.id = n.method_id
     WHERE n.group_id = ${groupId} ORDER BY n.created_at DESC, n.id DESC LIMIT ${MOST_NOTIFICATIONS}`.execute(db);
  const attempts = await sql<AttemptFacts & { notification_id: Id }>`
    SELECT notification_id, at, attempt, kind, reason, detail FROM notification_attempts
     WHERE notification_id = ANY(${rows.map(({ id }) => id)}::uuid[]) ORDER BY id`.execute(db);
  const byId = Map.groupBy(attempts.rows, (attempt) => attempt.notification_id);
  return rows.reverse().map((row) => ({
    id: row.id,
    runId: row.run_id,
    round: row.round,
    step: row.step,
    kind: row.kind,
    userId: row.user_id,
    endpointId: row.endpoint_id,
    channel: row.channel,
    methodLabel: row.label,
    state: row.state,
    reason: row.reason,
    dueAt: row.due_at,
    wakeAt: row.wake_at,
    createdAt: row.created_at,
    sentAt: row.sent_at,
    receiptAt: row.receipt_at,
    receipt: row.receipt,
    endedAt: row.ended_at,
    endReason: row.end_reason,
    carrierId: row.carrier_id,
    attempts: byId.get(row.id) ?? [],
  }));
}
