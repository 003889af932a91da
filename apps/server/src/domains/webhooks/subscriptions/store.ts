import { type Selectable, sql } from 'kysely';
import { type Db, json, type Trx, violatedConstraint } from '#platform/db';
import type { WebhookSubscriptionsTable } from '#platform/db-tables';
import { add, resealColumn, type Resealed, type Resealing } from '#platform/reseal';
import { AppError } from '#platform/errors';
import type { DisabledReason, Id, Instant, WantedType, Wish } from '../model.ts';

/** A subscription as stored. Secrets stay sealed until a call is signed. */
export interface StoredSubscription extends Wish {
  readonly url: string;
  readonly description: string;
  readonly ownerId: Id | null;
  readonly disabledReason: DisabledReason | null;
  readonly disabledAt: Instant | null;
  readonly secret: Buffer;
  readonly previousSecret: Buffer | null;
  readonly previousSecretExpiresAt: Instant | null;
  readonly failures: number;
  readonly failingSince: Instant | null;
  readonly lastDeliveredAt: Instant | null;
  readonly wakeAt: Instant;
  readonly version: number;
}

/** What people set. */
export interface SubscriptionDraft {
  readonly url: string;
  readonly description: string;
  readonly eventTypes: readonly WantedType[];
  readonly teamId: Id | null;
  readonly enabled: boolean;
}

/** A row of the table as the domain has it. */
export function subscriptionFrom(row: Selectable<WebhookSubscriptionsTable>): StoredSubscription {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    eventTypes: row.event_types as readonly WantedType[],
    teamId: row.team_id,
    ownerId: row.owner_id,
    enabled: row.enabled,
    disabledReason: row.disabled_reason as DisabledReason | null,
    disabledAt: row.disabled_at,
    secret: row.secret,
    previousSecret: row.previous_secret,
    previousSecretExpiresAt: row.previous_secret_expires_at,
    failures: row.failures,
    failingSince: row.failing_since,
    lastDeliveredAt: row.last_delivered_at,
    wakeAt: row.wake_at,
    version: row.version,
  };
}

/** Every subscription that is not archived. */
export async function readSubscriptions(db: Db): Promise<readonly StoredSubscription[]> {
  const rows = await db
    .selectFrom('webhook_subscriptions')
    .selectAll()
    .where('archived_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(subscriptionFrom);
}

export async function insertSubscription(
  trx: Trx,
  made: SubscriptionDraft & { readonly id: Id; readonly ownerId: Id | null; readonly secret: Buffer },
  now: Instant,
): Promise<void> {
  await trx
    .insertInto('webhook_subscriptions')
    .values({
      id: made.id,
      owner_id: made.ownerId,
      secret: made.secret,
      ...columnsOf(made),
      ...switchColumns(made.enabled ? null : 'by-hand', now),
      wake_at: now,
      created_at: now,
      updated_at: now,
    })
    .execute()
    .catch(refuse);
}

/** Changes a subscription at the version that was read; false when that is no longer stored. */
export async function updateSubscription(
  trx: Trx,
  change: SubscriptionDraft & { readonly id: Id; readonly version: number; readonly wasEnabled: boolean },
  now: Instant,
): Promise<boolean> {
  const { id, version, enabled, wasEnabled } = change;
  const result = await trx
    .updateTable('webhook_subscriptions')
    .set({
      ...columnsOf(change),
      ...(enabled === wasEnabled ? {} : switchColumns(enabled ? null : 'by-hand', now)),
      // Switched on again, it gets a fresh start.
      ...(enabled && !wasEnabled ? { failures: 0, failing_since: null, wake_at: now, lease: null } : {}),
      version: sql`version + 1`,
      updated_at: now,
    })
    .where('id', '=', id)
    .where('version', '=', version)
    .where('archived_at', 'is', null)
    .executeTakeFirst()
    .catch(refuse);
  return result.numUpdatedRows === 1n;
}

/** Switches a subscription off, by the sender; false when it is off already. */
export async function switchOff(trx: Trx, id: Id, reason: DisabledReason, now: Instant): Promise<boolean> {
  const result = await trx
    .updateTable('webhook_subscriptions')
    .set({ ...switchColumns(reason, now), version: sql`version + 1`, updated_at: now })
    .where('id', '=', id)
    .where('enabled', '=', true)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Puts a new secret in place; the one before stays good until `expiresAt`. */
export async function rotateSecret(
  trx: Trx,
  { id, secret, expiresAt }: { readonly id: Id; readonly secret: Buffer; readonly expiresAt: Instant },
  now: Instant,
): Promise<void> {
  await trx
    .updateTable('webhook_subscriptions')
    .set({
      previous_secret: sql`secret`,
      previous_secret_expires_at: expiresAt,
      secret,
      version: sql`version + 1`,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute();
}

/** Takes a subscription out of use; its log stays for its time. */
export async function archiveSubscription(trx: Trx, id: Id, now: Instant): Promise<void> {
  await trx
    .updateTable('webhook_subscriptions')
    .set({ archived_at: now, ...switchColumns('by-hand', now), updated_at: now })
    .where('id', '=', id)
    .execute();
}

/** Lets it be called at once, whatever wait its failures have earned; not while a call is under way. */
export async function wakeNow(trx: Trx, id: Id, now: Instant): Promise<void> {
  await trx
    .updateTable('webhook_subscriptions')
    .set({ wake_at: now })
    .where('id', '=', id)
    .where('lease', 'is', null)
    .execute();
}

/** The schema's refusals as errors that name the field. */
function refuse(error: unknown): never {
  if (violatedConstraint(error) !== 'webhook_subscriptions_team_id_fkey') throw error;
  const faults = [{ path: 'teamId', message: 'there is no such team' }];
  throw new AppError('BODY_INVALID', { faults }, { cause: error });
}

function columnsOf({ url, description, eventTypes, teamId }: SubscriptionDraft) {
  return { url, description, event_types: json<unknown>([...new Set(eventTypes)]), team_id: teamId };
}

function switchColumns(reason: DisabledReason | null, now: Instant) {
  return { enabled: reason === null, disabled_reason: reason, disabled_at: reason === null ? null : now };
}

/** What a subscription's secrets are about, so that none can be put in another's place. */
export const aboutSubscription = (id: Id) => `webhook_subscriptions/${id}.secret`;

/** Seals anew the secrets that an earlier key has sealed. */
export async function resealSubscriptions(db: Db, sealing: Resealing): Promise<Resealed> {
  const column = { table: 'webhook_subscriptions', about: aboutSubscription };
  return add(
    await resealColumn(db, sealing, { ...column, column: 'secret' }),
    await resealColumn(db, sealing, { ...column, column: 'previous_secret' }),
  );
}
