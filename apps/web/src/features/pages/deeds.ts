import type { IconName } from '#ui/icon.tsx';
import type { PageRow } from './model.ts';

/** What a person can do to a page. */
export type Deed = 'acknowledge' | 'escalate' | 'snooze' | 'resolve' | 'unacknowledge';

/** The words of a deed: on its button, while it is under way, when it is done. */
export interface DeedWords {
  readonly icon: IconName;
  readonly press: string;
  /** For a small button. */
  readonly short: string;
  readonly pending: string;
  readonly done: string;
}

/** How each deed is said. `done` is shown only after the server has answered. */
export const deedWords: Readonly<Record<Deed, DeedWords>> = {
  acknowledge: {
    icon: 'half',
    press: 'Acknowledge',
    short: 'Acknowledge',
    pending: 'Acknowledging',
    done: 'Acknowledged. It is yours.',
  },
  escalate: {
    icon: 'up',
    press: 'Escalate now',
    short: 'Escalate',
    pending: 'Escalating',
    done: 'Escalated. The next step is called.',
  },
  snooze: {
    icon: 'belloff',
    press: 'Snooze 1 h',
    short: 'Snooze 1 h',
    pending: 'Snoozing',
    done: 'Snoozed for one hour.',
  },
  resolve: { icon: 'check', press: 'Resolve', short: 'Resolve', pending: 'Resolving', done: 'Resolved.' },
  unacknowledge: {
    icon: 'undo',
    press: 'Give back',
    short: 'Give back',
    pending: 'Giving back',
    done: 'Given back. It escalates again.',
  },
};

/** Which deeds a page offers, the most likely first. A closed page offers none; one that is yours can be given back. */
export function deedsFor(page: Pick<PageRow, 'state' | 'phase' | 'holder'>, myId: string): readonly Deed[] {
  if (page.state === 'resolved') return [];
  // Nobody is called for it, so there is nothing to take or to pass on.
  if (page.phase === null || page.phase === 'ended') return ['resolve'];
  if (page.phase === 'snoozed') return ['acknowledge', 'escalate', 'resolve'];
  if (page.state === 'firing') return ['acknowledge', 'escalate', 'snooze', 'resolve'];
  return page.holder?.id === myId
    ? ['resolve', 'snooze', 'escalate', 'unacknowledge']
    : ['acknowledge', 'escalate', 'snooze', 'resolve'];
}

/** What came of a deed, as the server told it. */
export interface DeedAnswer {
  readonly outcome: 'changed' | 'unchanged';
  readonly reasons: readonly { readonly kind: string; readonly [field: string]: unknown }[];
}

/** What to say when a deed has been answered: done, or harmlessly nothing, and why. */
export function doneWords(deed: Deed, answer: DeedAnswer, nameOf: (id: string) => string): string {
  const kinds = new Map(answer.reasons.map((reason) => [reason.kind, reason]));
  const helper = kinds.get('helper-joined');
  if (helper) return `Noted that you are on it too. ${nameOf(String(helper['first']))} was first.`;
  if (answer.outcome === 'changed') return deedWords[deed].done;
  const first = kinds.get('already-acknowledged');
  if (first) return `Nothing changed: ${nameOf(String(first['by']))} had acknowledged it already.`;
  if (kinds.has('already-ended') || kinds.has('no-run')) return 'Nothing changed: it had ended already.';
  if (kinds.has('not-held')) return 'Nothing changed: nobody had it.';
  return 'Nothing changed.';
}
