import { cleanLabels, type InboundEvent, labelHash, storable } from '#alerts';
import { type Integration, NEVER_ENDS_MS } from '../model.ts';
import type { MappedEvent } from './map-event.ts';

/** A mapped alert as the intake takes it, or why its labels cannot be stored. `nowMs` is when the request came in. */
export function toEvent(mapped: MappedEvent, integration: Integration, nowMs: number): InboundEvent | string {
  const cleaned = cleanLabels(labelsOf(mapped));
  if (!cleaned.ok) return `label ${JSON.stringify(cleaned.error.label)}: ${cleaned.error.message}`;
  const isFiring = mapped.status === 'firing';
  return {
    integrationId: integration.id,
    labels: cleaned.labels,
    annotations: annotationsOf(mapped),
    generatorUrl: mapped.links[0] ? storable(mapped.links[0].url) : null,
    status: mapped.status,
    // A start that the sender gives late or ahead of time must not hide a page.
    startsAtMs: Math.min(mapped.startsAtMs ?? nowMs, nowMs),
    endsAtMs: isFiring ? NEVER_ENDS_MS : nowMs,
    endsAtIsTimeout: false,
    resends: false,
    identity: labelHash(mapped.identity.map((part) => `${part.replaceAll('\0', '\ufffd')}\0`).join('')),
  };
}

/** What routes and groups it: its labels, severity and service; where none of them names it, its title. */
function labelsOf({ labels, severity, service, title }: MappedEvent): Readonly<Record<string, string>> {
  const all: Record<string, string> = Object.assign(Object.create(null), labels);
  if (severity !== null) all['severity'] = severity;
  if (service !== null) all['service'] = service;
  all['alertname'] ??= title.slice(0, 200);
  return all;
}

function annotationsOf({ title, description, links }: MappedEvent): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = Object.create(null);
  annotations['summary'] = title;
  if (description !== null) annotations['description'] = description;
  for (const { text, url } of links) annotations[text] = url;
  return annotations;
}
