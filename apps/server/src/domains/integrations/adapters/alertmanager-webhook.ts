import { cleanLabels, type InboundEvent, labelHash, labelKey } from '#alerts';
import { isObject, readObject } from '../json-object.ts';
import { type Integration, NEVER_ENDS_MS, type ReadBody, type Refusal, unreadable } from '../model.ts';
import { readTime, readUrl } from './alertmanager.ts';

/** Alerts of one request at most; more is refused whole, because cutting would lose some silently. */
const MOST_ALERTS = 20_000;

/** Annotations of one alert besides its own, by what a vendor adds to the format. */
export type Extras = (alert: Readonly<Record<string, unknown>>) => Readonly<Record<string, string>>;

/**
 * Reads the body of Alertmanager's webhook, version 4 (wire-formats.md section 2). Each alert is decided by its own
 * status: the group's is `firing` while any of them fires. The identity is that of the API v2, so that who sends by both
 * ways opens one alert.
 */
export function parseAlertmanagerWebhook(
  body: Buffer,
  integration: Integration,
  nowMs: number,
  extras: Extras = () => ({}),
): ReadBody {
  const read = readObject(body);
  if (!read.ok) return unreadable(read.reason);
  const { alerts } = read.object;
  if (!Array.isArray(alerts))
    return unreadable('`alerts` must be a list: this is not the body of a webhook, version 4');
  if (alerts.length > MOST_ALERTS) return unreadable(`more than ${MOST_ALERTS} alerts in one request`);
  const events: InboundEvent[] = [];
  const places: number[] = [];
  const refused: Refusal[] = [];
  for (let index = 0; index < alerts.length; index += 1) {
    const event = readAlert(alerts[index], integration, nowMs, extras);
    if (typeof event === 'string') refused.push({ index, pointer: `/alerts/${index}`, reason: event });
    else {
      events.push(event);
      places.push(index);
    }
  }
  return { events, places, refused, ignored: 0 };
}

/** One alert as event, or why it is refused. A firing one has no end: its sender says when it is over. */
function readAlert(item: unknown, integration: Integration, nowMs: number, extras: Extras): InboundEvent | string {
  if (!isObject(item)) return 'an alert must be an object';
  const { status } = item;
  if (status !== 'firing' && status !== 'resolved') return 'status must be firing or resolved';
  const cleaned = cleanLabels(item['labels']);
  if (!cleaned.ok) {
    const { label, message } = cleaned.error;
    return label === null ? message : `label ${JSON.stringify(label)}: ${message}`;
  }
  const starts = readTime(item['startsAt']);
  const ends = readTime(item['endsAt']);
  if (Number.isNaN(starts)) return 'startsAt must be an RFC 3339 time';
  if (Number.isNaN(ends)) return 'endsAt must be an RFC 3339 time';
  const isFiring = status === 'firing';
  return {
    integrationId: integration.id,
    labels: cleaned.labels,
    annotations: Object.assign(Object.create(null), ownAnnotations(item['annotations']), extras(item)),
    generatorUrl: readUrl(item['generatorURL']),
    status,
    startsAtMs: Math.min(starts ?? nowMs, nowMs),
    endsAtMs: isFiring ? NEVER_ENDS_MS : Math.min(ends ?? nowMs, nowMs),
    endsAtIsTimeout: false,
    // Without startsAt each repeat would be a new start.
    resends: starts !== null,
    identity: labelHash(labelKey(cleaned.labels)),
  };
}

const ownAnnotations = (annotations: unknown) => (isObject(annotations) ? annotations : {});
