import { isBefore } from './instants.ts';
import type { Shifts } from './model.ts';

/** Why a time reads otherwise than before: somebody fills a gap, nobody is left, or another person. */
export type ChangeReason = 'covered' | 'uncovered' | 'handed-over';

/** In [from, to) somebody else is on call than before; null is nobody. */
export type ScheduleChange = {
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
  readonly beforeUserId: string | null;
  readonly afterUserId: string | null;
  readonly reason: ChangeReason;
};

type Piece = { readonly from: Temporal.Instant; readonly to: Temporal.Instant; readonly userId: string | null };

/**
 * What changes for people between two lines over the same time, in order, neighbours merged. The same person on
 * call for another reason is no change. Both lines must fill the same interval exactly, as `shiftsBetween` does.
 */
export function compareShifts(before: Shifts, after: Shifts): readonly ScheduleChange[] {
  const [old, fresh] = [piecesOf(before), piecesOf(after)];
  const changes: ScheduleChange[] = [];
  for (let i = 0, j = 0; i < old.length && j < fresh.length; ) {
    const [was, is] = [old[i] as Piece, fresh[j] as Piece];
    const from = isBefore(was.from, is.from) ? is.from : was.from;
    const to = isBefore(was.to, is.to) ? was.to : is.to;
    const reason = reasonOf(was.userId, is.userId);
    if (reason !== null) add(changes, { from, to, beforeUserId: was.userId, afterUserId: is.userId, reason });
    if (was.to.equals(to)) i += 1;
    if (is.to.equals(to)) j += 1;
  }
  return changes;
}

function piecesOf({ shifts, gaps }: Shifts): readonly Piece[] {
  const nobody = gaps.map((gap): Piece => ({ ...gap, userId: null }));
  return [...shifts, ...nobody].toSorted((a, b) => Temporal.Instant.compare(a.from, b.from));
}

function reasonOf(before: string | null, after: string | null): ChangeReason | null {
  if (before === after) return null;
  if (before === null) return 'covered';
  return after === null ? 'uncovered' : 'handed-over';
}

function add(changes: ScheduleChange[], next: ScheduleChange): void {
  const last = changes.at(-1);
  const goesOn =
    last?.to.equals(next.from) && last.beforeUserId === next.beforeUserId && last.afterUserId === next.afterUserId;
  if (last !== undefined && goesOn) changes[changes.length - 1] = { ...last, to: next.to };
  else changes.push(next);
}
