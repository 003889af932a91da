import type { Address, Channel } from '../adapters/channel.ts';
import { aboutAddress, aboutEndpoint, aboutMethod } from '../contacts/sealed-address.ts';
import type { ContactsConfig, StoredMethod } from '../contacts/store.ts';
import type { Id, Instant } from '../model.ts';
import type { PendingRow } from './plan.ts';

/** What finding an address is done with. */
export interface AddressSources {
  readonly contacts: { current(): ContactsConfig };
  readonly channels: ReadonlyMap<string, Channel>;
  readonly ports: {
    readonly people: { person(userId: Id): { readonly name: string; readonly active: boolean } | null };
  };
  readonly sealing: { open(sealed: Buffer, about: string): string };
}

/** Where a notification goes and by which channel; null when that way can no longer be used. */
export function addressOf(
  { contacts, channels, ports, sealing }: AddressSources,
  row: PendingRow,
  now: Instant,
): { readonly channel: Channel; readonly address: Address } | null {
  const config = contacts.current();
  const channel = channels.get(row.channel);
  if (!channel) return null;
  if (row.endpointId !== null) {
    const endpoint = config.endpoints.get(row.endpointId);
    if (!endpoint) return null;
    const current = sealing.open(endpoint.secret, aboutEndpoint(endpoint.id));
    const { previousSecret: old, previousSecretExpiresAt: until } = endpoint;
    const stillGood = old !== null && until !== null && Temporal.Instant.compare(now, until) < 0;
    return {
      channel,
      address: {
        to: endpoint.url,
        secrets: stillGood ? [current, sealing.open(old, aboutEndpoint(endpoint.id))] : [current],
      },
    };
  }
  if (row.userId === null) return { channel, address: { to: '' } };
  const person = ports.people.person(row.userId);
  const method = row.methodId === null ? undefined : config.methods.get(row.methodId);
  const confirming = row.kind === 'test';
  if (!person?.active || !method || method.disabledAt !== null || (method.verifiedAt === null && !confirming))
    return null;
  const secrets =
    method.secret !== null && method.channel === 'webhook' ? [sealing.open(method.secret, aboutMethod(method.id))] : [];
  const to = wholeAddress(method, sealing);
  if (to === null) return null;
  return { channel, address: { to, name: person.name, secrets } };
}

/** Null when it was sealed by a key that is gone: the method cannot be used, and the person's next one is. */
export function wholeAddress(method: StoredMethod, sealing: AddressSources['sealing']): string | null {
  if (method.sealedAddress === null) return method.address;
  try {
    return sealing.open(method.sealedAddress, aboutAddress(method.id));
  } catch {
    return null;
  }
}

/** A method in words, e.g. `email work`. */
export function methodName(config: ContactsConfig, row: PendingRow): string {
  const method = row.methodId === null ? undefined : config.methods.get(row.methodId);
  return method ? `${method.channel} ${method.label}`.trim() : row.channel;
}
