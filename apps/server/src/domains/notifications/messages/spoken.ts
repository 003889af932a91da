import type { SpokenMessage } from '../adapters/channel.ts';
import type { PageFacts, PageSummary } from './facts.ts';
import { type FoldItem, foldedKinds, foldedPages } from './folded.ts';
import { count } from './words.ts';

/** What is said of a title: a sentence, not a paragraph. */
const LONGEST = 140;
/** Kinds named in a call; the text that came with it names them all. */
const NAMED_KINDS = 6;

const KEYS = 'Press 4 to acknowledge, 6 to resolve, or 8 to escalate.';

/** The page as it is said in a call. */
export function pageSpoken(facts: PageFacts, update = false): SpokenMessage {
  const where = facts.service === null ? '' : `, on ${forTheEar(facts.service, 60)}`;
  const more = facts.firing > 1 ? [`With ${count(facts.firing - 1, 'more alert')}.`] : [];
  return {
    format: 'spoken',
    sentences: [
      update ? 'This is Tocsin, with an update.' : 'This is Tocsin, with a page for you.',
      `Severity ${facts.severity}. Page ${facts.number}. ${sentence(`${forTheEar(facts.title, LONGEST)}${where}`)}`,
      ...more,
    ],
    keys: KEYS,
  };
}

/** What is said when a page is over. */
export function resolvedSpoken(page: PageSummary): SpokenMessage {
  return quiet([
    'This is Tocsin.',
    `Page ${page.number} is resolved. ${sentence(forTheEar(page.title, LONGEST))}`,
    'Nothing is to be done.',
  ]);
}

/** An alarm about Tocsin itself. */
export function alarmSpoken(title: string, page: PageSummary | null, subject: string | null = null): SpokenMessage {
  const what = subject === null ? [] : [sentence(forTheEar(subject, LONGEST))];
  const about = page === null ? what : [`It is about page ${page.number}. ${sentence(forTheEar(page.title, LONGEST))}`];
  return quiet(['This is an alarm from Tocsin about Tocsin itself.', sentence(forTheEar(title, LONGEST)), ...about]);
}

/** A test that the person asked for. */
export function testSpoken(): SpokenMessage {
  return quiet(['This is a test call from Tocsin, as you asked.', 'Nothing is wrong.']);
}

/** A code, spelled. */
export function verifySpoken(code: string): SpokenMessage {
  return {
    format: 'spoken',
    sentences: ['This is Tocsin. Your code is:', { spell: code }],
    keys: null,
  };
}

/** Many pages in one call: the worst, the kinds, how to take them all. */
export function foldedSpoken(items: readonly FoldItem[]): SpokenMessage {
  const all = foldedPages(items);
  const live = all.filter((item) => item.what !== 'resolved');
  const worst = live[0]?.page;
  if (worst === undefined)
    return quiet(['This is Tocsin.', `${count(all.length, 'page')} resolved.`, 'Nothing is to be done.']);
  const kinds = foldedKinds(live);
  const named = kinds.slice(0, NAMED_KINDS).map((kind) => forTheEar(kind.name, 60));
  const rest = kinds.length - named.length;
  return {
    format: 'spoken',
    sentences: [
      `This is Tocsin, with ${count(live.length, 'page')} for you.`,
      `The worst is severity ${worst.severity}. ${worst.number > 0 ? `Page ${worst.number}. ` : ''}${sentence(forTheEar(worst.title, LONGEST))}`,
      sentence(`Kinds: ${named.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`),
    ],
    keys: keysFor(live.filter((item) => item.page.number > 0).length),
  };
}

/** Alarms about Tocsin stand among pages without a number, and cannot be answered. */
function keysFor(pages: number): string | null {
  if (pages === 0) return null;
  return pages > 1 ? 'Press 4 to acknowledge all of them, or 8 to escalate all of them.' : KEYS;
}

function quiet(sentences: readonly string[]): SpokenMessage {
  return { format: 'spoken', sentences, keys: null };
}

function sentence(text: string): string {
  return /[.?]$/.test(text) ? text : `${text}.`;
}

/** Signs that a voice would leave out or spell. */
const SAID: readonly (readonly [RegExp, string])[] = [
  [/>=|≥/g, ' at least '],
  [/<=|≤/g, ' at most '],
  [/!=|≠/g, ' is not '],
  [/->|→/g, ' to '],
  [/>/g, ' above '],
  [/</g, ' below '],
  [/=/g, ' is '],
  [/\s*%/g, ' percent'],
  [/&/g, ' and '],
  [/\+/g, ' plus '],
  [/@/g, ' at '],
  [/#(?=\d)/g, ' number '],
];
const UNITS: Readonly<Record<string, string>> = {
  ms: 'milliseconds',
  s: 'seconds',
  min: 'minutes',
  h: 'hours',
  kB: 'kilobytes',
  KB: 'kilobytes',
  MB: 'megabytes',
  GB: 'gigabytes',
  TB: 'terabytes',
  GiB: 'gigabytes',
  MiB: 'megabytes',
};

/**
 * A text as a person would read it aloud: no addresses, no long identifiers, signs and units as words, names in parts
 * (`checkout-api` → checkout api, `HighErrorRate` → High Error Rate).
 */
export function forTheEar(text: string, longest = LONGEST): string {
  let said = text
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]+/gu, ' ')
    .replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, ' ')
    .replaceAll(/\p{Extended_Pictographic}/gu, ' ')
    // Hashes, uuids, pod suffixes: nobody can follow them by ear.
    .replaceAll(/[-_]?\b(?=[0-9a-f-]*\d)(?=[0-9a-f-]*[a-f])[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b/gi, ' ')
    .replaceAll(
      /(\d)\s?(ms|s|min|h|kB|KB|MB|GB|TB|GiB|MiB)\b/g,
      (_, digit: string, unit: string) => `${digit} ${UNITS[unit]}`,
    );
  for (const [sign, words] of SAID) said = said.replaceAll(sign, words);
  said = said
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{L})[._/:](?=\p{L})/gu, '$1 ')
    .replaceAll(/-(?=\p{L})|(?<=\p{L})-(?=\d)/gu, ' ')
    .replaceAll(/[^\p{L}\p{M}\p{N}.,;:?'’\s-]+/gu, ' ')
    .replaceAll(/\s+([.,;:?])/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const letters = Array.from(said);
  if (letters.length <= longest) return said === '' ? 'without a name' : said;
  return letters
    .slice(0, longest)
    .join('')
    .replace(/\s+\S*$/, '');
}
