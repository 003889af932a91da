/** A mail: the text part is always there; the html part says the same with a table and a link. */
export interface MailMessage {
  readonly format: 'mail';
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** What the mail belongs to, e.g. `page-<id>`: mails of one page stand together in the reader's list. */
  readonly thread: string;
  /** Asks the reader's mail program to mark it as important. */
  readonly urgent: boolean;
}

/** An event for a machine, as Standard Webhooks shape it. */
export interface EventMessage {
  readonly format: 'event';
  readonly type: string;
  /** When it happened, RFC 3339. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A few lines for a channel without layout. */
export interface TextMessage {
  readonly format: 'text';
  readonly text: string;
}

/** One text message: short, in the phone network's own alphabet where that is possible. */
export interface SmsMessage {
  readonly format: 'sms';
  readonly text: string;
}

/** What is said in a call, written for the ear; said twice. */
export interface SpokenMessage {
  readonly format: 'spoken';
  /** `spell`: said letter by letter, for a code. */
  readonly sentences: readonly (string | { readonly spell: string })[];
  /** What may be pressed, said after the rest; null where nothing can be answered. */
  readonly keys: string | null;
}

/** A link under words of its own. */
export interface NoteLink {
  readonly label: string;
  readonly url: string;
}

/** A message for a phone's push or a chat, in plain words and parts: each channel sets and escapes them in its own form. */
export interface NoteMessage {
  readonly format: 'note';
  /** Pages and alarms call somebody; the others wait to be read. */
  readonly kind: 'page' | 'update' | 'resolved' | 'alarm' | 'test';
  /** 1 (worst) to 5. */
  readonly severity: number;
  readonly title: string;
  readonly lead: string | null;
  readonly rows: readonly { readonly name: string; readonly value: string }[];
  readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
  /** Where the reader answers; null where nothing can be answered. */
  readonly action: NoteLink | null;
  /** Where to read more. */
  readonly links: readonly NoteLink[];
  /** What it belongs to, as a mail's. */
  readonly thread: string;
}

/** A message as stored at its first claim; a retry sends this very text. */
export type RenderedMessage = NoteMessage | MailMessage | EventMessage | TextMessage | SmsMessage | SpokenMessage;

/** Where to send it. */
export interface Address {
  /** Mail address, URL, number: the channel's own notation. */
  readonly to: string;
  /** The person's name, where the channel shows one. */
  readonly name?: string;
  /** Signing secrets, newest first; two while one is being replaced. */
  readonly secrets?: readonly string[];
}

/** What a send gets besides message and address. */
export interface SendContext {
  /** The same for every try of one notification: Message-ID, webhook-id, or the provider's idempotency key. */
  readonly key: string;
  readonly signal: AbortSignal;
  readonly now: Temporal.Instant;
}

/** Why a send failed. A closed list: it is stored with the attempt and labels metrics. */
export type ChannelFailure =
  /** Nobody answered in time. */
  | 'timeout'
  /** No connection: name unknown, refused, no route. */
  | 'connection-failed'
  /** The peer left before its last word. */
  | 'connection-lost'
  | 'tls-failed'
  /** Not now: SMTP 4xx, HTTP 429 or 503. */
  | 'busy'
  /** The peer's own fault: HTTP 5xx. */
  | 'server-error'
  /** It did not speak the protocol. */
  | 'answer-invalid'
  /** We stopped: this process is ending. */
  | 'aborted'
  /** Not called: its provider failed many times in a row just now, and the person has another way. */
  | 'circuit-open'
  /** The peer does not know or take this address. */
  | 'refused-address'
  /** The peer does not take this message. */
  | 'refused-message'
  /** Our credentials were not taken. */
  | 'authentication'
  /** HTTP 410: the receiver wants no more. */
  | 'gone'
  /** HTTP 3xx: redirects are not followed. */
  | 'redirect'
  /** The egress guard refuses the address. */
  | 'address-blocked'
  /** This channel cannot carry such a message, or lacks a setting. */
  | 'not-supported'
  /** The provider had taken it, and could not deliver it: its receipt says so. */
  | 'undelivered'
  /** The call rang and no person answered: busy, no answer, a machine. */
  | 'unanswered';

/** What became of one try. `ok` only after the peer's last word (250 after DATA, HTTP 2xx). */
export type SendResult =
  | { readonly ok: true; readonly providerId?: string; readonly detail?: string }
  | {
      readonly ok: false;
      /** False: another try would end the same. */
      readonly retryable: boolean;
      readonly reason: ChannelFailure;
      readonly detail?: string;
      /** The peer's own wish, as it said it; the caller caps it. */
      readonly retryAfterSeconds?: number;
    };

/** One setting that a channel cannot do without. */
export interface ChannelNeed {
  readonly name: string;
  readonly secret: boolean;
  readonly means: string;
}

/** A way to reach a person or machine. `send` never throws and ends within its time limit whatever the peer does. */
export interface Channel {
  readonly name: string;
  readonly format: RenderedMessage['format'];
  readonly needs: readonly ChannelNeed[];
  /** False while it lacks a setting that may come at any time; a channel without this is always ready. */
  readonly isReady?: () => boolean;
  /** True: it rings. Only what calls a person goes by it; what is merely to be known waits for a quieter way. */
  readonly rings?: boolean;
  /** An address as this channel stores it; null when it is none. A channel without this takes any. */
  readonly readAddress?: (text: string) => string | null;
  /** What is shown and stored in the open of an address that is itself a secret; the address is then sealed. */
  readonly maskAddress?: (to: string) => string;
  /** Who takes the messages for this address: a provider that fails is passed over as a whole. By default the channel. */
  readonly providerOf?: (to: string) => string;
  /** Where a message goes on ringing at its provider: how it is stopped there once nobody wants it any more. */
  readonly recall?: {
    /** It ends by itself after this. */
    readonly seconds: number;
    readonly ringsOn: (providerId: string) => boolean;
    readonly stop: (providerId: string, context: SendContext) => Promise<SendResult>;
  };
  send(message: RenderedMessage, to: Address, context: SendContext): Promise<SendResult>;
}

/** A send may take this long in all; a call begun before an acknowledgement can arrive this much after it. */
export const SEND_TIMEOUT_MS = 5_000;
