import { sql } from 'kysely';
import type { Db } from '#platform/db';

/** Bytes of a payload's body that are shown. */
const SHOWN_BYTES = 4_096;

/** A request as it came in, its body bounded. */
export interface ShownPayload {
  readonly id: string;
  readonly at: Temporal.Instant;
  readonly contentType: string | null;
  readonly bytes: number;
  /** Beginning of the body as UTF-8; what is none is replaced. */
  readonly text: string;
  readonly truncated: boolean;
}

/** The newest payloads of an integration, below a moment and id. Only the beginning of each body leaves the database. */
export async function listPayloads(
  db: Db,
  input: {
    readonly integrationId: string;
    readonly before: readonly [at: Temporal.Instant, id: string] | null;
    readonly limit: number;
  },
): Promise<readonly ShownPayload[]> {
  const { integrationId, before, limit } = input;
  const after = before
    ? sql`AND at <= ${before[0]}::timestamptz AND (at, id) < (${before[0]}::timestamptz, ${before[1]}::uuid)`
    : sql``;
  const { rows } = await sql<{
    id: string;
    at: Temporal.Instant;
    content_type: string | null;
    bytes: number;
    head: Buffer;
  }>`
    SELECT id, at, content_type, octet_length(body) AS bytes, substring(body FROM 1 FOR ${SHOWN_BYTES}::int) AS head FROM event_payloads
     WHERE integration_id = ${integrationId} ${after} ORDER BY at DESC, id DESC LIMIT ${limit}`.execute(db);
  return rows.map(({ id, at, content_type, bytes, head }) => ({
    id,
    at,
    contentType: content_type,
    bytes,
    text: readable(head, bytes > head.length),
    truncated: bytes > head.length,
  }));
}

/** The text of bytes; when they were cut, without the character that was cut in two. */
export function readable(bytes: Buffer, wasCut: boolean): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: wasCut });
}
