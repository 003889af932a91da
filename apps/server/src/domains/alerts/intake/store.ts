import type { CompiledQuery } from 'kysely';
import { type Db, sqlState } from '#platform/db';
import { fixed } from '#platform/one-trip';
import {
  bodyArray,
  boolArray,
  byteaArray,
  int2Array,
  int4Array,
  jsonArray,
  textArray,
  timestampArray,
  uuidArray,
} from '#platform/pg-arrays';
import type { NewAlert, Payload } from '../store.ts';

/** Alerts in one entry of the log at most: who reads one alert's changes parses its entry. */
const MOST_IN_ENTRY = 64;

/** The columns of new alerts, as `alertArrays` sends them from $2 to $18. */
export const newAlertColumns = `$2::uuid[], $3::uuid[], $4::bytea[], $5::text[], $6::text[], $7::int2[], $8::json[], $9::json[], $10::text[], $11::uuid[],
                         $12::uuid[], $13::timestamptz[], $14::timestamptz[], $15::bool[], $16::json[], $17::timestamptz[], $18::uuid[]`;
export const newAlertNames =
  'id, integration, identity, kind, title, severity, labels, annotations, url, service, team, starts, ends, timeout, routing, wake, payload';

/** Sorted by identity, so that two flushes that meet in the same alerts never wait for each other in a ring. */
export function byIdentity(alerts: readonly NewAlert[]): readonly NewAlert[] {
  return alerts.length > 1 ? [...alerts].sort((a, b) => (a.identity < b.identity ? -1 : 1)) : alerts;
}

/** The columns of new alerts as arrays, in the order of `alertColumns`. */
export function alertArrays(rows: readonly NewAlert[]): readonly Buffer[] {
  const routings = new Map<NewAlert['routing'], string>();
  const routingText = ({ routing }: NewAlert) => {
    let text = routings.get(routing);
    // Alerts of one group share theirs.
    if (text === undefined) routings.set(routing, (text = JSON.stringify(routing)));
    return text;
  };
  return [
    uuidArray(rows, (r) => r.id),
    uuidArray(rows, (r) => r.integration),
    byteaArray(rows, (r) => r.identity),
    textArray(rows, (r) => r.kind),
    textArray(rows, (r) => r.title),
    int2Array(rows, (r) => r.severity),
    jsonArray(rows, (r) => JSON.stringify(r.labels)),
    jsonArray(rows, (r) => JSON.stringify(r.annotations)),
    textArray(rows, (r) => r.url),
    uuidArray(rows, (r) => r.service),
    uuidArray(rows, (r) => r.team),
    timestampArray(rows, (r) => r.starts),
    timestampArray(rows, (r) => r.ends),
    boolArray(rows, (r) => r.timeout),
    jsonArray(rows, routingText),
    timestampArray(rows, (r) => r.wake),
    uuidArray(rows, (r) => r.payloadId),
  ];
}

/** The `opened` changes of new alerts as entries of the log: those of one request together. Subjects and payloads. */
export function openedEntries(alerts: readonly NewAlert[]): readonly [subjects: Buffer, payloads: Buffer] {
  const subjects: string[] = [];
  const texts: string[] = [];
  const open = new Map<string, { text: string; count: number }>();
  const close = (payloadId: string, text: string) => {
    subjects.push(payloadId);
    texts.push(`{"kind":"opened","alerts":{${text}}}`);
  };
  for (const { id, payloadId, starts, severity } of alerts) {
    const one = `"${id}":[${starts},${severity}]`;
    const entry = open.get(payloadId);
    if (!entry) open.set(payloadId, { text: one, count: 1 });
    else {
      entry.text += `,${one}`;
      entry.count += 1;
      if (entry.count < MOST_IN_ENTRY) continue;
      close(payloadId, entry.text);
      open.delete(payloadId);
    }
  }
  for (const [payloadId, { text }] of open) close(payloadId, text);
  return [uuidArray(subjects), jsonArray(texts)];
}

/** A flush whose groups only count: nothing is read for it. Each alert joins one group. */
export interface CountedFlush {
  readonly inserts: readonly NewAlert[];
  readonly payloads: readonly Payload[];
  /** How many alerts joined each group, and whether one of them is not known to be muted. */
  readonly joined: ReadonlyMap<string, { readonly count: number; readonly loud: boolean }>;
  /** The configuration that it was decided by. */
  readonly configVersion: number;
}

/**
 * The whole flush as one statement, which is its own transaction: alerts with events and memberships, requests, a hint,
 * and last the counts of the groups, locked in the order of their ids. It fails with `decide_again` and leaves nothing
 * when an identity has a current alert already, a group is not in the state that allows counting (grouping.ts
 * `onlyCounts` holds the other half of the condition), or the configuration has changed. A muted group is not only
 * counted when it is not looked at soon: what joins may have to call (loud: within a second), or its mute may end before
 * those that are known.
 *
 * Against the same work in a transaction of three statements: see docs/adr/0003 for what it saved.
 */
const writeCountedStatement = fixed<unknown>(`
  WITH r AS MATERIALIZED (SELECT * FROM unnest(${newAlertColumns}, $19::uuid[]) AS r(${newAlertNames}, grp)),
  a AS (
    INSERT INTO alerts (id, integration_id, identity, status, current, kind, title, severity, labels, annotations, generator_url, service_id, team_id,
                        starts_at, ends_at, ends_at_is_timeout, opened_at, last_seen_at, group_ids, routing, wake_at, payload_id)
    SELECT id, integration, identity, 'firing', true, kind, title, severity, labels, annotations, url, service, team,
           starts, ends, timeout, $1::timestamptz, $1::timestamptz, ARRAY[grp], routing, wake, payload FROM r
    ON CONFLICT (integration_id, identity) WHERE current DO NOTHING RETURNING 1),
  e AS (
    INSERT INTO alert_events (at, subject, kind, payload)
    SELECT $1::timestamptz, subject, 'opened', opened FROM unnest($20::uuid[], $21::json[]) AS o(subject, opened) RETURNING 1),
  m AS (INSERT INTO alert_group_members (group_id, alert_id) SELECT grp, id FROM r RETURNING 1),
  p AS (
    INSERT INTO event_payloads (id, integration_id, at, content_type, body)
    SELECT * FROM unnest($22::uuid[], $23::uuid[], $24::timestamptz[], $25::text[], $26::bytea[])
    ON CONFLICT (id, at) DO NOTHING RETURNING 1),
  h AS (INSERT INTO hints (at, kind) VALUES ($1::timestamptz, 'alerts') RETURNING 1),
  w AS MATERIALIZED (
    SELECT (SELECT count(*) FROM a) AS inserted, (SELECT count(*) FROM e) + (SELECT count(*) FROM m) + (SELECT count(*) FROM p) + (SELECT count(*) FROM h) AS rest),
  t AS MATERIALIZED (SELECT t.id, t.joined, t.loud FROM w, unnest($27::uuid[], $28::int4[], $29::bool[]) AS t(id, joined, loud) WHERE w.rest > 0),
  l AS MATERIALIZED (
    SELECT g.id FROM alert_groups g JOIN t ON t.id = g.id
     WHERE g.open AND g.firing_count > 0 AND g.flush_at > $1::timestamptz
       AND (g.muted IS NULL OR g.flush_at <= $1::timestamptz + CASE WHEN t.loud THEN interval '1 second'
            ELSE (g.options ->> 'groupIntervalSeconds')::int * interval '1 second' END) ORDER BY g.id FOR UPDATE OF g),
  u AS (
    UPDATE alert_groups g SET firing_count = g.firing_count + t.joined, total_count = g.total_count + t.joined, last_joined_at = $1::timestamptz,
           last_event_at = GREATEST(g.last_event_at, $1::timestamptz), version = g.version + 1
      FROM l JOIN t ON t.id = l.id WHERE g.id = l.id RETURNING 1)
  SELECT CASE
    WHEN (SELECT inserted FROM w) < cardinality($2::uuid[]) THEN decide_again('an alert is already current')
    WHEN (SELECT count(*) FROM u) < cardinality($27::uuid[]) THEN decide_again('a group is to be flushed')
    WHEN (SELECT version FROM config_version) <> $30::bigint THEN decide_again('the configuration changed') END`);

/** Writes and commits a counted flush in one round trip; false when nothing was written and it is to be decided again. */
export async function writeCounted(db: Db, flush: CountedFlush, now: Temporal.Instant): Promise<boolean> {
  const { query } = writeCountedStatement(...parametersOf(flush, now));
  try {
    await db.executeQuery(query as CompiledQuery);
    return true;
  } catch (error) {
    if (DECIDE_AGAIN.has(sqlState(error) ?? '')) return false;
    throw error;
  }
}

/** Raised by `decide_again`, and two flushes that met: a deadlock, a serialisation error. */
const DECIDE_AGAIN = new Set(['TC001', '40001', '40P01']);

function parametersOf({ inserts, payloads, joined, configVersion }: CountedFlush, now: Temporal.Instant): unknown[] {
  const rows = byIdentity(inserts);
  return [
    now,
    ...alertArrays(rows),
    uuidArray(rows, (row) => row.groups[0] as string),
    ...openedEntries(inserts),
    uuidArray(payloads, (payload) => payload.id),
    uuidArray(payloads, (payload) => payload.integrationId),
    timestampArray(payloads, (payload) => payload.at.epochMilliseconds),
    textArray(payloads, (payload) => payload.contentType),
    bodyArray(payloads.map((payload) => payload.body)),
    uuidArray([...joined.keys()]),
    int4Array([...joined.values()].map(({ count }) => count)),
    boolArray([...joined.values()].map(({ loud }) => loud)),
    configVersion,
  ];
}
