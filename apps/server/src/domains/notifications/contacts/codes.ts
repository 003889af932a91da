import { createHash, randomInt } from 'node:crypto';
import type { Instant } from '../model.ts';
import { newReplyToken } from '../reply-tokens.ts';

/** A confirmation code is good for this long. */
const CODE_MINUTES = 15;
/** Wrong tries that a code survives: six digits are quickly guessed by who may try for ever. */
const MOST_WRONG = 5;
const HASH_BYTES = 32;

/** Channels whose codes are heard or typed from a small screen. */
const BY_PHONE = new Set(['sms', 'voice']);

/** A code for a channel: six digits for phones, ten letters elsewhere. */
export function newCode(channel: string): string {
  return BY_PHONE.has(channel) ? String(randomInt(1_000_000)).padStart(6, '0') : newReplyToken().slice(0, 10);
}

/** What is stored of a code: its hash, until when it is good, how often it was missed. */
export function codeSecret(code: string, now: Instant): Buffer {
  return write(hashOf(code), now.add({ minutes: CODE_MINUTES }).epochMilliseconds, 0);
}

/** What came of a try. `secret` is what is stored from now on; null: the code is dead. */
export type CodeTry = { readonly kind: 'right' } | { readonly kind: 'wrong'; readonly secret: Buffer | null };

/** Judges a try against what is stored. */
export function tryCode(secret: Buffer | null, code: string, now: Instant): CodeTry {
  if (secret === null || secret.length <= HASH_BYTES) return { kind: 'wrong', secret };
  const [until = 0, wrong = 0] = secret.subarray(HASH_BYTES).toString().split(':').map(Number);
  if (now.epochMilliseconds > until) return { kind: 'wrong', secret };
  const hash = secret.subarray(0, HASH_BYTES);
  if (hash.equals(hashOf(code.replaceAll(/[\s.-]/g, '')))) return { kind: 'right' };
  return { kind: 'wrong', secret: wrong + 1 >= MOST_WRONG ? null : write(hash, until, wrong + 1) };
}

function write(hash: Buffer, until: number, wrong: number): Buffer {
  return Buffer.concat([hash, Buffer.from(`${until}:${wrong}`)]);
}

function hashOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
