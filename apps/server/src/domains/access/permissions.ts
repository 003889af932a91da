import { type Permission, permissions } from '@tocsin/contracts';
import type { Role } from '#platform/http/actor';

/** Roles, least first; each may all that the one before may. */
export const roles: readonly Role[] = ['viewer', 'responder', 'manager', 'admin', 'owner'];

/** Sees what happens; keeps their own profile and keys. */
const viewer: readonly Permission[] = [
  'alerts:read',
  'pages:read',
  'routing:read',
  'silences:read',
  'integrations:read',
  'catalog:read',
  'changes:read',
  'checks:read',
  'schedules:read',
  'policies:read',
  'people:read',
  'notifications:read',
  'health:read',
  'self:write',
  'keys:write',
];
/** Is on call: acts on pages, and silences what is known. */
const responder: readonly Permission[] = [...viewer, 'pages:act', 'silences:write'];
/** Keeps the things of their own teams. */
const manager: readonly Permission[] = [
  ...responder,
  'integrations:write',
  'catalog:write',
  'checks:write',
  'schedules:write',
  'policies:write',
  'webhooks:write',
  'settings:read',
];
/** Keeps what belongs to everybody: people, the routing tree, settings; reads the audit log. */
const admin: readonly Permission[] = permissions;

/**
 * What each role may. An owner is an admin who may also make and unmake owners (`mayGiveRole`).
 *
 * | Role | adds |
 * |---|---|
 * | viewer | every `:read` but audit and settings; own profile, own keys |
 * | responder | `pages:act`, `silences:write` |
 * | manager | writes integrations, catalog, schedules, policies, webhooks of their teams; reads settings |
 * | admin | everything else |
 * | owner | giving and taking the role of owner |
 */
export const permissionsOf: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  viewer: new Set(viewer),
  responder: new Set(responder),
  manager: new Set(manager),
  admin: new Set(admin),
  owner: new Set(admin),
};

/** What a manager may do only to the things of teams that they are in. */
export const teamBound: ReadonlySet<Permission> = new Set<Permission>([
  'integrations:write',
  'catalog:write',
  'schedules:write',
  'policies:write',
  'webhooks:write',
  'checks:write',
]);

/** True when the first role may all that the second may. */
export function atLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}
