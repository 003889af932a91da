import type { AcceptConfig, Described } from './describe-alert.ts';
import { describeAlert } from './describe-alert.ts';
import type { InboundEvent } from './model.ts';
import type { NewGroup } from './groups/store.ts';
import type { Payload, StoredAlert } from './store.ts';

/** One event with the request that carried it. */
export interface Accepted {
  readonly event: InboundEvent;
  readonly payload: Payload;
}

/** One event that waits to be written, with its key in the repeat cache and in a flush: integration and identity. */
export interface Waiting extends Accepted {
  /** Made once: the text is a hundred characters, and putting it together and hashing it is seen on the hot path. */
  readonly key: string;
}

/** An event as it waits. */
export function toWaiting({ event, payload }: Accepted): Waiting {
  return { event, payload, key: event.integrationId + event.identity };
}

/** All that one identity sent in a flush, in order of arrival. */
export interface KeyEvents {
  readonly integrationId: string;
  readonly identity: string;
  readonly events: { event: InboundEvent; payloadId: string }[];
}

/** Sorts a flush's events by identity. */
export function collectByKey(items: readonly Waiting[]): Map<string, KeyEvents> {
  const byKey = new Map<string, KeyEvents>();
  for (const item of items) {
    const { key } = item;
    let entry = byKey.get(key);
    if (!entry)
      byKey.set(key, (entry = { integrationId: item.event.integrationId, identity: item.event.identity, events: [] }));
    entry.events.push({ event: item.event, payloadId: item.payload.id });
  }
  return byKey;
}

/** One description an event object: lifecycle and opening both ask. */
export function memoDescribe(config: AcceptConfig): (event: InboundEvent) => Described {
  const known = new WeakMap<InboundEvent, Described>();
  return (event) => {
    let described = known.get(event);
    if (!described) known.set(event, (described = describeAlert(event, config)));
    return described;
  };
}

/** The groups that alerts of this flush may open or join, by key. */
export function wantedGroups(
  byKey: ReadonlyMap<string, KeyEvents>,
  stored: ReadonlyMap<string, StoredAlert>,
  describe: (event: InboundEvent) => Described,
  newId: () => string,
): ReadonlyMap<string, NewGroup> {
  const wanted = new Map<string, NewGroup>();
  for (const { integrationId, identity, events } of byKey.values()) {
    for (const { event } of events) {
      if (event.status !== 'firing') continue;
      // A stored alert that merely repeats needs no group; one that is held may open a successor.
      if (stored.get(integrationId + identity)?.state.status === 'firing' && events.length === 1) continue;
      const described = describe(event);
      for (const { match, groupKey, groupHash } of described.destinations) {
        if (groupKey === null || wanted.has(groupKey)) continue;
        wanted.set(groupKey, {
          id: newId(),
          routeId: match.routeId,
          groupHash,
          integrationId,
          labels: match.groupLabels,
          options: match.options,
          reason: { ...match.reason, path: match.path },
          title: described.groupTitle,
          serviceId: described.serviceId,
          teamId: described.teamId,
        });
      }
    }
  }
  return wanted;
}
