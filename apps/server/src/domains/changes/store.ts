import { sql } from 'kysely';
import { type Db, json } from '#platform/db';
import type { Change } from './model.ts';

/** A change with where it came from. */
export interface NewChange extends Change {
  readonly id: string;
  readonly integrationId: string;
}

/**
 * Stores a change. The same one again takes over a later status and what it newly says; an older or equal status changes
 * nothing, so that a delivery which comes twice, or late, does no harm.
 */
export async function saveChange(db: Db, change: NewChange, now: Temporal.Instant): Promise<void> {
  const { id, integrationId, sourceHash, kind, summary, service, environment, author, deployId, revision } = change;
  const moment = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms);
  await sql`
    INSERT INTO changes (id, integration_id, source_hash, kind, summary, service, environment, author, deploy_id, revision, status,
      links, details, at, status_at, received_at)
    VALUES (${id}, ${integrationId}, ${sourceHash}, ${kind}, ${summary}, ${service}, ${environment}, ${author}, ${deployId},
      ${revision}, ${change.status}, ${json<unknown>(change.links)}, ${json<unknown>(change.details)}, ${moment(change.atMs)},
      ${moment(change.statusAtMs)}, ${now})
    ON CONFLICT (integration_id, source_hash) DO UPDATE SET
      status = excluded.status, status_at = excluded.status_at, summary = excluded.summary, links = excluded.links,
      details = excluded.details, at = LEAST(changes.at, excluded.at),
      service = coalesce(excluded.service, changes.service), environment = coalesce(excluded.environment, changes.environment),
      author = coalesce(changes.author, excluded.author), revision = coalesce(excluded.revision, changes.revision)
    WHERE changes.status_at < excluded.status_at`.execute(db);
}

/** How long changes are kept. */
const KEPT_DAYS = 90;

/** Forgets changes that came in longer ago than they are kept. */
export async function sweepChanges(db: Db, now: Temporal.Instant): Promise<void> {
  await db
    .deleteFrom('changes')
    .where('received_at', '<', now.subtract({ hours: 24 * KEPT_DAYS }))
    .execute();
}
