import { createMailIn } from '#integrations';
import type { Base, Domains } from './compose-domains.ts';

/** The listener for mail, where the configuration names a port and this process takes alerts in. */
export function composeMailIn(base: Base, domains: Domains) {
  const { config, clock, log } = base;
  const { mailInPort: port, host, roles } = config;
  if (port === undefined || !roles.includes('intake')) return null;
  const mailIn = createMailIn({
    clock,
    integrations: domains.integrations,
    payloads: domains.payloads,
    onRefused: (_integrationId, count) => domains.counts.alertsRefused(count),
    onError: (err) => log.error({ err }, 'a mail could not be taken; its sender was told to come again'),
  });
  return {
    /** Listens; answers where mail servers reach it. */
    async start(): Promise<string> {
      const taken = await mailIn.listen({ host, port });
      return `smtp://${host.includes(':') ? `[${host}]` : host}:${taken}`;
    },
    stop: () => mailIn.close(),
  };
}
