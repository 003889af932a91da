import { webLink } from '#platform/html';
import type { Instant, Links, PageSummary, Reader } from './facts.ts';
import { foldedKinds, foldedPages, LISTED_PAGES, type FoldItem } from './folded.ts';
import { alarmTitle, alarmWords } from './notices.ts';
import { headline, type PageMessage, pageRows, summaryOf, updateWords } from './page.ts';
import { count, oneLine, readerClock, severityName, span } from './words.ts';

/** A link under words of its own. */
interface Link {
  readonly label: string;
  readonly url: string;
}

/** What a note for a phone or a chat says, before a channel gives it its form. */
export interface NoteText {
  readonly kind: 'page' | 'update' | 'resolved' | 'alarm' | 'test';
  readonly severity: number;
  readonly title: string;
  readonly lead: string | null;
  readonly rows: readonly { readonly name: string; readonly value: string }[];
  readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
  readonly action: Link | null;
  readonly links: readonly Link[];
}

/** Longest title of a note: two lines on a phone. What it is about is never cut off by where it is. */
const TITLE = 110;
/** Pages named one by one; a phone shows no more, and the list is a tap away. */
const NAMED_PAGES = 5;
/** Said in the title or by a link already. */
const SAID = new Set(['Where', 'Runbook']);

/** The note that calls somebody, or that tells a holder what joined. */
export function pageNote(
  message: PageMessage & { readonly kind: 'page' | 'update'; readonly joined: number | null },
): NoteText {
  const { facts, links, kind, joined } = message;
  const runbook = webLink(facts.runbookUrl);
  return {
    kind,
    severity: facts.severity,
    title: `${kind === 'update' ? 'Update: ' : ''}${titleOf(facts)}`,
    lead:
      kind === 'update'
        ? [updateWords(joined), summaryOf(facts)].filter(Boolean).join('\n')
        : (summaryOf(facts) ?? null),
    rows: pageRows(message).flatMap(({ name, value }) => (SAID.has(name) ? [] : [{ name, value }])),
    sections: [],
    action: answerLink(links, kind === 'page' ? 'Acknowledge or escalate' : 'Open the page'),
    links: [openPage(facts, links.open), ...(runbook ? [{ label: 'Runbook', url: runbook }] : [])],
  };
}

/** The quiet note to who was told of a page that is over. */
export function resolvedNote(notice: {
  readonly page: PageSummary;
  readonly reader: Reader;
  readonly open: string;
  readonly now: Instant;
}): NoteText {
  const { page, reader, open, now } = notice;
  const clock = readerClock(reader.zone, now);
  const at = page.resolvedAt ?? now;
  return {
    kind: 'resolved',
    severity: page.severity,
    title: `Resolved: ${titleOf(page)}`,
    lead: 'Nothing to do.',
    rows: [
      { name: 'From', value: clock.named(page.since) },
      { name: 'Until', value: `${clock.time(at)}, after ${span(page.since, at)}` },
    ],
    sections: [],
    action: null,
    links: [openPage(page, open)],
  };
}

/** The note of an alarm about Tocsin itself. */
export function alarmNote(notice: {
  readonly alarm: string;
  readonly page: PageSummary | null;
  /** What it is about, in words. */
  readonly subject?: string | null;
  readonly reader: Reader;
  readonly open: string;
  readonly now: Instant;
}): NoteText {
  const { alarm, page, reader, open, now } = notice;
  const subject = notice.subject ?? (page && headline(page));
  return {
    kind: 'alarm',
    severity: 1,
    title: `Tocsin alarm: ${alarmTitle(alarm)}`,
    lead: alarmWords(alarm),
    rows: [
      ...(subject === null ? [] : [{ name: 'What', value: subject }]),
      { name: 'Seen', value: readerClock(reader.zone, now).named(now) },
    ],
    sections: [],
    action: null,
    links: [page === null ? { label: 'Open Tocsin', url: open } : openPage(page, open)],
  };
}

/** The note of a test that the person asked for. */
export function testNote(notice: {
  readonly reader: Reader;
  readonly method: string;
  readonly open: string;
  readonly now: Instant;
}): NoteText {
  const { reader, method, open, now } = notice;
  return {
    ...TEST,
    title: 'Test: this is how Tocsin reaches you',
    lead: 'You asked for it. Nothing is wrong.',
    rows: [
      { name: 'For', value: oneLine(reader.name) },
      { name: 'By', value: oneLine(method) },
      { name: 'Asked', value: readerClock(reader.zone, now).named(now) },
    ],
    links: [{ label: 'How you are reached', url: open }],
  };
}

/** The note that brings a code to an address that somebody added. */
export function verifyNote(notice: {
  readonly code: string;
  readonly reader: Reader;
  readonly open: string;
}): NoteText {
  const { code, reader, open } = notice;
  return {
    ...TEST,
    title: 'Confirm this address for Tocsin',
    lead: `Code: ${code}\nEnter it where you added this address. Who did not ask for it can ignore this.`,
    rows: [{ name: 'For', value: oneLine(reader.name) }],
    links: [{ label: 'How you are reached', url: open }],
  };
}

const TEST = { kind: 'test', severity: 5, sections: [], action: null } as const;

/** The one note for all that waited: the worst in the title, every kind by name, the worst pages, the rest counted. */
export function foldedNote(folded: {
  readonly items: readonly FoldItem[];
  readonly reader: Reader;
  readonly open: string;
  readonly now: Instant;
}): NoteText {
  const { items, reader, open, now } = folded;
  const all = foldedPages(items);
  const live = all.filter((item) => item.what !== 'resolved');
  const shown = live.length > 0 ? live : all;
  const worst = shown[0] as FoldItem;
  const over = all.length - live.length;
  const clock = readerClock(reader.zone, now);
  const kinds = foldedKinds(shown).map(
    (kind) => `${severityName(kind.severity)} ${oneLine(kind.name, 60)}${kind.pages > 1 ? ` ×${kind.pages}` : ''}`,
  );
  const named = shown.slice(0, Math.min(NAMED_PAGES, LISTED_PAGES));
  const rest = shown.length - named.length;
  return {
    kind: kindOf(live),
    severity: worst.page.severity,
    title:
      live.length > 0
        ? `${count(live.length, 'page')}, worst ${titleOf(worst.page)}`
        : `${count(over, 'page')} resolved`,
    lead: live.length > 0 ? null : 'Nothing to do.',
    rows: [
      { name: 'Since', value: clock.named(worst.page.since) },
      ...(live.length > 0 && over > 0 ? [{ name: 'Resolved meanwhile', value: count(over, 'page') }] : []),
    ],
    sections: [
      { title: count(kinds.length, 'kind'), lines: kinds },
      {
        title: rest > 0 ? `The worst ${named.length}, ${rest} more` : 'Pages',
        lines: named.map(({ page }) => `${titleOf(page)}, page ${page.number}, since ${clock.time(page.since)}`),
      },
    ],
    action: worst.reply === null ? null : { label: 'Acknowledge the worst', url: worst.reply },
    links: [{ label: 'All pages', url: open }],
  };
}

function kindOf(live: readonly FoldItem[]): NoteText['kind'] {
  if (live.some(({ what }) => what === 'page')) return 'page';
  if (live.some(({ what }) => what === 'alarm')) return 'alarm';
  return live.length > 0 ? 'update' : 'resolved';
}

/** `SEV1 Checkout errors 12.4 % (checkout-api)`: a long title gives way, the place stays. */
function titleOf(page: Pick<PageSummary, 'title' | 'service' | 'severity'>): string {
  const where = page.service === null ? '' : ` (${oneLine(page.service, 40)})`;
  return `${severityName(page.severity)} ${oneLine(page.title, TITLE - Array.from(where).length)}${where}`;
}

function answerLink(links: Links, label: string): Link | null {
  return links.reply === null ? null : { label, url: links.reply };
}

function openPage(page: PageSummary, url: string): Link {
  return { label: `Page ${page.number}`, url };
}
