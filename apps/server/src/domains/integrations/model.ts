import type { IntegrationSettings, integrationKinds } from '@tocsin/contracts';
import type { InboundEvent } from '#alerts';

/** An inbound connection as decisions need it. */
export interface Integration {
  readonly id: string;
  readonly name: string;
  readonly kind: IntegrationKind;
  readonly teamId: string | null;
  /** How long an alert fires whose sender names no end. */
  readonly resolveTimeoutSeconds: number;
  readonly enabled: boolean;
  readonly settings: IntegrationSettings;
}

/** Which protocol an integration speaks. */
export type IntegrationKind = (typeof integrationKinds)[number];

/** An item of a request that was refused, by its place, with why. */
export interface RefusedItem {
  readonly index: number;
  readonly reason: string;
}

/** The end of an alert whose sender names none and will say when it is over: 9999-01-01, four digits of a year. */
export const NEVER_ENDS_MS = 253_370_764_800_000;

/** What could not be understood of a request: an item by its place (null: the whole), and the pointer to blame. */
export interface Refusal {
  readonly index: number | null;
  readonly pointer: string | null;
  readonly reason: string;
}

/** A request as an adapter read it. `places` are the events' places in the request, one for each. */
export interface ReadBody {
  readonly events: readonly InboundEvent[];
  readonly places: readonly number[];
  readonly refused: readonly Refusal[];
  /** Items that say themselves that they are no alerts. */
  readonly ignored: number;
}

/** The outcome of a body of which nothing could be read. */
export function unreadable(reason: string): ReadBody {
  return { events: [], places: [], refused: [{ index: null, pointer: null, reason }], ignored: 0 };
}
