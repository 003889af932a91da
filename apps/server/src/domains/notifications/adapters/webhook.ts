import { createHmac } from 'node:crypto';
import type { Egress, EgressAnswer, EgressFailure } from '#platform/egress';
import { type Channel, type ChannelFailure, SEND_TIMEOUT_MS, type SendResult } from './channel.ts';

/** What is read of an answer before the connection is closed: enough to keep an ordinary connection alive. */
const ANSWER_BYTES = 16_384;

/**
 * Signed events by HTTP POST, as Standard Webhooks has it: `webhook-id` is the notification's key, so a receiver can
 * drop a repeat; the signature covers id, time of the try and body, once for each secret that is still good.
 */
export function createWebhookChannel(options: { readonly egress: Egress; readonly timeoutMs?: number }): Channel {
  return {
    name: 'webhook',
    format: 'event',
    needs: [],
    async send(message, to, { key, signal, now }) {
      if (message.format !== 'event')
        return { ok: false, retryable: false, reason: 'not-supported', detail: message.format };
      const { type, timestamp, data } = message;
      const body = JSON.stringify({ type, timestamp, data });
      const seconds = String(Math.floor(now.epochMilliseconds / 1000));
      const answer = await options.egress.request({
        url: to.to,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': key,
          'webhook-timestamp': seconds,
          'webhook-signature': sign(`${key}.${seconds}.${body}`, to.secrets ?? []),
        },
        body,
        timeoutMs: options.timeoutMs ?? SEND_TIMEOUT_MS,
        maxBytes: ANSWER_BYTES,
        readBody: false,
        signal,
      });
      return answer.ok ? judge(answer, now) : unanswered(answer.reason, answer.detail);
    },
  };
}

/** The signature header: `v1,` and base64 of HMAC-SHA256, one for each secret, parted by blanks. */
export function sign(content: string, secrets: readonly string[]): string {
  return secrets
    .map((secret) => `v1,${createHmac('sha256', secretBytes(secret)).update(content).digest('base64')}`)
    .join(' ');
}

/** A secret is written `whsec_` and base64, as the receivers' libraries read it. */
function secretBytes(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}

function judge(answer: Extract<EgressAnswer, { ok: true }>, now: Temporal.Instant): SendResult {
  const { status, headers } = answer;
  const detail = `HTTP ${status}`;
  if (status >= 200 && status < 300) return { ok: true, detail };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const retryAfterSeconds = readRetryAfter(headers['retry-after'], now);
    const reason: ChannelFailure = status === 429 || status === 503 ? 'busy' : 'server-error';
    return { ok: false, retryable: true, reason, detail, ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }) };
  }
  return { ok: false, retryable: false, reason: refusal(status), detail };
}

function refusal(status: number): ChannelFailure {
  if (status === 410) return 'gone';
  if (status === 401 || status === 403) return 'authentication';
  if (status === 404) return 'refused-address';
  return status >= 300 && status < 400 ? 'redirect' : 'refused-message';
}

function unanswered(reason: EgressFailure, detail: string): SendResult {
  switch (reason) {
    case 'url-invalid':
    case 'scheme-refused':
    case 'credentials-in-url':
    case 'port-refused':
    case 'address-refused':
      return { ok: false, retryable: false, reason: 'address-blocked', detail: `${reason}: ${detail}` };
    case 'name-not-found':
      return { ok: false, retryable: true, reason: 'connection-failed', detail };
    case 'connection-failed':
    case 'connection-lost':
    case 'tls-failed':
    case 'timeout':
    case 'answer-invalid':
    case 'aborted':
      return { ok: false, retryable: true, reason, detail };
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Reads `Retry-After`, in seconds or as an HTTP date; null when it is neither. */
export function readRetryAfter(header: string | undefined, now: Temporal.Instant): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const [, day, month, year, time] =
    /^\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/.exec(header.trim()) ?? [];
  const number = MONTHS.indexOf(month ?? '') + 1;
  if (number === 0) return null;
  try {
    const at = Temporal.Instant.from(`${year}-${String(number).padStart(2, '0')}-${day}T${time}Z`);
    return Math.max(0, Math.ceil((at.epochMilliseconds - now.epochMilliseconds) / 1000));
  } catch {
    // A date that does not exist is no wish.
    return null;
  }
}
