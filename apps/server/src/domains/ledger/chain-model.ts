import type { Id, Instant } from './model.ts';

/** The links of a page, in the order a page travels. */
export const linkNames = [
  'accepted',
  'routed',
  'grouped',
  'escalated',
  'queued',
  'sent',
  'receipt',
  'acknowledged',
  'resolved',
] as const;

export type LinkName = (typeof linkNames)[number];

/**
 * How a link is drawn: `stored` solid, `waiting` a ring, `answered` an amber half (a person has it), `stalled` red
 * (it should have happened, or its fact is missing), `not-yet` dashed.
 */
export type LinkState = 'stored' | 'waiting' | 'answered' | 'stalled' | 'not-yet';

/** One fact under a link: a call, a message, a try, an act of a person. */
export interface Entry {
  readonly at: Instant;
  readonly state: LinkState;
  readonly sentence: string;
  /** As its domain stored it; null where the fact is the row itself. */
  readonly reason: unknown;
  readonly ref: { readonly kind: 'page-event' | 'notification' | 'attempt'; readonly id: string };
  readonly userId: Id | null;
}

/** One link of the chain. */
export interface Link {
  readonly name: LinkName;
  readonly state: LinkState;
  /** When it first happened; null when it has not. */
  readonly at: Instant | null;
  /** What it waits for, or how long the answer holds. */
  readonly until: Instant | null;
  readonly sentence: string;
  readonly reason: unknown;
  readonly entries: readonly Entry[];
}

/** A page's chain of stored facts. */
export interface Chain {
  readonly links: readonly Link[];
  /** Links whose fact is stored (answered ones included). */
  readonly stored: number;
  /** Links that are stalled: a fact is missing or late. */
  readonly missing: number;
}
