import type {
  webhookDeliveryState,
  webhookDisabledReason,
  webhookEventType,
  webhookEventTypes,
} from '@tocsin/contracts';
import type { z } from 'zod';

export type Id = string;
export type Instant = Temporal.Instant;
/** SEV1 (worst) … SEV5 as a number. */
export type Severity = 1 | 2 | 3 | 4 | 5;

/** What can be told; `webhook.test` is asked for and goes to one subscription only. */
export type EventType = (typeof webhookEventTypes)[number] | 'webhook.test';
export type WantedType = z.output<typeof webhookEventType>;
export type DisabledReason = z.output<typeof webhookDisabledReason>;
export type DeliveryState = z.output<typeof webhookDeliveryState>;

/** Who brought it about: a person, a sender through its integration, the alerts' source, or Tocsin by itself (a timer, a policy). */
export type Agent =
  | { readonly type: 'user'; readonly id: Id }
  | { readonly type: 'integration'; readonly id: Id; readonly name: string }
  | { readonly type: 'source' }
  | { readonly type: 'system' };

/** A person in stored data: by id only, the name is put in when it is sent. */
export interface PersonRef {
  readonly $person: Id;
}

/** An event as it is written with the fact. */
export interface NewEvent {
  readonly type: EventType;
  readonly at: Instant;
  readonly pageId: Id | null;
  readonly teamId: Id | null;
  readonly agent: Agent;
  /** JSON; people as `PersonRef`. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event as stored. */
export interface StoredEvent extends Omit<NewEvent, 'teamId' | 'type'> {
  readonly id: Id;
  readonly type: string;
}

/** What decides whether a subscription wants an event. */
export interface Wish {
  readonly id: Id;
  readonly enabled: boolean;
  readonly eventTypes: readonly WantedType[];
  readonly teamId: Id | null;
}

/** Whether a subscription is to be told of an event. */
export function wants(wish: Wish, event: Pick<NewEvent, 'type' | 'teamId'>): boolean {
  if (!wish.enabled || (wish.teamId !== null && wish.teamId !== event.teamId)) return false;
  return wish.eventTypes.some((type) => type === '*' || type === event.type);
}

/** Why a try was no success: a closed list; it is stored with the try. */
export type TryFailure =
  /** 4xx other than 408, 425 and 429. */
  | 'refused'
  /** 410: it wants no more. */
  | 'gone'
  /** 3xx: redirects are not followed. */
  | 'redirect'
  /** 408, 425, 429, 503. */
  | 'busy'
  /** 5xx. */
  | 'server-error'
  /** The egress guard refuses the address. */
  | 'address-blocked'
  | 'timeout'
  | 'connection-failed'
  | 'connection-lost'
  | 'tls-failed'
  | 'answer-invalid'
  /** This process was ending. */
  | 'aborted'
  /** The secret cannot be opened: it was sealed with a key that is not here. */
  | 'secret-unreadable';

/** What became of one try. */
export type TryResult =
  | { readonly ok: true; readonly status: number; readonly answer: string }
  | {
      readonly ok: false;
      /** False: another try would end the same. */
      readonly retryable: boolean;
      readonly reason: TryFailure;
      readonly status: number | null;
      readonly detail: string | null;
      readonly answer: string | null;
      /** The receiver's own wish. */
      readonly retryAfterSeconds: number | null;
    };
