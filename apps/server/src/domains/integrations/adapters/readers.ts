import type { IntegrationKind, ReadBody } from '../model.ts';
import { unreadable } from '../model.ts';
import type { Reader } from '../payloads/service.ts';
import { parseAlertmanagerWebhook } from './alertmanager-webhook.ts';
import { parseAlerts } from './alertmanager.ts';
import { readGeneric } from './generic-webhook.ts';
import { parseGrafana } from './grafana.ts';

const webhookV4: Reader = ({ body }, integration, nowMs) => parseAlertmanagerWebhook(body, integration, nowMs);

/** How a stored request of each kind is read again: those whose body alone says what it means. */
export const readers: Readonly<Partial<Record<IntegrationKind, Reader>>> = {
  // An integration of the API v2 takes the webhook too: that one sends an object, the API a list.
  alertmanager: (request, integration, nowMs) =>
    /^\s*\{/.test(request.body.toString('utf8', 0, 100))
      ? webhookV4(request, integration, nowMs)
      : readAlerts(request.body, integration, nowMs),
  'alertmanager-webhook': webhookV4,
  grafana: ({ body }, integration, nowMs) => parseGrafana(body, integration, nowMs),
  webhook: (request, integration, nowMs) => readGeneric(request, integration, nowMs).read,
};

function readAlerts(...input: Parameters<typeof parseAlerts>): ReadBody {
  const parsed = parseAlerts(...input);
  if (!parsed.ok) return unreadable(parsed.reason);
  const bad = new Set(parsed.refused.map(({ index }) => index));
  const total = parsed.events.length + bad.size;
  return {
    events: parsed.events,
    places: Array.from({ length: total }, (_, place) => place).filter((place) => !bad.has(place)),
    refused: parsed.refused.map(({ index, reason }) => ({ index, pointer: `/${index}`, reason })),
    ignored: 0,
  };
}
