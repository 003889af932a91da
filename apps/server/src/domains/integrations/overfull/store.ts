import { type Db, json, type Trx } from '#platform/db';

const KEY = 'integrations.overfull';

/** The integrations that have been told of, locked until the transaction ends. */
export async function lockTold(trx: Trx, now: Temporal.Instant): Promise<readonly string[]> {
  await trx
    .insertInto('settings')
    .values({ key: KEY, value: json<unknown>({ told: [] }), updated_at: now })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  const { value } = await trx
    .selectFrom('settings')
    .select('value')
    .where('key', '=', KEY)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return (value as { readonly told: readonly string[] }).told;
}

/** Writes who has been told of. */
export async function saveTold(db: Db, told: readonly string[], now: Temporal.Instant): Promise<void> {
  await db
    .updateTable('settings')
    .set({ value: json<unknown>({ told }), updated_at: now })
    .where('key', '=', KEY)
    .execute();
}
