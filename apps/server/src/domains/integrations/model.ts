import type { IntegrationSettings, integrationKinds } from '@tocsin/contracts';

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
