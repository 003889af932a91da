import type { EventMapping, FieldSource } from '@tocsin/contracts';
import { parseRfc3339 } from '#platform/clock';
import { type Guess, guess, isLink } from './guess.ts';
import { parsePointer, valueAt } from './pointer.ts';
import { fillTemplate } from './template.ts';
import { cut, textOf } from './text.ts';
import { readLine, type Status, statusOf } from './words.ts';

/** Alerts that one body may hold; more is refused whole, because cutting would lose some silently. */
export const MOST_ITEMS = 1_000;

/** One alert as a body says it, before it belongs to an integration. */
export interface MappedEvent {
  readonly index: number;
  readonly status: Exclude<Status, 'ignored'>;
  readonly title: string;
  readonly description: string | null;
  readonly severity: string | null;
  readonly service: string | null;
  readonly dedupKey: string | null;
  readonly startsAtMs: number | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly links: readonly { readonly text: string; readonly url: string }[];
  /** What tells it from other alerts of the integration. */
  readonly identity: readonly string[];
}

/** Something about an item, and the pointer or field of the mapping to blame. */
export interface MappingNote {
  readonly index: number;
  readonly field: string | null;
  readonly pointer: string | null;
  readonly reason: string;
}

/** What a body says under a mapping: a bad item is named and left out, the others stand. */
export interface MappedBody {
  readonly events: readonly MappedEvent[];
  readonly refused: readonly MappingNote[];
  /** What the mapping asks for and the body does not hold, where the alert stands all the same. */
  readonly warnings: readonly MappingNote[];
  /** Items whose status says that they are no alerts. */
  readonly ignored: number;
}

/** Maps a parsed body. Pure and bounded: whatever the body, it answers, in a time that grows with its size. */
export function mapBody(body: unknown, mapping: EventMapping): MappedBody {
  const events: MappedEvent[] = [];
  const refused: MappingNote[] = [];
  const warnings: MappingNote[] = [];
  let ignored = 0;
  const items = itemsOf(body, mapping.items);
  if ('reason' in items) return { events, refused: [items], warnings, ignored };
  const texts = new Map<string, string | null>();
  for (let index = 0; index < items.list.length; index += 1) {
    const mapped = mapItem({ item: items.list[index], body, index, mapping, texts, warnings });
    if (mapped === 'ignored') ignored += 1;
    else if ('reason' in mapped) refused.push(mapped);
    else events.push(mapped);
  }
  return { events, refused, warnings, ignored };
}

/** The alerts of a body: at the pointer, else the body itself, which may be a bare list. */
function itemsOf(body: unknown, pointer: string | undefined): { readonly list: readonly unknown[] } | MappingNote {
  const parsed = pointer === undefined ? null : parsePointer(pointer);
  const found = parsed ? valueAt(body, parsed.path) : body;
  const blame = (reason: string): MappingNote => ({ index: 0, field: 'items', pointer: pointer ?? null, reason });
  if (pointer === undefined) {
    if (!Array.isArray(found)) return { list: [found] };
  } else if (!Array.isArray(found)) {
    return blame(found === undefined ? 'there is nothing at this pointer' : 'this is no array');
  }
  if (found.length > MOST_ITEMS) return blame(`more than ${MOST_ITEMS} alerts in one body`);
  return found.length === 0 && pointer === undefined ? blame('an empty list') : { list: found };
}

interface Reading {
  readonly item: unknown;
  readonly body: unknown;
  readonly index: number;
  readonly mapping: EventMapping;
  /** Texts found from the root: the same for every item, so written out once. */
  readonly texts: Map<string, string | null>;
  readonly warnings: MappingNote[];
}

function mapItem(reading: Reading): MappedEvent | MappingNote | 'ignored' {
  const { item, index, mapping } = reading;
  const refuse = (field: string | null, reason: string, pointer: string | null = null): MappingNote => ({
    index,
    field,
    pointer: pointer ?? blamed(field === null ? undefined : mapping[field as 'title']),
    reason,
  });
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return refuse(null, 'an alert must be an object', mapping.items ?? null);
  }
  const guessed = guess(item as Readonly<Record<string, unknown>>);
  const read = (field: string, source: FieldSource | undefined, fallback: string | null = null) => {
    if (source === undefined) return fallback;
    const text = readSource(reading, source);
    if (text === null)
      reading.warnings.push({ index, field, pointer: blamed(source), reason: 'nothing was found here' });
    return text ?? fallback;
  };
  const said = read('title', mapping.title, guessed.title);
  if (said === null) return refuse('title', 'nothing here says what the alert is about');
  const status = statusFrom(reading, read('status', mapping.status), guessed);
  if (status === 'ignored') return 'ignored';
  const labels = labelsFrom(read, mapping, guessed);
  const service = read('service', mapping.service, guessed.service);
  const dedupKey = read('dedupKey', mapping.dedupKey, guessed.dedupKey);
  return {
    index,
    status,
    title: cut(said, 1_000),
    description: read('description', mapping.description, guessed.description),
    severity: cutOr(read('severity', mapping.severity, guessed.severity), 60),
    service: cutOr(service, 200),
    dedupKey,
    startsAtMs: momentOf(read('startsAt', mapping.startsAt, guessed.startsAt)),
    labels,
    links: linksFrom(read, mapping, guessed),
    identity: identityOf({ dedupKey, title: said, service, labels, mapping, guessed }),
  };
}

const cutOr = (text: string | null, most: number) => (text === null ? null : cut(text, most));

/** The text of one source: pointers, then template, through the value map; then the default. */
function readSource(reading: Reading, source: FieldSource): string | null {
  const { pointer = [], template, values } = source;
  let found: string | null = null;
  for (let i = 0; i < pointer.length && found === null; i += 1) found = textAt(reading, pointer[i] as string);
  if (found === null && template !== undefined) found = fillTemplate(template, (one) => textAt(reading, one));
  if (found !== null && values && Object.hasOwn(values, found)) found = (values[found] as string).trim() || null;
  return found ?? source.default ?? null;
}

function textAt({ item, body, texts }: Reading, text: string): string | null {
  const pointer = parsePointer(text);
  if (!pointer) return null;
  if (!pointer.fromRoot) return textOf(valueAt(item, pointer.path));
  const known = texts.get(text);
  if (known !== undefined) return known;
  const found = textOf(valueAt(body, pointer.path));
  texts.set(text, found);
  return found;
}

/** The pointer of a source to show to who mends it: the first, else its template. */
function blamed(source: FieldSource | undefined): string | null {
  return source?.pointer?.[0] ?? source?.template ?? null;
}

/** An unknown word fires: a page too many is mended by a value map, a page too few by nothing. */
function statusFrom({ index, mapping, warnings }: Reading, said: string | null, guessed: Guess): Status {
  if (said === null) return guessed.status ?? 'firing';
  const status = statusOf(said);
  if (status === null) {
    const reason = `${JSON.stringify(cut(said, 60))} is no status that is known: it counts as firing; name it in \`values\``;
    warnings.push({ index, field: 'status', pointer: blamed(mapping.status), reason });
  }
  return status ?? 'firing';
}

type Read = (field: string, source: FieldSource | undefined, fallback?: string | null) => string | null;

function labelsFrom(read: Read, mapping: EventMapping, guessed: Guess): Readonly<Record<string, string>> {
  const labels: Record<string, string> = Object.create(null);
  for (const [name, text] of mapping.labels ? [] : guessed.labels) labels[name] = text;
  for (const [name, source] of Object.entries(mapping.labels ?? {})) {
    const text = read(`labels.${name}`, source);
    if (text !== null) labels[name] = cut(text, 500);
  }
  return labels;
}

function linksFrom(read: Read, mapping: EventMapping, guessed: Guess): MappedEvent['links'] {
  const wanted = mapping.links?.map(({ text, url }, i) => ({ text, url: read(`links.${i}`, url) })) ?? [
    { text: 'link', url: guessed.link },
  ];
  return wanted.flatMap(({ text, url }) => (isLink(url) ? [{ text, url }] : []));
}

/** Milliseconds since 1970 of the year 9999: what is later is no moment. */
const LATEST_MS = 253_370_764_800_000;
/** Numbers from here on count milliseconds, not seconds. */
const MILLISECONDS_FROM = 100_000_000_000;

/** RFC 3339, or seconds or milliseconds since 1970; null for what is neither. */
function momentOf(text: string | null): number | null {
  if (text === null) return null;
  const number = /^\d{1,16}(\.\d{1,9})?$/.test(text) ? Number(text) : null;
  const ms = number === null ? parseRfc3339(text) : Math.floor(number < MILLISECONDS_FROM ? number * 1_000 : number);
  return ms >= 0 && ms <= LATEST_MS ? ms : null;
}

/**
 * A key that the sender gives, else what was mapped as labels (how bad it is aside: that changes while an alert lasts),
 * else what the guess found to stay the same.
 */
function identityOf(from: {
  readonly dedupKey: string | null;
  readonly title: string;
  readonly service: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly mapping: EventMapping;
  readonly guessed: Guess;
}): readonly string[] {
  const { dedupKey, title, service, labels, mapping, guessed } = from;
  if (dedupKey !== null) return ['key', dedupKey];
  const names = Object.keys(labels).filter((name) => name !== 'severity' && name !== 'priority');
  if (mapping.labels && names.length > 0) {
    const pairs = names.sort().flatMap((name) => [name, labels[name] as string]);
    return ['labels', service ?? '', ...pairs];
  }
  if (mapping.title) return ['title', service ?? '', readLine(title).key];
  return ['guess', ...guessed.sameness];
}
