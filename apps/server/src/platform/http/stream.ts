import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Db } from '#platform/db';
import { AppError } from '#platform/errors';
import { admit, credentialsOf, isSecure } from './admission.ts';
import type { HttpDeps } from './context.ts';
import { securityHeaders } from './security-headers.ts';
import {
  canResume,
  coalesce,
  comparePlaces,
  eventText,
  type HintCursor,
  newestPlace,
  parseEventId,
  readHintsAfter,
} from './stream-feed.ts';

/** Hints of this long go out as one event. */
const TICK_MS = 100;
/** A pause after a failed read. */
const PAUSE_MS = 1_000;
const HEARTBEAT_MS = 15_000;
const MOST_CLIENTS = 2_000;
/** Hints read at once; a client that missed more reads everything anew. */
const MOST_HINTS = 2_000;
/** A client that takes its bytes so slowly is cut; it comes back with its Last-Event-ID. */
const MOST_UNSENT_BYTES = 262_144;
const ORIGIN: HintCursor = { xid: '0', id: 0 };

interface Client {
  readonly response: ServerResponse;
  /** Events that came while it was catching up; null afterwards. */
  waiting: { readonly place: HintCursor; readonly chunk: string }[] | null;
  readonly recheck: () => Promise<boolean>;
}

/** The one stream of live updates: `GET /api/v1/stream`. */
export interface LiveStream {
  /** Give it to the server as a raw registration. */
  readonly register: (app: FastifyInstance) => void;
  /** Something was committed by this process: tell it now if the last tick is over. Cheap without clients. */
  poke(): void;
  readonly clients: () => number;
}

/**
 * Builds the stream. One reader a process serves all its clients and reads only while there are any.
 *
 * Events: `ready` (first), `hints` (a list of `{kind, id, version}`), `resync` (read everything anew: the place to go
 * on from is gone or older than 15 minutes). A client that reconnects and is told `ready` must read anew too.
 */
export function createLiveStream(deps: HttpDeps & { readonly reports: Db }): LiveStream {
  const clients = new Set<Client>();
  let position: HintCursor = ORIGIN;
  let reading = false;
  let lastReadMs = 0;
  let timer: NodeJS.Timeout | null = null;
  let heartbeat: NodeJS.Timeout | null = null;

  const schedule = (ms: number) => {
    if (timer) clearTimeout(timer);
    timer = clients.size > 0 ? setTimeout(() => void tick(), ms) : null;
  };

  const tick = async () => {
    if (reading) return;
    reading = true;
    let pause = TICK_MS;
    try {
      const hints = await readHintsAfter(deps.reports, position, MOST_HINTS);
      const last = hints.at(-1);
      if (last) {
        position = { xid: last.xid, id: last.id };
        broadcast(eventText('hints', coalesce(hints), position), position);
      }
    } catch (error) {
      deps.log.warn({ err: error }, 'live updates cannot be read');
      pause = PAUSE_MS;
    }
    lastReadMs = performance.now();
    reading = false;
    schedule(pause);
  };

  const broadcast = (chunk: string, place: HintCursor) => {
    for (const client of clients) {
      if (client.waiting) client.waiting.push({ place, chunk });
      else write(client.response, chunk);
    }
  };

  const join = async (client: Client, lastEventId: HintCursor | null, now: Temporal.Instant) => {
    const newest = (await newestPlace(deps.reports)) ?? ORIGIN;
    if (clients.size === 0) position = newest;
    clients.add(client);
    schedule(TICK_MS);
    heartbeat ??= setInterval(() => void beat(), HEARTBEAT_MS);
    const told = await catchUp(deps.reports, client, lastEventId, now);
    for (const { place, chunk } of client.waiting ?? [])
      if (comparePlaces(place, told) > 0) write(client.response, chunk);
    client.waiting = null;
  };

  const leave = (client: Client) => {
    clients.delete(client);
    if (clients.size > 0 || !heartbeat) return;
    clearInterval(heartbeat);
    heartbeat = null;
  };

  // A stream outlives its first check: who lost the right to it is cut at the next beat.
  const beat = async () => {
    for (const client of [...clients]) {
      const stays = await client.recheck().catch(() => true);
      if (stays) write(client.response, ': alive\n\n');
      else client.response.end();
    }
  };

  return {
    register: (app) => registerStream(app, deps, { clients, join, leave }),
    poke() {
      if (clients.size > 0 && !reading && performance.now() - lastReadMs >= TICK_MS / 2) schedule(0);
    },
    clients: () => clients.size,
  };
}

/** Tells a new client where it stands; returns the place up to which it has been told everything. */
async function catchUp(
  db: Db,
  client: Client,
  lastEventId: HintCursor | null,
  now: Temporal.Instant,
): Promise<HintCursor> {
  if (lastEventId && (await canResume(db, lastEventId, now))) {
    const missed = await readHintsAfter(db, lastEventId, MOST_HINTS);
    const last = missed.at(-1);
    if (!last) return lastEventId;
    if (missed.length < MOST_HINTS) {
      write(client.response, eventText('hints', coalesce(missed), last));
      return last;
    }
  }
  const newest = await newestPlace(db);
  write(client.response, eventText(lastEventId ? 'resync' : 'ready', {}, newest));
  return newest ?? ORIGIN;
}

function write(response: ServerResponse, chunk: string): void {
  if (response.writableEnded) return;
  if (response.writableLength > MOST_UNSENT_BYTES) response.destroy();
  else response.write(chunk);
}

interface Hub {
  readonly clients: ReadonlySet<Client>;
  readonly join: (client: Client, lastEventId: HintCursor | null, now: Temporal.Instant) => Promise<void>;
  readonly leave: (client: Client) => void;
}

function registerStream(app: FastifyInstance, deps: HttpDeps, hub: Hub): void {
  app.addHook('preClose', async () => {
    for (const { response } of hub.clients) response.end();
  });
  app.route({
    method: 'GET',
    url: '/api/v1/stream',
    exposeHeadRoute: false,
    config: { permission: 'pages:read' },
    onRequest: async (request) => void (await admit(deps, request, 'pages:read')),
    handler: async (request, reply) => {
      if (hub.clients.size >= MOST_CLIENTS) throw new AppError('OVERLOADED');
      reply.hijack();
      const response = reply.raw;
      const client: Client = { response, waiting: [], recheck: () => stillAllowed(deps, request) };
      response.on('close', () => hub.leave(client));
      response.writeHead(200, {
        ...securityHeaders({ secure: isSecure(deps.publicUrl), html: false }),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        'x-request-id': request.id,
      });
      response.write('retry: 2000\n\n');
      const last = request.headers['last-event-id'];
      const place = typeof last === 'string' ? (parseEventId(last) ?? ORIGIN) : null;
      await hub.join(client, place, request.now ?? deps.clock.now()).catch((error: unknown) => {
        deps.log.warn({ err: error }, 'a client of live updates could not be caught up');
        response.end();
      });
    },
  });
}

async function stillAllowed(deps: HttpDeps, request: FastifyRequest): Promise<boolean> {
  const actor = await deps.authenticate(credentialsOf(deps, request), deps.clock.now());
  return deps.authorize(actor, 'pages:read').allowed;
}
