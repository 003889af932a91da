import type { Door, Permission } from '@tocsin/contracts';
import type { z } from 'zod';
import type { Actor } from './actor.ts';

/** What a handler gets: parsed input, who asks, and the one reading of the clock for this request. */
export interface Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly actor: Actor;
  readonly now: Temporal.Instant;
  /** The client's address as far as it can be trusted. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly requestId: string;
}

/** What a handler answers: a status that the route declares, a body in that answer's shape, extra headers. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One route as data: the OpenAPI document, the permission check and the permission test are made from it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with `:name` parameters, e.g. `/api/v1/alerts/:id`. */
  readonly url: string;
  readonly permission: Permission | Door;
  /** One line for the OpenAPI document. */
  readonly summary: string;
  /** Tag of the OpenAPI document: the domain's noun. */
  readonly tag: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Answers by status; a null schema is an answer without a body or of another media type. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** False for writes that are naturally idempotent or must not be replayed; default true for POST and PATCH. */
  readonly idempotent?: boolean;
  readonly handle: (call: Call<never, never, never>) => Promise<Answer>;
}

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

/** Declares a route with its handler's input types taken from the schemas. */
export function route<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
>(
  definition: Omit<Route, 'params' | 'query' | 'body' | 'handle'> & {
    readonly params?: P;
    readonly query?: Q;
    readonly body?: B;
    readonly handle: (call: Call<Output<P>, Output<Q>, Output<B>>) => Promise<Answer>;
  },
): Route {
  return definition as unknown as Route;
}
