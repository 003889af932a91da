import type { DueGroup } from '#alerts';
import { factsOf } from './deeds.ts';
import type { Deed } from './group-decision.ts';
import type { PageHappening } from './ports.ts';

/** What a flush found of a page's alerts, then what was decided about its run, in that order. */
export function happeningsOf(group: DueGroup, deeds: readonly Deed[]): readonly PageHappening[] {
  const { id: groupId, severity, firing, change } = group;
  const standing = { severity, firing };
  const told = deeds.flatMap((deed) => happeningsOfDeed(deed, standing));
  if (change === null || change.cause === 'nothing') return told;
  const { cause, ...payload } = change;
  return [{ groupId, standing, fact: { kind: cause, payload } }, ...told];
}

/** The facts of a person's act; the page's row stands as it is stored. */
export function happeningsOfAct(deeds: readonly Deed[]): readonly PageHappening[] {
  return deeds.flatMap((deed) => happeningsOfDeed(deed, null));
}

function happeningsOfDeed(deed: Deed, standing: PageHappening['standing']): readonly PageHappening[] {
  return factsOf(deed).map(({ groupId, entry }) => ({ groupId, standing, fact: entry }));
}
