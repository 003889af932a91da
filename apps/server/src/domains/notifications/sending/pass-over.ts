import type { Address, Channel, SendResult } from '../adapters/channel.ts';
import type { Id, Instant, Person } from '../model.ts';
import { readyChannels, usableMethods } from '../rules.ts';
import { type AddressSources, wholeAddress } from './address.ts';
import type { Circuits } from './circuits.ts';
import type { PendingRow, SendOrder } from './plan.ts';

/** What the decision is made with. */
export interface PassOverSources extends AddressSources {
  readonly circuits: Circuits;
  readonly personOf: (userId: Id) => Person | null;
}

/** Who takes the messages for an address. */
export function providerOf(channel: Channel, { to }: Pick<Address, 'to'>): string {
  return channel.providerOf?.(to) ?? channel.name;
}

/**
 * Why a call is not to be made now, since its provider fails just now and the person has another way that does not:
 * that one is called at once. Only the first try is saved: nobody goes uncalled because of what we believe of a
 * provider. Who has no other way, or is here because another way failed, is called all the same, and so is a test.
 */
export function passOver(
  sources: PassOverSources,
  { order, call, now }: { readonly order: SendOrder; readonly call: PassOverCall; readonly now: Instant },
): Extract<SendResult, { ok: false }> | null {
  const rows = [order.carrier, ...order.folded];
  const provider = providerOf(call.channel, call.address);
  const fixed = order.crashed || rows.some((row) => row.attempts > 0 || row.kind === 'test' || isFallback(row));
  const spared =
    !fixed && sources.circuits.isOpen(provider, now) && hasAnotherWay(sources, order.carrier, { provider, now });
  const detail = sources.circuits.passOver(provider, now);
  return spared && detail !== null ? { ok: false, retryable: true, reason: 'circuit-open', detail } : null;
}

interface PassOverCall {
  readonly channel: Channel;
  readonly address: Address;
}

function isFallback({ reason }: PendingRow): boolean {
  return reason.queued.kind === 'failover' || reason.broughtForward !== undefined;
}

/** Looked for in the person's own methods: an endpoint and the emergency channel have but one. */
function hasAnotherWay(
  sources: PassOverSources,
  { userId, methodId }: PendingRow,
  { provider, now }: { readonly provider: string; readonly now: Instant },
): boolean {
  const person = userId === null ? null : sources.personOf(userId);
  if (person === null) return false;
  const known = sources.contacts.current().methods;
  return usableMethods(person, readyChannels(sources.channels.values())).some(({ id, channel: name }) => {
    const channel = sources.channels.get(name);
    const stored = known.get(id);
    const to = stored ? wholeAddress(stored, sources.sealing) : null;
    if (id === methodId || !channel || to === null) return false;
    const other = providerOf(channel, { to });
    return other !== provider && !sources.circuits.isOpen(other, now);
  });
}
