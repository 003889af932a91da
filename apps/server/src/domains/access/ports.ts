import type { Clock } from '#platform/clock';
import type { ConfigCache, ConfigPart } from '#platform/config-cache';
import type { Databases, Db, Trx } from '#platform/db';
import type { Actor, Role } from '#platform/http/actor';
import type { Authenticate } from '#platform/http/context';
import type { NewId } from '#platform/ids';
import type { UserChange } from './change-user.ts';
import type { KeyCache } from './key-cache.ts';
import type { ApiKey, People, Session, Team, User } from './model.ts';

/** A session ends after so long. */
export const SESSION_LIFE = { hours: 24 * 30 };
/** And when it was not used for so long. */
export const SESSION_IDLE = { hours: 24 * 14 };

/** What the access domain needs from outside. */
export interface AccessDeps {
  readonly db: Databases;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly config: ConfigCache;
  readonly audit: (
    trx: Trx,
    entry: { actor: string; at: Temporal.Instant; kind: string; subject: string | null; payload: unknown },
  ) => Promise<void>;
  /** Decides whether cookies are for https only. */
  readonly publicUrl: string | null;
  /** When given, the first-run set-up asks for it: for installations that strangers can reach. */
  readonly setupToken?: string | undefined;
  /** Told in the transaction that makes the first owner; a later stage makes them the last resort. */
  readonly onFirstOwner?: ((trx: Trx, userId: string, now: Temporal.Instant) => Promise<void>) | undefined;
  /** Whether an escalation policy of this id exists; a later stage answers. */
  readonly policyExists?: ((db: Db, id: string) => Promise<boolean>) | undefined;
}

/** Who does it, and when. */
export interface By {
  readonly actor: Actor;
  readonly now: Temporal.Instant;
}

/** Where a sign-in comes from. */
export interface From {
  readonly address: string;
  readonly userAgent: string | null;
  readonly now: Temporal.Instant;
}

/** A session just begun; the token is shown this once, as a cookie. */
export interface SignedIn {
  readonly user: User;
  readonly token: string;
}

/** People, teams, sessions, keys, and who may what. */
export interface Access {
  readonly authenticate: Authenticate;
  /** The people as decisions see them. */
  readonly people: ConfigPart<People>;
  setupState(): Promise<{ readonly open: boolean; readonly tokenNeeded: boolean }>;
  setUp(
    input: { name: string; email: string; password: string; timeZone: string; token?: string | undefined },
    from: From,
  ): Promise<SignedIn>;
  signIn(input: { email: string; password: string }, from: From): Promise<SignedIn>;
  signOut(token: string): Promise<void>;
  changePassword(
    input: { currentPassword: string; newPassword: string; keepToken: string | null; address: string },
    by: By,
  ): Promise<void>;
  sessions(userId: string, currentToken: string | null): Promise<readonly Session[]>;
  endOtherSessions(userId: string, currentToken: string | null): Promise<void>;
  readonly users: Users;
  readonly teams: Teams;
  readonly keys: Keys;
}

/** People with accounts. */
export interface Users {
  list(): Promise<readonly User[]>;
  /** Throws USER_NOT_FOUND. */
  get(id: string): Promise<User>;
  create(
    draft: { email: string; name: string; role: Role; timeZone: string; password?: string | undefined },
    by: By,
  ): Promise<User>;
  update(id: string, change: UserChange & { readonly version: number }, by: By): Promise<User>;
  /** A change of oneself: name and time zone only. */
  updateSelf(
    change: { version: number; name?: string | undefined; timeZone?: string | undefined },
    by: By,
  ): Promise<User>;
}

/** Teams and who is in them. */
export interface Teams {
  list(): Promise<readonly Team[]>;
  get(id: string): Promise<Team>;
  create(draft: { key: string; name: string; policyId: string | null }, by: By): Promise<Team>;
  update(
    id: string,
    change: {
      version: number;
      key?: string | undefined;
      name?: string | undefined;
      policyId?: string | null | undefined;
    },
    by: By,
  ): Promise<Team>;
  archive(id: string, by: By): Promise<void>;
  setMember(member: { teamId: string; userId: string; lead: boolean }, by: By): Promise<Team>;
  removeMember(member: { teamId: string; userId: string }, by: By): Promise<Team>;
}

/** Keys for scripts. */
export interface Keys {
  list(userId: string | null): Promise<readonly ApiKey[]>;
  /** The text is shown this once. */
  create(
    draft: { name: string; scopes: readonly string[]; expiresInDays?: number | undefined },
    by: By,
  ): Promise<{ readonly key: ApiKey; readonly text: string }>;
  revoke(id: string, by: By): Promise<void>;
}

/** One change for the audit log, the open screens and the configuration. */
export interface Change {
  readonly actor: string;
  readonly at: Temporal.Instant;
  readonly kind: string;
  readonly subject: string;
  readonly payload: unknown;
}

/** What the parts of this domain share. */
export type Inner = AccessDeps & {
  readonly cache: KeyCache;
  /** Writes a change of people, teams or keys with its audit entry and a new configuration version; known here before it answers. */
  readonly change: <T>(entry: Change, write: (trx: Trx) => Promise<T>) => Promise<T>;
};
