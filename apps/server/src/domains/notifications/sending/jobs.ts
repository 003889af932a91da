import { inTransaction } from '#platform/db';
import type { Id, Instant } from '../model.ts';
import { readTold } from '../search.ts';
import { planPerson, type SendOrder } from './plan.ts';
import { carryOut, type Leased, type SenderDeps, type Slots } from './service.ts';
import {
  type DueParty,
  deferRows,
  leaseRows,
  lockPerson,
  lockRowsOf,
  lockSingle,
  saveInterruption,
  scanDue,
} from './store.ts';

/** How long a sender may be silent before another takes its rows: the send timeout four times over. */
export const LEASE_SECONDS = 20;
/** Calls of one channel under way at once in one process. Every channel has its own room: those that hang leave it to the others. */
const IN_FLIGHT_OF_CHANNEL = 16;

/** Sends what is due. */
export interface Sender {
  sendDue(now: Instant): Promise<{ readonly sent: number; readonly nextAt: Instant | null }>;
  /** Calls under way. */
  inFlight(): number;
  /** Breaks off the calls under way (they are made again with the same keys) and waits for their ends to be stored. */
  stop(): Promise<void>;
}

/** Builds the sender. */
export function createSender(deps: SenderDeps): Sender {
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const slots = channelSlots(IN_FLIGHT_OF_CHANNEL);
  const most = IN_FLIGHT_OF_CHANNEL * deps.channels.size;
  const start = (leased: Leased) => {
    const run = carryOut(deps, leased, { slots, signal: stopping.signal })
      // The lease runs out and another pass makes the same call with the same key.
      .catch((error) => deps.onError('send', error))
      .finally(() => {
        const crowded = underWay.size >= most || slots.full().length > 0;
        underWay.delete(run);
        if (crowded) deps.wake(deps.clock.now());
      });
    underWay.add(run);
    return run;
  };
  let stoppingRinging: Promise<void> | null = null;
  /** Beside the sending, one at a time: a provider that does not answer here holds up no page. */
  const stopRinging = async (now: Instant) => {
    stoppingRinging ??= deps.recalls
      .stopUnwanted(now, stopping.signal)
      .catch((error) => deps.onError('recall', error))
      .finally(() => {
        stoppingRinging = null;
      });
    if (deps.awaitCalls) await stoppingRinging;
  };
  return {
    async sendDue(now) {
      await stopRinging(now);
      const room = most - underWay.size;
      if (room <= 0 || stopping.signal.aborted) return { sent: 0, nextAt: null };
      const scan = await scanDue(deps.db.paging, {
        now,
        limit: room,
        full: slots.full(),
        databaseNow: deps.clock.databaseNow(),
      });
      if (!deps.clock.agrees(scan.databaseTime)) {
        deps.onClockDrift?.();
        return { sent: 0, nextAt: null };
      }
      await deps.config.ensure(scan.configVersion);
      const claims: Claim[] = [];
      for (const party of scan.parties) claims.push(await claim(deps, party, now));
      const started = claims.flatMap((one) => one.leased.map(start));
      if (deps.awaitCalls) await Promise.all(started);
      const moments = [scan.nextAt, ...claims.map((one) => one.until)].filter((at) => at !== null);
      return { sent: started.length, nextAt: moments.toSorted(Temporal.Instant.compare)[0] ?? null };
    },
    inFlight: () => underWay.size,
    async stop() {
      stopping.abort();
      await Promise.all([...underWay, stoppingRinging]);
    },
  };
}

interface Claim {
  readonly leased: readonly Leased[];
  readonly until: Instant | null;
}

/** Takes what one person (or one row that belongs to nobody) has due, and decides what of it goes now. */
async function claim(deps: SenderDeps, party: DueParty, now: Instant): Promise<Claim> {
  const lease = deps.newId();
  const until = now.add({ seconds: LEASE_SECONDS });
  return inTransaction(deps.db.paging, async (trx) => {
    if (party.userId === null) {
      const row = await lockSingle(trx, party.id as Id, now);
      if (row === null) return { leased: [], until: null };
      const order: SendOrder = { carrier: row, folded: [], stored: row.attempts > 0, crashed: row.state === 'leased' };
      await leaseRows(trx, { lease, until, orders: [order] });
      return { leased: [{ order, lease }], until: null };
    }
    const state = await lockPerson(trx, party.userId);
    if (state === null) return { leased: [], until: null };
    const rows = await lockRowsOf(trx, party.userId, now);
    const told = await readTold(trx, { userId: party.userId, lastAt: state.lastAt, now });
    const plan = planPerson({ rows, standing: { state, ...told }, now });
    await leaseRows(trx, { lease, until, orders: plan.orders });
    if (plan.until !== null) await deferRows(trx, plan.deferred, plan.until);
    if (plan.state !== state) await saveInterruption(trx, party.userId, plan.state);
    return { leased: plan.orders.map((order) => ({ order, lease })), until: plan.until };
  });
}

/** Room for so many calls a channel; who finds none waits in turn. */
function channelSlots(most: number): Slots {
  const used = new Map<string, number>();
  const waiting = new Map<string, (() => void)[]>();
  return {
    async enter(name) {
      const now = used.get(name) ?? 0;
      used.set(name, now + 1);
      if (now < most) return;
      await new Promise<void>((resolve) => waiting.set(name, [...(waiting.get(name) ?? []), resolve]));
    },
    full: () => [...used].flatMap(([name, calls]) => (calls >= most ? [name] : [])),
    leave(name) {
      used.set(name, (used.get(name) ?? 1) - 1);
      const [next, ...rest] = waiting.get(name) ?? [];
      waiting.set(name, rest);
      next?.();
    },
  };
}
