import { describe, expect, test } from 'vitest';
import type { Role } from '#platform/http/actor';
import { decideUserChange, type UserChange } from './change-user.ts';
import type { User } from './model.ts';

const at = Temporal.Instant.from('2026-11-21T03:00:00Z');
const bob = (role: Role = 'responder', active = true): User => ({
  id: 'bob',
  email: 'bob@example.com',
  name: 'Bob',
  role,
  timeZone: 'UTC',
  active,
  hasPassword: true,
  version: 1,
  createdAt: at,
  updatedAt: at,
});
const decide = (change: UserChange, stored = bob(), by: Role = 'admin', scoped = false) =>
  decideUserChange({ role: by, scoped }, stored, change);

describe('what a change of a person leads to', () => {
  test.each<[string, UserChange, { endsSessions: boolean; revokesKeys: boolean }]>([
    ['a new name ends nothing', { name: 'Rob' }, { endsSessions: false, revokesKeys: false }],
    ['a new role ends sessions', { role: 'viewer' }, { endsSessions: true, revokesKeys: false }],
    ['a new password ends sessions', { password: 'x'.repeat(12) }, { endsSessions: true, revokesKeys: false }],
    ['deactivating ends sessions and keys', { active: false }, { endsSessions: true, revokesKeys: true }],
  ])('%s', (_, change, expected) => {
    expect(decide(change)).toMatchObject({ ok: true, ...expected });
  });

  test('the password is named in the audit log, never shown', () => {
    expect(JSON.stringify(decide({ password: 'correct horse' }))).not.toContain('correct');
    expect(decide({ password: 'correct horse' })).toMatchObject({ fields: ['password'] });
  });
});

describe('who may not', () => {
  test.each<[string, UserChange, User, Role, boolean, string]>([
    ['an admin changes an owner’s password', { password: 'x'.repeat(12) }, bob('owner'), 'admin', false, 'owner-only'],
    ['an admin changes an owner’s address', { email: 'x@example.com' }, bob('owner'), 'admin', false, 'owner-only'],
    ['an admin makes an owner', { role: 'owner' }, bob(), 'admin', false, 'owner-only'],
    ['an owner’s scoped key makes an admin', { role: 'admin' }, bob(), 'owner', true, 'scoped-key'],
    ['a scoped key sets a password', { password: 'x'.repeat(12) }, bob(), 'admin', true, 'scoped-key'],
    ['a scoped key brings somebody back', { active: true }, bob('admin', false), 'admin', true, 'scoped-key'],
  ])('%s', (_, change, stored, by, scoped, reason) => {
    expect(decide(change, stored, by, scoped)).toEqual({ ok: false, reason });
  });

  test('a scoped key may deactivate: leaving must be quick', () => {
    expect(decide({ active: false }, bob(), 'admin', true)).toMatchObject({ ok: true });
  });
});

test('an owner who steps down or leaves is an owner less', () => {
  expect(decide({ role: 'admin' }, bob('owner'), 'owner')).toMatchObject({ takesAnOwner: true });
  expect(decide({ active: false }, bob('owner'), 'owner')).toMatchObject({ takesAnOwner: true });
  expect(decide({ name: 'x' }, bob('owner'), 'owner')).toMatchObject({ takesAnOwner: false });
  expect(decide({ role: 'admin' }, bob('owner', false), 'owner')).toMatchObject({ takesAnOwner: false });
});
