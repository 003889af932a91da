import { AppError } from '#platform/errors';

/** Where a list goes on: the sort key of its last item, newest form of the key first. */
export type Keyset = readonly (string | number)[];

/** A keyset as opaque text. */
export function encodeCursor(keyset: Keyset): string {
  return Buffer.from(JSON.stringify(keyset)).toString('base64url');
}

/** The keyset of a cursor that we made; CURSOR_INVALID when its fields are not of these types. */
export function decodeCursor<T extends readonly ('string' | 'number')[]>(cursor: string, fields: T): KeysetOf<T> {
  let keyset: unknown;
  try {
    keyset = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch (error) {
    throw new AppError('CURSOR_INVALID', {}, { cause: error });
  }
  const fits =
    Array.isArray(keyset) &&
    keyset.length === fields.length &&
    keyset.every((value, i) => typeof value === fields[i] && value === value);
  if (!fits) throw new AppError('CURSOR_INVALID');
  return keyset as KeysetOf<T>;
}

type KeysetOf<T extends readonly ('string' | 'number')[]> = {
  readonly [K in keyof T]: T[K] extends 'number' ? number : string;
};

/** A page of a list that was asked for one item more than `limit`, so that it is known whether more follow. */
export function pageFrom<T>(
  rows: readonly T[],
  limit: number,
  keysetOf: (last: T) => Keyset,
): { readonly items: readonly T[]; readonly nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keysetOf(last)) : null };
}
