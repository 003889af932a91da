import type { PageHappening } from '#escalation';
import type { Trx } from '#platform/db';
import type { NewId } from '#platform/ids';
import { type Id, type Instant, type NewEvent, type Wish, wants } from '../model.ts';
import { eventsOf } from '../page-events.ts';
import { readPages } from '../search.ts';
import { type Addressed, insertEvents } from './store.ts';

/** What the outbox needs: who wants what, as this process decides by. */
export interface OutboxDeps {
  readonly newId: NewId;
  readonly wishes: () => readonly Wish[];
}

/**
 * Writes what happened to pages for whoever wants it, in the transaction of the facts: two statements for any number of
 * pages, none when nobody listens. No row of a subscription is touched, so no page waits for a receiver.
 */
export async function announcePages(
  deps: OutboxDeps,
  trx: Trx,
  { happenings, now }: { readonly happenings: readonly PageHappening[]; readonly now: Instant },
): Promise<void> {
  const wishes = deps.wishes().filter((wish) => wish.enabled);
  if (wishes.length === 0 || happenings.length === 0) return;
  const resolved = happenings.filter(({ fact }) => fact.kind === 'all-resolved');
  const pages = await readPages(trx, idsOf(happenings), idsOf(resolved));
  await announce(deps, trx, { events: eventsOf(happenings, pages, now), now });
}

const idsOf = (happenings: readonly PageHappening[]): readonly Id[] => [
  ...new Set(happenings.map((one) => one.groupId)),
];

/** Writes events for whoever wants them. */
export async function announce(
  deps: OutboxDeps,
  trx: Trx,
  { events, now }: { readonly events: readonly NewEvent[]; readonly now: Instant },
): Promise<void> {
  const wishes = deps.wishes();
  const addressed = events.flatMap((event): readonly Addressed[] => {
    const to = wishes.filter((wish) => wants(wish, event));
    return to.length === 0 ? [] : [{ id: deps.newId(), event, to: to.map(({ id }) => id) }];
  });
  if (addressed.length === 0) return;
  await insertEvents(trx, addressed, now);
}
