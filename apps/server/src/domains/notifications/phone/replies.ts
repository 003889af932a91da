type Instant = Temporal.Instant;

/** What can be done by a digit, on the keypad or in a text. */
export type PhoneWish = 'acknowledge' | 'resolve' | 'escalate';

/** What a text message asks for. */
export type ReplyText =
  | { readonly kind: 'act'; readonly wish: PhoneWish; readonly which: number | 'newest' | 'all' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'help' }
  | { readonly kind: 'unknown' };

const WISHES: Readonly<Record<string, PhoneWish>> = {
  '4': 'acknowledge',
  a: 'acknowledge',
  ack: 'acknowledge',
  acknowledge: 'acknowledge',
  '6': 'resolve',
  resolve: 'resolve',
  resolved: 'resolve',
  close: 'resolve',
  '8': 'escalate',
  esc: 'escalate',
  escalate: 'escalate',
};
/** What carriers and their law take as "no more"; only as a message of one word. */
const STOPS = new Set([
  'stop',
  'stopall',
  'unsubscribe',
  'cancel',
  'end',
  'quit',
  'optout',
  'revoke',
  'arret',
  'arrêt',
]);
const HELPS = new Set(['help', 'info', '?']);

/** The wish of one digit. */
export function readDigit(digit: string): PhoneWish | null {
  return /^[468]$/.test(digit) ? (WISHES[digit] as PhoneWish) : null;
}

/** Reads a text: `4`, `ack`, `4 123`, `ack #123`, `resolve all`, `STOP`. What is not understood changes nothing. */
export function readReply(body: string): ReplyText {
  const text = body
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[.!]+$/, '')
    .trim();
  if (STOPS.has(text)) return { kind: 'stop' };
  if (HELPS.has(text)) return { kind: 'help' };
  const [, word = '', number, all] = /^([a-z]+|[468])(?:[\s:,#-]+#?(?:(\d{1,9})|(all)))?$/.exec(text) ?? [];
  const wish = Object.hasOwn(WISHES, word) ? WISHES[word] : undefined;
  if (wish === undefined) return { kind: 'unknown' };
  if (all !== undefined) return { kind: 'act', wish, which: 'all' };
  return { kind: 'act', wish, which: number === undefined ? 'newest' : Number(number) };
}

/** A page that was sent to a number. */
export interface SentPage {
  readonly groupId: string;
  readonly number: number;
  readonly title: string;
  /** Whose method it was sent by: who replies acts as this person. */
  readonly userId: string;
  readonly sentAt: Instant;
  readonly open: boolean;
}

/** Which pages a reply is about. */
export type ReplyTarget =
  | { readonly kind: 'pages'; readonly pages: readonly SentPage[]; readonly others: readonly SentPage[] }
  /** Nothing that was sent here is open; `last` is the newest that was. */
  | { readonly kind: 'none-open'; readonly last: SentPage | null }
  /** No page of that number was sent here. */
  | { readonly kind: 'wrong-code' };

/**
 * Chooses the pages that a reply acts on, among those sent to its number: by page number, all that are open, or, for a
 * bare digit, the newest that is open.
 */
export function chooseTarget(which: number | 'newest' | 'all', sent: readonly SentPage[]): ReplyTarget {
  const newestFirst = sent.toSorted((a, b) => Temporal.Instant.compare(b.sentAt, a.sentAt));
  const open = newestFirst.filter((page) => page.open);
  if (typeof which === 'number') {
    const page = newestFirst.find((one) => one.number === which);
    if (page === undefined) return { kind: 'wrong-code' };
    return { kind: 'pages', pages: [page], others: open.filter((one) => one !== page) };
  }
  const [newest] = open;
  if (newest === undefined) return { kind: 'none-open', last: newestFirst[0] ?? null };
  if (which === 'all') return { kind: 'pages', pages: open, others: [] };
  return { kind: 'pages', pages: [newest], others: open.slice(1) };
}
