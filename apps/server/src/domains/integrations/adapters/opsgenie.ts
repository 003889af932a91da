import { type AlertText, type InboundEvent, labelHash, storable } from '#alerts';
import { readObject } from '../json-object.ts';
import { type Integration, NEVER_ENDS_MS } from '../model.ts';
import { cut, LIMITS, readBody, type Refusal, tagOf } from './opsgenie-body.ts';
import { type OpsgenieFields, textOf } from './opsgenie-text.ts';

/** An alert to be created. */
export interface OpsgenieCreate {
  readonly ok: true;
  readonly fields: OpsgenieFields;
  readonly note: string | null;
}

/** Reads the body of `POST /v2/alerts`. */
export function readCreate(body: Buffer): OpsgenieCreate | Refusal {
  const read = readBody(readObject(body));
  if (!read.ok) return read;
  const { field } = read;
  const fields: OpsgenieFields = {
    message: field.text('message', LIMITS.message) ?? field.refuse('message', 'Message can not be empty.', ''),
    alias: field.text('alias', LIMITS.alias),
    description: field.text('description', LIMITS.description) ?? '',
    tags: field.list('tags', LIMITS.tags).map(tagOf),
    details: field.details(),
    entity: field.text('entity', LIMITS.entity) ?? '',
    // Alertmanager gives its own address as source: cut at Opsgenie's hundred characters it would lead nowhere.
    source: field.text('source', 2_048) ?? '',
    user: field.text('user', LIMITS.user) ?? '',
    responders: field.responders(),
    actions: field.list('actions', LIMITS.actions).map((action) => cut(action.replaceAll(',', ' '), LIMITS.action)),
    priority: field.priority(),
  };
  const note = field.text('note', LIMITS.note);
  return field.refusal() ?? { ok: true, fields, note };
}

/** The identity of an alias; an alert without one gets the key of its own, which nobody can name again. */
export function identityOf(key: { readonly alias: string } | { readonly own: string }): string {
  return labelHash('alias' in key ? `opsgenie-alias\0${key.alias}` : `opsgenie-own\0${key.own}`);
}

/** The event that opens an alert, or counts it again when it is open. */
export function createEvent(
  fields: OpsgenieFields,
  context: {
    readonly integration: Pick<Integration, 'id'>;
    readonly note?: string | null;
    readonly nowMs: number;
    readonly ownKey: string;
  },
): InboundEvent {
  const { note = null } = context;
  const text: AlertText = textOf(fields, note === null ? {} : { note });
  const { alias, source } = fields;
  return {
    integrationId: context.integration.id,
    labels: text.labels,
    annotations: text.annotations,
    generatorUrl: /^https?:\/\//i.test(source) ? storable(source) : null,
    status: 'firing',
    startsAtMs: context.nowMs,
    endsAtMs: NEVER_ENDS_MS,
    endsAtIsTimeout: false,
    resends: false,
    identity: identityOf(alias === null ? { own: context.ownKey } : { alias }),
    keepsText: true,
    ...(text.severity === null ? {} : { severity: text.severity }),
  };
}

/** The event that closes an open alert. */
export function closeEvent(
  alert: { readonly integrationId: string; readonly identity: string; readonly labels: InboundEvent['labels'] },
  nowMs: number,
): InboundEvent {
  return {
    ...{ integrationId: alert.integrationId, labels: alert.labels, identity: alert.identity },
    annotations: undefined,
    generatorUrl: null,
    status: 'resolved',
    startsAtMs: nowMs,
    endsAtMs: nowMs,
    endsAtIsTimeout: false,
    resends: false,
    keepsText: true,
  };
}
