import { z } from 'zod';

/** Most items of one answer. */
export const MOST_PER_PAGE = 200;

/** Query fields of every list: how many, and from where on. Spread into a list's own `z.strictObject`. */
export const pagingFields = {
  limit: z.coerce.number().int().min(1).max(MOST_PER_PAGE).default(50).describe('How many items at most.'),
  cursor: z.string().max(500).optional().describe('`nextCursor` of the answer before; opaque.'),
} as const;

/** A list's answer: its items, and the cursor of what follows (null at the end). */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() });
}
