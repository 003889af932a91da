import type { NewId } from '#platform/ids';
import type { DoorAnswer, DoorRequest, VendorDoor } from '#platform/http/door';
import type { Integration } from '../model.ts';
import type { PageActs } from '../ports.ts';
import { contentTypeOf, type DoorDeps, keyInPath, openDoor } from './open-door.ts';
import { readVictorops } from './victorops.ts';

const BODY_LIMIT = 1024 * 1024;
const BASE = '/integrations/generic/20131114/alert/:key';

/** What VictorOps' doors need. */
export interface VictoropsDoorsDeps extends DoorDeps {
  readonly newId: NewId;
  readonly pages: PageActs;
}

/** VictorOps' REST endpoint: the key in the path, the routing key behind it, which becomes the label `routing_key`. */
export function victoropsDoors(deps: VictoropsDoorsDeps): readonly VendorDoor[] {
  return [BASE, `${BASE}/`, `${BASE}/:routingKey`, `${BASE}/:routingKey/`].map((url) =>
    openDoor(deps, {
      method: 'POST',
      url,
      summary: 'Take an alert, an acknowledgement or a recovery (VictorOps REST endpoint)',
      bodyLimit: BODY_LIMIT,
      kinds: ['victorops'],
      keyOf: keyInPath,
      fail,
      handle: (integration, request, now) => take(deps, { integration, request, now }),
    }),
  );
}

async function take(
  deps: VictoropsDoorsDeps,
  {
    integration,
    request,
    now,
  }: { readonly integration: Integration; readonly request: DoorRequest; readonly now: Temporal.Instant },
): Promise<DoorAnswer> {
  const read = readVictorops(request.body, integration, {
    routingKey: request.params['routingKey'] ?? null,
    nowMs: now.epochMilliseconds,
    freshId: deps.newId,
  });
  if (!read.ok) {
    deps.onRefused(integration.id, 1);
    return fail(400, read.reason);
  }
  const { message } = read;
  const success = answer(200, { result: 'success', entity_id: message.entityId });
  if (message.kind === 'alert') {
    const { body } = request;
    const refused = await deps.integrations.take(integration, [message.event], {
      body,
      contentType: contentTypeOf(request),
      now,
    });
    if (refused.length === 0) return success;
    deps.onRefused(integration.id, 1);
    return fail(400, 'the database refuses this alert');
  }
  const by = message.kind === 'acknowledge' ? (message.by ?? integration.name) : integration.name;
  const act =
    message.kind === 'acknowledge' ? { kind: 'acknowledge' as const } : { kind: 'note' as const, text: message.text };
  // What is open decides; with nothing open both change nothing there either.
  await deps.pages.act({ integrationId: integration.id, identity: message.identity }, act, { by, now });
  return success;
}

function answer(status: number, body: object): DoorAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(body) };
}

function fail(status: number, message: string, retryAfterSeconds?: number): DoorAnswer {
  const failed = answer(status, { result: 'failure', message });
  return retryAfterSeconds === undefined
    ? failed
    : { ...failed, headers: { 'retry-after': String(retryAfterSeconds) } };
}
