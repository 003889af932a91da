import type { DueGroup } from '#alerts';
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
