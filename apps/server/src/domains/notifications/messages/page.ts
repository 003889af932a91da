import { webLink } from '#platform/html';
import type { Instant, Line, Links, MailText, PageFacts, Reader, Row } from './facts.ts';
import { setMail } from './mail.ts';
import { count, oneLine, plain, type ReaderClock, readerClock, severityName } from './words.ts';

/** What a message about one page is made of. */
export interface PageMessage {
  readonly facts: PageFacts;
  readonly reader: Reader;
  /** One sentence, from `whyMe`. */
  readonly why: string;
  readonly links: Links;
  readonly now: Instant;
}

/** Alerts shown in a mail; the page shows all. */
const SHOWN_ALERTS = 5;

/** The mail that calls somebody. */
export function pageMail(message: PageMessage): MailText {
  const { facts, links } = message;
  return setMail({
    subject: `${severityName(facts.severity)} ${headline(facts)}`,
    heading: `${severityName(facts.severity)} ${oneLine(facts.title)}`,
    lead: summaryOf(facts),
    rows: pageRows(message),
    action: links.reply === null ? null : { label: 'Open to acknowledge or escalate', url: links.reply },
    sections: alertSection(message),
    footer: `Page ${facts.number}`,
    open: links.open,
  });
}

/** The mail to who holds a page that something joined. `joined`: how many alerts, null when that is not known. */
export function updateMail(message: PageMessage & { readonly joined: number | null }): MailText {
  const { facts, links, joined } = message;
  return setMail({
    subject: `Update: ${severityName(facts.severity)} ${headline(facts)}`,
    heading: `${severityName(facts.severity)} ${oneLine(facts.title)}`,
    lead: [updateWords(joined), summaryOf(facts)].filter(Boolean).join('\n'),
    rows: pageRows(message),
    action: links.reply === null ? null : { label: 'Open the page', url: links.reply },
    sections: alertSection(message),
    footer: `Page ${facts.number}`,
    open: links.open,
  });
}

/** What happened to a page that is held. */
export function updateWords(joined: number | null): string {
  if (joined === null || joined === 0) return 'The page that you hold changed.';
  return `${count(joined, 'alert')} joined the page that you hold.`;
}

/** `Checkout errors 12.4 % (checkout-api)`. */
export function headline({ title, service }: Pick<PageFacts, 'title' | 'service'>): string {
  return service === null ? oneLine(title) : `${oneLine(title)} (${oneLine(service, 80)})`;
}

/** What the sources say in human words: the newest firing alert's summary, else description. */
export function summaryOf(facts: PageFacts): string | null {
  for (const alert of facts.alerts) {
    const text = alert.annotations.summary ?? alert.annotations.description ?? alert.annotations.message;
    if (alert.status === 'firing' && text && text !== facts.title) return plain(text);
  }
  return null;
}

/** What is told of a page line by line: where, since when, what with it, who holds it, what comes next, why you. */
export function pageRows({ facts, reader, why, now }: PageMessage): readonly Row[] {
  const clock = readerClock(reader.zone, now);
  const rows: (Row | null)[] = [
    facts.service === null ? null : { name: 'Where', value: oneLine(facts.service) },
    { name: 'Since', value: clock.named(facts.since) },
    withIt(facts),
    answered(facts, clock),
    facts.run?.next
      ? { name: 'Next', value: `${oneLine(facts.run.next.who)} at ${clock.time(facts.run.next.at)}` }
      : null,
    { name: 'Why you', value: why },
    facts.runbookUrl && webLink(facts.runbookUrl)
      ? { name: 'Runbook', value: '', link: webLink(facts.runbookUrl) }
      : null,
  ];
  return rows.flatMap((row) => row ?? []);
}

function answered({ run }: PageFacts, clock: ReaderClock): Row | null {
  if (!run?.acknowledgedBy || !run.acknowledgedAt) return null;
  const name = run.acknowledgedBy.bySender ? 'Acknowledged by' : 'Held by';
  return { name, value: `${oneLine(run.acknowledgedBy.name)} since ${clock.time(run.acknowledgedAt)}` };
}

/** `13 more alerts, 2 kinds: …`: every kind is named. */
function withIt({ firing, kinds }: PageFacts): Row | null {
  if (firing <= 1 && kinds.length <= 1) return null;
  const more = firing > 1 ? count(firing - 1, 'more alert') : null;
  const named =
    kinds.length > 1 ? `${kinds.length} kinds: ${kinds.map((kind) => oneLine(kind.name, 120)).join(', ')}` : null;
  return { name: 'With it', value: [more, named].filter(Boolean).join(', ') };
}

function alertSection({ facts, reader, now }: PageMessage): readonly { title: string; lines: readonly Line[] }[] {
  if (facts.alerts.length === 0) return [];
  const clock = readerClock(reader.zone, now);
  const shown = facts.alerts.slice(0, SHOWN_ALERTS);
  const lines = shown.map((alert) => {
    const labels = Object.entries(alert.labels).slice(0, 12);
    const state = alert.status === 'resolved' ? 'resolved' : `since ${clock.time(alert.startsAt)}`;
    const text = `${oneLine(alert.title)}, ${state} ${labels.map(([name, value]) => `${name}=${oneLine(value, 80)}`).join(' ')}`;
    return { text: text.trim(), link: webLink(alert.generatorUrl) };
  });
  const rest = facts.total - shown.length;
  const title = rest > 0 ? `Newest alerts, ${rest} more on the page` : count(shown.length, 'alert');
  return [{ title, lines }];
}

/** The page in one SMS segment (160 characters): severity, where, what, since, link. The title gives way. */
export function pageText({ facts, reader, links }: Omit<PageMessage, 'now' | 'why'>): string {
  const since = facts.since.toZonedDateTimeISO(reader.zone).toPlainTime().toString({ smallestUnit: 'minute' });
  const link = (links.reply ?? links.open).replace(/^https?:\/\//, '');
  const head = [severityName(facts.severity), facts.service && oneLine(facts.service, 30)].filter(Boolean).join(' ');
  const tail = `, since ${since}. ${link}`;
  return `${head} ${oneLine(facts.title, Math.max(10, 160 - head.length - tail.length - 1))}${tail}`;
}
