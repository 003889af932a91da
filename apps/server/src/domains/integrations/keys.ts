import { hash } from 'node:crypto';

const KEY_FORM = /^[a-z0-9]{32}$/;

/** True when a text has the form of an integration key: 32 characters a–z and 0–9. */
export function isKeyForm(text: string): boolean {
  return KEY_FORM.test(text);
}

/** SHA-256 of an integration key in hex: all that is stored of it. */
export function hashKey(key: string): string {
  return hash('sha256', key, 'hex');
}

/** 32 characters a–z and 0–9 from random bytes, without bias: bytes over 251 are skipped. */
export function keyFrom(random: (count: number) => Buffer): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  let key = '';
  while (key.length < 32) {
    for (const byte of random(48)) if (byte < 252 && key.length < 32) key += alphabet[byte % 36];
  }
  return key;
}
