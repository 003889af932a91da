import type { Changes } from '#changes';
import type { NewId } from '#platform/ids';
import type { DoorAnswer, DoorRequest, VendorDoor } from '#platform/http/door';
import { readObject } from '../json-object.ts';
import type { Integration } from '../model.ts';
import type { PageActs } from '../ports.ts';
import { bodyOf, type DoorDeps } from './open-door.ts';
import { readEventV1, readEventV2 } from './pagerduty.ts';
import { readChange } from './pagerduty-change.ts';
import type { Fields } from './pagerduty-fields.ts';

/** PagerDuty's own limit. */
const BODY_LIMIT = 512 * 1024;

/** What PagerDuty's doors need. */
export interface PagerdutyDoorsDeps extends DoorDeps {
  readonly newId: NewId;
  readonly pages: PageActs;
  readonly changes: Pick<Changes, 'record'>;
}

/** An event with the integration whose key it shows. */
interface Opened {
  readonly integration: Integration;
  readonly event: Fields;
  readonly request: DoorRequest;
  readonly now: Temporal.Instant;
}

/**
 * PagerDuty's Events API: v2, its change events, and v1. The key stands in the event, or in the header X-Routing-Key; an
 * unknown one is answered as there, with 400. There is no limit of events a minute: a trigger that could page is never
 * refused for its number. Overload answers 503, which its clients try again.
 */
export function pagerdutyDoors(deps: PagerdutyDoorsDeps): readonly VendorDoor[] {
  return [
    door(deps, '/v2/enqueue', 'Trigger, acknowledge or resolve an alert (PagerDuty Events API v2)', takeV2),
    door(deps, '/v2/change/enqueue', 'Take a change (PagerDuty Events API v2)', takeChange),
    door(deps, '/generic/2010-04-15/create_event.json', 'Take an event (PagerDuty Events API v1)', takeV1),
  ];
}

type Take = (deps: PagerdutyDoorsDeps, opened: Opened) => Promise<DoorAnswer>;

function door(deps: PagerdutyDoorsDeps, url: string, summary: string, take: Take): VendorDoor {
  return {
    method: 'POST',
    url,
    summary,
    bodyLimit: BODY_LIMIT,
    permission: 'integration-key',
    fail,
    async handle(request) {
      const now = deps.clock.now();
      const read = readObject(request.body);
      if (!read.ok) return unrecognized(read.reason);
      const key = keyOf(read.object, request);
      const integration = key === null ? null : deps.integrations.byKey(key, now);
      if (integration?.kind !== 'pagerduty') return invalid(['the routing key is missing or not known']);
      return take(deps, { integration, event: read.object, request, now });
    },
  };
}

function keyOf(event: Fields, { headers }: DoorRequest): string | null {
  const own = ['routing_key', 'service_key'].map((name) => (Object.hasOwn(event, name) ? event[name] : undefined));
  const key = [...own, headers['x-routing-key']].find((value) => typeof value === 'string' && value !== '');
  return typeof key === 'string' ? key.trim() : null;
}

async function takeV2(deps: PagerdutyDoorsDeps, opened: Opened): Promise<DoorAnswer> {
  const taken = await takeEvent(deps, opened, readEventV2);
  return typeof taken === 'string'
    ? answer(202, { status: 'success', message: 'Event processed', dedup_key: taken })
    : taken;
}

async function takeV1(deps: PagerdutyDoorsDeps, opened: Opened): Promise<DoorAnswer> {
  const taken = await takeEvent(deps, opened, readEventV1);
  return typeof taken === 'string'
    ? answer(200, { status: 'success', message: 'Event processed', incident_key: taken })
    : taken;
}

/** Takes an event; its key, or why it is refused. With nothing open an acknowledge or resolve is dropped, as there. */
async function takeEvent(
  deps: PagerdutyDoorsDeps,
  opened: Opened,
  readEvent: typeof readEventV2,
): Promise<string | DoorAnswer> {
  const { integration, event, request, now } = opened;
  const context = { integrationId: integration.id, nowMs: now.epochMilliseconds, freshKey: deps.newId };
  const read = readEvent(event, context);
  if (!read.ok) return refuse(deps, opened, read.faults);
  const { message } = read;
  if (message.kind === 'acknowledge') {
    const alert = { integrationId: integration.id, identity: message.identity };
    await deps.pages.act(alert, { kind: 'acknowledge' }, { by: message.by ?? integration.name, now });
    return message.dedupKey;
  }
  const refused = await deps.integrations.take(integration, [message.event], { ...bodyOf(request), now });
  return refused.length === 0 ? message.dedupKey : refuse(deps, opened, ['the database refuses this event']);
}

async function takeChange(deps: PagerdutyDoorsDeps, opened: Opened): Promise<DoorAnswer> {
  const { integration, event, now } = opened;
  const read = readChange(event, now.epochMilliseconds);
  if (!read.ok) return refuse(deps, opened, read.faults);
  await deps.changes.record(integration, [read.change], now);
  return answer(202, { status: 'success', message: 'Change event processed' });
}

/** Says what is wrong, and keeps the event as dead letter. */
async function refuse(deps: PagerdutyDoorsDeps, opened: Opened, faults: readonly string[]): Promise<DoorAnswer> {
  const { integration, request, now } = opened;
  deps.onRefused(integration.id, 1);
  await deps.keep?.(integration, bodyOf(request), faults.join('; '), now);
  return invalid(faults);
}

function answer(status: number, body: object): DoorAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(body) };
}

function invalid(errors: readonly string[]): DoorAnswer {
  return answer(400, { status: 'invalid event', message: 'Event object is invalid', errors });
}

function unrecognized(reason: string): DoorAnswer {
  const message = 'Event object format is unrecognized';
  return answer(400, { status: 'unrecognized object', message, errors: [reason] });
}

function fail(status: number, message: string, retryAfterSeconds?: number): DoorAnswer {
  const failed = answer(status, { status: 'error', message, errors: [message] });
  return retryAfterSeconds === undefined
    ? failed
    : { ...failed, headers: { 'retry-after': String(retryAfterSeconds) } };
}
