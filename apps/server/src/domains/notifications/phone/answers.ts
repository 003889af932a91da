import { oneLine } from '../messages/words.ts';
import type { PhoneWish, SentPage } from './replies.ts';

/** What came of a wish for one page. */
export type Outcome =
  | { readonly kind: 'done' }
  /** Somebody else holds it; who asked now helps. */
  | { readonly kind: 'second'; readonly who: string }
  /** It was theirs already. */
  | { readonly kind: 'again' }
  /** It is over. */
  | { readonly kind: 'over' }
  /** It could not be stored. */
  | { readonly kind: 'failed' };

/** A page and what came of the wish. */
export interface ActedPage {
  readonly page: Pick<SentPage, 'number' | 'title'>;
  readonly outcome: Outcome;
}

const DONE: Readonly<Record<PhoneWish, string>> = {
  acknowledge: 'Acknowledged',
  resolve: 'Resolved',
  escalate: 'Escalated',
};

/** Titles in an answer: it is to be read at a glance. */
const TITLE = 60;
/** Other open pages that an answer names. */
const NAMED = 4;

/** One sentence about one page, e.g. `Acknowledged #123 Checkout errors.` `name` writes the page as it is shown or said. */
export function sayOutcome(
  wish: PhoneWish,
  { page, outcome }: ActedPage,
  name: (page: ActedPage['page']) => string = shown,
): string {
  const what = name(page);
  switch (outcome.kind) {
    case 'done':
      return `${DONE[wish]} ${what}.`;
    case 'again':
      return `You have ${what} already.`;
    case 'second':
      return `${oneLine(outcome.who, 40)} has ${what}; you are noted as helping.`;
    case 'over':
      return `Nothing to do: ${what} is over.`;
    case 'failed':
      return `NOT ${DONE[wish].toLowerCase()}: ${what} could not be stored. Try again.`;
  }
}

function shown({ number, title }: ActedPage['page']): string {
  return `#${number} ${oneLine(title, TITLE)}`;
}

/** The answer to a text: what was done to which page, and what else is open. */
export function sayActed(wish: PhoneWish, acted: readonly ActedPage[], others: readonly SentPage[]): string {
  const done = acted.length === 1 ? sayOutcome(wish, acted[0] as ActedPage) : many(wish, acted);
  if (others.length === 0) return done;
  const named = others.slice(0, NAMED).map(({ number }) => `#${number}`);
  const rest = others.length - named.length;
  const digit = wish === 'acknowledge' ? 4 : wish === 'resolve' ? 6 : 8;
  return `${done} Also open: ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}. Reply ${digit} ${others[0]?.number} for that one.`;
}

function many(wish: PhoneWish, acted: readonly ActedPage[]): string {
  const failed = acted.filter(({ outcome }) => outcome.kind === 'failed');
  const numbers = acted.filter(({ outcome }) => outcome.kind !== 'failed').map(({ page }) => `#${page.number}`);
  const shownNumbers =
    numbers.slice(0, 12).join(', ') + (numbers.length > 12 ? ` and ${numbers.length - 12} more` : '');
  const text = numbers.length > 0 ? `${DONE[wish]} ${shownNumbers}.` : '';
  return failed.length === 0 ? text : `${text} ${failed.length} could NOT be stored. Try again.`.trim();
}

/** The answer when nothing that was sent to this number is open. */
export function sayNothingOpen(last: SentPage | null): string {
  return last === null ? 'No page was sent to this number lately.' : `Nothing is open. ${shown(last)} is over.`;
}

/** The answer to a code that names no page sent here. */
export function sayWrongCode(which: number): string {
  return `No page #${which} was sent to this number.`;
}

/** The answer to what was not understood. */
export const HELP =
  'Tocsin: reply 4 to acknowledge, 6 to resolve, 8 to escalate; add the number for another page, e.g. 4 123. STOP ends texts.';

/** The answer when nothing could be read or stored at all. */
export const NOT_STORED = 'Tocsin could NOT store that. Nothing was changed. Try again.';
