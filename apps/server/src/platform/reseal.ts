import { sql } from 'kysely';
import type { Db } from './db.ts';
import { type Secrets, SecretUnreadable } from './secrets.ts';

/** What sealing anew needs of the sealing. */
export type Resealing = Pick<Secrets, 'seal' | 'open' | 'isOld'>;

/** How many values were sealed anew, and the places of those that no key here opens: they are left as they are. */
export interface Resealed {
  readonly resealed: number;
  readonly unreadable: readonly string[];
}

/** A column of sealed values. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** What the value of a row is sealed about. */
  readonly about: (id: string) => string;
  /** How a sealed value stands in a column of text; without it the column is the sealed bytes. */
  readonly inText?: {
    readonly read: (stored: string) => Buffer | null;
    readonly write: (stored: string, sealed: Buffer) => string;
  };
}

/** Rows read at once: a table of any size is gone through without holding it, or a lock, for long. */
const BATCH = 200;
const NOTHING: Resealed = { resealed: 0, unreadable: [] };

/** The value sealed by the present key; itself when it is, null when it does not open. */
export function resealValue(sealing: Resealing, sealed: Buffer, about: string): Buffer | null {
  if (!sealing.isOld(sealed)) return sealed;
  try {
    return sealing.seal(sealing.open(sealed, about), about);
  } catch (error) {
    if (error instanceof SecretUnreadable) return null;
    throw error;
  }
}

/**
 * Seals anew what an earlier key has sealed in a column, in batches. No row is locked: one that somebody changes
 * meanwhile keeps what they wrote, which the present key has sealed.
 */
export async function resealColumn(db: Db, sealing: Resealing, column: SealedColumn): Promise<Resealed> {
  const [table, name] = [sql.table(column.table), sql.ref(column.column)];
  let sum = NOTHING;
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows } = await sql<{ id: string; stored: Buffer | string }>`
      SELECT id, ${name} AS stored FROM ${table} WHERE id > ${after} AND ${name} IS NOT NULL ORDER BY id LIMIT ${BATCH}`.execute(
      db,
    );
    for (const row of rows) {
      const { stored, unreadable } = resealed(sealing, column, row);
      if (unreadable) sum = add(sum, { resealed: 0, unreadable: [column.about(row.id)] });
      if (stored === null) continue;
      const { numAffectedRows } = await sql`
        UPDATE ${table} SET ${name} = ${stored} WHERE id = ${row.id} AND ${name} = ${row.stored}`.execute(db);
      sum = add(sum, { resealed: Number(numAffectedRows ?? 0), unreadable: [] });
    }
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) return sum;
    after = last.id;
  }
}

/** What came of several parts. */
export function add(one: Resealed, other: Resealed): Resealed {
  return { resealed: one.resealed + other.resealed, unreadable: [...one.unreadable, ...other.unreadable] };
}

/** What a column shall hold instead; null when nothing shall change. */
function resealed(
  sealing: Resealing,
  { about, inText }: SealedColumn,
  { id, stored }: { readonly id: string; readonly stored: Buffer | string },
): { readonly stored: Buffer | string | null; readonly unreadable: boolean } {
  const before = typeof stored === 'string' ? (inText?.read(stored) ?? null) : stored;
  if (before === null) return { stored: null, unreadable: false };
  const after = resealValue(sealing, before, about(id));
  if (after === null || after === before) return { stored: null, unreadable: after === null };
  return { stored: typeof stored === 'string' ? (inText?.write(stored, after) ?? null) : after, unreadable: false };
}
