import { lengthOnceFilled } from '../reply-tokens.ts';
import type { Links, PageFacts, PageSummary } from './facts.ts';
import { type FoldItem, foldedKinds, foldedPages } from './folded.ts';
import { septetsOf, toGsm } from './gsm7.ts';
import { headline } from './page.ts';
import { count, oneLine, severityName } from './words.ts';

/** One message of the phone network, in its own alphabet. */
const ONE = 160;
/** Two messages in UTF-16 units: what a title in another script may take with its link. */
const TWO_UCS2 = 134;
/** The most that providers take as one text, in as many parts as it needs. */
const MOST = 1500;
/** A title is never cut shorter, though the text then takes a second message. */
const LEAST_TITLE = 24;
/** A title of which more than this share cannot be written in the network's alphabet keeps its own script. */
const MOST_LOST = 0.2;

/** What is pressed or replied; a digit works on every phone, also one that sleeps. */
const REPLIES = '4=ack 6=resolve 8=escalate';

/** The page as a text message: severity, number, title, what to reply, link. The title gives way. */
export function pageSms({
  facts,
  links,
  update = false,
}: {
  readonly facts: PageFacts;
  readonly links: Links;
  readonly update?: boolean;
}): string {
  const head = `${update ? 'Update ' : ''}${severityName(facts.severity)} #${facts.number} `;
  return fit(head, facts, `. ${REPLIES} ${short(links.reply ?? links.open)}`);
}

/** The text to who was told of a page that is over. */
export function resolvedSms(page: PageSummary): string {
  return fit(`Resolved: ${severityName(page.severity)} #${page.number} `, page, '. Nothing to do.');
}

/** The text of an alarm about Tocsin itself. */
export function alarmSms(title: string, page: PageSummary | null, subject: string | null = null): string {
  return fit('Tocsin alarm: ', { title, service: subject }, page === null ? '.' : `. Page #${page.number}.`);
}

/** The text of a test. */
export function testSms(): string {
  return 'Tocsin test, as you asked. Nothing is wrong. Reply STOP to get no more texts here.';
}

/** The text that brings a code. */
export function verifySms(code: string): string {
  return `Tocsin code: ${code}. Enter it where you added this number. If you did not, ignore this.`;
}

/** The text for many pages: the worst, every kind by name, how to answer. It may take more than one message. */
export function foldedSms({ items, open }: { readonly items: readonly FoldItem[]; readonly open: string }): string {
  const all = foldedPages(items);
  const live = all.filter((item) => item.what !== 'resolved');
  if (live.length === 0) return `${count(all.length, 'page')} resolved. Nothing to do.`;
  const worst = live[0] as FoldItem;
  const { page } = worst;
  // Alarms about Tocsin stand among pages without a number, and cannot be answered.
  const first = live.find((item) => item.page.number > 0)?.page.number;
  const number = page.number > 0 ? `#${page.number} ` : '';
  const what = inAlphabet(oneLine(page.title, 60));
  const head = `${count(live.length, 'page')}, worst ${severityName(page.severity)} ${number}${what}. Kinds: `;
  const how = first === undefined ? '' : `Reply 4 all to ack all, 4 ${first} for #${first}. `;
  const tail = `. ${how}${short(worst.reply ?? open)}`;
  const kinds = foldedKinds(live).map(
    (kind) => `${inAlphabet(oneLine(kind.name, 40))}${kind.pages > 1 ? ` x${kind.pages}` : ''}`,
  );
  const room = MOST - lengthOnceFilled(head + tail);
  return `${head}${listed(kinds, room)}${tail}`;
}

/** As many names as there is room for; the rest is counted. */
function listed(names: readonly string[], room: number): string {
  let text = names.join(', ');
  for (let many = names.length - 1; text.length > room && many > 0; many -= 1)
    text = `${names.slice(0, many).join(', ')} and ${names.length - many} more`;
  return text;
}

/** Phones make a link of a bare https address; any other needs its scheme. */
function short(url: string): string {
  return url.replace(/^https:\/\//, '');
}

/** Sets head, title and tail as one message where that is possible: the service goes first, then the end of the title. */
function fit(head: string, { title, service }: Pick<PageSummary, 'title' | 'service'>, tail: string): string {
  const whole = headline({ title, service });
  const gsm = toGsm(whole);
  const foreign = gsm.lost > Array.from(whole).length * MOST_LOST;
  const room = Math.max(LEAST_TITLE, (foreign ? TWO_UCS2 : ONE) - lengthOnceFilled(toGsm(head + tail).text));
  if (foreign)
    return join(
      head,
      cut(whole, room, (text) => text.length),
      tail,
    );
  const measure = (text: string) => septetsOf(text) ?? text.length;
  const shown = measure(gsm.text) <= room ? gsm.text : toGsm(oneLine(title, 400)).text;
  return join(toGsm(head).text, cut(shown.trim(), room, measure), toGsm(tail).text);
}

/** A title that ends with a full stop needs no second one. */
function join(head: string, body: string, tail: string): string {
  return `${head}${body}${/[.?!]$/.test(body) ? tail.replace(/^\./, '') : tail}`;
}

function cut(text: string, room: number, measure: (text: string) => number): string {
  if (measure(text) <= room) return text;
  const letters = Array.from(text);
  while (letters.length > 0 && measure(`${letters.join('')}...`) > room) letters.pop();
  return `${letters.join('').trimEnd()}...`;
}

/** In the network's alphabet, unless that would lose too much of it. */
export function inAlphabet(text: string): string {
  const gsm = toGsm(text);
  return gsm.lost > Array.from(text).length * MOST_LOST ? text : gsm.text;
}
