import { createHash, randomBytes } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 14 letters of 62 are 83 bits: more than the 80 that a link must have, and still short enough for an SMS. */
const LENGTH = 14;
/** Bytes from here on would make some letters likelier than others. */
const FAIR = 256 - (256 % LETTERS.length);

/** A new random token for a link in a message. */
export function newReplyToken(): string {
  let token = '';
  while (token.length < LENGTH) {
    for (const byte of randomBytes(LENGTH * 2)) {
      if (byte < FAIR && token.length < LENGTH) token += LETTERS[byte % LETTERS.length];
    }
  }
  return token;
}

/** Whether a text can be a token at all, asked before the database is. */
export function isReplyToken(text: string): boolean {
  return /^[A-Za-z0-9]{14}$/.test(text);
}

/** What is stored of a token. */
export function hashReplyToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Where a token stands in a stored text: the text is at rest, the token is not. `nonce` is random, so no alert can name it. */
export function tokenMark(nonce: string, groupId: string): string {
  return `~${nonce}.${groupId}~`;
}

/** How long a text will be once its marks are filled: what a text message has room for is decided before that. */
export function lengthOnceFilled(text: string): number {
  return text.replaceAll(/~[0-9a-f]{16}\.[0-9a-f-]{36}~/g, 'x'.repeat(LENGTH)).length;
}

/** Puts the tokens into a stored text (as JSON) right before it is sent. */
export function fillTokens<T>(message: T, nonce: string, tokens: ReadonlyMap<string, string>): T {
  let text = JSON.stringify(message);
  for (const [groupId, token] of tokens) text = text.replaceAll(tokenMark(nonce, groupId), token);
  return JSON.parse(text) as T;
}
