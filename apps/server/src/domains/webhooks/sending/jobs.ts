import { inTransaction } from '#platform/db';
import type { Pass } from '#platform/loop';
import type { Instant } from '../model.ts';
import { LEASE_SECONDS, type Leased, type SendingDeps, takeTurn } from './service.ts';
import { claimDue, nextWake } from './store.ts';

/** Receivers called at once by one process. Each has one call at most; who waits longest is next. */
const IN_FLIGHT = 32;

/** Calls receivers. */
export interface WebhookSender {
  sendDue(now: Instant): Promise<Pass>;
  /** Breaks off the calls under way (they are made again with the same ids) and waits for their ends to be stored. */
  stop(): Promise<void>;
}

/** Rolls back a claim that was made by a clock that is not the database's. */
class ClockDrifted extends Error {}

/** Builds the sender. */
export function createWebhookSender(deps: SendingDeps): WebhookSender {
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const start = (leased: Leased) => {
    const run = takeTurn(deps, leased, stopping.signal)
      // The lease runs out, and the same call is made again.
      .catch((error) => deps.onError('webhooks', error))
      .finally(() => {
        underWay.delete(run);
        if (!stopping.signal.aborted) deps.wake();
      });
    underWay.add(run);
    return run;
  };
  return {
    async sendDue(now) {
      const room = IN_FLIGHT - underWay.size;
      if (room <= 0 || stopping.signal.aborted) return { done: 0, nextAt: null };
      const leased = await claim(deps, room, now);
      const runs = leased.map(start);
      if (deps.awaitCalls) await Promise.all(runs);
      return { done: leased.length, nextAt: leased.length > 0 ? null : await nextWake(deps.db.paging) };
    },
    async stop() {
      stopping.abort();
      await Promise.all(underWay);
    },
  };
}

async function claim(deps: SendingDeps, limit: number, now: Instant): Promise<readonly Leased[]> {
  const lease = deps.newId();
  const until = now.add({ seconds: LEASE_SECONDS });
  const databaseNow = deps.clock.databaseNow();
  try {
    const ids = await inTransaction(deps.db.paging, async (trx) => {
      const claimed = await claimDue(trx, { now, until, lease, limit, databaseNow });
      if (!deps.clock.agrees(claimed.databaseTime)) throw new ClockDrifted();
      return claimed.ids;
    });
    return ids.map((id) => ({ id, lease }));
  } catch (error) {
    if (error instanceof ClockDrifted) return [];
    throw error;
  }
}
