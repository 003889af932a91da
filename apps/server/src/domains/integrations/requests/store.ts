import { sql } from 'kysely';
import type { Db } from '#platform/db';

/** What became of a request of Opsgenie's protocol. */
export interface OpsgenieRequest {
  readonly id: string;
  readonly integrationId: string;
  readonly at: Temporal.Instant;
  /** The act in the protocol's words, e.g. `Create`. */
  readonly action: string;
  readonly success: boolean;
  readonly status: string;
  readonly alertId: string | null;
  readonly alias: string | null;
}

/** Keeps a request's status. Where the alert is named by its identity only, its id is the one that is current now. */
export async function saveRequest(db: Db, request: OpsgenieRequest & { readonly identity?: string }): Promise<void> {
  const { id, integrationId, at, action, success, status, alertId, alias, identity = null } = request;
  await sql`
    INSERT INTO opsgenie_requests (id, integration_id, at, action, success, status, alert_id, alias)
    VALUES (${id}, ${integrationId}, ${at}::timestamptz, ${action}, ${success}, ${status},
            coalesce(${alertId}::uuid, (SELECT a.id FROM alerts a WHERE a.integration_id = ${integrationId}::uuid
                                          AND a.identity = decode(${identity}::text, 'hex') AND a.current)), ${alias})`.execute(
    db,
  );
}

/** A request's status; null when there is none of this integration. */
export async function findRequest(db: Db, integrationId: string, id: string): Promise<OpsgenieRequest | null> {
  const row = await db
    .selectFrom('opsgenie_requests')
    .selectAll()
    .where('id', '=', id)
    .where('integration_id', '=', integrationId)
    .executeTakeFirst();
  if (!row) return null;
  const { integration_id, alert_id, ...same } = row;
  return { ...same, integrationId: integration_id, alertId: alert_id };
}

/** Forgets statuses of requests older than a day; returns how many. */
export async function sweepOpsgenieRequests(db: Db, now: Temporal.Instant): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('opsgenie_requests')
    .where('at', '<', now.subtract({ hours: 24 }))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
