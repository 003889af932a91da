import type { Id, Instant, KindFact, Line, MailText, PageSummary, Reader } from './facts.ts';
import { setMail } from './mail.ts';
import { headline } from './page.ts';
import { count, oneLine, type ReaderClock, readerClock, severityName } from './words.ts';

/** Pages that are listed one by one, with a link each; the rest is counted, and their kinds are named all the same. */
export const LISTED_PAGES = 20;

/** One page that waited for this message. */
export interface FoldItem {
  readonly what: 'page' | 'update' | 'resolved' | 'alarm';
  readonly page: PageSummary;
  /** Where to acknowledge it; only the listed ones have one. */
  readonly reply: string | null;
}

/** What a message about many pages is made of; `items` begins with the one that carries it. */
export interface FoldedMessage {
  readonly items: readonly FoldItem[];
  readonly reader: Reader;
  readonly open: string;
  readonly now: Instant;
}

/** A kind over all pages of a message. */
export interface FoldedKind extends KindFact {
  readonly pages: number;
}

/** The pages of a folded message: one entry a page, what calls before what informs, worst and oldest first. */
export function foldedPages(items: readonly FoldItem[]): readonly FoldItem[] {
  const byPage = new Map<Id, FoldItem>();
  for (const item of items) {
    const held = byPage.get(item.page.groupId);
    if (!held || ORDER[item.what] < ORDER[held.what]) byPage.set(item.page.groupId, item);
  }
  return [...byPage.values()].toSorted(
    (a, b) =>
      ORDER[a.what] - ORDER[b.what] ||
      a.page.severity - b.page.severity ||
      Temporal.Instant.compare(a.page.since, b.page.since),
  );
}

const ORDER = { page: 0, alarm: 1, update: 2, resolved: 3 } as const;

/** Every kind in these pages, worst first, with how many pages have it. */
export function foldedKinds(items: readonly FoldItem[]): readonly FoldedKind[] {
  const kinds = new Map<string, FoldedKind>();
  for (const { page } of items) {
    for (const kind of page.kinds) {
      const held = kinds.get(kind.name);
      kinds.set(kind.name, {
        name: kind.name,
        severity: held && held.severity < kind.severity ? held.severity : kind.severity,
        since: held && Temporal.Instant.compare(held.since, kind.since) < 0 ? held.since : kind.since,
        pages: (held?.pages ?? 0) + 1,
      });
    }
  }
  return [...kinds.values()].toSorted(
    (a, b) => a.severity - b.severity || b.pages - a.pages || (a.name < b.name ? -1 : 1),
  );
}

/** The one mail for all that waited: the worst first, every kind by name, the rest counted. */
export function foldedMail({ items, reader, open, now }: FoldedMessage): MailText {
  const clock = readerClock(reader.zone, now);
  const all = foldedPages(items);
  const live = all.filter((item) => item.what !== 'resolved');
  const over = all.length - live.length;
  const worst = (live[0] ?? all[0]) as FoldItem;
  const listed = (live.length > 0 ? live : all).slice(0, LISTED_PAGES);
  const what = live.length > 0 ? count(live.length, 'page') : `${count(over, 'page')} resolved`;
  return setMail({
    subject:
      live.length > 1
        ? `${what}, worst ${severityName(worst.page.severity)} ${headline(worst.page)}`
        : subjectOf(worst, what),
    heading: what,
    lead:
      live.length > 0
        ? `They came close together and are told as one. Tocsin calls again only for what is worse, or later.`
        : 'Nothing to do.',
    rows: [
      { name: 'Worst', value: `${severityName(worst.page.severity)} ${headline(worst.page)}` },
      { name: 'Since', value: clock.named(worst.page.since) },
      ...(live.length > 0 && over > 0 ? [{ name: 'Resolved meanwhile', value: count(over, 'page') }] : []),
    ],
    action: worst.reply === null ? null : { label: 'Open the worst to acknowledge', url: worst.reply },
    sections: [
      kindSection(live.length > 0 ? live : all, clock),
      pageSection(listed, (live.length > 0 ? live : all).length - listed.length, clock),
    ],
    footer: 'All pages',
    open,
  });
}

function subjectOf(worst: FoldItem, what: string): string {
  return worst.what === 'resolved' ? what : `${severityName(worst.page.severity)} ${headline(worst.page)}`;
}

function kindSection(items: readonly FoldItem[], clock: ReaderClock): { title: string; lines: readonly Line[] } {
  const kinds = foldedKinds(items);
  const lines = kinds.map((kind) => ({
    text: `${severityName(kind.severity)} ${oneLine(kind.name, 120)}, ${count(kind.pages, 'page')}, since ${clock.time(kind.since)}`,
  }));
  return { title: count(kinds.length, 'kind'), lines };
}

function pageSection(
  listed: readonly FoldItem[],
  rest: number,
  clock: ReaderClock,
): { title: string; lines: readonly Line[] } {
  const lines = listed.map(({ what, page, reply }) => {
    const state =
      what === 'resolved' ? `resolved ${clock.time(page.resolvedAt ?? page.since)}` : `since ${clock.time(page.since)}`;
    const joined = what === 'update' ? ', update' : '';
    return {
      text: `${severityName(page.severity)} ${headline(page)}, page ${page.number}, ${state}${joined}`,
      link: reply,
    };
  });
  return { title: rest > 0 ? `The worst ${listed.length}, ${rest} more` : 'Pages', lines };
}
