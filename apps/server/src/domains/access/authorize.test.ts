import { type Permission, permissions } from '@tocsin/contracts';
import { describe, expect, test } from 'vitest';
import type { Actor, Role } from '#platform/http/actor';
import { authorize, mayGiveRole, mayGrantScopes } from './authorize.ts';
import { permissionsOf, roles, teamBound } from './permissions.ts';

const OWN = 'team-own';
const person = (role: Role, scopes: readonly string[] | null = null): Actor => ({
  kind: 'user',
  userId: 'ann',
  name: 'Ann',
  role,
  teamIds: [OWN],
  via: 'session',
  scopes,
});

describe('roles', () => {
  test('each role may all that the one before may, and no two but admin and owner are equal', () => {
    const sizes = roles.map((role) => permissionsOf[role].size);
    for (let i = 1; i < roles.length; i += 1) {
      const [less, more] = [permissionsOf[roles[i - 1] as Role], permissionsOf[roles[i] as Role]];
      for (const permission of less) expect(more).toContain(permission);
    }
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(permissionsOf.owner.size).toBe(permissions.length);
  });

  test('a viewer changes nothing but themselves', () => {
    const writes = [...permissionsOf.viewer].filter((permission) => !permission.endsWith(':read'));
    expect(writes.sort()).toEqual(['keys:write', 'self:write']);
  });

  test('only admins touch people, routes, settings and the audit log', () => {
    for (const permission of ['people:write', 'routing:write', 'settings:write', 'audit:read'] as const) {
      expect(roles.filter((role) => permissionsOf[role].has(permission))).toEqual(['admin', 'owner']);
    }
  });
});

describe('authorize', () => {
  test('nobody who is not signed in, whatever it is', () => {
    for (const permission of permissions)
      expect(authorize({ kind: 'anonymous' }, permission)).toEqual({ allowed: false, reason: 'anonymous' });
  });

  test('a scope never allows what the role does not, and takes away the rest', () => {
    for (const role of roles) {
      for (const permission of permissions) {
        const whole = authorize(person(role), permission).allowed;
        expect(authorize(person(role, [permission]), permission).allowed).toBe(whole);
        expect(authorize(person(role, []), permission).allowed).toBe(false);
        expect(
          authorize(person(role, [permissions.find((other) => other !== permission) as Permission]), permission)
            .allowed,
        ).toBe(false);
      }
    }
  });

  test('a manager writes what belongs to a team of theirs, and nothing else', () => {
    for (const permission of teamBound) {
      expect(authorize(person('manager'), permission, { teamId: OWN })).toEqual({ allowed: true, reason: 'own-team' });
      expect(authorize(person('manager'), permission, { teamId: 'other' })).toEqual({
        allowed: false,
        reason: 'other-team',
      });
      expect(authorize(person('manager'), permission, { teamId: null })).toEqual({ allowed: false, reason: 'no-team' });
      expect(authorize(person('manager'), permission, {})).toEqual({ allowed: false, reason: 'no-team' });
      expect(authorize(person('manager'), permission)).toEqual({ allowed: true, reason: 'within-some-team' });
      expect(authorize(person('admin'), permission, { teamId: 'other' }).allowed).toBe(true);
      expect(authorize(person('responder'), permission, { teamId: OWN }).allowed).toBe(false);
    }
  });

  test('a manager of no team writes nothing of teams', () => {
    const alone: Actor = { ...(person('manager') as Extract<Actor, { kind: 'user' }>), teamIds: [] };
    for (const permission of teamBound)
      expect(authorize(alone, permission)).toEqual({ allowed: false, reason: 'no-team' });
  });

  test('oneself is oneself, also for an owner', () => {
    expect(authorize(person('owner'), 'self:write', { userId: 'bob' })).toEqual({ allowed: false, reason: 'not-own' });
    expect(authorize(person('viewer'), 'self:write', { userId: 'ann' })).toEqual({ allowed: true, reason: 'own' });
  });
});

test('only owners make and unmake owners; nobody below admin gives roles', () => {
  expect(mayGiveRole('owner', 'owner', 'viewer')).toBe(true);
  expect(mayGiveRole('admin', 'viewer', 'admin')).toBe(true);
  expect(mayGiveRole('admin', 'owner', 'owner')).toBe(false);
  expect(mayGiveRole('admin', null, 'owner')).toBe(false);
  for (const role of ['manager', 'responder', 'viewer'] as const)
    expect(mayGiveRole(role, 'viewer', 'viewer')).toBe(false);
});

test('a key makes no wider key', () => {
  expect(mayGrantScopes(null, [])).toBe(true);
  expect(mayGrantScopes(['a', 'b'], ['a'])).toBe(true);
  expect(mayGrantScopes(['a', 'b'], ['a', 'c'])).toBe(false);
  expect(mayGrantScopes(['a'], [])).toBe(false);
});
