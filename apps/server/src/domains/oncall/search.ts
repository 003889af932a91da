import { sql } from 'kysely';
import type { Db } from '#platform/db';

/**
 * Reads who calls a schedule, across escalation: policies by name, and the last resort. A schedule in use is not
 * archived, since its steps would call nobody. At most 20.
 */
export async function readScheduleUses(db: Db, scheduleId: string): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT 'policy ' || p.name AS name FROM escalation_policies p
    WHERE p.archived_at IS NULL AND EXISTS (
      SELECT 1 FROM json_array_elements(p.steps) step, json_array_elements(step->'targets') target
      WHERE target->>'kind' = 'schedule' AND target->>'id' = ${scheduleId})
    UNION ALL
    SELECT 'the last resort' FROM settings
    WHERE key = 'escalation.last-resort' AND EXISTS (
      SELECT 1 FROM json_array_elements(value->'targets') target
      WHERE target->>'kind' = 'schedule' AND target->>'id' = ${scheduleId})
    LIMIT 20`.execute(db);
  return rows.map(({ name }) => name);
}
