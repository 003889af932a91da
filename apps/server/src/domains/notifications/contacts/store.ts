import { sql } from 'kysely';
import type { Db, Trx } from '#platform/db';
import { add, resealColumn, type Resealed, type Resealing } from '#platform/reseal';
import type { ContactMethod, Id, Instant, NotificationRule, Urgency } from '../model.ts';
import { aboutAddress, aboutEndpoint, aboutMethod, readSealed, writeSealed } from './sealed-address.ts';

/** A signed webhook that a step can name. Secrets stay sealed until a call is signed. */
export interface StoredEndpoint {
  readonly id: Id;
  readonly name: string;
  readonly url: string;
  readonly secret: Buffer;
  readonly previousSecret: Buffer | null;
  readonly previousSecretExpiresAt: Instant | null;
  readonly teamId: Id | null;
  readonly version: number;
}

/** A contact method with its sealed secret, where its channel signs. */
export interface StoredMethod extends ContactMethod {
  readonly secret: Buffer | null;
  /** The whole address where it is itself a secret; `address` then is what may be shown of it. */
  readonly sealedAddress: Buffer | null;
}

/** How people and endpoints are reached, as cached in memory. */
export interface ContactsConfig {
  readonly methods: ReadonlyMap<Id, StoredMethod>;
  readonly methodsOf: ReadonlyMap<Id, readonly StoredMethod[]>;
  readonly rulesOf: ReadonlyMap<Id, readonly NotificationRule[]>;
  readonly endpoints: ReadonlyMap<Id, StoredEndpoint>;
}

/** Loads how everybody is reached. */
export async function readContacts(db: Db): Promise<ContactsConfig> {
  const methodRows = await db.selectFrom('contact_methods').selectAll().orderBy('created_at').orderBy('id').execute();
  const ruleRows = await db
    .selectFrom('notification_rules')
    .selectAll()
    .orderBy('delay_seconds')
    .orderBy('id')
    .execute();
  const endpointRows = await db
    .selectFrom('webhook_endpoints')
    .selectAll()
    .where('archived_at', 'is', null)
    .orderBy('name')
    .execute();
  const methods = methodRows.map(
    (row): StoredMethod => ({
      id: row.id,
      userId: row.user_id,
      channel: row.channel,
      label: row.label,
      address: readSealed(row.address).shown,
      sealedAddress: readSealed(row.address).sealed,
      secret: row.secret,
      verifiedAt: row.verified_at,
      disabledAt: row.disabled_at,
    }),
  );
  const rules = ruleRows.map((row) => ({
    userId: row.user_id,
    rule: { urgency: row.urgency as Urgency, delaySeconds: row.delay_seconds, methodId: row.method_id },
  }));
  return {
    methods: new Map(methods.map((method) => [method.id, method])),
    methodsOf: Map.groupBy(methods, (method) => method.userId),
    rulesOf: new Map(
      [...Map.groupBy(rules, (one) => one.userId)].map(([userId, own]) => [userId, own.map((one) => one.rule)]),
    ),
    endpoints: new Map(
      endpointRows.map((row) => [
        row.id,
        {
          id: row.id,
          name: row.name,
          url: row.url,
          secret: row.secret,
          previousSecret: row.previous_secret,
          previousSecretExpiresAt: row.previous_secret_expires_at,
          teamId: row.team_id,
          version: row.version,
        },
      ]),
    ),
  };
}

/** A contact method as it is added. */
export interface NewMethod {
  readonly id: Id;
  readonly userId: Id;
  readonly channel: string;
  readonly label: string;
  readonly address: string;
  readonly sealedAddress: Buffer | null;
  readonly secret: Buffer | null;
  readonly verifiedAt: Instant | null;
}

export async function insertMethod(trx: Trx, method: NewMethod, now: Instant): Promise<void> {
  await trx
    .insertInto('contact_methods')
    .values({
      id: method.id,
      user_id: method.userId,
      channel: method.channel,
      label: method.label,
      address: method.sealedAddress === null ? method.address : writeSealed(method.address, method.sealedAddress),
      secret: method.secret,
      verified_at: method.verifiedAt,
      created_at: now,
      updated_at: now,
    })
    .execute();
}

/** Changes a method of this person only; false when they have none such. */
export async function updateMethod(
  trx: Trx,
  {
    id,
    userId,
    set,
  }: {
    readonly id: Id;
    readonly userId: Id;
    readonly set: {
      readonly label?: string;
      readonly verified_at?: Instant;
      readonly disabled_at?: Instant | null;
      readonly secret?: Buffer | null;
    };
  },
  now: Instant,
): Promise<boolean> {
  const result = await trx
    .updateTable('contact_methods')
    .set({ ...set, updated_at: now })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Locks a method and reads what is stored of its code. */
export async function lockMethodSecret(trx: Trx, id: Id): Promise<Buffer | null> {
  const row = await trx
    .selectFrom('contact_methods')
    .select('secret')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row?.secret ?? null;
}

/** Replaces all rules of a person. */
export async function replaceRules(
  trx: Trx,
  userId: Id,
  rules: readonly (NotificationRule & { readonly id: Id })[],
): Promise<void> {
  await trx.deleteFrom('notification_rules').where('user_id', '=', userId).execute();
  if (rules.length === 0) return;
  await trx
    .insertInto('notification_rules')
    .values(
      rules.map((rule) => ({
        id: rule.id,
        user_id: userId,
        urgency: rule.urgency,
        delay_seconds: rule.delaySeconds,
        method_id: rule.methodId,
      })),
    )
    .execute();
}

/** Rules by a method that is disabled would never be kept. */
export async function deleteRulesOf(trx: Trx, methodId: Id): Promise<void> {
  await trx.deleteFrom('notification_rules').where('method_id', '=', methodId).execute();
}

export async function insertEndpoint(
  trx: Trx,
  endpoint: {
    readonly id: Id;
    readonly name: string;
    readonly url: string;
    readonly secret: Buffer;
    readonly teamId: Id | null;
  },
  now: Instant,
): Promise<void> {
  await trx
    .insertInto('webhook_endpoints')
    .values({
      id: endpoint.id,
      name: endpoint.name,
      url: endpoint.url,
      secret: endpoint.secret,
      team_id: endpoint.teamId,
      created_at: now,
      updated_at: now,
    })
    .execute();
}

/** Changes an endpoint at the version that was read; false when that is no longer stored. */
export async function updateEndpoint(
  trx: Trx,
  change: {
    readonly id: Id;
    readonly version: number;
    readonly name: string;
    readonly url: string;
    readonly teamId: Id | null;
  },
  now: Instant,
): Promise<boolean> {
  const result = await trx
    .updateTable('webhook_endpoints')
    .set({ name: change.name, url: change.url, team_id: change.teamId, version: sql`version + 1`, updated_at: now })
    .where('id', '=', change.id)
    .where('version', '=', change.version)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Puts a new secret in place; the one before stays good until `expiresAt`. */
export async function rotateSecret(
  trx: Trx,
  rotation: { readonly id: Id; readonly secret: Buffer; readonly expiresAt: Instant },
  now: Instant,
): Promise<boolean> {
  const result = await trx
    .updateTable('webhook_endpoints')
    .set({
      previous_secret: sql`secret`,
      previous_secret_expires_at: rotation.expiresAt,
      secret: rotation.secret,
      version: sql`version + 1`,
      updated_at: now,
    })
    .where('id', '=', rotation.id)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function archiveEndpoint(trx: Trx, id: Id, now: Instant): Promise<boolean> {
  const result = await trx
    .updateTable('webhook_endpoints')
    .set({ archived_at: now, updated_at: now })
    .where('id', '=', id)
    .where('archived_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Seals anew what an earlier key has sealed of people's ways and of endpoints. */
export async function resealContacts(db: Db, sealing: Resealing): Promise<Resealed> {
  const endpoint = { table: 'webhook_endpoints', about: aboutEndpoint };
  const parts = [
    await resealColumn(db, sealing, { table: 'contact_methods', column: 'secret', about: aboutMethod }),
    await resealColumn(db, sealing, {
      table: 'contact_methods',
      column: 'address',
      about: aboutAddress,
      inText: {
        read: (stored) => readSealed(stored).sealed,
        write: (stored, sealed) => writeSealed(readSealed(stored).shown, sealed),
      },
    }),
    await resealColumn(db, sealing, { ...endpoint, column: 'secret' }),
    await resealColumn(db, sealing, { ...endpoint, column: 'previous_secret' }),
  ];
  return parts.reduce(add);
}
