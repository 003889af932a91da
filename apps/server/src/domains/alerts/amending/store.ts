import { sql } from 'kysely';
import type { Trx } from '#platform/db';
import type { Labels } from '../labels.ts';
import type { AmendableAlert, Amended } from './amend.ts';

/** Locks an alert with its text; null when it is gone, moved to the past, or another integration's. */
export async function lockText(
  trx: Trx,
  key: { readonly integrationId: string; readonly alertId: string },
): Promise<AmendableAlert | null> {
  const { rows } = await sql<AmendableAlert & { labels: Record<string, string>; annotations: Record<string, string> }>`
    SELECT id, integration_id AS "integrationId", status, kind, title, severity, labels, annotations, group_ids AS "groupIds"
      FROM alerts WHERE id = ${key.alertId} AND integration_id = ${key.integrationId} FOR UPDATE`.execute(trx);
  const [row] = rows;
  return row ? { ...row, labels: bare(row.labels), annotations: bare(row.annotations) } : null;
}

/** Writes a new text with its change as event. */
export async function saveText(trx: Trx, amended: Amended, now: Temporal.Instant): Promise<void> {
  const { id, title, severity, labels, annotations, change } = amended;
  await sql`
    WITH u AS (
      UPDATE alerts SET title = ${title}, severity = ${severity}, labels = ${JSON.stringify(labels)}::text::json,
             annotations = ${JSON.stringify(annotations)}::text::json, version = version + 1 WHERE id = ${id})
    INSERT INTO alert_events (at, subject, kind, payload)
    VALUES (${now}::timestamptz, ${id}, ${change.kind}, ${JSON.stringify(change)}::text::json)`.execute(trx);
}

/** A copy without prototype. */
function bare(labels: Record<string, string>): Labels {
  return Object.assign(Object.create(null), labels);
}
