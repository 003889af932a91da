import type { Trx } from './db.ts';

/** Says to open screens that something changed: `{kind, id, version}`, no content. */
export interface Hint {
  readonly kind: 'page' | 'alerts' | 'notification' | 'config' | 'health';
  readonly ref: string | null;
  readonly version: number;
}

/** Writes hints in the change's own transaction; the stream reads them after the commit. */
export async function writeHints(trx: Trx, hints: readonly Hint[], now: Temporal.Instant): Promise<void> {
  if (hints.length === 0) return;
  await trx
    .insertInto('hints')
    .values(hints.map((hint) => ({ at: now, kind: hint.kind, ref: hint.ref, version: hint.version })))
    .execute();
}
