import { createAmending } from '#alerts';
import {
  alertmanagerWebhookDoors,
  cloudeventsDoors,
  genericWebhookDoors,
  githubDoors,
  grafanaDoors,
  heartbeatSlug,
  opsgenieDoors,
  pagerdutyDoors,
  slackInDoors,
  victoropsDoors,
} from '#integrations';
import { heartbeatDoors } from '#checks';
import type { VendorDoor } from '#platform/http/door';
import type { Base, Domains } from './compose-domains.ts';

/** The doors of protocols that speak of alerts and not of pages: Opsgenie's, VictorOps', Slack's. */
export function composeDoors(base: Base, domains: Domains): readonly VendorDoor[] {
  const { clock, db, newId, log } = base;
  const shared = {
    clock,
    newId,
    integrations: domains.integrations,
    pages: domains.pageActs,
    onRefused: (_integrationId: string, count: number) => domains.counts.alertsRefused(count),
    keep: domains.payloads.keep,
  };
  const webhooks = {
    clock,
    integrations: shared.integrations,
    payloads: domains.payloads,
    onRefused: shared.onRefused,
  };
  return [
    ...opsgenieDoors({
      ...shared,
      db,
      amending: createAmending({
        db,
        config: base.cache,
        acceptConfig: domains.acceptConfig,
        decider: domains.escalation,
        muting: domains.silences.muting,
        wake: (at) => base.wake('groups', at),
      }),
      async pingHeartbeat(integrationId, name, at) {
        const slug = heartbeatSlug(name);
        // Nothing is left of a name of signs only; the empty address is another heartbeat's.
        const id = slug === '' ? null : domains.heartbeats.at(integrationId, slug);
        if (id !== null) await domains.heartbeats.ping(id, { kind: 'ok', at, message: null });
        return id !== null;
      },
      onStatusLost: (err) =>
        log.warn({ err }, 'the status of an Opsgenie request could not be kept; the request was done'),
    }),
    ...pagerdutyDoors({ ...shared, changes: domains.changes }),
    ...githubDoors({ ...shared, changes: domains.changes }),
    ...cloudeventsDoors({ ...shared, changes: domains.changes, payloads: domains.payloads }),
    ...victoropsDoors(shared),
    ...slackInDoors(shared),
    ...alertmanagerWebhookDoors(webhooks),
    ...grafanaDoors(webhooks),
    ...genericWebhookDoors(webhooks),
    ...heartbeatDoors({ clock, integrations: domains.integrations, heartbeats: domains.heartbeats }),
  ];
}
