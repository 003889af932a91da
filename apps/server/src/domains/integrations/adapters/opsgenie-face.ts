import type { OpsgenieAlert } from '../requests/search.ts';
import type { OpsgenieRequest } from '../requests/store.ts';
import type { Integration } from '../model.ts';
import { fieldsOf } from './opsgenie-text.ts';
import { tinyIdOf } from './opsgenie-tiny-id.ts';

/** An alert in the protocol's form; `whole` adds what only one alert by itself is shown with. */
export function faceOf(alert: OpsgenieAlert, integration: Integration, whole: boolean) {
  const { fields } = fieldsOf(alert);
  const { openedAt, resolvedAt, lastSeenAt, acknowledgedAt, snoozedUntil } = alert;
  const responders = fields.responders.map(responderFace);
  const isOpen = alert.status === 'firing';
  return {
    seen: acknowledgedAt !== null,
    id: alert.id,
    tinyId: tinyIdOf(alert.id),
    alias: fields.alias ?? alert.id,
    message: fields.message,
    status: isOpen ? 'open' : 'closed',
    acknowledged: acknowledgedAt !== null,
    isSeen: acknowledgedAt !== null,
    tags: fields.tags,
    snoozed: snoozedUntil !== null,
    ...(snoozedUntil === null ? {} : { snoozedUntil: at(snoozedUntil) }),
    count: alert.count,
    lastOccurredAt: at(lastSeenAt),
    createdAt: at(openedAt),
    updatedAt: at(resolvedAt !== null && isAfter(resolvedAt, lastSeenAt) ? resolvedAt : lastSeenAt),
    source: fields.source,
    owner: alert.owner ?? '',
    priority: `P${alert.severity}`,
    teams: responders.filter(({ type }) => type === 'team').map(({ name }) => ({ name })),
    responders,
    integration: { id: integration.id, name: integration.name, type: 'API' },
    ...reportOf(alert),
    ownerTeamId: integration.teamId ?? '',
    ...(whole
      ? { actions: fields.actions, entity: fields.entity, description: fields.description, details: fields.details }
      : {}),
  };
}

/** How long it took to acknowledge and to close, milliseconds. */
function reportOf({ openedAt, acknowledgedAt, resolvedAt, resolvedBy, owner }: OpsgenieAlert) {
  if (acknowledgedAt === null && resolvedAt === null) return {};
  const since = (moment: Temporal.Instant) => Math.max(0, moment.epochMilliseconds - openedAt.epochMilliseconds);
  return {
    report: {
      ...(acknowledgedAt === null ? {} : { ackTime: since(acknowledgedAt), acknowledgedBy: owner ?? '' }),
      ...(resolvedAt === null ? {} : { closeTime: since(resolvedAt), closedBy: resolvedBy ?? '' }),
    },
  };
}

function responderFace(responder: string): { readonly type: string; readonly name: string } {
  const colon = responder.indexOf(':');
  return { type: responder.slice(0, Math.max(0, colon)) || 'team', name: responder.slice(colon + 1) };
}

/** The status of a request in the protocol's form. */
export function requestFace({
  success,
  action,
  at: processedAt,
  integrationId,
  status,
  alertId,
  alias,
}: OpsgenieRequest) {
  return {
    success,
    action,
    processedAt: at(processedAt),
    integrationId,
    isSuccess: success,
    status,
    alertId: alertId ?? '',
    alias: alias ?? alertId ?? '',
  };
}

const at = (moment: Temporal.Instant) => moment.toString({ smallestUnit: 'millisecond' });
const isAfter = (a: Temporal.Instant, b: Temporal.Instant) => Temporal.Instant.compare(a, b) > 0;
