import type { FastifyInstance, FastifyReply } from 'fastify';
import { isUnavailable } from '#platform/db';
import { Overloaded } from '#platform/group-commit';
import type { HttpDeps } from './context.ts';
import type { DoorAnswer, VendorDoor } from './door.ts';

/** Registers a vendor's door: no schema, no session; bytes in, the adapter's answer out. This is the hot path. */
export function registerDoor(app: FastifyInstance, door: VendorDoor, deps: HttpDeps): void {
  app.route({
    method: door.method,
    url: door.url,
    bodyLimit: door.bodyLimit,
    config: { permission: door.permission },
    handler: async (request, reply) => {
      const { url } = request;
      const at = url.indexOf('?');
      const answer = await door.handle({
        params: request.params as Record<string, string>,
        query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)),
        headers: request.headers,
        body: (request.body as Buffer | undefined) ?? EMPTY,
        address: request.ip,
      });
      return send(reply, answer);
    },
    errorHandler: (error, request, reply) => {
      const [status, message, retryAfterSeconds] = statusOf(error);
      if (status === 500)
        deps.log.error({ err: error, requestId: request.id, route: door.url }, 'a vendor door failed');
      void send(reply, door.fail(status, message, retryAfterSeconds));
    },
  });
}

const EMPTY = Buffer.alloc(0);

function send(reply: FastifyReply, answer: DoorAnswer): FastifyReply {
  reply.code(answer.status).headers(answer.headers ?? {});
  if (answer.contentType) reply.header('content-type', answer.contentType);
  return reply.send(answer.body);
}

/** Senders try again on 5xx and drop on 4xx: only what is the sender's own fault answers 4xx. */
function statusOf(error: unknown): readonly [number, string, number?] {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 413) return [413, 'the body is too large'];
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return [statusCode, 'the request is not valid'];
  if (error instanceof Overloaded) return [503, 'too much is waiting to be stored', 5];
  if (isUnavailable(error)) return [503, 'the database does not answer', 5];
  return [500, 'something failed on our side'];
}
