import { cleanLabels, type InboundEvent, labelHash, storable } from '#alerts';
import { fieldOf, readObject, textOf } from '../json-object.ts';
import { type Integration, NEVER_ENDS_MS } from '../model.ts';

/** What a request to VictorOps' REST endpoint asks for. */
export type VictoropsMessage = { readonly entityId: string } & (
  | { readonly kind: 'alert'; readonly event: InboundEvent }
  | { readonly kind: 'acknowledge'; readonly identity: string; readonly by: string | null }
  | { readonly kind: 'info'; readonly identity: string; readonly text: string }
);

/** The request as message, or why it is refused. */
export type ReadVictorops =
  | { readonly ok: true; readonly message: VictoropsMessage }
  | { readonly ok: false; readonly reason: string };

const LONGEST_LABEL = 200;
const LONGEST_ID = 512;
/** 2000-01-01: earlier starts are a sender's unset clock. */
const EARLIEST_MS = 946_684_800_000;
/** A number above this counts milliseconds, not seconds (5138-11-16). */
const MOST_SECONDS = 100_000_000_000;
/** Fields with a meaning of their own; all others are annotations. */
const KNOWN = new Set([
  'message_type',
  'entity_id',
  'entity_display_name',
  'state_message',
  'state_start_time',
  'timestamp',
  'monitoring_tool',
  'routing_key',
]);
/** Fields that say where it is, as labels. */
const PLACES = { host_name: 'instance', hostname: 'instance', service: 'service' } as const;

/**
 * Reads a request of VictorOps' REST endpoint. CRITICAL and WARNING fire, RECOVERY resolves, ACKNOWLEDGEMENT takes the
 * pages of the entity; INFO never pages, as there: it becomes a note of what is open. Any further field is kept as
 * annotation. Without entity_id a fresh one stands for it (`freshId`), as there.
 */
export function readVictorops(
  body: Buffer,
  integration: Pick<Integration, 'id'>,
  context: { readonly routingKey: string | null; readonly nowMs: number; readonly freshId: () => string },
): ReadVictorops {
  const read = readObject(body);
  if (!read.ok) return read;
  const { object } = read;
  const type = fieldOf(object, 'message_type')?.toUpperCase() ?? '';
  const entityId = storable((fieldOf(object, 'entity_id') ?? context.freshId()).slice(0, LONGEST_ID));
  const identity = labelHash(`victorops\0${entityId}`);
  switch (type) {
    case 'ACKNOWLEDGEMENT':
      return {
        ok: true,
        message: { kind: 'acknowledge', entityId, identity, by: short(fieldOf(object, 'ack_author')) },
      };
    case 'INFO':
      return { ok: true, message: { kind: 'info', entityId, identity, text: titleOf(object, entityId) } };
    case 'CRITICAL':
    case 'WARNING':
    case 'RECOVERY': {
      const labels = labelsOf(object, { type, entityId, routingKey: context.routingKey });
      if (typeof labels === 'string') return { ok: false, reason: labels };
      const event = eventOf(object, { labels, identity, type, integrationId: integration.id, nowMs: context.nowMs });
      return { ok: true, message: { kind: 'alert', entityId, event } };
    }
    default:
      return {
        ok: false,
        reason: 'message_type must be CRITICAL, WARNING, ACKNOWLEDGEMENT, INFO or RECOVERY',
      };
  }
}

type Fields = Readonly<Record<string, unknown>>;

function eventOf(
  object: Fields,
  facts: Pick<InboundEvent, 'labels' | 'identity' | 'integrationId'> & {
    readonly type: string;
    readonly nowMs: number;
  },
): InboundEvent {
  const { labels, identity, type, integrationId, nowMs } = facts;
  const resolved = type === 'RECOVERY';
  return {
    integrationId,
    labels,
    annotations: annotationsOf(object),
    generatorUrl: null,
    status: resolved ? 'resolved' : 'firing',
    startsAtMs: resolved ? nowMs : startOf(object, nowMs),
    endsAtMs: resolved ? nowMs : NEVER_ENDS_MS,
    endsAtIsTimeout: false,
    resends: false,
    identity,
  };
}

function labelsOf(
  object: Fields,
  {
    type,
    entityId,
    routingKey,
  }: { readonly type: string; readonly entityId: string; readonly routingKey: string | null },
): InboundEvent['labels'] | string {
  const labels: Record<string, string> = Object.create(null);
  labels['alertname'] = nameOf(titleOf(object, entityId));
  for (const [field, label] of Object.entries(PLACES)) {
    const value = short(fieldOf(object, field));
    if (value !== null) labels[label] = value;
  }
  labels['monitoring_tool'] = short(fieldOf(object, 'monitoring_tool')) ?? '';
  labels['routing_key'] = short(routingKey ?? fieldOf(object, 'routing_key')) ?? '';
  labels['severity'] = type === 'WARNING' ? 'warning' : 'critical';
  const cleaned = cleanLabels(labels);
  return cleaned.ok ? cleaned.labels : cleaned.error.message;
}

function annotationsOf(object: Fields): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = Object.create(null);
  const title = fieldOf(object, 'entity_display_name');
  const description = fieldOf(object, 'state_message');
  if (title !== null) annotations['title'] = title;
  if (description !== null) annotations['description'] = description;
  for (const name of Object.keys(object)) {
    const value = KNOWN.has(name) ? null : textOf(object[name]);
    if (value !== null && !Object.hasOwn(annotations, name)) annotations[name] = value;
  }
  return annotations;
}

function titleOf(object: Fields, entityId: string): string {
  return fieldOf(object, 'entity_display_name') ?? fieldOf(object, 'state_message') ?? entityId;
}

/** The name that alerts of one trouble share: Alertmanager's status and count in front change while it lasts. */
function nameOf(title: string): string {
  return short((title.split('\n')[0] as string).replace(/^\[(FIRING|RESOLVED)[^\]]{0,20}\]\s*/i, '')) ?? 'VictorOps';
}

function short(text: string | null): string | null {
  return text === null ? null : text.slice(0, LONGEST_LABEL).trim() || null;
}

/** When the state began, as epoch seconds (or milliseconds); now when that is absent, absurd or still to come. */
function startOf(object: Fields, nowMs: number): number {
  const number = Number(fieldOf(object, 'state_start_time') ?? Number.NaN);
  const ms = Math.trunc(number > MOST_SECONDS ? number : number * 1_000);
  return ms >= EARLIEST_MS && ms <= nowMs ? ms : nowMs;
}
