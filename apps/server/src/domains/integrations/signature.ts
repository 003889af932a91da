import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SignatureSettings } from '@tocsin/contracts';

/** A signature that holds; a delivery that is dated is taken once until `expiresAtMs`. */
export interface GoodSignature {
  readonly ok: true;
  readonly once: { readonly key: string; readonly expiresAtMs: number } | null;
}

/** Whether a request is signed by one of the secrets, or why it is not believed. */
export type CheckedSignature = GoodSignature | { readonly ok: false; readonly reason: string };

/** What is looked at: headers by their names in small letters, and the body's very bytes. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** Signatures looked at in one header: senders show several while they rotate their secret. */
const MOST_SHOWN = 4;
/** Milliseconds from which a number is milliseconds and not seconds since 1970. */
const MILLISECONDS_FROM = 100_000_000_000;

/**
 * Checks a signature: constant-time over the raw bytes, and the time of sending in both directions. A date from the
 * future is refused like an old one: it would stay good for as long as its sender likes.
 */
export function checkSignature(
  request: SignedRequest,
  settings: SignatureSettings,
  secrets: readonly string[],
  nowMs: number,
): CheckedSignature {
  if (secrets.length === 0) return { ok: false, reason: 'a signature is asked for, but no secret is set' };
  const header = (name: string | undefined) => {
    const value = name === undefined ? undefined : request.headers[name];
    return typeof value === 'string' && value.length <= 4_096 ? value.trim() : null;
  };
  const shown = header(settings.header);
  if (!shown) return { ok: false, reason: `no signature in ${settings.header}` };
  const timestamp = header(settings.timestampHeader);
  const id = header(settings.idHeader);
  const dated = settings.signs !== 'body';
  if (dated && timestamp === null) return { ok: false, reason: `no time of sending in ${settings.timestampHeader}` };
  if (settings.signs === 'id.timestamp.body' && id === null)
    return { ok: false, reason: `no id of the delivery in ${settings.idHeader}` };
  const good = secrets.some((secret) =>
    matches({ shown, settings, secret, before: textBefore(settings, timestamp, id) }, request.body),
  );
  if (!good) return { ok: false, reason: 'the signature does not fit' };
  if (!dated) return { ok: true, once: null };
  const sentMs = momentOf(timestamp as string);
  const toleranceMs = settings.toleranceSeconds * 1_000;
  if (Number.isNaN(sentMs)) return { ok: false, reason: 'the time of sending is not seconds since 1970' };
  if (Math.abs(nowMs - sentMs) > toleranceMs)
    return { ok: false, reason: `sent more than ${settings.toleranceSeconds} s ${sentMs < nowMs ? 'ago' : 'ahead'}` };
  const key = settings.signs === 'id.timestamp.body' ? `id ${id}` : `${timestamp} ${digest(request.body)}`;
  return { ok: true, once: { key, expiresAtMs: sentMs + toleranceMs + 1_000 } };
}

/** What is signed before the body. */
function textBefore({ signs }: SignatureSettings, timestamp: string | null, id: string | null): string {
  switch (signs) {
    case 'body':
      return '';
    case 'timestamp:body':
      return `${timestamp}:`;
    case 'timestamp.body':
      return `${timestamp}.`;
    case 'id.timestamp.body':
      return `${id}.${timestamp}.`;
  }
}

function matches(
  input: {
    readonly shown: string;
    readonly settings: SignatureSettings;
    readonly secret: string;
    readonly before: string;
  },
  body: Buffer,
): boolean {
  const { shown, settings, secret, before } = input;
  const wanted = createHmac('sha256', keyOf(secret)).update(before).update(body).digest();
  const pieces = shown.split(settings.prefix.includes(',') ? /\s+/ : /[\s,]+/).slice(0, MOST_SHOWN);
  return pieces.some((piece) => {
    if (!piece.startsWith(settings.prefix)) return false;
    const text = piece.slice(settings.prefix.length);
    if (settings.encoding === 'hex' && !/^[0-9a-fA-F]{64}$/.test(text)) return false;
    const given = Buffer.from(text, settings.encoding);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

/** Standard Webhooks writes its keys in base64 behind `whsec_`. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret, 'utf8');
}

function momentOf(text: string): number {
  if (!/^\d{1,16}$/.test(text)) return Number.NaN;
  const number = Number(text);
  return number < MILLISECONDS_FROM ? number * 1_000 : number;
}

const digest = (body: Buffer) => createHmac('sha256', 'delivery').update(body).digest('hex');
