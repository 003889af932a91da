import { sql } from 'kysely';
import type { Db } from '#platform/db';
import type { Id } from '../model.ts';

/** An open page of an alert. */
export interface PageOfAlert {
  readonly groupId: Id;
  /** It has a live run. */
  readonly calls: boolean;
}

/**
 * The open pages of the alert that fires under an identity of an integration; null when none fires. Reads the alerts'
 * own tables, across stages: a sender names an alert, and only these rows say which pages it is in.
 */
export async function readPagesOfAlert(
  db: Db,
  alert: { readonly integrationId: Id; readonly identity: string },
): Promise<readonly PageOfAlert[] | null> {
  const { rows } = await sql<{ group_id: Id | null; calls: boolean }>`
    SELECT g.id AS group_id, EXISTS (SELECT 1 FROM escalation_runs r WHERE r.live AND r.group_id = g.id) AS calls
      FROM alerts a LEFT JOIN alert_groups g ON g.id = ANY(a.group_ids) AND g.open
     WHERE a.current AND a.status = 'firing' AND a.integration_id = ${alert.integrationId}::uuid
       AND a.identity = ${Buffer.from(alert.identity, 'hex')}
     ORDER BY g.id`.execute(db);
  if (rows.length === 0) return null;
  return rows.flatMap((row) => (row.group_id === null ? [] : [{ groupId: row.group_id, calls: row.calls }]));
}
