import type { changeKinds } from '@tocsin/contracts';

/** What kind of thing was changed. */
export type ChangeKind = (typeof changeKinds)[number];

/** A link that a change carries. */
export interface ChangeLink {
  readonly href: string;
  readonly text: string | null;
}

/** A change as its sender told it, read by an adapter; `cleanChange` bounds it. Times are epoch milliseconds. */
export interface ToldChange {
  /** What no other change of this integration has. A later state of the same change has the same. */
  readonly sourceId: string;
  readonly kind: ChangeKind;
  readonly summary: string;
  readonly service?: string | null;
  readonly environment?: string | null;
  readonly author?: string | null;
  readonly deployId?: string | null;
  readonly revision?: string | null;
  readonly status?: string | null;
  readonly links?: readonly ChangeLink[];
  readonly details?: Readonly<Record<string, string>>;
  /** When it was made; NaN or null: when it came in. */
  readonly atMs?: number | null;
  /** When the status became so; NaN or null: when it came in. */
  readonly statusAtMs?: number | null;
}

/** A change that can be stored: bounded, well-formed, not from the future. */
export interface Change {
  readonly sourceHash: Buffer;
  readonly kind: ChangeKind;
  readonly summary: string;
  readonly service: string | null;
  readonly environment: string | null;
  readonly author: string | null;
  readonly deployId: string | null;
  readonly revision: string | null;
  readonly status: string | null;
  readonly links: readonly ChangeLink[];
  readonly details: Readonly<Record<string, string>>;
  readonly atMs: number;
  readonly statusAtMs: number;
}

/** A change as it is stored. */
export interface StoredChange extends Omit<Change, 'sourceHash' | 'atMs' | 'statusAtMs'> {
  readonly id: string;
  readonly integrationId: string;
  readonly serviceId: string | null;
  readonly at: Temporal.Instant;
  readonly statusAt: Temporal.Instant;
  readonly receivedAt: Temporal.Instant;
}

/** What a list of changes is narrowed to. */
export interface ChangeFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly kind?: ChangeKind | undefined;
  readonly integrationId?: string | undefined;
  readonly since?: Temporal.Instant | undefined;
  readonly until?: Temporal.Instant | undefined;
  /** Part of the summary. */
  readonly q?: string | undefined;
  readonly before: { readonly at: Temporal.Instant; readonly id: string } | null;
  readonly limit: number;
}
