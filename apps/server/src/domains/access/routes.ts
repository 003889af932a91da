import {
  apiKeyCreated,
  apiKeyDraft,
  apiKeyList,
  id,
  me,
  meUpdate,
  passwordChange,
  sessionList,
  setupBody,
  setupState,
  signInBody,
  team,
  teamDraft,
  teamList,
  teamMemberBody,
  teamUpdate,
  user,
  userDraft,
  userList,
  userUpdate,
} from '@tocsin/contracts';
import { z } from 'zod';
import { AppError } from '#platform/errors';
import type { Actor } from '#platform/http/actor';
import { endedSessionCookie, readCookie, sessionCookie, sessionCookieName } from '#platform/http/cookie';
import { type Answer, type Call, type Route, route } from '#platform/http/route';
import { permissionsOf } from './permissions.ts';
import { type Access, type From, SESSION_LIFE, type SignedIn } from './ports.ts';
import { demand } from './service.ts';

const byId = z.strictObject({ id });
const member = z.strictObject({ id, userId: id });

/** The routes of set-up, signing in, oneself, people, teams and keys. `secure`: browsers reach us by https. */
export function accessRoutes(access: Access, secure: boolean): readonly Route[] {
  return [
    ...doorRoutes(access, secure),
    ...selfRoutes(access, secure),
    ...userRoutes(access),
    ...teamRoutes(access),
    ...keyRoutes(access),
  ];
}

function doorRoutes(access: Access, secure: boolean): readonly Route[] {
  const signedIn = ({ user: person, token }: SignedIn, status: number): Answer => ({
    status,
    body: person,
    headers: { 'set-cookie': sessionCookie(token, { secure, maxAgeSeconds: SESSION_LIFE.hours * 3_600 }) },
  });
  return [
    route({
      method: 'GET',
      url: '/api/v1/setup',
      tag: 'setup',
      permission: 'public',
      summary: 'Say whether the first-run set-up is open',
      answers: { 200: setupState },
      handle: async () => ({ status: 200, body: await access.setupState() }),
    }),
    route({
      method: 'POST',
      url: '/api/v1/setup',
      tag: 'setup',
      permission: 'first-run',
      idempotent: false,
      summary: 'Make the owner and sign them in; closes for ever',
      body: setupBody,
      answers: { 201: user },
      handle: async (call) => signedIn(await access.setUp(call.body, fromOf(call)), 201),
    }),
    route({
      method: 'POST',
      url: '/api/v1/session',
      tag: 'session',
      permission: 'public',
      idempotent: false,
      summary: 'Sign in: sets the session cookie',
      body: signInBody,
      answers: { 201: user },
      async handle(call) {
        const begun = await access.signIn(call.body, fromOf(call));
        const before = tokenOf(call, secure);
        // A browser that signs in anew must not keep its old session alive beside.
        if (before !== null) await access.signOut(before);
        return signedIn(begun, 201);
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/v1/session',
      tag: 'session',
      permission: 'self:write',
      summary: 'Sign out',
      answers: { 204: null },
      async handle(call) {
        const token = tokenOf(call, secure);
        if (token !== null) await access.signOut(token);
        return { status: 204, headers: { 'set-cookie': endedSessionCookie(secure) } };
      },
    }),
  ];
}

function selfRoutes(access: Access, secure: boolean): readonly Route[] {
  const tag = 'me';
  return [
    route({
      method: 'GET',
      url: '/api/v1/me',
      tag,
      permission: 'people:read',
      summary: 'Show who asks and what they may',
      answers: { 200: me },
      async handle({ actor }) {
        const self = personOf(actor);
        const held = [...permissionsOf[self.role]].filter(
          (permission) => self.scopes === null || self.scopes.includes(permission),
        );
        return {
          status: 200,
          body: { user: await access.users.get(self.userId), teamIds: self.teamIds, permissions: held, via: self.via },
        };
      },
    }),
    route({
      method: 'PATCH',
      url: '/api/v1/me',
      tag,
      permission: 'self:write',
      summary: 'Change one’s own name or time zone',
      body: meUpdate,
      answers: { 200: user },
      handle: async ({ body, actor, now }) => ({
        status: 200,
        body: await access.users.updateSelf(body, { actor, now }),
      }),
    }),
    route({
      method: 'POST',
      url: '/api/v1/me/password',
      tag,
      permission: 'self:write',
      idempotent: false,
      summary: 'Change one’s own password; ends the other sessions',
      body: passwordChange,
      answers: { 204: null },
      async handle(call) {
        const { actor, now, body, address } = call;
        await access.changePassword({ ...body, keepToken: tokenOf(call, secure), address }, { actor, now });
        return { status: 204 };
      },
    }),
    route({
      method: 'GET',
      url: '/api/v1/me/sessions',
      tag,
      permission: 'self:write',
      summary: 'List where one is signed in',
      answers: { 200: sessionList },
      async handle(call) {
        const sessions = await access.sessions(personOf(call.actor).userId, tokenOf(call, secure));
        return {
          status: 200,
          body: {
            sessions: sessions.map(({ createdAt, expiresAt, lastSeenAt, address, userAgent, current }) => ({
              createdAt,
              expiresAt,
              lastSeenAt,
              address,
              userAgent,
              current,
            })),
          },
        };
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/v1/me/sessions',
      tag,
      permission: 'self:write',
      summary: 'Sign out everywhere else',
      answers: { 204: null },
      async handle(call) {
        await access.endOtherSessions(personOf(call.actor).userId, tokenOf(call, secure));
        return { status: 204 };
      },
    }),
  ];
}

function userRoutes({ users }: Access): readonly Route[] {
  const url = '/api/v1/users';
  const tag = 'users';
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'people:read',
      summary: 'List people',
      answers: { 200: userList },
      handle: async () => ({ status: 200, body: { users: await users.list() } }),
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'people:write',
      summary: 'Add a person',
      body: userDraft,
      answers: { 201: user },
      handle: async ({ body, actor, now }) => ({ status: 201, body: await users.create(body, { actor, now }) }),
    }),
    route({
      method: 'GET',
      url: `${url}/:id`,
      tag,
      permission: 'people:read',
      summary: 'Show a person',
      params: byId,
      answers: { 200: user },
      handle: async ({ params }) => ({ status: 200, body: await users.get(params.id) }),
    }),
    route({
      method: 'PATCH',
      url: `${url}/:id`,
      tag,
      permission: 'people:write',
      summary: 'Change a person, their role or password; deactivate them',
      params: byId,
      body: userUpdate,
      answers: { 200: user },
      handle: async ({ params, body, actor, now }) => ({
        status: 200,
        body: await users.update(params.id, body, { actor, now }),
      }),
    }),
  ];
}

function teamRoutes({ teams }: Access): readonly Route[] {
  const url = '/api/v1/teams';
  const tag = 'teams';
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'people:read',
      summary: 'List teams and who is in them',
      answers: { 200: teamList },
      handle: async () => ({ status: 200, body: { teams: await teams.list() } }),
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'people:write',
      summary: 'Make a team',
      body: teamDraft,
      answers: { 201: team },
      handle: async ({ body, actor, now }) => ({ status: 201, body: await teams.create(body, { actor, now }) }),
    }),
    route({
      method: 'GET',
      url: `${url}/:id`,
      tag,
      permission: 'people:read',
      summary: 'Show a team',
      params: byId,
      answers: { 200: team },
      handle: async ({ params }) => ({ status: 200, body: await teams.get(params.id) }),
    }),
    route({
      method: 'PATCH',
      url: `${url}/:id`,
      tag,
      permission: 'people:write',
      summary: 'Change a team',
      params: byId,
      body: teamUpdate,
      answers: { 200: team },
      handle: async ({ params, body, actor, now }) => ({
        status: 200,
        body: await teams.update(params.id, body, { actor, now }),
      }),
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'people:write',
      summary: 'Archive a team',
      params: byId,
      answers: { 204: null },
      async handle({ params, actor, now }) {
        await teams.archive(params.id, { actor, now });
        return { status: 204 };
      },
    }),
    route({
      method: 'PUT',
      url: `${url}/:id/members/:userId`,
      tag,
      permission: 'people:write',
      summary: 'Put a person into a team',
      params: member,
      body: teamMemberBody,
      answers: { 200: team },
      handle: async ({ params, body, actor, now }) => ({
        status: 200,
        body: await teams.setMember({ teamId: params.id, userId: params.userId, lead: body.lead }, { actor, now }),
      }),
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id/members/:userId`,
      tag,
      permission: 'people:write',
      summary: 'Take a person out of a team',
      params: member,
      answers: { 200: team },
      handle: async ({ params, actor, now }) => ({
        status: 200,
        body: await teams.removeMember({ teamId: params.id, userId: params.userId }, { actor, now }),
      }),
    }),
  ];
}

function keyRoutes({ keys }: Access): readonly Route[] {
  const url = '/api/v1/keys';
  const tag = 'keys';
  const all = z.strictObject({
    all: z.enum(['true', 'false']).default('false').describe('Of everybody; needs people:write.'),
  });
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'keys:write',
      summary: 'List one’s own API keys, or all',
      query: all,
      answers: { 200: apiKeyList },
      async handle({ query, actor }) {
        if (query.all === 'true') demand(actor, 'people:write');
        return { status: 200, body: { keys: await keys.list(query.all === 'true' ? null : personOf(actor).userId) } };
      },
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'keys:write',
      summary: 'Make an API key; its text is shown this once',
      body: apiKeyDraft,
      answers: { 201: apiKeyCreated },
      handle: async ({ body, actor, now }) => ({ status: 201, body: await keys.create(body, { actor, now }) }),
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'keys:write',
      summary: 'Revoke an API key',
      params: byId,
      answers: { 204: null },
      async handle({ params, actor, now }) {
        await keys.revoke(params.id, { actor, now });
        return { status: 204 };
      },
    }),
  ];
}

type AnyCall = Call<unknown, unknown, unknown>;

function personOf(actor: Actor): Extract<Actor, { kind: 'user' }> {
  if (actor.kind !== 'user') throw new AppError('UNAUTHENTICATED');
  return actor;
}

function fromOf({ address, headers, now }: AnyCall): From {
  const agent = headers['user-agent'];
  return { address, userAgent: typeof agent === 'string' ? agent : null, now };
}

function tokenOf({ headers }: AnyCall, secure: boolean): string | null {
  const { cookie } = headers;
  return typeof cookie === 'string' ? readCookie(cookie, sessionCookieName(secure)) : null;
}
