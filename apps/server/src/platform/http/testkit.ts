import { createManualClock } from '#platform/clock';
import type { Db } from '#platform/db';
import { silentLog } from '#platform/log';
import { createSecrets } from '#platform/secrets';
import type { Actor, Role } from './actor.ts';
import type { HttpDeps } from './context.ts';

/** A signed-in person for tests of the HTTP edge. */
export function person(
  role: Role,
  more: Partial<Extract<Actor, { kind: 'user' }>> = {},
): Extract<Actor, { kind: 'user' }> {
  return {
    kind: 'user',
    userId: '01970000-0000-7000-8000-000000000001',
    name: 'Ann',
    role,
    teamIds: [],
    via: 'session',
    scopes: null,
    ...more,
  };
}

/** The edge's needs, filled for tests: a bearer `x` is a key of role x, a cookie `tocsin=x` a session; viewers may not write. */
export function testDeps(more: Partial<HttpDeps> = {}): HttpDeps {
  return {
    clock: createManualClock(Temporal.Instant.from('2026-11-21T10:00:00Z')),
    log: silentLog(),
    db: undefined as unknown as Db,
    authenticate: async ({ bearer, session }) => {
      if (bearer) return person(bearer as Role, { via: 'api-key' });
      return session ? person(session as Role) : { kind: 'anonymous' };
    },
    authorize: (actor, permission) => {
      const allowed = actor.kind === 'user' && (actor.role !== 'viewer' || permission.endsWith(':read'));
      return { allowed, reason: allowed ? 'role' : 'role-lacks' };
    },
    sealing: createSecrets({ current: Buffer.alloc(32, 7) }),
    publicUrl: 'https://tocsin.example',
    checkAnswers: true,
    ...more,
  };
}
