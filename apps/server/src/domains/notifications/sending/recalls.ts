import type { Address, Channel, SendResult } from '../adapters/channel.ts';
import type { Id, Instant } from '../model.ts';
import type { NotificationPorts } from '../ports.ts';
import type { SendOrder } from './plan.ts';

/** What stopping needs. */
export interface RecallSources {
  readonly ports: Pick<NotificationPorts, 'escalation'>;
}

/** Messages that go on ringing at their provider until they are stopped there or end by themselves. */
export interface Recalls {
  /** Keeps a message that rings on. */
  sent(
    call: { readonly order: SendOrder; readonly channel: Channel; readonly address: Address },
    result: SendResult,
    now: Instant,
  ): void;
  /** Stops what nobody wants any more: acknowledged, snoozed, resolved. What cannot be stopped is tried again at the next pass. */
  stopUnwanted(now: Instant, signal: AbortSignal): Promise<void>;
}

interface Ringing {
  readonly id: Id;
  readonly providerId: string;
  readonly stop: NonNullable<Channel['recall']>['stop'];
  readonly pages: readonly { readonly runId: Id; readonly reason: { readonly kind: string } }[];
  readonly until: Instant;
}

/**
 * Builds the memory of this process. It ends with the process: what it rang then ends by itself within the channel's
 * own limit, which is why that limit is minutes.
 */
export function createRecalls({ ports }: RecallSources): Recalls {
  const ringing = new Map<Id, Ringing>();
  return {
    sent({ order, channel }, result, now) {
      const { recall } = channel;
      if (!recall || !result.ok || result.providerId === undefined || !recall.ringsOn(result.providerId)) return;
      const pages = [order.carrier, ...order.folded].flatMap(({ kind, runId, reason }) =>
        kind === 'page' && runId !== null ? [{ runId, reason: { kind: reason.call?.kind ?? '' } }] : [],
      );
      if (pages.length === 0) return;
      const { id } = order.carrier;
      const until = now.add({ seconds: recall.seconds });
      ringing.set(id, { id, providerId: result.providerId, stop: recall.stop, pages, until });
    },
    async stopUnwanted(now, signal) {
      for (const { id, until } of ringing.values()) if (Temporal.Instant.compare(until, now) <= 0) ringing.delete(id);
      if (ringing.size === 0) return;
      const all = [...ringing.values()];
      const wanted = await ports.escalation().stillWanted(all.flatMap(({ pages }) => pages));
      let at = 0;
      for (const one of all) {
        const isWanted = wanted.slice(at, at + one.pages.length).some((yes) => yes);
        at += one.pages.length;
        if (isWanted) continue;
        const { ok } = await one.stop(one.providerId, { key: one.id, signal, now });
        if (ok) ringing.delete(one.id);
      }
    },
  };
}
