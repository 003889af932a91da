import type { InboundEvent } from '#alerts';
import { isObject } from '../json-object.ts';
import { endEvent, identityOf, type Trouble, troubleEvent } from './pagerduty-event.ts';
import { type Faults, type Fields, readDetails, readLinks, readText, webAddress } from './pagerduty-fields.ts';

/** What an event of PagerDuty's protocol asks for. */
export type PagerdutyMessage = { readonly dedupKey: string } & (
  | { readonly kind: 'event'; readonly event: InboundEvent }
  | { readonly kind: 'acknowledge'; readonly identity: string; readonly by: string | null }
);

/** The event as message, or all that is wrong with it. */
export type ReadPagerduty =
  | { readonly ok: true; readonly message: PagerdutyMessage }
  | { readonly ok: false; readonly faults: readonly string[] };

/** What an event is read with: whose key it shows, the time, and a key for a trigger that names none. */
export interface PagerdutyContext {
  readonly integrationId: string;
  readonly nowMs: number;
  readonly freshKey: () => string;
}

const LONGEST_KEY = 255;
const LONGEST_SUMMARY = 1_024;
const SEVERITIES = ['critical', 'error', 'warning', 'info'];
const ACTIONS = ['trigger', 'acknowledge', 'resolve'];

/** Reads an event of the Events API v2 (wire-formats.md section 3). */
export function readEventV2(event: Fields, context: PagerdutyContext): ReadPagerduty {
  const faults: Faults = [];
  const action = readText(event, 'event_action', faults, { required: true });
  const key = readText(event, 'dedup_key', faults, { longest: LONGEST_KEY });
  if (action !== null && !ACTIONS.includes(action)) faults.push(`'event_action' must be one of ${ACTIONS.join(', ')}`);
  if (key === null && action !== 'trigger' && faults.length === 0) faults.push("'dedup_key' is missing or blank");
  const trouble = action === 'trigger' ? troubleV2(event, faults) : null;
  return messageOf({ action, key, trouble, client: readText(event, 'client', []) }, faults, context);
}

function troubleV2(event: Fields, faults: Faults): Trouble | null {
  const payload = Object.hasOwn(event, 'payload') ? event['payload'] : undefined;
  if (!isObject(payload)) {
    faults.push(payload === undefined || payload === null ? "'payload' is missing" : "'payload' must be an object");
    return null;
  }
  const text = (name: string, required?: true, longest?: number) =>
    readText(payload, name, faults, {
      under: 'payload.',
      ...(required ? { required } : {}),
      ...(longest ? { longest } : {}),
    });
  const severity = text('severity', true)?.toLowerCase() ?? null;
  if (severity !== null && !SEVERITIES.includes(severity))
    faults.push(`'payload.severity' must be one of ${SEVERITIES.join(', ')}`);
  return {
    summary: text('summary', true, LONGEST_SUMMARY) ?? '',
    source: text('source', true),
    severity,
    component: text('component'),
    group: text('group'),
    class: text('class'),
    timestamp: text('timestamp'),
    details: readDetails(payload['custom_details']),
    links: readLinks(event['links'], 'href', 'text'),
    images: readLinks(event['images'], 'src', 'alt'),
    client: readText(event, 'client', faults),
    clientUrl: webAddress(event['client_url']),
  };
}

/** Reads an event of the older Events API v1, which names no severity. */
export function readEventV1(event: Fields, context: PagerdutyContext): ReadPagerduty {
  const faults: Faults = [];
  const action = readText(event, 'event_type', faults, { required: true });
  const key = readText(event, 'incident_key', faults, { longest: LONGEST_KEY });
  if (action !== null && !ACTIONS.includes(action)) faults.push(`'event_type' must be one of ${ACTIONS.join(', ')}`);
  if (key === null && action !== 'trigger' && faults.length === 0) faults.push("'incident_key' is missing or blank");
  const trouble = action === 'trigger' ? troubleV1(event, faults) : null;
  return messageOf({ action, key, trouble, client: readText(event, 'client', []) }, faults, context);
}

function troubleV1(event: Fields, faults: Faults): Trouble {
  const contexts = Array.isArray(event['contexts']) ? event['contexts'].filter(isObject) : [];
  const ofType = (type: string) => contexts.filter((context) => context['type'] === type);
  return {
    summary: readText(event, 'description', faults, { required: true })?.slice(0, LONGEST_SUMMARY) ?? '',
    source: null,
    severity: null,
    component: null,
    group: null,
    class: null,
    timestamp: null,
    details: readDetails(event['details']),
    links: readLinks(ofType('link'), 'href', 'text'),
    images: readLinks(ofType('image'), 'src', 'alt'),
    client: readText(event, 'client', faults),
    clientUrl: webAddress(event['client_url']),
  };
}

interface Wanted {
  readonly action: string | null;
  readonly key: string | null;
  readonly trouble: Trouble | null;
  readonly client: string | null;
}

function messageOf({ action, key, trouble, client }: Wanted, faults: Faults, context: PagerdutyContext): ReadPagerduty {
  if (faults.length > 0) return { ok: false, faults };
  const dedupKey = key ?? context.freshKey();
  const at = { integrationId: context.integrationId, dedupKey, nowMs: context.nowMs };
  if (action === 'acknowledge')
    return { ok: true, message: { kind: 'acknowledge', dedupKey, identity: identityOf(dedupKey), by: client } };
  const event = trouble === null ? endEvent(at) : troubleEvent(trouble, at);
  if (typeof event === 'string') return { ok: false, faults: [event] };
  return { ok: true, message: { kind: 'event', dedupKey, event } };
}
