import { sql } from 'kysely';
import { type Db, type Trx, violatedConstraint } from '#platform/db';
import { AppError } from '#platform/errors';
import type { Service, ServiceDraft } from './model.ts';

/** Every living service with what it depends on. */
export async function loadServices(db: Db): Promise<readonly Service[]> {
  const rows = await db.selectFrom('services').selectAll().where('archived_at', 'is', null).orderBy('name').execute();
  const edges = await db.selectFrom('service_dependencies').selectAll().execute();
  const dependsOn = Map.groupBy(edges, (edge) => edge.service_id);
  return rows.map((row) => ({
    id: row.id,
    key: row.key,
    name: row.name,
    description: row.description,
    teamId: row.team_id,
    tier: row.tier,
    policyId: row.policy_id,
    runbookUrl: row.runbook_url,
    dependsOn: (dependsOn.get(row.id) ?? []).map((edge) => edge.depends_on_id),
    version: row.version,
    createdAt: row.created_at,
  }));
}

/** Keys and policies of the living teams: access owns the table, the catalogue reads it to answer who owns a service. */
export async function loadTeams(
  db: Db,
): Promise<readonly { readonly id: string; readonly key: string; readonly policyId: string | null }[]> {
  const rows = await db
    .selectFrom('teams')
    .select(['id', 'key', 'policy_id'])
    .where('archived_at', 'is', null)
    .execute();
  return rows.map((row) => ({ id: row.id, key: row.key, policyId: row.policy_id }));
}

export async function insertService(trx: Trx, id: string, draft: ServiceDraft, now: Temporal.Instant): Promise<void> {
  await trx
    .insertInto('services')
    .values({ id, ...columnsOf(draft), created_at: now, updated_at: now })
    .execute()
    .catch((error: unknown) => refuse(error, draft));
  await writeDependencies(trx, id, draft.dependsOn);
}

/** Returns false when `version` is no longer the stored one. */
export async function updateService(
  trx: Trx,
  input: { id: string; version: number; draft: ServiceDraft; now: Temporal.Instant },
): Promise<boolean> {
  const { id, version, draft, now } = input;
  const result = await trx
    .updateTable('services')
    .set({ ...columnsOf(draft), updated_at: now, version: sql`version + 1` })
    .where('id', '=', id)
    .where('version', '=', version)
    .where('archived_at', 'is', null)
    .executeTakeFirst()
    .catch((error: unknown) => refuse(error, draft));
  if (result.numUpdatedRows !== 1n) return false;
  await trx.deleteFrom('service_dependencies').where('service_id', '=', id).execute();
  await writeDependencies(trx, id, draft.dependsOn);
  return true;
}

export async function archiveService(trx: Trx, id: string, now: Temporal.Instant): Promise<void> {
  await trx
    .updateTable('services')
    .set({ archived_at: now, updated_at: now, version: sql`version + 1` })
    .where('id', '=', id)
    .execute();
}

const columnsOf = (draft: ServiceDraft) => ({
  key: draft.key,
  name: draft.name,
  description: draft.description,
  team_id: draft.teamId,
  tier: draft.tier,
  policy_id: draft.policyId,
  runbook_url: draft.runbookUrl,
});

async function writeDependencies(trx: Trx, id: string, dependsOn: readonly string[]): Promise<void> {
  if (dependsOn.length === 0) return;
  await trx
    .insertInto('service_dependencies')
    .values([...new Set(dependsOn)].map((other) => ({ service_id: id, depends_on_id: other })))
    .execute()
    .catch((error: unknown) => refuse(error, null));
}

const fault = (path: string, message: string) => new AppError('BODY_INVALID', { faults: [{ path, message }] });

/** The schema's refusals as errors that name the field. */
function refuse(error: unknown, draft: ServiceDraft | null): never {
  switch (violatedConstraint(error)) {
    case 'services_key_key':
      throw new AppError('SERVICE_KEY_TAKEN', { key: draft?.key ?? '' }, { cause: error });
    case 'services_team_id_fkey':
      throw fault('teamId', 'there is no such team');
    case 'service_dependencies_depends_on_id_fkey':
      throw fault('dependsOn', 'names a service that does not exist');
    case 'service_dependencies_check':
      throw fault('dependsOn', 'a service cannot depend on itself');
    case null:
    default:
      throw error;
  }
}
