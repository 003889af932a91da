import type { Violation } from './invariants.ts';
import type { Id, Phase, StoredFact } from './model.ts';

/** Where a page stands by its facts alone. Which of the calling phases it is in depends on the policy, not on facts. */
export type FoldedPhase = 'calling' | 'acknowledged' | 'snoozed' | 'ended';

/** What a page's facts determine of its newest run. */
export interface FoldedPage {
  readonly phase: FoldedPhase;
  readonly acknowledgedBy: Id | null;
}

const idOf = (value: unknown): Id | null => (typeof value === 'string' ? value : null);

/** Applies one fact; null before the first run. Facts that move nothing (a skip, a helper) leave it as it is. */
export function applyFact(page: FoldedPage | null, { kind, payload }: StoredFact): FoldedPage | null {
  if (kind === 'run-started') return { phase: 'calling', acknowledgedBy: null };
  if (page === null) return null;
  switch (kind) {
    case 'acknowledged':
      return { phase: 'acknowledged', acknowledgedBy: idOf(payload['by']) };
    case 'hold-kept': {
      const by = idOf(payload['acknowledgedBy']);
      return { phase: by === null ? 'snoozed' : 'acknowledged', acknowledgedBy: by };
    }
    case 'snoozed':
      return { phase: 'snoozed', acknowledgedBy: 'takenOverFrom' in payload ? null : page.acknowledgedBy };
    case 'acknowledgement-expired':
    case 'snooze-ended':
    case 'unacknowledged':
    case 'reassigned':
    case 'escalated-by-hand':
      return { phase: 'calling', acknowledgedBy: null };
    case 'run-ended':
      return { ...page, phase: 'ended' };
    default:
      return page;
  }
}

/** Folds a page's facts, oldest first. */
export function foldPage(facts: readonly StoredFact[]): FoldedPage | null {
  return facts.reduce<FoldedPage | null>(applyFact, null);
}

/** When somebody held a page, epoch milliseconds; the last hold may be without end. */
export function holdsOf(facts: readonly StoredFact[]): readonly { readonly from: number; readonly to: number }[] {
  const holds: { from: number; to: number }[] = [];
  let page: FoldedPage | null = null;
  let from: number | null = null;
  for (const fact of facts) {
    page = applyFact(page, fact);
    const held = page?.phase === 'acknowledged' || page?.phase === 'snoozed';
    if (held && from === null) from = fact.at.epochMilliseconds;
    if (!held && from !== null) {
      holds.push({ from, to: fact.at.epochMilliseconds });
      from = null;
    }
  }
  return from === null ? holds : [...holds, { from, to: Number.POSITIVE_INFINITY }];
}

/** A page's newest run as its row has it, with the page's facts. */
export interface PageRow {
  readonly groupId: Id;
  readonly phase: Phase;
  readonly acknowledgedBy: Id | null;
  readonly events: readonly StoredFact[];
}

/** Invariant 7, of one page: folding its facts gives where its newest run stands. */
export function checkFoldedPage({ groupId, phase, acknowledgedBy, events }: PageRow): readonly Violation[] {
  const folded = foldPage(events);
  if (folded === null) return [{ id: groupId, what: 'has a run, but no fact that started it', evidence: { phase } }];
  const row: FoldedPhase = phase === 'acknowledged' || phase === 'snoozed' || phase === 'ended' ? phase : 'calling';
  const evidence = { row: { phase, acknowledgedBy }, facts: folded };
  if (row !== folded.phase)
    return [{ id: groupId, what: `its run is ${phase}, its facts say ${folded.phase}`, evidence }];
  if (row === 'ended' || acknowledgedBy === folded.acknowledgedBy) return [];
  return [{ id: groupId, what: 'its run and its facts name different people who have it', evidence }];
}
