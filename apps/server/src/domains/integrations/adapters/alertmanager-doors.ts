import type { Clock } from '#platform/clock';
import { isUnavailable } from '#platform/db';
import { Overloaded } from '#platform/group-commit';
import type { DoorAnswer, DoorRequest, VendorDoor } from '#platform/http/door';
import type { Integration } from '../model.ts';
import type { Integrations } from '../service.ts';

/** 10 MB: a full batch of Prometheus (64 alerts) is 60 KB; amtool imports and tests send more. */
const BODY_LIMIT = 10 * 1024 * 1024;
/** Seconds after which a sender turned away may come again. */
const RETRY_AFTER_SECONDS = 2;

/** What the doors of Alertmanager's API v2 need. */
export interface AlertmanagerDoorsDeps {
  readonly clock: Clock;
  readonly integrations: Pick<Integrations, 'byKey' | 'takeAlerts'>;
  readonly onRefused: (integrationId: string, count: number) => void;
  /** The reading half: lists alerts, groups, receivers, status. */
  readonly reads: readonly AlertmanagerRead[];
}

/** One reading door: a path under /api/v2 or /-/, answered for the integration whose key was shown. */
export interface AlertmanagerRead {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly handle: (integration: Integration, request: DoorRequest) => Promise<DoorAnswer> | DoorAnswer;
}

/**
 * Alertmanager's API v2 at `/am/<key>/…`, and at `/…` with the key as Bearer token. Overload and a missing database
 * answer 503 with Retry-After, never a 4xx: senders drop what a 4xx refuses.
 */
export function alertmanagerDoors(deps: AlertmanagerDoorsDeps): readonly VendorDoor[] {
  const post: AlertmanagerRead = {
    method: 'POST',
    path: '/api/v2/alerts',
    summary: 'Take alerts (Alertmanager API v2)',
    handle: (integration, request) => takeAlerts(deps, integration, request),
  };
  return ['/am/:key', ''].flatMap((prefix) => [post, ...deps.reads].map((door) => toDoor(deps, door, prefix)));
}

function toDoor(deps: AlertmanagerDoorsDeps, door: AlertmanagerRead, prefix: string): VendorDoor {
  return {
    method: door.method,
    url: `${prefix}${door.path}`,
    permission: 'integration-key',
    summary: door.summary,
    bodyLimit: BODY_LIMIT,
    fail: answerError,
    handle(request) {
      const key = request.params['key'] ?? bearer(request.headers['authorization']);
      const integration = key === null ? null : deps.integrations.byKey(key, deps.clock.now());
      if (integration?.kind !== 'alertmanager') return answerError(401, 'unknown integration key');
      return door.handle(integration, request);
    },
  };
}

async function takeAlerts(
  deps: AlertmanagerDoorsDeps,
  integration: Integration,
  request: DoorRequest,
): Promise<DoorAnswer> {
  const contentType = request.headers['content-type'];
  try {
    const intake = await deps.integrations.takeAlerts(
      integration,
      request.body,
      typeof contentType === 'string' ? contentType : null,
    );
    if (!intake.ok) return answerError(400, intake.reason);
    if (intake.refused.length === 0) return { status: 200 };
    deps.onRefused(integration.id, intake.refused.length);
    return answerError(
      400,
      intake.refused
        .map(({ index, reason }) => `alert ${index}: ${reason}`)
        .join('; ')
        .slice(0, 4_096),
    );
  } catch (error) {
    if (error instanceof Overloaded || isUnavailable(error))
      return answerError(503, 'cannot store alerts just now', RETRY_AFTER_SECONDS);
    throw error;
  }
}

/** Alertmanager's own form of an error: a plain JSON string. */
function answerError(status: number, message: string, retryAfterSeconds?: number): DoorAnswer {
  const answer = { status, contentType: 'application/json', body: `${JSON.stringify(message)}\n` };
  return retryAfterSeconds === undefined
    ? answer
    : { ...answer, headers: { 'retry-after': String(retryAfterSeconds) } };
}

function bearer(header: string | readonly string[] | undefined): string | null {
  const match = typeof header === 'string' ? /^(?:Bearer|GenieKey)\s+(\S+)$/i.exec(header) : null;
  return match?.[1] ?? null;
}
