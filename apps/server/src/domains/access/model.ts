import type { Role } from '#platform/http/actor';

/** A person with an account. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** IANA name; schedules and messages show this person's times in it. */
  readonly timeZone: string;
  /** False: signed out everywhere, called by nobody. */
  readonly active: boolean;
  readonly hasPassword: boolean;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** People who own services and take turns. */
export interface Team {
  readonly id: string;
  /** Short name for labels and addresses, e.g. `payments`. */
  readonly key: string;
  readonly name: string;
  /** Escalation policy of pages that belong to the team and name none. */
  readonly policyId: string | null;
  readonly members: readonly TeamMember[];
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** A person's place in a team. */
export interface TeamMember {
  readonly userId: string;
  readonly lead: boolean;
}

/** A key for scripts, acting as its owner within its scopes. */
export interface ApiKey {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** The first characters, to recognise it by. */
  readonly prefix: string;
  /** Null: all that its owner may. */
  readonly scopes: readonly string[] | null;
  readonly createdAt: Temporal.Instant;
  readonly expiresAt: Temporal.Instant | null;
  readonly revokedAt: Temporal.Instant | null;
  readonly lastUsedAt: Temporal.Instant | null;
}

/** A signed-in browser. */
export interface Session {
  readonly userId: string;
  readonly createdAt: Temporal.Instant;
  readonly expiresAt: Temporal.Instant;
  readonly lastSeenAt: Temporal.Instant;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly current: boolean;
}

/** Who a valid credential belongs to, read fresh with each request (keys: at most 10 s old). */
export interface CredentialOwner {
  readonly userId: string;
  readonly name: string;
  readonly role: Role;
  readonly teamIds: readonly string[];
}

/** The people as decisions see them, from the configuration cache. */
export interface People {
  readonly users: ReadonlyMap<string, Person>;
  readonly teams: ReadonlyMap<string, TeamOfPeople>;
  readonly teamsByKey: ReadonlyMap<string, TeamOfPeople>;
}

/** A person as decisions see them; addresses stand with their contact methods. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly timeZone: string;
  readonly active: boolean;
}

/** A team as decisions see it; inactive members are listed too, decisions skip and name them. */
export interface TeamOfPeople {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly policyId: string | null;
  readonly members: readonly TeamMember[];
}
