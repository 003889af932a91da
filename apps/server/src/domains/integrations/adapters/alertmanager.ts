import { cleanLabels, type InboundEvent, labelHash, labelKey, storable } from '#alerts';
import { parseRfc3339 } from '#platform/clock';
import type { Integration, RefusedItem } from '../model.ts';
import { isShallow, MOST_DEPTH } from '../bounds.ts';

/** Alerts of one request at most; more is refused whole, because cutting would lose some silently. */
const MOST_ALERTS = 20_000;
const LONGEST_URL = 2_048;
/** 9999-01-01: later ends count as this one, since what waits for them must still be a year of four digits. */
const LATEST_MS = 253_370_764_800_000;

/** What a POST to /api/v2/alerts says, or why its body is not readable at all. */
export type ParsedAlerts =
  | { readonly ok: true; readonly events: readonly InboundEvent[]; readonly refused: readonly RefusedItem[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads Alertmanager's API v2 (wire-formats.md section 1): a bare array of alerts. Bad items are named and left out,
 * the others stand. No startsAt: now, or endsAt if only that is given. No endsAt: now + the integration's resolve
 * timeout, marked as such. Firing while endsAt is in the future.
 */
export function parseAlerts(body: Buffer, integration: Integration, nowMs: number): ParsedAlerts {
  if (!isShallow(body)) return { ok: false, reason: `nested deeper than ${MOST_DEPTH} levels` };
  let items: unknown;
  try {
    items = JSON.parse(body.toString('utf8'));
  } catch (error) {
    return { ok: false, reason: `not JSON: ${(error as Error).message}` };
  }
  if (!Array.isArray(items)) return { ok: false, reason: 'the body must be an array of alerts' };
  if (items.length > MOST_ALERTS) return { ok: false, reason: `more than ${MOST_ALERTS} alerts in one request` };
  const events: InboundEvent[] = [];
  const refused: RefusedItem[] = [];
  for (let index = 0; index < items.length; index += 1) {
    const event = parseAlert(items[index], integration, nowMs);
    if (typeof event === 'string') refused.push({ index, reason: event });
    else events.push(event);
  }
  return { ok: true, events, refused };
}

interface WireAlert {
  readonly labels?: unknown;
  readonly annotations?: unknown;
  readonly startsAt?: unknown;
  readonly endsAt?: unknown;
  readonly generatorURL?: unknown;
}

/** One alert as event, or why it is refused. */
function parseAlert(item: unknown, integration: Integration, nowMs: number): InboundEvent | string {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return 'an alert must be an object';
  const wire = item as WireAlert;
  const cleaned = cleanLabels(wire.labels);
  if (!cleaned.ok)
    return cleaned.error.label === null
      ? cleaned.error.message
      : `label ${JSON.stringify(cleaned.error.label)}: ${cleaned.error.message}`;
  const starts = readTime(wire.startsAt);
  const ends = readTime(wire.endsAt);
  if (Number.isNaN(starts)) return 'startsAt must be an RFC 3339 time';
  if (Number.isNaN(ends)) return 'endsAt must be an RFC 3339 time';
  const endsAtMs = ends ?? nowMs + integration.resolveTimeoutSeconds * 1_000;
  const startsAtMs = starts ?? (ends === null ? nowMs : Math.min(ends, nowMs));
  if (endsAtMs < startsAtMs)
    return ends === null ? 'startsAt lies further ahead than the resolve timeout' : 'endsAt is before startsAt';
  return {
    integrationId: integration.id,
    labels: cleaned.labels,
    annotations: wire.annotations,
    generatorUrl: readUrl(wire.generatorURL),
    status: endsAtMs > nowMs ? 'firing' : 'resolved',
    startsAtMs,
    endsAtMs,
    endsAtIsTimeout: ends === null,
    // Without startsAt each repeat would be a new start: such senders do not re-send by themselves.
    resends: starts !== null,
    identity: labelHash(labelKey(cleaned.labels)),
  };
}

/** Epoch milliseconds; null when absent or the zero time that Go writes for none; NaN when unreadable. */
export function readTime(value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') return Number.NaN;
  if (value.startsWith('0001-01-01T00:00:00')) return null;
  return Math.min(parseRfc3339(value), LATEST_MS);
}

/** The link back, kept only when it is http(s): anything else could run as script where it is shown. */
export function readUrl(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > LONGEST_URL) return null;
  return /^https?:\/\//i.test(value) ? storable(value) : null;
}
