import type { Channel } from '#notifications';

/** Messages kept of each phone. */
const KEPT = 30;

/** What the demo phones were sent, in memory: gone with the process, as a demo may be. */
export interface PhoneBook {
  /** Newest first. */
  messagesOf(address: string): readonly { readonly at: Temporal.Instant; readonly text: string }[];
  readonly channel: Channel;
}

/** Builds the demo's own channel: `send` puts the text on the phone of that address. A repeat with the same key is shown once. */
export function createPhoneBook(): PhoneBook {
  const phones = new Map<string, { key: string; at: Temporal.Instant; text: string }[]>();
  return {
    messagesOf: (address) => phones.get(address) ?? [],
    channel: {
      name: 'demo-phone',
      format: 'text',
      needs: [],
      async send(message, { to }, { key, now }) {
        if (message.format !== 'text') return { ok: false, retryable: false, reason: 'not-supported' };
        const messages = phones.get(to) ?? [];
        if (!messages.some((other) => other.key === key)) messages.unshift({ key, at: now, text: message.text });
        phones.set(to, messages.slice(0, KEPT));
        return { ok: true, providerId: key, detail: 'shown on the phones page' };
      },
    },
  };
}
