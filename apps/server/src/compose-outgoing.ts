import { createEgress } from '#platform/egress';
import type { WebhooksDeps } from '#webhooks';
import type { Base, Domains } from './compose-domains.ts';

/** What outgoing webhooks get of the rest. Their way out is their own: receivers that hang take no connection from what calls people. */
export function composeOutgoing(
  base: Base,
  { audit, access, notifications }: Pick<Domains, 'audit' | 'access' | 'notifications'>,
): Omit<WebhooksDeps, 'db' | 'clock' | 'newId' | 'config'> {
  const egress = createEgress({ allow: base.config.egressAllow });
  const tries = base.metrics.counter(
    'tocsin_webhook_tries_total',
    'Ended tries of outgoing webhooks; result is ok or why it failed.',
    ['result'],
  );
  const person = (id: string) => access.people.current().users.get(id);
  return {
    egress,
    refuses: egress.refuses,
    sealing: base.secrets,
    baseUrl: base.baseUrl,
    awaitCalls: base.manual,
    wake: (at) => base.wake('webhooks', at),
    onTry: (result) => tries({ result }),
    onError: (where, err) => base.log.error({ err, where }, 'a webhook could not be sent; it will be tried again'),
    ports: {
      nameOf: (id) => person(id)?.name ?? null,
      audit: audit.record,
      async tellSwitchedOff(trx, { ownerId, what }, now) {
        const owner = ownerId !== null && person(ownerId)?.active ? { to: ownerId } : {};
        const about = {
          groupId: null,
          runId: null,
          severity: 4,
          subject: what,
          reason: 'webhook-switched-off',
        } as const;
        await notifications.raiseAlarms(trx, [{ ...about, ...owner }], now);
        base.wake('notifications');
      },
    },
  };
}
