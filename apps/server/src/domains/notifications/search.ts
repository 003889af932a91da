/**
 * Reads across alerts, catalog and escalation: what a message says about a page, and what a person has open. Read-only;
 * messages are built from what is stored, never from a decision made again.
 */
import { sql } from 'kysely';
import { fingerprint } from '#alerts';
import type { Db } from '#platform/db';
import { uuidArray } from '#platform/pg-arrays';
import type { AlertFact, KindFact, PageFacts, PageSummary, RunFacts } from './messages/facts.ts';
import type { Id, Instant, Severity } from './model.ts';

/** Alerts told of in one message. */
const NEWEST_ALERTS = 20;
/** Pages older than this are no measure of what is open with somebody. */
const OPEN_FOR = { hours: 24 * 7 };

/** What a person has been told. */
export interface ToldFacts {
  /** When the last message went out by each method. */
  readonly lastToldBy: ReadonlyMap<Id, Instant>;
  readonly toldSeverity: Severity | null;
}

/** When somebody was last told anything by each method, and the worst that is open with them or that the last interruption named. */
export async function readTold(
  db: Db,
  { userId, lastAt, now }: { readonly userId: Id; readonly lastAt: Instant | null; readonly now: Instant },
): Promise<ToldFacts> {
  const { rows } = await sql<{ method_id: Id; last_told_at: Instant | null; severity: Severity | null }>`
    SELECT n.method_id, max(n.sent_at) AS last_told_at,
           min(n.severity) FILTER (WHERE n.kind = 'page' AND (g.resolved_at IS NULL OR n.sent_at >= ${lastAt} OR n.state = 'leased')) AS severity
      FROM notifications n LEFT JOIN alert_groups g ON g.id = n.group_id
     WHERE n.user_id = ${userId} AND n.created_at > ${now.subtract(OPEN_FOR)} AND n.kind <> 'test'
       AND (n.sent_at IS NOT NULL OR (n.state = 'leased' AND n.attempts > 0))
     GROUP BY n.method_id`.execute(db);
  const worst = rows.flatMap((row) => row.severity ?? []).toSorted((a, b) => a - b)[0];
  return {
    lastToldBy: new Map(
      rows.flatMap((row) => (row.last_told_at === null ? [] : [[row.method_id, row.last_told_at] as const])),
    ),
    toldSeverity: worst ?? null,
  };
}

/** What the escalation of a page needs to say who is next; the ports turn it into a name. */
export interface StoredRunFacts {
  readonly groupId: Id;
  readonly snapshot: unknown;
  readonly phase: string;
  readonly round: number;
  readonly step: number;
  readonly urgency: string;
  readonly runAt: Instant | null;
}

/** What a page's facts need from memory: names, and who is next. */
export interface FactsPorts {
  readonly nameOf: (userId: Id) => string | null;
  /** Null when nobody is known to be next. */
  readonly whoNext: (run: StoredRunFacts, now: Instant) => string | null;
}

interface RawSummary {
  id: Id;
  number: number;
  title: string;
  severity: Severity;
  kinds: Record<string, { severity: Severity; firstAtMs: number }>;
  service: string | null;
  runbook_url: string | null;
  labels: Record<string, string>;
  firing_count: number;
  total_count: number;
  opened_at: Instant;
  resolved_at: Instant | null;
  version: number;
  acknowledged: boolean;
}

const summaryColumns = sql`g.id, g.number, g.title, g.severity, g.kinds, s.name AS service, s.runbook_url, g.labels, g.firing_count, g.total_count,
  g.opened_at, g.resolved_at, g.version, EXISTS (SELECT 1 FROM escalation_runs r WHERE r.group_id = g.id AND r.live AND r.phase = 'acknowledged') AS acknowledged`;

function toSummary(raw: RawSummary): PageSummary {
  const kinds: KindFact[] = Object.entries(raw.kinds ?? {}).map(([name, kind]) => ({
    name,
    severity: kind.severity,
    since: Temporal.Instant.fromEpochMilliseconds(kind.firstAtMs),
  }));
  const resolved = raw.resolved_at !== null && raw.firing_count === 0;
  return {
    groupId: raw.id,
    number: raw.number,
    title: raw.title,
    severity: raw.severity,
    state: resolved ? 'resolved' : raw.acknowledged ? 'acknowledged' : 'firing',
    service: raw.service,
    since: raw.opened_at,
    resolvedAt: raw.resolved_at,
    kinds: kinds.toSorted((a, b) => a.severity - b.severity || Temporal.Instant.compare(a.since, b.since)),
    version: raw.version,
  };
}

/** The pages in short, for a message about many. Pages that are gone are left out. */
export async function readSummaries(db: Db, groupIds: readonly Id[]): Promise<ReadonlyMap<Id, PageSummary>> {
  const { rows } = await sql<RawSummary>`
    SELECT ${summaryColumns} FROM alert_groups g LEFT JOIN services s ON s.id = g.service_id WHERE g.id = ANY(${uuidArray(groupIds)}::uuid[])`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.id, toSummary(row)]));
}

/** Everything that a message about one page can say; null when there is no such page. */
export async function readPageFacts(
  db: Db,
  groupId: Id,
  input: FactsPorts & { readonly now: Instant },
): Promise<PageFacts | null> {
  const { rows } = await sql<RawSummary>`
    SELECT ${summaryColumns} FROM alert_groups g LEFT JOIN services s ON s.id = g.service_id WHERE g.id = ${groupId}`.execute(
    db,
  );
  const raw = rows[0];
  if (!raw) return null;
  return {
    ...toSummary(raw),
    labels: raw.labels,
    firing: raw.firing_count,
    total: raw.total_count,
    runbookUrl: raw.runbook_url,
    alerts: await readNewestAlerts(db, groupId),
    run: await readRun(db, groupId, input),
  };
}

async function readNewestAlerts(db: Db, groupId: Id): Promise<readonly AlertFact[]> {
  const { rows } = await sql<{
    id: Id;
    kind: string;
    title: string;
    status: 'firing' | 'resolved';
    severity: Severity;
    labels: Record<string, string>;
    annotations: Record<string, string> | null;
    generator_url: string | null;
    starts_at: Instant;
    resolved_at: Instant | null;
  }>`
    SELECT a.id, a.kind, a.title, a.status, a.severity, a.labels, a.annotations, a.generator_url, a.starts_at, a.resolved_at
      FROM alert_group_members m JOIN alerts a ON a.id = m.alert_id
     WHERE m.group_id = ${groupId} ORDER BY (a.status = 'firing') DESC, a.opened_at DESC, a.id DESC LIMIT ${NEWEST_ALERTS}`.execute(
    db,
  );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    title: row.title,
    status: row.status,
    severity: row.severity,
    labels: row.labels,
    annotations: row.annotations ?? {},
    startsAt: row.starts_at,
    endsAt: row.resolved_at,
    generatorUrl: row.generator_url,
    fingerprint: fingerprint(row.labels),
  }));
}

async function readRun(
  db: Db,
  groupId: Id,
  { nameOf, whoNext, now }: FactsPorts & { readonly now: Instant },
): Promise<RunFacts | null> {
  const { rows } = await sql<{
    snapshot: { policyName?: string | null; ackTimeoutSeconds?: number };
    phase: string;
    round: number;
    step: number;
    urgency: string;
    acknowledged_by: Id | null;
    sender: string | null;
    acknowledged_at: Instant | null;
    quiet_until: Instant | null;
    end_reason: { kind?: string } | null;
    ended_at: Instant | null;
    version: number;
    run_at: Instant | null;
  }>`
    SELECT r.snapshot, r.phase, r.round, r.step, r.urgency, r.acknowledged_by, i.name AS sender, r.acknowledged_at, r.quiet_until, r.end_reason, r.ended_at, r.version, g.run_at
      FROM escalation_runs r JOIN alert_groups g ON g.id = r.group_id LEFT JOIN integrations i ON i.id = r.acknowledged_by
     WHERE r.group_id = ${groupId} ORDER BY r.live DESC, r.started_at DESC, r.id DESC LIMIT 1`.execute(db);
  const row = rows[0];
  if (!row) return null;
  const stored = {
    groupId,
    snapshot: row.snapshot,
    phase: row.phase,
    round: row.round,
    step: row.step,
    urgency: row.urgency,
    runAt: row.run_at,
  };
  const calling = row.phase === 'escalating' || row.phase === 'last-resort' || row.phase === 'repeating';
  const who = calling && row.run_at ? whoNext(stored, now) : null;
  return {
    policyName: row.snapshot.policyName ?? null,
    acknowledgedBy:
      row.acknowledged_by === null
        ? null
        : {
            userId: row.acknowledged_by,
            // A sender's acknowledgement is kept by its integration.
            name: nameOf(row.acknowledged_by) ?? row.sender ?? 'a former member',
            ...(row.sender === null ? {} : { bySender: true as const }),
          },
    acknowledgedAt: row.acknowledged_at,
    snoozed: row.phase === 'snoozed',
    quietUntil: row.quiet_until,
    next: who !== null && row.run_at ? { who, at: row.run_at } : null,
    ackTimeoutSeconds: row.snapshot.ackTimeoutSeconds ?? 1800,
    ended: row.phase === 'ended' ? endOf(row.end_reason?.kind) : null,
    version: row.version,
  };
}

function endOf(kind: string | undefined): 'resolved' | 'muted' | 'by-hand' {
  if (kind === 'muted') return 'muted';
  return kind === 'ended-by-hand' ? 'by-hand' : 'resolved';
}
