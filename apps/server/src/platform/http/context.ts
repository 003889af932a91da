import type { Door, Permission } from '@tocsin/contracts';
import type { Clock } from '#platform/clock';
import type { Db } from '#platform/db';
import type { Logger } from '#platform/log';
import type { Actor } from './actor.ts';

/** What a request shows to prove who sends it; at most one is looked at, the bearer first. */
export interface Credentials {
  /** The token of `Authorization: Bearer`. */
  readonly bearer: string | null;
  /** The token of the session cookie. */
  readonly session: string | null;
  readonly address: string;
}

/** Finds who sends a request; anonymous when it shows nothing, or nothing valid. */
export type Authenticate = (credentials: Credentials, now: Temporal.Instant) => Promise<Actor>;

/** Says whether somebody may at all; the service asks again with the resource where teams matter. */
export type Authorize = (
  actor: Actor,
  permission: Permission,
) => { readonly allowed: boolean; readonly reason: string };

/** Encrypts what is kept for a while and may hold a secret shown once (platform/secrets.ts). */
export interface Sealing {
  seal(plain: string, about: string): Buffer;
  open(sealed: Buffer, about: string): string;
}

/** One answered request, for metrics. */
export interface Served {
  readonly method: string;
  /** The route's pattern, never the address itself. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** What the HTTP server needs from outside. */
export interface HttpDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** The pool that idempotency keys and hints are read from. */
  readonly db: Db;
  readonly authenticate: Authenticate;
  readonly authorize: Authorize;
  readonly sealing: Sealing;
  /** Where browsers reach us, e.g. `https://tocsin.example`; null when only the listening address is known. */
  readonly publicUrl: string | null;
  /** Proxies (addresses or CIDR) whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[];
  readonly onServed?: (served: Served) => void;
  /** Throttles by who asks; a number is the seconds to wait. The place for limits per key. */
  readonly throttle?: (actor: Actor, address: string, now: Temporal.Instant) => number | null;
  /** True in tests: an answer that its route did not declare, or with fields that it did not, is an error. */
  readonly checkAnswers?: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The one reading of the clock of an API request. */
    now: Temporal.Instant | null;
    actor: Actor | null;
  }
  interface FastifyContextConfig {
    /** What the route demands. A route without it stops the server from starting. */
    permission?: Permission | Door;
  }
}
