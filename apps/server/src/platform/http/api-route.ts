import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actorRef } from './actor.ts';
import { admit } from './admission.ts';
import { checkAnswer } from './check-answer.ts';
import type { HttpDeps } from './context.ts';
import { onceOnly } from './idempotency.ts';
import { readBody, readInput, strictly } from './input.ts';
import type { Answer, Call, Route } from './route.ts';

/** Bodies of our own API; intake's doors set their own. */
export const BODY_LIMIT = 1_048_576;

/** Registers one route of our own API: admit, parse, handle (once per idempotency key), answer. */
export function registerRoute(app: FastifyInstance, given: Route, deps: HttpDeps): void {
  const { params, query, body } = given;
  const route = {
    ...given,
    ...(params ? { params: strictly(params) } : {}),
    ...(query ? { query: strictly(query) } : {}),
    ...(body ? { body: strictly(body) } : {}),
  };
  app.route({
    method: route.method,
    url: route.url,
    bodyLimit: BODY_LIMIT,
    config: { permission: route.permission },
    onRequest: async (request) => void (await admit(deps, request, route.permission)),
    handler: (request, reply) => serve(route, deps, request, reply),
  });
}

async function serve(
  route: Route,
  deps: HttpDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const raw = request.body as Buffer | undefined;
  const call = callOf(
    route,
    request,
    readBody(raw, request.headers['content-type'], route.permission === 'link-token'),
  );
  const run = () => route.handle(call as Call<never, never, never>);
  const key = request.headers['idempotency-key'];
  const once = typeof key === 'string' && takesKey(route) && call.actor.kind === 'user';
  const write = {
    actor: actorRef(call.actor),
    key: String(key),
    request: [request.method, request.url, raw],
    now: call.now,
  } as const;
  const answer = once ? await onceOnly(deps, write, run) : await run();
  if (deps.checkAnswers) checkAnswer(route, answer);
  return send(reply, answer);
}

/** True for a route whose answer may be stored and given again. */
export function takesKey(route: Route): boolean {
  return route.idempotent ?? (route.method === 'POST' || route.method === 'PATCH');
}

function callOf(route: Route, request: FastifyRequest, body: unknown): Call<unknown, unknown, unknown> {
  const input = readInput(route, { params: request.params, query: request.query, body });
  const { now, actor } = request;
  if (!now || !actor) throw new Error('a request reached its handler without being admitted');
  return { ...input, actor, now, address: request.ip, headers: request.headers, requestId: request.id };
}

/** Answers of the API are never kept by a cache; a text with its own content type goes out as it is. */
function send(reply: FastifyReply, answer: Answer): FastifyReply {
  reply
    .code(answer.status)
    .header('cache-control', 'no-store')
    .headers(answer.headers ?? {});
  if (answer.body === undefined) return reply.send();
  if (reply.hasHeader('content-type')) return reply.send(answer.body);
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(answer.body));
}
