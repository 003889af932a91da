import { sql } from 'kysely';
import type { Db } from '#platform/db';
import type { ChangeFilter, ChangeKind, ChangeLink, StoredChange } from './model.ts';

const columns = [
  'c.id',
  'c.integration_id',
  'c.kind',
  'c.summary',
  'c.service',
  'c.environment',
  'c.author',
  'c.deploy_id',
  'c.revision',
  'c.status',
  'c.links',
  'c.details',
  'c.at',
  'c.status_at',
  'c.received_at',
] as const;

/** Changes, the newest first. Reads the catalogue's services too, for the id behind a service's key. */
export async function listChanges(db: Db, filter: ChangeFilter): Promise<readonly StoredChange[]> {
  const { service, environment, kind, integrationId, since, until, q, before, limit } = filter;
  let query = db
    .selectFrom('changes as c')
    .leftJoin('services as s', (join) => join.onRef('s.key', '=', 'c.service').on('s.archived_at', 'is', null))
    .select([...columns, 's.id as service_id'])
    .orderBy('c.at', 'desc')
    .orderBy('c.id', 'desc')
    .limit(limit);
  if (service !== undefined) query = query.where('c.service', '=', service);
  if (environment !== undefined) query = query.where('c.environment', '=', environment);
  if (kind !== undefined) query = query.where('c.kind', '=', kind);
  if (integrationId !== undefined) query = query.where('c.integration_id', '=', integrationId);
  if (since !== undefined) query = query.where('c.at', '>=', since);
  if (until !== undefined) query = query.where('c.at', '<', until);
  if (q !== undefined) query = query.where('c.summary', 'ilike', `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`);
  if (before) query = query.where(sql<boolean>`(c.at, c.id) < (${before.at}::timestamptz, ${before.id}::uuid)`);
  const rows = await query.execute();
  return rows.map((row) => ({
    id: row.id,
    integrationId: row.integration_id,
    kind: row.kind as ChangeKind,
    summary: row.summary,
    service: row.service,
    serviceId: row.service_id,
    environment: row.environment,
    author: row.author,
    deployId: row.deploy_id,
    revision: row.revision,
    status: row.status,
    links: row.links as readonly ChangeLink[],
    details: row.details as Readonly<Record<string, string>>,
    at: row.at,
    statusAt: row.status_at,
    receivedAt: row.received_at,
  }));
}
