/** What a person says of a service. */
export interface ServiceDraft {
  /** What alerts name in their `service` label. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  /** The owner. */
  readonly teamId: string | null;
  /** 1 (most critical) to 4. */
  readonly tier: number;
  /** Who is called; null: the policy of the team. */
  readonly policyId: string | null;
  readonly runbookUrl: string | null;
  /** Ids of the services it stands on; cycles are allowed, since real systems have them. */
  readonly dependsOn: readonly string[];
}

/** A stored service. */
export interface Service extends ServiceDraft {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
}

/** A team as far as ownership asks. */
export interface Owner {
  readonly id: string;
  readonly key: string;
  readonly policyId: string | null;
}

/** The catalogue in memory: services by key and id, owners by id. */
export interface Catalogue {
  readonly byKey: ReadonlyMap<string, Service>;
  readonly byId: ReadonlyMap<string, Service>;
  readonly owners: ReadonlyMap<string, Owner>;
}

/** Builds the look-ups. */
export function catalogueOf(services: readonly Service[], owners: readonly Owner[]): Catalogue {
  return {
    byKey: new Map(services.map((service) => [service.key, service])),
    byId: new Map(services.map((service) => [service.id, service])),
    owners: new Map(owners.map((owner) => [owner.id, owner])),
  };
}

/** Whose policy pages for what this service or team owns: the service's own, else its team's, else the given team's. */
export function policyOf(
  catalogue: Catalogue,
  owner: { readonly serviceId: string | null; readonly teamId: string | null },
): string | null {
  const service = owner.serviceId === null ? undefined : catalogue.byId.get(owner.serviceId);
  const teamOf = (id: string | null | undefined) => (id ? (catalogue.owners.get(id)?.policyId ?? null) : null);
  return service?.policyId ?? teamOf(service?.teamId) ?? teamOf(owner.teamId);
}
