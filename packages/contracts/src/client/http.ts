import type { z } from 'zod';
import { problemFrom, unexpectedAnswer, unreachable } from './api-problem.ts';
import { readAnswer } from './read-answer.ts';

/** Where the server is and how we prove who we are. Without a key the browser's session cookie speaks for us. */
export interface ClientOptions {
  /** Address of the server without a trailing path, e.g. `https://tocsin.example.org`; empty: the page's own origin. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** Gives up after this long; default 15 s. Streams are not bound by it. */
  readonly timeoutMs?: number | undefined;
}

/** What every call can be told beside its input. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** For a write that is repeated: the same key again, so that it is done once. Default: a new one. */
  readonly idempotencyKey?: string | undefined;
}

type QueryValue = string | number | boolean | undefined | null;
/** Query fields of a call; undefined and null are left out. */
export type QueryFields = Readonly<Record<string, QueryValue>>;

/** One call, as data. */
interface Request<S extends z.ZodType | null> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: QueryFields | undefined;
  readonly body?: unknown;
  /** Shape of the answer; null: it has no body. */
  readonly answer: S;
  /** For calls that take long by nature. */
  readonly timeoutMs?: number;
}

type Answered<S> = S extends z.ZodType ? z.output<S> : undefined;

/** The one place that speaks HTTP to a Tocsin server. */
export interface Http {
  send<S extends z.ZodType | null>(request: Request<S>, options?: CallOptions): Promise<Answered<S>>;
  /** Opens a stream; the caller reads the body. Problems are thrown as by `send`. */
  open(
    path: string,
    options: { readonly headers: Record<string, string>; readonly signal: AbortSignal },
  ): Promise<Response>;
}

/** Builds the transport. Every failure but an abort by the caller's own signal is an ApiProblem. */
export function createHttp(options: ClientOptions): Http {
  const base = options.baseUrl.replace(/\/+$/, '');
  const call = options.fetch ?? ((input: string, init: RequestInit) => fetch(input, init));
  const identity: Record<string, string> = options.apiKey ? { authorization: `Bearer ${options.apiKey}` } : {};

  const fetched = async (url: string, init: RequestInit, callerSignal: AbortSignal | undefined): Promise<Response> => {
    try {
      return await call(url, { credentials: 'same-origin', redirect: 'error', ...init });
    } catch (error) {
      if (callerSignal?.aborted) throw error;
      throw unreachable(base || 'this address', error);
    }
  };

  return {
    async send(request, callOptions = {}) {
      const timeout = AbortSignal.timeout(request.timeoutMs ?? options.timeoutMs ?? 15_000);
      const signal = callOptions.signal ? AbortSignal.any([callOptions.signal, timeout]) : timeout;
      const headers: Record<string, string> = { accept: 'application/json', ...identity };
      if (request.body !== undefined) headers['content-type'] = 'application/json';
      if (request.method === 'POST' || request.method === 'PATCH')
        headers['idempotency-key'] = callOptions.idempotencyKey ?? newIdempotencyKey();
      const url = `${base}${request.path}${queryText(request.query)}`;
      const body = request.body === undefined ? null : JSON.stringify(request.body);
      const response = await fetched(url, { method: request.method, headers, body, signal }, callOptions.signal);
      return (await answerOf(request, response, callOptions.signal)) as never;
    },
    async open(path, { headers, signal }) {
      const url = `${base}${path}`;
      const response = await fetched(url, { headers: { ...headers, ...identity }, signal, cache: 'no-store' }, signal);
      if (!response.ok) throw problemFrom(response.status, await jsonOf(response), response.headers);
      return response;
    },
  };
}

async function answerOf<S extends z.ZodType | null>(
  request: Request<S>,
  response: Response,
  callerSignal: AbortSignal | undefined,
): Promise<unknown> {
  const body = await jsonOf(response).catch((error: unknown) => {
    if (callerSignal?.aborted) throw error;
    throw unreachable(response.url || 'this address', error);
  });
  if (!response.ok) throw problemFrom(response.status, body, response.headers);
  if (request.answer === null) return undefined;
  const reading = readAnswer(request.answer, body);
  if (reading.ok) return reading.value;
  throw unexpectedAnswer({ status: response.status, why: `${request.method} ${request.path}: ${reading.why}` });
}

/** The JSON of a body; undefined when it is none (a proxy's page, an empty answer). */
async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined; // judged by the caller: an answer that should have a body is then unexpected
  }
}

function queryText(query: QueryFields | undefined): string {
  const given = Object.entries(query ?? {}).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === null ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** A new key for one write. Not randomUUID: browsers offer that over https and on localhost only. */
export function newIdempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A part of a path. */
export function segment(value: string | number): string {
  return encodeURIComponent(String(value));
}
