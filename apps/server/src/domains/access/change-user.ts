import type { Role } from '#platform/http/actor';
import { mayGiveRole } from './authorize.ts';
import type { User } from './model.ts';

/** What of a person is to change; what is left out stays. */
export interface UserChange {
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly role?: Role | undefined;
  readonly timeZone?: string | undefined;
  readonly active?: boolean | undefined;
  readonly password?: string | undefined;
}

/** Who makes the change: their role, and whether a key with scopes narrows it. */
export interface ChangedBy {
  readonly role: Role;
  readonly scoped: boolean;
}

/** What a change leads to, or why it may not be made. */
export type UserDecision =
  | {
      readonly ok: true;
      readonly reason: 'changed';
      readonly next: Pick<User, 'email' | 'name' | 'role' | 'timeZone' | 'active'>;
      /** Whoever sits at their browsers must show anew that it is them. */
      readonly endsSessions: boolean;
      readonly revokesKeys: boolean;
      /** Refuse it when no other active owner is there. */
      readonly takesAnOwner: boolean;
      /** Names of the changed fields, for the audit log. */
      readonly fields: readonly string[];
    }
  | { readonly ok: false; readonly reason: 'owner-only' | 'scoped-key' };

/**
 * Decides a change of a person. Only owners touch owners: whoever sets an owner's password or address becomes one.
 * A key with scopes changes neither role, address nor password: it could make itself a wider one.
 */
export function decideUserChange(by: ChangedBy, stored: User, change: UserChange): UserDecision {
  const next = {
    email: change.email ?? stored.email,
    name: change.name ?? stored.name,
    role: change.role ?? stored.role,
    timeZone: change.timeZone ?? stored.timeZone,
    active: change.active ?? stored.active,
  };
  if (!mayGiveRole(by.role, stored.role, next.role)) return { ok: false, reason: 'owner-only' };
  const reaches =
    next.role !== stored.role ||
    next.email !== stored.email ||
    change.password !== undefined ||
    (next.active && !stored.active);
  if (by.scoped && reaches) return { ok: false, reason: 'scoped-key' };
  const deactivates = stored.active && !next.active;
  const fields = (Object.keys(next) as (keyof typeof next)[]).filter((field) => next[field] !== stored[field]);
  return {
    ok: true,
    reason: 'changed',
    next,
    endsSessions: deactivates || next.role !== stored.role || change.password !== undefined,
    revokesKeys: deactivates,
    takesAnOwner: stored.role === 'owner' && stored.active && (next.role !== 'owner' || !next.active),
    fields: change.password === undefined ? fields : [...fields, 'password'],
  };
}
