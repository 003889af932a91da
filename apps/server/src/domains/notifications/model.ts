import type { ChannelFailure } from './adapters/channel.ts';

export type Id = string;
export type Instant = Temporal.Instant;
export type Urgency = 'high' | 'low';
/** SEV1 (worst) … SEV5 as a number. */
export type Severity = 1 | 2 | 3 | 4 | 5;

/**
 * What a notification tells: a page calls; an update tells its holder what joined; resolved tells, quietly, who was
 * really told; an alarm is Tocsin's own trouble; a test was asked for by the person.
 */
export type NotificationKind = 'page' | 'update' | 'resolved' | 'alarm' | 'test';

/**
 * Where a notification stands. It is in exactly one state, and the last three are ends.
 *
 *     from \ event   claim    lease over   sent    retry    refused, gave up   cancel      folded into a carrier       receipt: it did not arrive
 *     queued         leased   –            –       –        –                  cancelled   leased (with its carrier)   –
 *     leased         –        leased       sent    queued   failed             cancelled   –                           –
 *     sent           –        –            –       –        –                  –           –                           failed
 *     failed         –        –            –       –        –                  –           –                           –
 *     cancelled      –        –            –       –        –                  –           –                           –
 *
 * A lease that is over is claimed again and the same call is made with the same key.
 */
export type NotificationState = 'queued' | 'leased' | 'sent' | 'failed' | 'cancelled';

/** An address of a person on one channel, with the two things that can stop it from being used. */
export interface ContactMethod {
  readonly id: Id;
  readonly userId: Id;
  readonly channel: string;
  readonly label: string;
  readonly address: string;
  readonly verifiedAt: Instant | null;
  readonly disabledAt: Instant | null;
}

/** A person's wish: after this delay (seconds, 0–86400), by this method, for pages of this urgency. */
export interface NotificationRule {
  readonly urgency: Urgency;
  readonly delaySeconds: number;
  readonly methodId: Id;
}

/** What deciding about one person needs. `methods` holds all of theirs, usable or not. */
export interface Person {
  readonly userId: Id;
  readonly active: boolean;
  readonly methods: readonly ContactMethod[];
  readonly rules: readonly NotificationRule[];
}

/** Why a person cannot be reached at all. */
export type UnreachableReason = 'inactive' | 'no-contact-method' | 'unverified';

/** Whether a person can be reached at an urgency, and by how many methods. */
export type Reach =
  | { readonly reachable: true; readonly methods: number }
  | { readonly reachable: false; readonly reason: UnreachableReason };

/** Why a notification was queued by this method at this time; stored with it. */
export type QueueReason =
  /** The person's own rule. */
  | { readonly kind: 'rule'; readonly delaySeconds: number }
  /** No rule for this urgency: every verified method at once. */
  | { readonly kind: 'no-rule' }
  /** There are rules for this urgency, but none by a method that can be used now: every verified method at once. */
  | { readonly kind: 'rules-unusable' }
  /** Another method of the same step failed. */
  | { readonly kind: 'failover'; readonly failed: Id; readonly because: ChannelFailure }
  /** The page changed before this was sent; it replaces that notification. */
  | { readonly kind: 'facts-changed'; readonly replaces: Id }
  /** A signed webhook named as a target. */
  | { readonly kind: 'endpoint' }
  /** To who holds the page. */
  | { readonly kind: 'holder' }
  /** To who was told, by the method that reached them. */
  | { readonly kind: 'was-told' }
  /** Tocsin's own trouble. */
  | { readonly kind: 'alarm' }
  /** The person asked for it. */
  | { readonly kind: 'asked' };

/** Why escalation asked for a call; its own closed list, carried as data. */
export interface CallReason {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** What is stored as a notification's reason: why at all, and why by this method now. */
export interface StoredReason {
  readonly call: CallReason | null;
  readonly queued: QueueReason;
  /** Set when it was brought forward because another method failed. */
  readonly broughtForward?: { readonly failed: Id; readonly because: ChannelFailure };
}

/** Why a queued or leased notification was cancelled. */
export type CancelReason =
  | 'acknowledged'
  | 'snoozed'
  | 'reassigned'
  | 'urgency-raised'
  | 'resolved'
  | 'resolved-by-hand'
  | 'muted'
  | 'ended-by-hand'
  | 'superseded'
  | 'facts-changed'
  | 'method-gone'
  | 'person-inactive'
  | 'told-otherwise';

/** How a notification ended; stored. */
export type NotificationEnd =
  | { readonly kind: 'accepted'; readonly detail: string | null }
  | { readonly kind: 'folded'; readonly carrier: Id }
  | { readonly kind: 'refused'; readonly because: ChannelFailure; readonly detail: string | null }
  | { readonly kind: 'gave-up'; readonly because: ChannelFailure; readonly attempts: number }
  | { readonly kind: 'cancelled'; readonly reason: CancelReason };
