import type { VendorDoor } from '#platform/http/door';
import { takeSigned, type WebhookDoorsDeps } from './generic-webhook-doors.ts';
import { keyInHeader, keyInPath, openDoor } from './open-door.ts';
import { failWebhook } from './webhook-answer.ts';

/** 10 MB: an Alertmanager that has waited sends its whole group in one body, and drops it on a 413. */
const BODY_LIMIT = 10 * 1024 * 1024;

/**
 * Alertmanager's webhook at `/webhooks/alertmanager/<key>`, or with the key as Bearer token (`http_config`). A key of the
 * API v2 opens it too, so that one integration can be sent to by both. Alertmanager comes again only after 5xx: what is
 * our fault is 503, never 429.
 */
export function alertmanagerWebhookDoors(deps: WebhookDoorsDeps): readonly VendorDoor[] {
  return ['/webhooks/alertmanager/:key', '/webhooks/alertmanager'].map((url) =>
    openDoor(deps, {
      method: 'POST',
      url,
      summary: 'Take alerts (Alertmanager webhook, version 4)',
      bodyLimit: BODY_LIMIT,
      kinds: ['alertmanager-webhook', 'alertmanager'],
      keyOf: (request) => keyInPath(request) ?? keyInHeader(request, 'Bearer'),
      fail: failWebhook,
      handle: (integration, request, now) =>
        takeSigned(deps, { ...integration, kind: 'alertmanager-webhook' }, request, { now, signed: null }),
    }),
  );
}
