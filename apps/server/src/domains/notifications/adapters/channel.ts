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

/** A message as stored at its first claim; a retry sends this very text. */
export type RenderedMessage = MailMessage | EventMessage | TextMessage;

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
  | 'not-supported';

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
  send(message: RenderedMessage, to: Address, context: SendContext): Promise<SendResult>;
}

/** A send may take this long in all; a call begun before an acknowledgement can arrive this much after it. */
export const SEND_TIMEOUT_MS = 5_000;
