import type { ChangeKind, StoredChange } from './model.ts';

/** What a change is compared with: something that broke, when and where. */
export interface Trouble {
  readonly at: Temporal.Instant;
  /** The key of a service. */
  readonly service: string | null;
  readonly serviceId: string | null;
  readonly environment: string | null;
}

/** Why a change stands where it stands. */
export type Closeness = 'same-service' | 'other-service' | 'same-environment' | 'other-environment' | 'it-failed';

/** A change with how near it is to a trouble: 1 is the same service at the same moment. */
export interface RankedChange {
  readonly change: StoredChange;
  readonly closeness: number;
  readonly secondsBefore: number;
  readonly because: readonly Closeness[];
}

/** After this time a change counts half. Most troubles that a change makes show within the hour. */
const HALF_LIFE_SECONDS = 3_600;
/** How much of what runs a change of this kind touches by itself: a merge does nothing until it is deployed. */
const WEIGHT: Readonly<Record<ChangeKind, number>> = {
  deploy: 1,
  config: 1,
  flag: 1,
  infrastructure: 1,
  release: 0.8,
  other: 0.7,
  code: 0.5,
  pipeline: 0.4,
};

/** Ranks changes by how near they are to a trouble: in time first, then by service, environment and kind. */
export function rankChanges(changes: readonly StoredChange[], trouble: Trouble): readonly RankedChange[] {
  return changes
    .map((change) => rank(change, trouble))
    .sort((a, b) => b.closeness - a.closeness || a.secondsBefore - b.secondsBefore);
}

function rank(change: StoredChange, trouble: Trouble): RankedChange {
  const secondsBefore = Math.round(trouble.at.since(change.at).total('seconds'));
  const because: Closeness[] = [];
  let closeness = WEIGHT[change.kind] * 2 ** (-Math.abs(secondsBefore) / HALF_LIFE_SECONDS);
  if (isSame(change.serviceId, trouble.serviceId) || isSame(change.service, trouble.service))
    because.push('same-service');
  else if (trouble.service !== null || trouble.serviceId !== null) {
    closeness *= change.service === null ? 0.5 : 0.2;
    if (change.service !== null) because.push('other-service');
  }
  if (trouble.environment !== null && change.environment !== null) {
    const same = isSame(change.environment, trouble.environment);
    if (!same) closeness *= 0.3;
    because.push(same ? 'same-environment' : 'other-environment');
  }
  if (change.status !== null && /^(fail|error|timed_out)/i.test(change.status)) because.push('it-failed');
  return { change, closeness: Math.round(closeness * 1_000) / 1_000, secondsBefore, because };
}

function isSame(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one.toLowerCase() === other.toLowerCase();
}
