import type { IntegrationKind } from './model.ts';

/** What a sender is configured with, by the names its own configuration uses; `url` wherever there is one. */
export type SenderAddress = Readonly<Record<string, string>>;

/** The paths that carry the key, by kind; the others take it in a header or in the body. */
const KEYED_PATHS: Partial<Readonly<Record<IntegrationKind, string>>> = {
  alertmanager: '/am',
  'alertmanager-webhook': '/webhooks/alertmanager',
  grafana: '/webhooks/grafana',
  victorops: '/integrations/generic/20131114/alert',
  slack: '/services',
  cloudevents: '/cloudevents',
  github: '/webhooks/github',
  webhook: '/webhooks/generic',
  heartbeat: '/heartbeats',
};

/** What to give the sender of an integration. The base has no slash at its end; the key is the secret, shown once. */
export function addressOf(kind: IntegrationKind, baseUrl: string, key: string): SenderAddress {
  const path = KEYED_PATHS[kind];
  if (path !== undefined) return { url: `${baseUrl}${path}/${key}` };
  if (kind === 'pagerduty') return { url: baseUrl, routingKey: key };
  if (kind === 'opsgenie') return { url: baseUrl, apiKey: key };
  return { address: `${key}@${new URL(baseUrl).hostname}` };
}
