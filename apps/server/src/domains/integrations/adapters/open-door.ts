import type { Door } from '@tocsin/contracts';
import type { Clock } from '#platform/clock';
import { isUnavailable } from '#platform/db';
import { Overloaded } from '#platform/group-commit';
import type { DoorAnswer, DoorRequest, VendorDoor } from '#platform/http/door';
import type { Integration, IntegrationKind } from '../model.ts';
import type { Integrations } from '../service.ts';

/** Seconds after which a sender turned away may come again. */
const RETRY_AFTER_SECONDS = 2;

/** What opens a door: the keys, and what the time is. */
export interface DoorDeps {
  readonly clock: Clock;
  readonly integrations: Pick<Integrations, 'byKey' | 'take'>;
  readonly onRefused: (integrationId: string, count: number) => void;
  /** Keeps as dead letter what a door refuses for its content. */
  readonly keep?: (
    integration: Integration,
    request: { readonly body: Buffer; readonly contentType: string | null },
    reason: string,
    now: Temporal.Instant,
  ) => Promise<void>;
}

/** One path of a vendor's protocol, before its key is checked. */
export interface KeyedDoor {
  readonly method: VendorDoor['method'];
  readonly url: string;
  readonly summary: string;
  readonly bodyLimit: number;
  /** The kinds of integration whose key opens it. */
  readonly kinds: readonly IntegrationKind[];
  readonly permission?: Door;
  /** Where the key stands in a request; null when it shows none. */
  readonly keyOf: (request: DoorRequest) => string | null;
  /** The protocol's own form of an error. */
  readonly fail: VendorDoor['fail'];
  readonly handle: (
    integration: Integration,
    request: DoorRequest,
    now: Temporal.Instant,
  ) => Promise<DoorAnswer> | DoorAnswer;
}

/**
 * A door that opens to a key of one of its kinds: 401 in the protocol's own form to any other. Overload and a missing
 * database answer 503 with Retry-After, never a 4xx: senders drop what a 4xx refuses.
 */
export function openDoor(deps: Pick<DoorDeps, 'clock' | 'integrations' | 'keep'>, door: KeyedDoor): VendorDoor {
  const { method, url, summary, bodyLimit, fail } = door;
  return {
    method,
    url,
    summary,
    bodyLimit,
    fail,
    permission: door.permission ?? 'integration-key',
    async handle(request) {
      const now = deps.clock.now();
      const key = door.keyOf(request);
      const integration = key === null ? null : deps.integrations.byKey(key, now);
      if (!integration || !door.kinds.includes(integration.kind)) return fail(401, 'unknown integration key');
      try {
        const answer = await door.handle(integration, request, now);
        if (isRefusal(answer) && request.body.length > 0)
          await deps.keep?.(integration, bodyOf(request), answer.body ?? `refused with ${answer.status}`, now);
        return answer;
      } catch (error) {
        if (error instanceof Overloaded || isUnavailable(error))
          return fail(503, 'cannot store this just now', RETRY_AFTER_SECONDS);
        throw error;
      }
    },
  };
}

/** Refused for what it says, not for who says it, when, or about which alert. */
const isRefusal = ({ status }: DoorAnswer) => status === 400 || status === 422;

/** A request's bytes as they are kept. */
export function bodyOf({ body, headers }: DoorRequest): { readonly body: Buffer; readonly contentType: string | null } {
  const contentType = headers['content-type'];
  return { body, contentType: typeof contentType === 'string' ? contentType.slice(0, 200) : null };
}

/** The key in the path, at `:key`. */
export function keyInPath(request: DoorRequest): string | null {
  return request.params['key'] ?? null;
}

/** The token of an Authorization header in one of these schemes, e.g. `Bearer`, `GenieKey`, `Token token=`. */
export function keyInHeader(request: DoorRequest, ...schemes: readonly string[]): string | null {
  const header = request.headers['authorization'];
  if (typeof header !== 'string') return null;
  const scheme = schemes.find((each) => header.toLowerCase().startsWith(`${each.toLowerCase()} `));
  return scheme === undefined ? null : header.slice(scheme.length + 1).trim() || null;
}

/** The content type as sent; null when there is none. */
export function contentTypeOf(request: DoorRequest): string | null {
  const header = request.headers['content-type'];
  return typeof header === 'string' ? header : null;
}
