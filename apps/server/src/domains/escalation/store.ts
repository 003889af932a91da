import { type Selectable, sql } from 'kysely';
import type { Db, Trx } from '#platform/db';
import { json } from '#platform/db';
import type { EscalationPoliciesTable } from '#platform/db-tables';
import type { StoredRun } from './group-decision.ts';
import type {
  EndReason,
  Id,
  Instant,
  Phase,
  Policy,
  Run,
  Severity,
  Snapshot,
  StartReason,
  Step,
  Target,
  Urgency,
} from './model.ts';
import { isLive } from './model.ts';
import type { MuteFact, PageFact } from './ports.ts';

interface RunRow {
  id: Id;
  group_id: Id;
  phase: Phase;
  snapshot: Snapshot;
  round: number;
  step: number;
  urgency: Urgency;
  severity: Severity;
  holder_id: Id | null;
  acknowledged_by: Id | null;
  acknowledged_at: Instant | null;
  quiet_until: Instant | null;
  started_at: Instant;
  start_reason: StartReason;
  ended_at: Instant | null;
  end_reason: EndReason | null;
  config_version: number;
  version: number;
  run_at: Instant | null;
}

const runColumns = sql`r.id, r.group_id, r.phase, r.snapshot, r.round, r.step, r.urgency, r.severity, r.holder_id, r.acknowledged_by,
  r.acknowledged_at, r.quiet_until, r.started_at, r.start_reason, r.ended_at, r.end_reason, r.config_version, r.version`;

function runFrom(row: RunRow): StoredRun {
  const run: Run = {
    snapshot: row.snapshot,
    phase: row.phase,
    round: row.round,
    step: row.step,
    urgency: row.urgency,
    severity: row.severity,
    holderId: row.holder_id,
    acknowledgedBy: row.acknowledged_by,
    acknowledgedAt: row.acknowledged_at,
    quietUntil: row.quiet_until,
    wakeAt: row.phase === 'ended' ? null : row.run_at,
    startedAt: row.started_at,
    startReason: row.start_reason,
    endedAt: row.ended_at,
    endReason: row.end_reason,
    version: row.version,
  };
  return { id: row.id, groupId: row.group_id, configVersion: row.config_version, run };
}

/** The newest run of each page, live or not. The pages are locked by the caller where a decision follows. */
export async function readLatestRuns(db: Db, groupIds: readonly Id[]): Promise<ReadonlyMap<Id, StoredRun>> {
  if (groupIds.length === 0) return new Map();
  const { rows } = await sql<RunRow>`
    SELECT ${runColumns}, g.run_at
    FROM unnest(${groupIds}::uuid[]) AS wanted (id)
    JOIN alert_groups g ON g.id = wanted.id
    CROSS JOIN LATERAL (
      SELECT * FROM escalation_runs x WHERE x.group_id = wanted.id ORDER BY x.live DESC, x.started_at DESC, x.id DESC LIMIT 1
    ) r`.execute(db);
  return new Map(rows.map((row) => [row.group_id, runFrom(row)]));
}

/** Every run that these pages ever had, for cancelling what is queued. */
export async function readRunIds(trx: Trx, groupIds: readonly Id[]): Promise<ReadonlyMap<Id, readonly Id[]>> {
  const { rows } = await sql<{ group_id: Id; ids: Id[] }>`
    SELECT group_id, array_agg(id) AS ids FROM escalation_runs WHERE group_id = ANY(${groupIds}::uuid[]) GROUP BY group_id`.execute(
    trx,
  );
  return new Map(rows.map((row) => [row.group_id, row.ids]));
}

/** The state of a run that a sender asks for right before it calls. */
export async function readRunPhases(
  db: Db,
  runIds: readonly Id[],
): Promise<ReadonlyMap<Id, Pick<Run, 'phase' | 'endReason'>>> {
  if (runIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('escalation_runs')
    .select(['id', 'phase', 'end_reason'])
    .where('id', 'in', [...runIds])
    .execute();
  return new Map(
    rows.map((row) => [row.id, { phase: row.phase as Phase, endReason: row.end_reason as EndReason | null }]),
  );
}

const rowType = sql`r(id uuid, group_id uuid, policy_id uuid, live boolean, phase text, snapshot json, round integer, step integer,
  urgency text, severity smallint, holder_id uuid, acknowledged_by uuid, acknowledged_at timestamptz, quiet_until timestamptz,
  started_at timestamptz, start_reason json, ended_at timestamptz, end_reason json, config_version bigint, version bigint)`;

function rowOf({ id, groupId, configVersion, run }: StoredRun) {
  return {
    id,
    group_id: groupId,
    policy_id: run.snapshot.policyId,
    live: isLive(run),
    phase: run.phase,
    snapshot: run.snapshot,
    round: run.round,
    step: run.step,
    urgency: run.urgency,
    severity: run.severity,
    holder_id: run.holderId,
    acknowledged_by: run.acknowledgedBy,
    acknowledged_at: run.acknowledgedAt,
    quiet_until: run.quietUntil,
    started_at: run.startedAt,
    start_reason: run.startReason,
    ended_at: run.endedAt,
    end_reason: run.endReason,
    config_version: configVersion,
    version: run.version,
  };
}

/**
 * Saves runs in two statements. Known ones first: an ended run leaves the place of the one live run of its page before
 * its successor takes it. The page's lock is held, so nothing else can have changed them.
 */
export async function saveRuns(trx: Trx, runs: readonly (StoredRun & { readonly isNew: boolean })[]): Promise<void> {
  const known = runs.filter((run) => !run.isNew).map(rowOf);
  if (known.length > 0) {
    await sql`
      UPDATE escalation_runs e
      SET live = r.live, phase = r.phase, round = r.round, step = r.step, urgency = r.urgency, severity = r.severity,
          holder_id = r.holder_id, acknowledged_by = r.acknowledged_by, acknowledged_at = r.acknowledged_at,
          quiet_until = r.quiet_until, ended_at = r.ended_at, end_reason = r.end_reason, config_version = r.config_version,
          version = r.version
      FROM json_to_recordset(${json(known)}) AS ${rowType} WHERE e.id = r.id`.execute(trx);
  }
  const fresh = runs.filter((run) => run.isNew).map(rowOf);
  if (fresh.length > 0) {
    await sql`
      INSERT INTO escalation_runs (id, group_id, policy_id, live, phase, snapshot, round, step, urgency, severity, holder_id,
        acknowledged_by, acknowledged_at, quiet_until, started_at, start_reason, ended_at, end_reason, config_version, version)
      SELECT r.* FROM json_to_recordset(${json(fresh)}) AS ${rowType}`.execute(trx);
  }
}

/** Appends facts to the ledgers of their pages, in the given order. */
export async function appendPageEvents(trx: Trx, facts: readonly (PageFact | MuteFact)[], now: Instant): Promise<void> {
  if (facts.length === 0) return;
  const rows = facts.map(({ groupId, runId, entry }) => ({
    subject: groupId,
    kind: entry.kind,
    payload: { ...entry.payload, runId },
  }));
  await sql`
    INSERT INTO page_events (at, subject, kind, payload)
    SELECT ${now}, e.subject, e.kind, e.payload FROM json_to_recordset(${json(rows)}) AS e(subject uuid, kind text, payload json)`.execute(
    trx,
  );
}

/** What a person's act needs of the page it is about. */
export interface LockedPage {
  readonly id: Id;
  readonly title: string;
  readonly number: number;
  readonly open: boolean;
  readonly lastEventAt: Instant;
  readonly version: number;
  readonly configVersion: number;
}

/**
 * Locks one page: its row is the one lock of the paging path (design.md section 5). `run_at`, `last_event_at` and the
 * version are the only columns that escalation writes there; the rest is grouping's.
 */
export async function lockPage(trx: Trx, groupId: Id): Promise<LockedPage | null> {
  const { rows } = await sql<{
    id: Id;
    title: string;
    number: number;
    open: boolean;
    last_event_at: Instant;
    version: number;
    config_version: number;
  }>`
    SELECT g.id, g.title, g.number, g.open, g.last_event_at, g.version, c.version AS config_version
    FROM alert_groups g CROSS JOIN config_version c WHERE g.id = ${groupId} FOR UPDATE OF g`.execute(trx);
  const row = rows[0];
  if (row === undefined) return null;
  const { id, title, number, open, version } = row;
  return { id, title, number, open, version, lastEventAt: row.last_event_at, configVersion: row.config_version };
}

/** Writes a locked page's run wake-up after a person's act; returns the page's new version. */
export async function saveRunAt(trx: Trx, groupId: Id, runAt: Instant | null, at: Instant): Promise<number> {
  const { rows } = await sql<{ version: number }>`
    UPDATE alert_groups SET run_at = ${runAt}, last_event_at = GREATEST(last_event_at, ${at}), version = version + 1
    WHERE id = ${groupId} RETURNING version`.execute(trx);
  return rows[0]?.version ?? 0;
}

/** The policies in force and the last resort, as each process holds them in memory. */
export interface EscalationConfig {
  readonly policies: ReadonlyMap<Id, Policy>;
  readonly lastResort: readonly Target[];
}

/** Key of the last resort in `settings`; its value is `{ targets: Target[] }`. */
const LAST_RESORT_KEY = 'escalation.last-resort';

const policyColumns = [
  'id',
  'name',
  'version',
  'team_id',
  'steps',
  'rounds',
  'repeat_interval_seconds',
  'ack_timeout_seconds',
] as const;

type PolicyRow = Pick<Selectable<EscalationPoliciesTable>, (typeof policyColumns)[number]>;

function policyFrom(row: PolicyRow): Policy {
  const { id, name, version, rounds } = row;
  return {
    id,
    name,
    version,
    rounds,
    teamId: row.team_id,
    steps: row.steps as readonly Step[],
    repeatIntervalSeconds: row.repeat_interval_seconds,
    ackTimeoutSeconds: row.ack_timeout_seconds,
  };
}

/** Reads all that is needed to freeze a policy; archived policies are gone. */
export async function readEscalationConfig(db: Db): Promise<EscalationConfig> {
  const rows = await db
    .selectFrom('escalation_policies')
    .select(policyColumns)
    .where('archived_at', 'is', null)
    .orderBy('name')
    .orderBy('id')
    .execute();
  const setting = await db.selectFrom('settings').select('value').where('key', '=', LAST_RESORT_KEY).executeTakeFirst();
  const { targets } = (setting?.value ?? { targets: [] }) as { readonly targets: readonly Target[] };
  return { policies: new Map(rows.map((row) => [row.id, policyFrom(row)])), lastResort: targets };
}

/** Stores a new policy. */
export async function insertPolicy(trx: Trx, policy: Policy, now: Instant): Promise<void> {
  await trx
    .insertInto('escalation_policies')
    .values({ id: policy.id, created_at: now, ...changedColumns(policy, now) })
    .execute();
}

/** Replaces a policy when `version` is still the stored one; false when somebody was faster or it is archived. */
export async function updatePolicy(trx: Trx, policy: Policy, now: Instant): Promise<boolean> {
  const result = await trx
    .updateTable('escalation_policies')
    .set({ ...changedColumns(policy, now), version: policy.version + 1 })
    .where('id', '=', policy.id)
    .where('version', '=', policy.version)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

function changedColumns(policy: Policy, now: Instant) {
  return {
    name: policy.name,
    team_id: policy.teamId,
    steps: json<unknown>(policy.steps),
    rounds: policy.rounds,
    repeat_interval_seconds: policy.repeatIntervalSeconds,
    ack_timeout_seconds: policy.ackTimeoutSeconds,
    updated_at: now,
  };
}

/** Takes a policy out of use; false when there is none. Runs that froze it go on. */
export async function archivePolicy(trx: Trx, id: Id, now: Instant): Promise<boolean> {
  const result = await trx
    .updateTable('escalation_policies')
    .set({ archived_at: now, updated_at: now })
    .where('id', '=', id)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Stores the last resort. */
export async function saveLastResort(trx: Trx, targets: readonly Target[], now: Instant): Promise<void> {
  const value = json<unknown>({ targets });
  await trx
    .insertInto('settings')
    .values({ key: LAST_RESORT_KEY, value, updated_at: now })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value, updated_at: now }))
    .execute();
}
