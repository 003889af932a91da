import { createHmac } from 'node:crypto';
import type { Channel } from './channel.ts';
import { hostOf } from './http-address.ts';
import { type HttpOptions, postOnce } from './http-call.ts';

/**
 * Signed events by HTTP POST, as Standard Webhooks has it: `webhook-id` is the notification's key, so a receiver can
 * drop a repeat; the signature covers id, time of the try and body, once for each secret that is still good.
 */
export function createWebhookChannel(options: HttpOptions): Channel {
  return {
    name: 'webhook',
    format: 'event',
    needs: [],
    providerOf: (to) => `webhook ${hostOf(to)}`,
    async send(message, to, context) {
      const { key, now } = context;
      if (message.format !== 'event')
        return { ok: false, retryable: false, reason: 'not-supported', detail: message.format };
      const { type, timestamp, data } = message;
      const body = JSON.stringify({ type, timestamp, data });
      const seconds = String(Math.floor(now.epochMilliseconds / 1000));
      const headers = {
        'webhook-id': key,
        'webhook-timestamp': seconds,
        'webhook-signature': sign(`${key}.${seconds}.${body}`, to.secrets ?? []),
      };
      return postOnce(options, { url: to.to, headers, body }, { context });
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
