import { type Integrations, keyInPath, openDoor } from '#integrations';
import type { Clock } from '#platform/clock';
import type { DoorAnswer, DoorRequest, VendorDoor } from '#platform/http/door';
import type { PingKind } from '../model.ts';
import type { Heartbeats } from '../service.ts';

/** Longest body read of a ping; of it the beginning is kept. */
const BODY_LIMIT = 100_000;
const MESSAGE_LENGTH = 2_000;
const KINDS: ReadonlySet<string> = new Set<PingKind>(['start', 'ok', 'fail']);

/** What the door of heartbeats needs. */
export interface HeartbeatDoorDeps {
  readonly clock: Clock;
  readonly integrations: Pick<Integrations, 'byKey' | 'take'>;
  readonly heartbeats: Pick<Heartbeats, 'at' | 'ping'>;
}

/**
 * Pings at `/heartbeats/<key>` and `/heartbeats/<key>/<slug>`, by GET, HEAD or POST: `?status=start|ok|fail` (`ok` when
 * left out), the body kept as what was said. The answer is sent after the commit.
 */
export function heartbeatDoors(deps: HeartbeatDoorDeps): readonly VendorDoor[] {
  return (['GET', 'POST'] as const).flatMap((method) =>
    ['/heartbeats/:key', '/heartbeats/:key/:slug'].map((url) =>
      openDoor(deps, {
        method,
        url,
        summary: 'Say that something lives (heartbeat)',
        bodyLimit: BODY_LIMIT,
        kinds: ['heartbeat'],
        keyOf: keyInPath,
        fail: answer,
        async handle({ id: integrationId }, request, now) {
          const status = request.query.get('status') ?? 'ok';
          if (!KINDS.has(status)) return answer(400, 'status must be start, ok or fail');
          const id = deps.heartbeats.at(integrationId, request.params['slug'] ?? '');
          if (id === null) return answer(404, 'there is no heartbeat at this address');
          await deps.heartbeats.ping(id, { kind: status as PingKind, at: now, message: messageOf(request) });
          return answer(200, 'OK');
        },
      }),
    ),
  );
}

/** The beginning of a body as text that PostgreSQL can store; null when there is none. */
function messageOf({ body }: DoorRequest): string | null {
  const text = body
    .toString('utf8', 0, MESSAGE_LENGTH * 4)
    .slice(0, MESSAGE_LENGTH)
    .toWellFormed()
    .replaceAll('\0', '\ufffd');
  return text.trim() || null;
}

function answer(status: number, text: string, retryAfterSeconds?: number): DoorAnswer {
  const plain = { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
  return retryAfterSeconds === undefined ? plain : { ...plain, headers: { 'retry-after': String(retryAfterSeconds) } };
}
