import type { IconName } from '#ui/icon.tsx';
import type { StateMark } from '#ui/marks.tsx';
import type { PageRow } from './model.ts';

/** How a page's state is shown. Red only while it calls somebody at any hour: what can wait is drawn in ink. */
export function stateMarkOf(page: Pick<PageRow, 'state' | 'phase' | 'urgency'>): StateMark {
  switch (page.state) {
    case 'firing':
      if (page.phase === 'snoozed') return { icon: 'belloff', word: 'Snoozed', tone: 'grey' };
      return { icon: 'diamond', word: 'Firing', tone: isCalling(page) ? 'red' : 'ink' };
    case 'acknowledged':
      return page.phase === 'snoozed'
        ? { icon: 'belloff', word: 'Snoozed', tone: 'grey' }
        : { icon: 'half', word: 'Acknowledged', tone: 'amber' };
    case 'resolved':
      return { icon: 'check', word: 'Resolved', tone: 'green' };
  }
}

/** Whether a page calls people at any hour until somebody takes it. */
function isCalling({ state, phase, urgency }: Pick<PageRow, 'state' | 'phase' | 'urgency'>): boolean {
  return state === 'firing' && urgency === 'high' && phase !== null && phase !== 'snoozed' && phase !== 'ended';
}

/** What a page does next, as a countdown and to whom: `03:41 Bo Tanaka`. */
export interface NextView {
  readonly at: string;
  readonly icon: IconName;
  readonly to: string;
  /** Somebody has it: the countdown is no threat. */
  readonly held: boolean;
}

/** The next thing a page does by itself; null when it does nothing any more. */
export function nextViewOf({ next }: Pick<PageRow, 'next'>): NextView | null {
  if (next === null) return null;
  const whom = shortList(next.to.map(({ name }) => name));
  switch (next.kind) {
    case 'acknowledgement-expires':
      return { at: next.at, icon: 'clock', to: 'asks again', held: true };
    case 'snooze-ends':
      return { at: next.at, icon: 'clock', to: 'wakes up', held: true };
    case 'last-resort':
      return { at: next.at, icon: 'up', to: whom === '' ? 'last resort' : `${whom}, last resort`, held: false };
    case 'repeat':
      return { at: next.at, icon: 'up', to: whom === '' ? 'again' : `${whom} again`, held: false };
    case 'step':
    case 'new-round':
      return { at: next.at, icon: 'up', to: whom === '' ? 'next step' : whom, held: false };
  }
}

/** Names as they fit a cell: `Bo Tanaka`, `Bo Tanaka +2`. */
export function shortList(names: readonly string[]): string {
  return names.length > 1 ? `${names[0]} +${names.length - 1}` : (names[0] ?? '');
}

/** A part of the list under a heading of its own. */
export interface Part {
  readonly title: string;
  readonly aside: string;
  readonly pages: readonly PageRow[];
}

/** Pages in the order of need: nobody has them, somebody has them, they can wait, closed. Empty parts are left out. */
export function partsOf(pages: readonly PageRow[], myId: string): readonly Part[] {
  const of = (part: PartName) => pages.filter((page) => partNameOf(page) === part);
  const [needed, held, waiting, closed] = [of('needed'), of('held'), of('waiting'), of('closed')];
  const yours = held.filter(({ holder }) => holder?.id === myId).length;
  const parts: readonly Part[] = [
    { title: 'Somebody is needed', aside: `${needed.length} open`, pages: needed.toSorted(byNeed) },
    {
      title: 'Somebody has it',
      aside: yours > 0 ? `${held.length}, ${yours} yours` : `${held.length}`,
      pages: held.toSorted(byNeed),
    },
    { title: 'Can wait', aside: `${waiting.length}, nobody is woken`, pages: waiting.toSorted(byNeed) },
    { title: 'Closed', aside: `${closed.length}`, pages: closed },
  ];
  return parts.filter((part) => part.pages.length > 0);
}

type PartName = 'needed' | 'held' | 'waiting' | 'closed';

function partNameOf(page: PageRow): PartName {
  if (page.state === 'resolved') return 'closed';
  if (page.state === 'acknowledged' || page.phase === 'snoozed') return 'held';
  return isCalling(page) ? 'needed' : 'waiting';
}

/** Worse first, then newer first. */
function byNeed(a: PageRow, b: PageRow): number {
  return a.severity - b.severity || Date.parse(b.openedAt) - Date.parse(a.openedAt);
}

/** What the list can be asked for. */
export const shows = ['open', 'mine', 'all'] as const;

/** One of the list's tabs. */
export type Show = (typeof shows)[number];
