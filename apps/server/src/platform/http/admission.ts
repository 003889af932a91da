import type { Door, Permission } from '@tocsin/contracts';
import { permissions } from '@tocsin/contracts';
import type { FastifyRequest } from 'fastify';
import { AppError } from '#platform/errors';
import type { Actor } from './actor.ts';
import type { Credentials, HttpDeps } from './context.ts';
import { readCookie, sessionCookieName } from './cookie.ts';
import { judgeOrigin } from './origin.ts';

const PERMISSIONS: ReadonlySet<string> = new Set(permissions);
const READING = new Set(['GET', 'HEAD']);

/** True for what a role can hold; false for a door, which checks a credential of its own. */
export function isPermission(demand: Permission | Door): demand is Permission {
  return PERMISSIONS.has(demand);
}

/** True when we are reached by https, as far as configuration says. */
export function isSecure(publicUrl: string | null): boolean {
  return publicUrl !== null && new URL(publicUrl).protocol === 'https:';
}

/** What a request shows to prove who sends it. */
export function credentialsOf(deps: HttpDeps, request: FastifyRequest): Credentials {
  const bearer = /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
  const session = bearer ? null : readCookie(request.headers.cookie, sessionCookieName(isSecure(deps.publicUrl)));
  return { bearer, session, address: request.ip };
}

/**
 * Lets a request in, before its body is read, or throws: who asks, may they, was a browser tricked, are they too many.
 * A door lets everybody to its own check, signed in or not.
 */
export async function admit(deps: HttpDeps, request: FastifyRequest, demand: Permission | Door): Promise<Actor> {
  const now = deps.clock.now();
  request.now = now;
  const credentials = credentialsOf(deps, request);
  const actor = await deps.authenticate(credentials, now);
  request.actor = actor;
  if (forgeable(demand)) refuseForged(deps, request, actor);
  const wait = deps.throttle?.(actor, request.ip, now);
  if (wait) throw new AppError('RATE_LIMITED', { retryAfterSeconds: wait });
  if (!isPermission(demand)) return actor;
  if (actor.kind === 'anonymous') throw new AppError('UNAUTHENTICATED');
  const verdict = deps.authorize(actor, demand);
  if (!verdict.allowed) throw new AppError('FORBIDDEN', { permission: demand, reason: verdict.reason });
  return actor;
}

/** What carries its secret in the address or the body cannot be forged by who does not know it. */
function forgeable(demand: Permission | Door): boolean {
  return isPermission(demand) || demand === 'public' || demand === 'first-run';
}

function refuseForged(deps: HttpDeps, request: FastifyRequest, actor: Actor): void {
  if (READING.has(request.method)) return;
  const { origin, host } = request.headers;
  const fetchSite = request.headers['sec-fetch-site'];
  const verdict = judgeOrigin({
    origin,
    host,
    fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined,
    publicUrl: deps.publicUrl,
    byCookie: actor.kind === 'user' && actor.via === 'session',
  });
  // A bearer token is never added by a browser on its own: such a request cannot be forged.
  if (!verdict.allowed && !(actor.kind === 'user' && actor.via === 'api-key'))
    throw new AppError('ORIGIN_REFUSED', { reason: verdict.reason });
}
