import type { IntegrationSettings } from '@tocsin/contracts';
import { sql } from 'kysely';
import { type Db, json, type Trx, violatedConstraint } from '#platform/db';
import { AppError } from '#platform/errors';
import { resealColumn, type Resealed, type Resealing } from '#platform/reseal';
import type { Integration, IntegrationKind } from './model.ts';

/** An integration as people see and edit it. */
export interface IntegrationRow extends Integration {
  readonly keyPrefix: string;
  readonly previousKeyExpiresAt: Temporal.Instant | null;
  readonly lastEventAt: Temporal.Instant | null;
  readonly createdAt: Temporal.Instant;
  readonly version: number;
  readonly hasSecret: boolean;
}

/** A key that opens an integration's doors, by the hash of it. */
export interface KeyOfIntegration {
  readonly keyHash: string;
  /** Null for the present key; a rotated one stops at this moment. */
  readonly expiresAt: Temporal.Instant | null;
  readonly integration: Integration;
  readonly sealedSecret: Buffer | null;
}

const columns = [
  'id',
  'name',
  'kind',
  'team_id',
  'resolve_timeout_seconds',
  'enabled',
  'key_prefix',
  'previous_key_expires_at',
  'last_event_at',
  'created_at',
  'version',
  'settings',
  'sealed_secret',
] as const;

function toRow(raw: {
  id: string;
  name: string;
  kind: string;
  team_id: string | null;
  resolve_timeout_seconds: number;
  enabled: boolean;
  key_prefix: string;
  previous_key_expires_at: Temporal.Instant | null;
  last_event_at: Temporal.Instant | null;
  created_at: Temporal.Instant;
  version: number;
  settings: unknown;
  sealed_secret: Buffer | null;
}): IntegrationRow {
  return {
    id: raw.id,
    name: raw.name,
    kind: raw.kind as IntegrationKind,
    teamId: raw.team_id,
    resolveTimeoutSeconds: raw.resolve_timeout_seconds,
    enabled: raw.enabled,
    keyPrefix: raw.key_prefix,
    previousKeyExpiresAt: raw.previous_key_expires_at,
    lastEventAt: raw.last_event_at,
    createdAt: raw.created_at,
    version: raw.version,
    settings: raw.settings as IntegrationSettings,
    hasSecret: raw.sealed_secret !== null,
  };
}

/** Every key of every living integration, for the configuration cache. */
export async function loadKeys(db: Db): Promise<readonly KeyOfIntegration[]> {
  const rows = await db
    .selectFrom('integrations')
    .select([...columns, 'key_hash', 'previous_key_hash'])
    .where('archived_at', 'is', null)
    .execute();
  return rows.flatMap((row) => {
    const integration = toRow(row);
    const shared = { integration, sealedSecret: row.sealed_secret };
    const present: KeyOfIntegration = { ...shared, keyHash: row.key_hash.toString('hex'), expiresAt: null };
    if (!row.previous_key_hash) return [present];
    return [
      present,
      { ...shared, keyHash: row.previous_key_hash.toString('hex'), expiresAt: row.previous_key_expires_at },
    ];
  });
}

/** Lists living integrations by name. */
export async function listIntegrations(db: Db): Promise<readonly IntegrationRow[]> {
  const rows = await db
    .selectFrom('integrations')
    .select(columns)
    .where('archived_at', 'is', null)
    .orderBy('name')
    .execute();
  return rows.map(toRow);
}

/** One living integration; null when there is none. */
export async function findIntegration(db: Db, id: string): Promise<IntegrationRow | null> {
  const row = await db
    .selectFrom('integrations')
    .select(columns)
    .where('id', '=', id)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  return row ? toRow(row) : null;
}

/** A new integration with the hash of its key. */
export interface NewIntegration extends Omit<Integration, 'settings'> {
  readonly keyHash: string;
  readonly keyPrefix: string;
}

/** Adds an integration. */
export async function insertIntegration(trx: Trx, row: NewIntegration, now: Temporal.Instant): Promise<void> {
  await trx
    .insertInto('integrations')
    .values({
      id: row.id,
      name: row.name,
      kind: row.kind,
      team_id: row.teamId,
      key_hash: Buffer.from(row.keyHash, 'hex'),
      key_prefix: row.keyPrefix,
      resolve_timeout_seconds: row.resolveTimeoutSeconds,
      enabled: row.enabled,
      created_at: now,
      updated_at: now,
    })
    .execute()
    .catch((error: unknown) => {
      if (violatedConstraint(error) !== 'integrations_team_id_fkey') throw error;
      throw new AppError(
        'BODY_INVALID',
        { faults: [{ path: 'teamId', message: 'there is no such team' }] },
        { cause: error },
      );
    });
}

/** Gives an integration a new key; the old one works until `until`. */
export async function rotateKey(
  trx: Trx,
  input: { id: string; keyHash: string; keyPrefix: string; until: Temporal.Instant; now: Temporal.Instant },
): Promise<void> {
  await trx
    .updateTable('integrations')
    .set({
      previous_key_hash: sql`key_hash`,
      previous_key_expires_at: input.until,
      key_hash: Buffer.from(input.keyHash, 'hex'),
      key_prefix: input.keyPrefix,
      updated_at: input.now,
      version: sql`version + 1`,
    })
    .where('id', '=', input.id)
    .execute();
}

/** Changes name, timeout or whether it is open; returns false when `version` is no longer the stored one. */
export async function updateIntegration(
  trx: Trx,
  input: {
    id: string;
    version: number;
    name: string;
    resolveTimeoutSeconds: number;
    enabled: boolean;
    now: Temporal.Instant;
  },
): Promise<boolean> {
  const result = await trx
    .updateTable('integrations')
    .set({
      name: input.name,
      resolve_timeout_seconds: input.resolveTimeoutSeconds,
      enabled: input.enabled,
      updated_at: input.now,
      version: sql`version + 1`,
    })
    .where('id', '=', input.id)
    .where('version', '=', input.version)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Replaces the settings; returns false when `version` is no longer the stored one. */
export async function updateSettings(
  trx: Trx,
  input: { id: string; version: number; settings: IntegrationSettings; now: Temporal.Instant },
): Promise<boolean> {
  const result = await trx
    .updateTable('integrations')
    .set({ settings: json(input.settings), updated_at: input.now, version: sql`version + 1` })
    .where('id', '=', input.id)
    .where('version', '=', input.version)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** The sealed secrets of an integration, locked until the transaction ends; null when none is asked for. */
export async function lockSecret(trx: Trx, id: string): Promise<Buffer | null> {
  const row = await trx
    .selectFrom('integrations')
    .select('sealed_secret')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row?.sealed_secret ?? null;
}

/** Writes the sealed secrets of an integration. */
export async function saveSecret(
  trx: Trx,
  input: { id: string; sealed: Buffer | null; now: Temporal.Instant },
): Promise<void> {
  await trx
    .updateTable('integrations')
    .set({ sealed_secret: input.sealed, updated_at: input.now, version: sql`version + 1` })
    .where('id', '=', input.id)
    .execute();
}

/** Ends an integration: its keys stop, its alerts stay. */
export async function archiveIntegration(trx: Trx, id: string, now: Temporal.Instant): Promise<void> {
  await trx
    .updateTable('integrations')
    .set({ archived_at: now, updated_at: now, enabled: false })
    .where('id', '=', id)
    .execute();
}

/** Notes when each integration was last heard of; called by the periodic flush, never on the hot path. */
export async function noteLastEvents(db: Db, seen: ReadonlyMap<string, Temporal.Instant>): Promise<void> {
  if (seen.size === 0) return;
  const rows = [...seen].map(([id, at]) => ({ id, at: at.toString() }));
  await sql`
    UPDATE integrations i SET last_event_at = GREATEST(i.last_event_at, r.at)
      FROM json_to_recordset(${JSON.stringify(rows)}::text::json) AS r(id uuid, at timestamptz) WHERE i.id = r.id`.execute(
    db,
  );
}

/** What the sealed secrets of an integration are about, so that none can be put in another's place. */
export const aboutSecret = (id: string) => `integrations/${id}/sealed_secret`;

/** Seals anew the secrets that an earlier key has sealed. */
export function resealIntegrations(db: Db, sealing: Resealing): Promise<Resealed> {
  return resealColumn(db, sealing, { table: 'integrations', column: 'sealed_secret', about: aboutSecret });
}
