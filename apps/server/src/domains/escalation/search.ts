import { sql } from 'kysely';
import type { Db } from '#platform/db';
import type { Id } from './model.ts';

/** Who points to a policy. */
export interface PolicyUse {
  readonly kind: 'route' | 'service' | 'team';
  readonly id: Id;
  readonly name: string;
}

/** Reads who uses a policy, across routing, catalog and access; a policy in use is not archived. At most 20. */
export async function readPolicyUses(db: Db, policyId: Id): Promise<readonly PolicyUse[]> {
  const { rows } = await sql<PolicyUse>`
    SELECT 'route' AS kind, id, name FROM routes WHERE archived_at IS NULL AND options->'policy'->>'id' = ${policyId}
    UNION ALL SELECT 'service', id, name FROM services WHERE archived_at IS NULL AND policy_id = ${policyId}
    UNION ALL SELECT 'team', id, name FROM teams WHERE archived_at IS NULL AND policy_id = ${policyId}
    LIMIT 20`.execute(db);
  return rows;
}
