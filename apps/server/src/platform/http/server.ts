import { randomBytes } from 'node:crypto';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { AppError } from '#platform/errors';
import { isSecure } from './admission.ts';
import { BODY_LIMIT, registerRoute } from './api-route.ts';
import type { HttpDeps } from './context.ts';
import { registerDoor } from './door-route.ts';
import type { VendorDoor } from './door.ts';
import { openApiDocument } from './openapi.ts';
import { PROBLEM_TYPE, toProblem } from './problem.ts';
import type { Route } from './route.ts';
import { securityHeaders } from './security-headers.ts';

/** What is served. `raw` registers what fits neither form (the live stream, the web app's files). */
export interface Served {
  readonly routes: readonly Route[];
  readonly doors?: readonly VendorDoor[];
  readonly raw?: readonly ((app: FastifyInstance) => void)[];
}

/** The HTTP edge of a process. */
export interface HttpServer {
  /** Listens; answers the address reached, e.g. `http://127.0.0.1:8080`. Port 0 takes any free one. */
  listen(at: { readonly host: string; readonly port: number }): Promise<string>;
  /** Stops taking connections, lets requests under way end, and resolves. */
  close(): Promise<void>;
  /** Runs a request without a socket. */
  inject: FastifyInstance['inject'];
  readonly openApi: unknown;
}

/** A request must have arrived within this, headers and body. */
const REQUEST_TIMEOUT_MS = 30_000;
/** A part of a path at most: Opsgenie's aliases are 512 characters, of nine bytes each where they are percent-encoded. */
const LONGEST_PARAM = 5_000;
/** Above the idle time of common proxies (60 s), so that we never close what they are about to use. */
const KEEP_ALIVE_MS = 72_000;

/** Builds the server. Throws when a route lacks a permission, has a loose schema, or stands twice. */
export async function createHttpServer(served: Served, deps: HttpDeps): Promise<HttpServer> {
  const prefix = randomBytes(4).toString('hex');
  let count = 0;
  const app: FastifyInstance = Fastify({
    loggerInstance: deps.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => `${prefix}-${(++count).toString(36)}`,
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: LONGEST_PARAM },
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    trustProxy: deps.trustedProxies && deps.trustedProxies.length > 0 ? [...deps.trustedProxies] : false,
    frameworkErrors: (error, request, reply) => void answerError(deps, error, request, reply),
  });
  app.decorateRequest('now', null);
  app.decorateRequest('actor', null);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const addresses = watchRoutes(app);
  addHeaders(app, deps);
  app.setErrorHandler((error, request, reply) => answerError(deps, error, request, reply));
  app.setNotFoundHandler((request, reply) => answerError(deps, noSuchRoute(addresses, request, reply), request, reply));
  const openApi = openApiDocument(served.routes);
  for (const route of served.routes) registerRoute(app, route, deps);
  for (const door of served.doors ?? []) registerDoor(app, door, deps);
  for (const register of served.raw ?? []) register(app);
  registerDocument(app, openApi);
  await app.ready();
  return {
    listen: ({ host, port }) => app.listen({ host, port }),
    close: () => app.close(),
    inject: app.inject.bind(app) as FastifyInstance['inject'],
    openApi,
  };
}

interface Address {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** Refuses a route that does not say what it demands, and remembers which methods each address takes. */
function watchRoutes(app: FastifyInstance): ReadonlyMap<string, Address> {
  const addresses = new Map<string, Address>();
  app.addHook('onRoute', (route) => {
    if (!route.config?.permission) throw new Error(`${String(route.method)} ${route.url} declares no permission`);
    // A catch-all (the web app) would make every unknown address look known.
    if (route.url.includes('*')) return;
    const pattern = new RegExp(`^${route.url.replaceAll(/[.+?^$()[\]{}|\\]/g, '\\$&').replaceAll(/:\w+/g, '[^/]+')}$`);
    const address = addresses.get(route.url) ?? { pattern, methods: new Set() };
    for (const method of [route.method].flat()) address.methods.add(method);
    addresses.set(route.url, address);
  });
  return addresses;
}

function noSuchRoute(addresses: ReadonlyMap<string, Address>, request: FastifyRequest, reply: FastifyReply): AppError {
  const path = request.url.split('?', 1)[0] ?? '';
  const methods = [...addresses.values()]
    .filter(({ pattern }) => pattern.test(path))
    .flatMap((address) => [...address.methods]);
  if (methods.length === 0) return new AppError('NOT_FOUND');
  void reply.header('allow', [...new Set(methods)].sort().join(', '));
  return new AppError('METHOD_NOT_ALLOWED', { method: request.method });
}

function addHeaders(app: FastifyInstance, deps: HttpDeps): void {
  const secure = isSecure(deps.publicUrl);
  const forApi = Object.entries(securityHeaders({ secure, html: false }));
  const forHtml = Object.entries(securityHeaders({ secure, html: true }));
  // Callbacks, not promises: these run for every event that is taken in.
  app.addHook('onSend', (request, reply, payload, done) => {
    const html = String(reply.getHeader('content-type') ?? '').startsWith('text/html');
    for (const [name, value] of html ? forHtml : forApi) if (!reply.hasHeader(name)) reply.header(name, value);
    reply.header('x-request-id', request.id);
    done(null, payload);
  });
  const { onServed } = deps;
  if (!onServed) return;
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    onServed({ method: request.method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
    done();
  });
}

function answerError(deps: HttpDeps, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { problem, headers, unexpected } = toProblem(error, request.id);
  const facts = { err: error, requestId: request.id, method: request.method, route: request.routeOptions?.url };
  if (unexpected) deps.log.error(facts, 'a request failed unexpectedly');
  else if (problem.status >= 500) deps.log.warn(facts, problem.code);
  return reply
    .code(problem.status)
    .headers(headers)
    .header('cache-control', 'no-store')
    .header('content-type', PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(problem)));
}

function registerDocument(app: FastifyInstance, document: unknown): void {
  const text = JSON.stringify(document);
  app.get('/api/v1/openapi.json', { config: { permission: 'public' } }, (_request, reply) =>
    reply
      .header('content-type', 'application/json; charset=utf-8')
      .header('cache-control', 'public, max-age=300')
      .send(text),
  );
}
