import { sql } from 'kysely';
import type { Db } from '#platform/db';
import type { Hint } from '#platform/hints';

/** How long hints are kept: a client away for longer reads everything anew. */
export const HINTS_KEPT = { minutes: 15 };

/** A place in the order of committed hints: `(xid, id)`. A plain id is none: a lower one may commit later. */
export interface HintCursor {
  /** 64-bit transaction id as decimal text. */
  readonly xid: string;
  readonly id: number;
}

/** A stored hint and its place. */
export interface PlacedHint extends HintCursor {
  readonly kind: Hint['kind'];
  readonly ref: string | null;
  readonly version: number;
}

/** The event id of a place: `xid-id`. */
export function eventId(cursor: HintCursor): string {
  return `${cursor.xid}-${cursor.id}`;
}

/** The place of an event id; null when it is none of ours. */
export function parseEventId(text: string): HintCursor | null {
  const match = /^(\d{1,19})-(\d{1,15})$/.exec(text);
  return match ? { xid: match[1] as string, id: Number(match[2]) } : null;
}

/** Orders two places: negative when `a` is before `b`. */
export function comparePlaces(a: HintCursor, b: HintCursor): number {
  const [left, right] = [BigInt(a.xid), BigInt(b.xid)];
  return left === right ? a.id - b.id : left < right ? -1 : 1;
}

/** One of each kind and row, with its highest version: what a screen must read anew. */
export function coalesce(
  hints: readonly PlacedHint[],
): readonly { readonly kind: string; readonly id: string | null; readonly version: number }[] {
  const byRow = new Map<string, { kind: string; id: string | null; version: number }>();
  for (const { kind, ref, version } of hints) {
    const key = `${kind}/${ref}`;
    byRow.set(key, { kind, id: ref, version: Math.max(version, byRow.get(key)?.version ?? 0) });
  }
  return [...byRow.values()];
}

/** One server-sent event. */
export function eventText(event: string, data: unknown, place: HintCursor | null): string {
  return `${place ? `id: ${eventId(place)}\n` : ''}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * Hints after a place, in commit-safe order: only those of transactions older than every one still running, because a
 * running one may yet commit a hint below those already seen. The order names the table: a bare `xid` would be the
 * answer's text, which has 1000 before 999.
 */
export async function readHintsAfter(db: Db, after: HintCursor, limit: number): Promise<readonly PlacedHint[]> {
  const { rows } = await sql<PlacedHint>`
    SELECT xid::text, id, kind, ref, version FROM hints
     WHERE (xid, id) > (${after.xid}::xid8, ${after.id}::bigint) AND xid < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY hints.xid, hints.id LIMIT ${limit}`.execute(db);
  return rows;
}

/** The place after which hints are still to be told; before everything when there is none. */
export async function newestPlace(db: Db): Promise<HintCursor | null> {
  const { rows } = await sql<HintCursor>`
    SELECT xid::text, id FROM hints WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY hints.xid DESC, hints.id DESC LIMIT 1`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** True when nothing after this place can have been lost: its row is still there and young enough. */
export async function canResume(db: Db, place: HintCursor, now: Temporal.Instant): Promise<boolean> {
  const { rows } = await sql<{ at: Temporal.Instant }>`
    SELECT at FROM hints WHERE xid = ${place.xid}::xid8 AND id = ${place.id}::bigint`.execute(db);
  const at = rows[0]?.at;
  return at !== undefined && Temporal.Instant.compare(at, now.subtract(HINTS_KEPT)) >= 0;
}

/** Removes hints that no client may resume from any more; returns how many. */
export async function sweepHints(db: Db, now: Temporal.Instant): Promise<number> {
  const result = await db.deleteFrom('hints').where('at', '<', now.subtract(HINTS_KEPT)).executeTakeFirst();
  return Number(result.numDeletedRows);
}
