import type { Trx } from '#platform/db';
import { keyText, type Muting } from '#silences';
import { flushNow, readCallingGroups, readFiringMembers } from './store.ts';

/** Groups looked at in one statement. */
const GROUPS_AT_ONCE = 1_000;
/** Newest members asked whether a source of inhibition may matter to them; a larger group is decided again at once. */
const MEMBERS_ASKED = 20;

/**
 * Has the pages decided again that a change may matter to. Of silences, windows and intervals these are all that call
 * or are muted: more than are touched, but found by one index in a statement for each thousand. Of a source of
 * inhibition, those with a member that it may mute.
 */
export async function flushTouched(
  { muting }: { readonly muting: Muting },
  trx: Trx,
  {
    changes,
    now,
  }: {
    readonly changes: NonNullable<Awaited<ReturnType<Muting['takeChanges']>>>;
    readonly now: Temporal.Instant;
  },
): Promise<void> {
  const keys = new Set(changes.keys.map(keyText));
  for (let after: string | null = null; ; ) {
    const groups = await readCallingGroups(trx, { after, limit: GROUPS_AT_ONCE });
    const touched = changes.pages ? groups.map(({ id }) => id) : await touchedOf(trx, { muting, groups, keys });
    await flushNow(trx, touched, now);
    const last = groups.at(-1);
    if (groups.length < GROUPS_AT_ONCE || !last) return;
    after = last.id;
  }
}

async function touchedOf(
  trx: Trx,
  asked: {
    readonly muting: Muting;
    readonly groups: Awaited<ReturnType<typeof readCallingGroups>>;
    readonly keys: ReadonlySet<string>;
  },
): Promise<readonly string[]> {
  const { muting, groups, keys } = asked;
  if (keys.size === 0) return [];
  const certain = groups.filter(({ firing, inhibited }) => inhibited || firing > MEMBERS_ASKED).map(({ id }) => id);
  const others = groups.filter(({ firing, inhibited }) => !inhibited && firing <= MEMBERS_ASKED);
  const members = await readFiringMembers(
    trx,
    others.map(({ id }) => ({ id, before: null })),
    MEMBERS_ASKED,
  );
  const found = new Set(certain);
  for (const { groupId, labels } of members) {
    if (!found.has(groupId) && muting.isTouched(muting.viewOf(labels), keys)) found.add(groupId);
  }
  return [...found].sort();
}
