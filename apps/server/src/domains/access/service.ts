import type { Permission } from '@tocsin/contracts';
import { raiseConfigVersion } from '#platform/config-cache';
import { inTransaction, type Trx } from '#platform/db';
import { AppError } from '#platform/errors';
import { writeHints } from '#platform/hints';
import { type Actor, actorRef, type Role } from '#platform/http/actor';
import type { Authenticate } from '#platform/http/context';
import { hashToken } from '#platform/tokens';
import { actorOf, byKey, keysOf } from './adapters/api-key.ts';
import { changePassword, hashed, setUp, signIn } from './adapters/password.ts';
import { authorize, mayGiveRole, type Resource } from './authorize.ts';
import { decideUserChange, type UserChange } from './change-user.ts';
import { createKeyCache, type KeyCache } from './key-cache.ts';
import type { Team } from './model.ts';
import {
  type Access,
  type AccessDeps,
  type By,
  type Change,
  type Inner,
  SESSION_IDLE,
  type Teams,
  type Users,
} from './ports.ts';
import { listSessions, loadPeople } from './search.ts';
import * as store from './store.ts';

/** Throws FORBIDDEN when the actor may not do this to this resource. Services call it once they know the row. */
export function demand(actor: Actor, permission: Permission, resource?: Resource): void {
  const verdict = authorize(actor, permission, resource);
  if (!verdict.allowed) throw new AppError('FORBIDDEN', { permission, reason: verdict.reason });
}

/** Builds the access service. */
export function createAccess(given: AccessDeps): Access {
  const cache = createKeyCache();
  const deps: Inner = { ...given, cache, change: (entry, write) => change(given, cache, entry, write) };
  const people = deps.config.register('people', loadPeople);
  return {
    people,
    authenticate: (credentials, now) => authenticate(deps, credentials, now),
    setupState: async () => ({
      open: await store.setupIsOpen(deps.db.paging),
      tokenNeeded: deps.setupToken !== undefined,
    }),
    setUp: (input, from) => setUp(deps, input, from),
    signIn: (input, from) => signIn(deps, input, from),
    signOut: (token) => store.endSessions(deps.db.paging, { tokenHash: hashToken(token) }),
    changePassword: (input, by) => changePassword(deps, input, by),
    sessions: (userId, token) => listSessions(deps.db.paging, userId, token === null ? null : hashToken(token)),
    endOtherSessions: (userId, token) =>
      store.endSessions(deps.db.paging, { userId, except: token === null ? undefined : hashToken(token) }),
    users: usersOf(deps),
    teams: teamsOf(deps),
    keys: keysOf(deps),
  };
}

async function change<T>(
  deps: AccessDeps,
  cache: KeyCache,
  entry: Change,
  write: (trx: Trx) => Promise<T>,
): Promise<T> {
  const [result, version] = await inTransaction(deps.db.paging, async (trx) => {
    const written = await write(trx);
    await deps.audit(trx, entry);
    await writeHints(trx, [{ kind: 'config', ref: entry.subject, version: 0 }], entry.at);
    return [written, await raiseConfigVersion(trx)] as const;
  });
  cache.clear();
  await deps.config.ensure(version);
  return result;
}

async function authenticate(
  deps: Inner,
  credentials: Parameters<Authenticate>[0],
  now: Temporal.Instant,
): Promise<Actor> {
  const { bearer, session } = credentials;
  if (bearer !== null) return bearer.startsWith('tocsin_') ? byKey(deps, bearer, now) : ANONYMOUS;
  if (session === null) return ANONYMOUS;
  const owner = await store.ownerOfSession(deps.db.paging, hashToken(session), now, now.subtract(SESSION_IDLE));
  return owner ? actorOf(owner, 'session', null) : ANONYMOUS;
}

const ANONYMOUS: Actor = { kind: 'anonymous' };

const roleOf = (actor: Actor): Role => (actor.kind === 'user' ? actor.role : 'owner');
const isScoped = (actor: Actor) => actor.kind === 'user' && actor.scopes !== null;

function usersOf(deps: Inner): Users {
  const update = async (
    id: string,
    { version, ...change }: UserChange & { readonly version: number },
    { actor, now }: By,
  ) => {
    const stored = await store.getUser(deps.db.paging, id);
    const decision = decideUserChange({ role: roleOf(actor), scoped: isScoped(actor) }, stored, change);
    if (!decision.ok) throw new AppError('FORBIDDEN', { permission: decision.reason, reason: decision.reason });
    const passwordHash = change.password === undefined ? undefined : await hashed(change.password);
    const { next, fields, endsSessions, revokesKeys, takesAnOwner } = decision;
    const payload = {
      fields,
      ...(fields.includes('role') ? { role: next.role } : {}),
      ...(fields.includes('active') ? { active: next.active } : {}),
    };
    await deps.change({ actor: actorRef(actor), at: now, kind: 'user.changed', subject: id, payload }, async (trx) => {
      if (takesAnOwner && (await store.lockActiveOwners(trx)).every((owner) => owner === id))
        throw new AppError('LAST_OWNER');
      if (!(await store.updateUser(trx, { id, version, ...next, passwordHash }, now)))
        throw new AppError('VERSION_CONFLICT');
      if (endsSessions) await store.endSessions(trx, { userId: id });
      if (revokesKeys) await store.revokeKeys(trx, { userId: id }, now);
    });
    return store.getUser(deps.db.paging, id);
  };
  return {
    list: () => store.listUsers(deps.db.reports),
    get: (id) => store.getUser(deps.db.paging, id),
    update,
    async create({ password, ...draft }, { actor, now }) {
      if (isScoped(actor) || !mayGiveRole(roleOf(actor), null, draft.role))
        throw new AppError('FORBIDDEN', { permission: `giving the role ${draft.role}` });
      const passwordHash = password === undefined ? null : await hashed(password);
      const id = deps.newId();
      const entry = {
        actor: actorRef(actor),
        at: now,
        kind: 'user.created',
        subject: id,
        payload: { role: draft.role },
      };
      await deps.change(entry, (trx) => store.insertUser(trx, { id, ...draft, active: true, passwordHash }, now));
      return store.getUser(deps.db.paging, id);
    },
    async updateSelf({ version, name, timeZone }, { actor, now }) {
      if (actor.kind !== 'user') throw new AppError('FORBIDDEN', { permission: 'self:write' });
      const stored = await store.getUser(deps.db.paging, actor.userId);
      const next = { ...stored, version, name: name ?? stored.name, timeZone: timeZone ?? stored.timeZone };
      const entry = {
        actor: actorRef(actor),
        at: now,
        kind: 'user.changed',
        subject: stored.id,
        payload: { fields: ['name', 'timeZone'], self: true },
      };
      await deps.change(entry, async (trx) => {
        if (!(await store.updateUser(trx, next, now))) throw new AppError('VERSION_CONFLICT');
      });
      return store.getUser(deps.db.paging, stored.id);
    },
  };
}

function teamsOf(deps: Inner): Teams {
  const get = async (id: string): Promise<Team> => {
    const team = (await store.listTeams(deps.db.paging)).find((each) => each.id === id);
    if (!team) throw new AppError('TEAM_NOT_FOUND');
    return team;
  };
  const checkPolicy = async (id: string | null) => {
    if (id === null || !deps.policyExists || (await deps.policyExists(deps.db.paging, id))) return;
    throw new AppError('BODY_INVALID', { faults: [{ path: 'policyId', message: 'there is no such policy' }] });
  };
  const change = (
    id: string,
    { actor, now }: By,
    said: { readonly kind: string; readonly payload: unknown },
    write: (trx: Trx) => Promise<void>,
  ) => deps.change({ actor: actorRef(actor), at: now, subject: id, ...said }, write);
  return {
    list: () => store.listTeams(deps.db.reports),
    get,
    async create(draft, by) {
      await checkPolicy(draft.policyId);
      const id = deps.newId();
      await change(id, by, { kind: 'team.created', payload: draft }, (trx) =>
        store.insertTeam(trx, { id, ...draft }, by.now),
      );
      return get(id);
    },
    async update(id, { version, key, name, policyId }, by) {
      const stored = await get(id);
      const next = {
        id,
        version,
        key: key ?? stored.key,
        name: name ?? stored.name,
        policyId: policyId === undefined ? stored.policyId : policyId,
      };
      await checkPolicy(next.policyId);
      await change(
        id,
        by,
        { kind: 'team.changed', payload: { key: next.key, policyId: next.policyId } },
        async (trx) => {
          if (!(await store.updateTeam(trx, next, by.now))) throw new AppError('VERSION_CONFLICT');
        },
      );
      return get(id);
    },
    async archive(id, by) {
      const stored = await get(id);
      await change(id, by, { kind: 'team.archived', payload: {} }, async (trx) => {
        if (!(await store.updateTeam(trx, { ...stored, archivedAt: by.now }, by.now)))
          throw new AppError('VERSION_CONFLICT');
      });
    },
    async setMember(member, by) {
      await get(member.teamId);
      await store.getUser(deps.db.paging, member.userId);
      await change(
        member.teamId,
        by,
        { kind: 'team.member-set', payload: { userId: member.userId, lead: member.lead } },
        (trx) => store.setMember(trx, member, by.now),
      );
      return get(member.teamId);
    },
    async removeMember(member, by) {
      await get(member.teamId);
      await change(member.teamId, by, { kind: 'team.member-removed', payload: { userId: member.userId } }, (trx) =>
        store.removeMember(trx, member, by.now),
      );
      return get(member.teamId);
    },
  };
}
