import type { DueGroup } from '#alerts';
import type { DuePage } from './group-decision.ts';
import type { MuteFact } from './ports.ts';

/** Mutes named in one fact of a page's ledger. */
const MUTES_TOLD = 10;

/** What begins and ends to mute a page, for its ledger: why nobody was called is a fact like a call. */
export function muteFacts({ id, mute, isUnmuted }: DueGroup): readonly MuteFact[] {
  const of = (entry: MuteFact['entry']): readonly MuteFact[] => [{ groupId: id, runId: null, entry }];
  if (mute?.isNew) {
    const by = mute.by.slice(0, MUTES_TOLD);
    return of({ kind: 'muted', payload: { by, until: mute.until.toString() } });
  }
  return isUnmuted ? of({ kind: 'unmuted', payload: {} }) : [];
}

/** A group that is due, as its run is decided by. */
export function duePage(group: DueGroup): DuePage {
  const { id, severity, change, runAt, options, mute } = group;
  const mutedUntil = mute?.until ?? null;
  return { id, severity, change, runAt, urgency: options.urgency, pages: options.mode === 'page', mutedUntil };
}
