import type { Channel, SendResult } from '#notifications';

/** A message that reached somebody in a story. */
export interface Delivered {
  readonly channel: string;
  readonly to: string;
  readonly text: string;
  readonly key: string;
  readonly at: Temporal.Instant;
}

/** How a fake channel answers; `accept` by default. */
export type Behaviour = 'accept' | 'refuse' | 'fail' | 'hang';

const ANSWERS: Readonly<Record<Exclude<Behaviour, 'accept'>, SendResult>> = {
  refuse: { ok: false, retryable: false, reason: 'refused-address' },
  fail: { ok: false, retryable: true, reason: 'server-error' },
  hang: { ok: false, retryable: true, reason: 'timeout' },
};

/** Channels of a story: what was delivered and not yet expected by the story, and how each channel behaves. */
export interface Phones {
  readonly channels: readonly Channel[];
  /** Delivered and not yet expected; a story that ends with any has been surprised. */
  readonly inbox: Delivered[];
  /** Everything ever delivered, in order. */
  readonly all: readonly Delivered[];
  /** Tries, delivered or not. */
  readonly tries: readonly { readonly channel: string; readonly to: string; readonly key: string }[];
  behave(channel: string, behaviour: Behaviour): void;
  /** Runs before each try answers; a story uses it to act in the middle of a send. */
  during(hook: (() => Promise<void>) | null): void;
}

/** Builds fake `email` and `sms` channels that keep what they are given. */
export function createPhones(): Phones {
  const inbox: Delivered[] = [];
  const all: Delivered[] = [];
  const tries: { channel: string; to: string; key: string }[] = [];
  const behaviours = new Map<string, Behaviour>();
  let hook: (() => Promise<void>) | null = null;
  const channel = (name: string, format: 'mail' | 'text'): Channel => ({
    name,
    format,
    needs: [],
    async send(message, { to }, { key, now }) {
      tries.push({ channel: name, to, key });
      await hook?.();
      const behaviour = behaviours.get(name) ?? 'accept';
      if (behaviour !== 'accept') return ANSWERS[behaviour];
      const text =
        message.format === 'mail'
          ? `${message.subject}\n${message.text}`
          : message.format === 'text'
            ? message.text
            : JSON.stringify(message.format === 'event' ? message.data : message);
      const delivered = { channel: name, to, text, key, at: now };
      inbox.push(delivered);
      all.push(delivered);
      return { ok: true, providerId: key };
    },
  });
  return {
    channels: [channel('email', 'mail'), channel('sms', 'text')],
    inbox,
    all,
    tries,
    behave: (name, behaviour) => void behaviours.set(name, behaviour),
    during(next) {
      hook = next;
    },
  };
}
