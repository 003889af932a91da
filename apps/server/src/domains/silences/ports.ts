import type { ConfigCache } from '#platform/config-cache';
import type { Databases, Trx } from '#platform/db';
import type { Actor } from '#platform/http/actor';
import type { NewId } from '#platform/ids';
import type { LabelView } from '#routing';
import type { MuteFault } from './model.ts';

/** What the silences domain needs from outside. */
export interface SilencesDeps {
  readonly db: Databases;
  readonly clock: { now(): Temporal.Instant };
  readonly newId: NewId;
  readonly config: ConfigCache;
  readonly audit: (
    trx: Trx,
    entry: { actor: string; at: Temporal.Instant; kind: string; subject: string; payload: unknown },
  ) => Promise<void>;
  /** Throws FORBIDDEN when the actor may not do this to what belongs to the team. */
  readonly demand: (actor: Actor, permission: 'silences:write' | 'routing:write', teamId: string | null) => void;
  /** A person's name for people to read. */
  readonly nameOf: (userId: string) => string;
  /** An alert's labels as matchers see them. */
  readonly viewOf: (labels: Readonly<Record<string, string>>) => LabelView;
  /** Something stored mutes nothing because it cannot be used: must reach whoever runs this. */
  readonly onFaults: (faults: readonly MuteFault[]) => void;
  /** What mutes has changed, or will at this moment: wakes the loop that looks at pages again. */
  readonly wake: (at: Temporal.Instant) => void;
}

/** Who does it, and when. */
export interface By {
  readonly actor: Actor;
  readonly now: Temporal.Instant;
}
