/** What muting reads across alerts: the labels of sources, and everything that fires when the rules have changed. */
import { sql } from 'kysely';
import type { Db } from '#platform/db';
import { byteaArray, uuidArray } from '#platform/pg-arrays';
import type { SourceKey } from './model.ts';

/** Sources read for one key; one would do, the others are named. One-sided ones first: they mute every target. */
const SOURCES_A_KEY = 25;

/** A source with its labels. */
export interface FoundSource {
  readonly alertId: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Firing sources of these keys. With `lock` they cannot resolve before the transaction ends: what is decided by them is
 * looked at again when they do.
 */
export async function readSources(
  db: Db,
  keys: readonly SourceKey[],
  { lock }: { readonly lock: boolean },
): Promise<readonly FoundSource[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<{ id: string; labels: Record<string, string> }>`
    SELECT DISTINCT ON (a.id) a.id, a.labels
      FROM unnest(${uuidArray(keys.map((one) => one.rule))}::uuid[], ${byteaArray(keys.map((one) => one.key))}::bytea[]) AS w(rule, key)
     CROSS JOIN LATERAL (
       SELECT s.alert_id FROM inhibit_sources s WHERE s.rule_id = w.rule AND s.key = w.key
        ORDER BY s.two_sided, s.alert_id LIMIT ${SOURCES_A_KEY} ${lock ? sql`FOR KEY SHARE` : sql``}) s
      JOIN alerts a ON a.id = s.alert_id AND a.status = 'firing' ORDER BY a.id`.execute(db);
  return rows.map(({ id, labels }) => ({ alertId: id, labels: bare(labels) }));
}

/** Every firing alert, in parts by id. */
export async function* everyFiring(db: Db): AsyncGenerator<readonly FoundSource[]> {
  const most = 5_000;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await sql<{ id: string; labels: Record<string, string> }>`
      SELECT id, labels FROM alerts WHERE status = 'firing' AND id > ${after} ORDER BY id LIMIT ${most}`.execute(db);
    if (rows.length > 0) yield rows.map(({ id, labels }) => ({ alertId: id, labels: bare(labels) }));
    const last = rows.at(-1);
    if (rows.length < most || !last) return;
    after = last.id;
  }
}

/** A copy without prototype: a matcher on `constructor` must find nothing where there is no such label. */
function bare(labels: Record<string, string>): Readonly<Record<string, string>> {
  return Object.assign(Object.create(null), labels);
}
