import { hash, randomBytes } from 'node:crypto';

/** A secret that only its holder has: 256 random bits as text, and the SHA-256 that we keep of it. */
export interface Token {
  readonly text: string;
  readonly hash: Buffer;
}

/** Makes a token; `prefix` lets people and scanners see what it is, e.g. `tocsin_`. */
export function newToken(prefix = ''): Token {
  const text = prefix + randomBytes(32).toString('base64url');
  return { text, hash: hashToken(text) };
}

/** What is stored of a token. It has 256 random bits, so a fast hash cannot be turned back. */
export function hashToken(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
