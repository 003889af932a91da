import type { Changes } from '#changes';
import type { InboundEvent } from '#alerts';
import type { DoorAnswer, DoorRequest, VendorDoor } from '#platform/http/door';
import type { Integration, RefusedItem } from '../model.ts';
import type { Payloads } from '../payloads/service.ts';
import { type CloudEvent, type PlacedEvent, readCloudEvents } from './cloudevents.ts';
import { type Meaning, meaningOf } from './cloudevents-meaning.ts';
import { bodyOf, type DoorDeps, keyInPath, openDoor } from './open-door.ts';

/** The specification asks for 64 KB an event; a batch holds 200. */
const BODY_LIMIT = 2 * 1024 * 1024;
/** How long an event is remembered, so that it is taken once however often it is delivered. */
const REMEMBERED_MS = 3 * 86_400_000;
/** Refused events that one answer names. */
const MOST_NAMED = 50;

/** What the doors of CloudEvents need. */
export interface CloudeventsDoorsDeps extends DoorDeps {
  readonly changes: Pick<Changes, 'record'>;
  readonly payloads: Pick<Payloads, 'wasTaken' | 'noteTaken'>;
}

/** CloudEvents 1.0 over HTTP at `/cloudevents/<key>`, and the handshake by which a sender asks whether it may deliver. */
export function cloudeventsDoors(deps: CloudeventsDoorsDeps): readonly VendorDoor[] {
  const shared = {
    url: '/cloudevents/:key',
    bodyLimit: BODY_LIMIT,
    kinds: ['cloudevents'] as const,
    keyOf: keyInPath,
    fail,
  };
  return [
    openDoor(deps, {
      ...shared,
      method: 'POST',
      summary: 'Take events as alerts and changes (CloudEvents 1.0)',
      handle: (integration, request, now) => take(deps, integration, request, now),
    }),
    openDoor(deps, {
      ...shared,
      method: 'OPTIONS',
      summary: 'Say that a sender may deliver here (CloudEvents webhooks)',
      handle: (_integration, request) => agree(request),
    }),
  ];
}

/** Whoever knows the key may deliver, from wherever. The address to call back that the request may name is never called. */
function agree({ headers }: DoorRequest): DoorAnswer {
  const origin = headers['webhook-request-origin'];
  if (typeof origin !== 'string' || !/^[\x21-\x7e]{1,253}$/.test(origin))
    return { status: 200, headers: { allow: 'POST' } };
  return {
    status: 200,
    headers: { allow: 'POST', 'webhook-allowed-origin': origin, 'webhook-allowed-rate': '*' },
  };
}

async function take(
  deps: CloudeventsDoorsDeps,
  integration: Integration,
  request: DoorRequest,
  now: Temporal.Instant,
): Promise<DoorAnswer> {
  const read = readCloudEvents(request);
  if (!read.ok) {
    deps.onRefused(integration.id, 1);
    return fail(read.status, read.reason);
  }
  const context = { integrationId: integration.id, nowMs: now.epochMilliseconds };
  const fresh = await untaken(deps, integration, read.events);
  const meant = fresh.map((placed) => ({ ...placed, meaning: meaningOf(placed.event, context) }));
  const alerts = meant.flatMap(({ meaning }) => (meaning.kind === 'alert' ? [meaning.event] : []));
  const changes = meant.flatMap(({ meaning }) => (meaning.kind === 'change' ? [meaning.change] : []));
  const poisoned = new Set(
    alerts.length === 0 ? [] : await deps.integrations.take(integration, alerts, { ...bodyOf(request), now }),
  );
  await deps.changes.record(integration, changes, now);
  const faults = [...read.refused];
  let accepted = 0;
  // Remembered after the commit: a sender that was turned away with 503 delivers the very same event again.
  for (const { place, event, meaning } of meant) {
    const reason = faultOf(meaning, poisoned);
    if (reason !== null) {
      faults.push({ index: place, reason });
      continue;
    }
    accepted += 1;
    await deps.payloads.noteTaken(deliveryOf(integration, event), now.epochMilliseconds + REMEMBERED_MS);
  }
  if (faults.length > 0) deps.onRefused(integration.id, faults.length);
  return outcomeOf({ accepted, repeated: read.events.length - fresh.length }, faults);
}

function faultOf(meaning: Meaning, poisoned: ReadonlySet<InboundEvent>): string | null {
  if (meaning.kind === 'refused') return meaning.reason;
  return meaning.kind === 'alert' && poisoned.has(meaning.event) ? 'the database refuses this event' : null;
}

/** Without those that were delivered before, in this request or an earlier one: source and id name an event. */
async function untaken(
  { payloads }: CloudeventsDoorsDeps,
  integration: Integration,
  events: readonly PlacedEvent[],
): Promise<readonly PlacedEvent[]> {
  const fresh = new Map<string, PlacedEvent>();
  for (const placed of events) {
    const delivery = deliveryOf(integration, placed.event);
    if (!fresh.has(delivery.key) && !(await payloads.wasTaken(delivery))) fresh.set(delivery.key, placed);
  }
  return [...fresh.values()];
}

function deliveryOf({ id: integrationId }: Integration, { source, id }: CloudEvent) {
  return { integrationId, key: JSON.stringify(['cloudevents', source, id]) };
}

/** What was taken; when events were refused 400, which names them: the good ones are taken all the same, once. */
function outcomeOf(
  counts: { readonly accepted: number; readonly repeated: number },
  faults: readonly RefusedItem[],
): DoorAnswer {
  const [first] = faults;
  if (first === undefined) return answer(200, counts);
  const message = `${faults.length} refused; event ${first.index}: ${first.reason}`;
  return answer(400, { error: message, ...counts, refused: faults.slice(0, MOST_NAMED) });
}

function answer(status: number, body: object): DoorAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(body) };
}

function fail(status: number, message: string, retryAfterSeconds?: number): DoorAnswer {
  const failed = answer(status, { error: message });
  return retryAfterSeconds === undefined
    ? failed
    : { ...failed, headers: { 'retry-after': String(retryAfterSeconds) } };
}
