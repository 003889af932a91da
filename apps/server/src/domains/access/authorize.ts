import type { Permission } from '@tocsin/contracts';
import type { Actor, Role } from '#platform/http/actor';
import { permissionsOf, teamBound } from './permissions.ts';

/** Whose thing it is, as far as that matters to permission. */
export interface Resource {
  readonly teamId?: string | null;
  /** The person whose own thing it is: a profile, a key, a contact method. */
  readonly userId?: string | null;
}

/** Whether an actor may, and why. */
export type Verdict =
  | { readonly allowed: true; readonly reason: 'role' | 'own-team' | 'own' | 'system' | 'within-some-team' }
  | {
      readonly allowed: false;
      readonly reason: 'anonymous' | 'role-lacks' | 'scope-lacks' | 'other-team' | 'no-team' | 'not-own';
    };

/**
 * Decides whether an actor may do this to this resource.
 *
 * Without a resource the question is whether there is any that they may do it to: that is what a route asks before it
 * knows the row; the service asks again with it. Scopes only take away. A manager writes only what belongs to a team
 * of theirs; what belongs to no team is the admins'. `self:write` is about oneself, whoever one is.
 */
export function authorize(actor: Actor, permission: Permission, resource?: Resource): Verdict {
  if (actor.kind === 'system') return { allowed: true, reason: 'system' };
  if (actor.kind === 'anonymous') return { allowed: false, reason: 'anonymous' };
  if (!permissionsOf[actor.role].has(permission)) return { allowed: false, reason: 'role-lacks' };
  if (actor.scopes !== null && !actor.scopes.includes(permission)) return { allowed: false, reason: 'scope-lacks' };
  if (permission === 'self:write') {
    if (!resource) return { allowed: true, reason: 'own' };
    return resource.userId === actor.userId ? { allowed: true, reason: 'own' } : { allowed: false, reason: 'not-own' };
  }
  if (actor.role === 'manager' && teamBound.has(permission)) return withinTeams(actor.teamIds, resource);
  return { allowed: true, reason: 'role' };
}

function withinTeams(teamIds: readonly string[], resource: Resource | undefined): Verdict {
  if (teamIds.length === 0) return { allowed: false, reason: 'no-team' };
  if (!resource) return { allowed: true, reason: 'within-some-team' };
  if (!resource.teamId) return { allowed: false, reason: 'no-team' };
  return teamIds.includes(resource.teamId)
    ? { allowed: true, reason: 'own-team' }
    : { allowed: false, reason: 'other-team' };
}

/** Whether somebody of this role may change a person from one role to another: only owners make and unmake owners. */
export function mayGiveRole(by: Role, from: Role | null, to: Role): boolean {
  if (by === 'owner') return true;
  return by === 'admin' && from !== 'owner' && to !== 'owner';
}

/** The scopes of a new key, which may not reach further than the key it is made with. */
export function mayGrantScopes(own: readonly string[] | null, wanted: readonly string[]): boolean {
  if (own === null) return true;
  return wanted.length > 0 && wanted.every((scope) => own.includes(scope));
}
