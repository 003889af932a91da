import { hash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { type Db, json, type Trx, withFirstStatement } from '#platform/db';
import { AppError } from '#platform/errors';
import type { Sealing } from './context.ts';
import type { Answer } from './route.ts';

/** How long a key is remembered. */
const KEPT = { hours: 24 };
const LONGEST_KEY = 200;
/** Status of a key whose effect is committed and whose answer is not stored yet. */
const PENDING = 0;

/** One write that carried an `Idempotency-Key`. */
export interface KeyedWrite {
  readonly actor: string;
  readonly key: string;
  /** Method, address and body: the same key with another request is refused. */
  readonly request: readonly [method: string, url: string, body: Buffer | undefined];
  readonly now: Temporal.Instant;
}

interface StoredKey {
  readonly request_hash: Buffer;
  readonly status: number;
  readonly answer: { readonly pending?: string; readonly sealed?: string } | null;
}

/**
 * Runs a write once per actor and key, and gives its first answer again when it is repeated within 24 hours.
 *
 * The key is the first row written in the first transaction that the handler opens (`inTransaction`), so key and effect
 * commit or vanish together, and a second request of the same key waits on that row. The answer follows right after:
 * a crash between the two leaves the key without one, and the repeat then answers 409 IDEMPOTENCY_ANSWER_UNKNOWN — the
 * effect is there once, for certain. An error before any commit stores nothing: the repeat tries anew.
 */
export async function onceOnly(
  deps: { readonly db: Db; readonly sealing: Sealing },
  write: KeyedWrite,
  run: () => Promise<Answer>,
): Promise<Answer> {
  if (write.key.length > LONGEST_KEY || !/^[\x21-\x7e]+$/.test(write.key)) {
    throw new AppError('BODY_INVALID', {
      faults: [{ path: 'headers.idempotency-key', message: `is 1 to ${LONGEST_KEY} visible ASCII characters` }],
    });
  }
  const [method, url, body] = write.request;
  const requestHash = hash(
    'sha256',
    Buffer.concat([Buffer.from(`${method} ${url}\n`), body ?? Buffer.alloc(0)]),
    'buffer',
  );
  const claim = { ...write, requestHash, nonce: randomUUID() };
  const before = await readKey(deps.db, claim);
  if (before) return repeat(deps, claim, before);
  let answer: Answer;
  try {
    answer = await withFirstStatement((trx) => claimKey(trx, claim), run);
  } catch (error) {
    if (!(error instanceof KeyTaken)) throw error;
    const taken = await readKey(deps.db, claim);
    if (!taken) throw new AppError('IDEMPOTENCY_ANSWER_UNKNOWN', { retryAfterSeconds: 1 });
    return repeat(deps, claim, taken);
  }
  await storeAnswer(deps, claim, answer);
  return answer;
}

type Claim = KeyedWrite & { readonly requestHash: Buffer; readonly nonce: string };

/** Another request holds the key: roll back and answer as it did. */
class KeyTaken extends Error {}

/** Runs first in each of the handler's transactions; after the first has committed, the row is found to be ours. */
async function claimKey(trx: Trx, claim: Claim): Promise<void> {
  const { rows } = await sql<{ ours: boolean }>`
    INSERT INTO idempotency_keys AS k (actor, key, request_hash, status, answer, created_at)
    VALUES (${claim.actor}, ${claim.key}, ${claim.requestHash}, ${PENDING}, ${json({ pending: claim.nonce })}, ${claim.now})
    ON CONFLICT (actor, key) DO UPDATE
      SET request_hash = excluded.request_hash, status = excluded.status, answer = excluded.answer, created_at = excluded.created_at
      WHERE k.created_at <= ${claim.now.subtract(KEPT)} OR k.answer->>'pending' = ${claim.nonce}
    RETURNING true AS ours`.execute(trx);
  if (rows.length === 0) throw new KeyTaken();
}

async function readKey(db: Db, claim: Claim): Promise<StoredKey | undefined> {
  const row = await db
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'status', 'answer'])
    .where('actor', '=', claim.actor)
    .where('key', '=', claim.key)
    .where('created_at', '>', claim.now.subtract(KEPT))
    .executeTakeFirst();
  return row as StoredKey | undefined;
}

function repeat(deps: { readonly sealing: Sealing }, claim: Claim, stored: StoredKey): Answer {
  if (!stored.request_hash.equals(claim.requestHash)) throw new AppError('IDEMPOTENCY_KEY_REUSED');
  if (stored.status === PENDING || !stored.answer)
    throw new AppError('IDEMPOTENCY_ANSWER_UNKNOWN', { retryAfterSeconds: 1 });
  const { sealed } = stored.answer;
  if (sealed === undefined) throw new AppError('IDEMPOTENCY_ANSWER_UNKNOWN');
  const text = deps.sealing.open(Buffer.from(sealed, 'base64'), aboutOf(claim));
  const answer = JSON.parse(text) as Answer;
  return { ...answer, headers: { ...answer.headers, 'idempotency-replayed': 'true' } };
}

/** Sealed, because an answer may show a new secret for the one time. */
async function storeAnswer(
  deps: { readonly db: Db; readonly sealing: Sealing },
  claim: Claim,
  answer: Answer,
): Promise<void> {
  const text = JSON.stringify({ status: answer.status, body: answer.body, headers: withoutCookies(answer.headers) });
  const stored = { sealed: deps.sealing.seal(text, aboutOf(claim)).toString('base64') };
  // Inserts when the handler opened no transaction of its own: then the key follows the effect.
  await sql`
    INSERT INTO idempotency_keys AS k (actor, key, request_hash, status, answer, created_at)
    VALUES (${claim.actor}, ${claim.key}, ${claim.requestHash}, ${answer.status}, ${json(stored)}, ${claim.now})
    ON CONFLICT (actor, key) DO UPDATE SET status = excluded.status, answer = excluded.answer
      WHERE k.answer->>'pending' = ${claim.nonce}`.execute(deps.db);
}

function aboutOf(claim: Claim): string {
  return `idempotency_keys/${claim.actor}/${claim.key}`;
}

function withoutCookies(headers: Answer['headers']): Answer['headers'] {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => name.toLowerCase() !== 'set-cookie'));
}

/** Forgets keys older than 24 hours; returns how many. */
export async function sweepIdempotencyKeys(db: Db, now: Temporal.Instant): Promise<number> {
  const result = await db
    .deleteFrom('idempotency_keys')
    .where('created_at', '<=', now.subtract(KEPT))
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
