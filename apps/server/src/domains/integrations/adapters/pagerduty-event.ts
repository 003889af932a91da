import { cleanLabels, type InboundEvent, labelHash, storable } from '#alerts';
import { NEVER_ENDS_MS } from '../model.ts';
import type { SentLink } from './pagerduty-fields.ts';
import { slackTitle } from './slack-title.ts';

/** What both versions of PagerDuty's protocol say of a trouble. */
export interface Trouble {
  readonly summary: string;
  readonly source: string | null;
  readonly severity: string | null;
  readonly component: string | null;
  readonly group: string | null;
  readonly class: string | null;
  readonly timestamp: string | null;
  readonly details: Readonly<Record<string, string>>;
  readonly links: readonly SentLink[];
  readonly images: readonly SentLink[];
  readonly client: string | null;
  readonly clientUrl: string | null;
}

const LONGEST_LABEL = 200;

/** The identity of the alert that a key names: within one integration, which is one routing key. */
export function identityOf(dedupKey: string): string {
  return labelHash(`pagerduty\0${dedupKey}`);
}

/**
 * A trouble as event. It begins when it comes in, whatever its timestamp says: a trigger after a resolve, by the sender or
 * by hand, is a new alert here as there. It has no end: only a resolve ends it.
 */
export function troubleEvent(
  trouble: Trouble,
  at: { readonly integrationId: string; readonly dedupKey: string; readonly nowMs: number },
): InboundEvent | string {
  const cleaned = cleanLabels(labelsOf(trouble));
  if (!cleaned.ok) return cleaned.error.message;
  return {
    integrationId: at.integrationId,
    labels: cleaned.labels,
    annotations: annotationsOf(trouble),
    generatorUrl: trouble.clientUrl ?? trouble.links[0]?.href ?? null,
    status: 'firing',
    startsAtMs: at.nowMs,
    endsAtMs: NEVER_ENDS_MS,
    endsAtIsTimeout: false,
    resends: false,
    identity: identityOf(at.dedupKey),
  };
}

/**
 * The end of whatever is open under a key, which keeps its text; the labels are of no use, since nothing opens by it. It
 * counts as later than any start: the process that took the trigger may have a clock a little ahead of ours.
 */
export function endEvent(at: {
  readonly integrationId: string;
  readonly dedupKey: string;
  readonly nowMs: number;
}): InboundEvent {
  return {
    integrationId: at.integrationId,
    labels: Object.assign(Object.create(null), { alertname: 'PagerDuty resolve' }),
    annotations: null,
    generatorUrl: null,
    status: 'resolved',
    startsAtMs: NEVER_ENDS_MS,
    endsAtMs: at.nowMs,
    endsAtIsTimeout: false,
    resends: false,
    keepsText: true,
    identity: identityOf(at.dedupKey),
  };
}

/**
 * The alert's name is its class, else its summary without the marks and counts in front. The service is the one that the
 * details name: PagerDuty itself knows it by the key alone.
 */
function labelsOf(trouble: Trouble): Readonly<Record<string, string>> {
  const labels: Record<string, string> = Object.create(null);
  labels['alertname'] = short(trouble.class ?? slackTitle(trouble.summary)) || 'PagerDuty event';
  labels['service'] = short(trouble.details['service'] ?? null);
  labels['instance'] = short(trouble.source);
  labels['severity'] = short(trouble.severity);
  labels['component'] = short(trouble.component);
  labels['group'] = short(trouble.group);
  labels['class'] = short(trouble.class);
  return labels;
}

function annotationsOf(trouble: Trouble): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = Object.create(null);
  annotations['summary'] = trouble.summary;
  if (trouble.timestamp !== null) annotations['timestamp'] = trouble.timestamp;
  if (trouble.client !== null) annotations['client'] = trouble.client;
  if (trouble.links.length > 0) annotations['links'] = linesOf(trouble.links);
  if (trouble.images.length > 0) annotations['images'] = linesOf(trouble.images);
  for (const name of Object.keys(trouble.details)) annotations[name] ??= trouble.details[name] as string;
  return annotations;
}

const linesOf = (links: readonly SentLink[]) =>
  links.map(({ href, text }) => (text === null ? href : `${text}: ${href}`)).join('\n');

const short = (text: string | null) => storable((text ?? '').slice(0, LONGEST_LABEL)).trim();
