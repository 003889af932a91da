import { storable } from '#alerts';
import { isObject, textOf } from '../json-object.ts';

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with an event, one sentence each, with the field's name as its sender wrote it. */
export type Faults = string[];

/** A field to be read: where its object stands in the event, and what PagerDuty asks of it. */
export interface FieldRule {
  /** In front of the name in a fault, e.g. `payload.`. */
  readonly under?: string;
  readonly required?: true;
  readonly longest?: number;
}

/** Most links and images kept of one event. */
const MOST_LINKS = 20;
const LONGEST_URL = 2_048;

/** An own field that must be text; numbers and booleans are written out. A blank one counts as absent. */
export function readText(object: Fields, name: string, faults: Faults, rule: FieldRule = {}): string | null {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  const label = `'${rule.under ?? ''}${name}'`;
  if (typeof value === 'object' && value !== null) {
    faults.push(`${label} must be a string`);
    return null;
  }
  const text = (textOf(value) ?? '').trim();
  if (text === '') {
    if (rule.required) faults.push(`${label} is missing or blank`);
    return null;
  }
  if (rule.longest !== undefined && text.length > rule.longest) {
    faults.push(`${label} is longer than ${rule.longest} characters`);
    return null;
  }
  return text;
}

/** A link or image as it was sent. */
export interface SentLink {
  readonly href: string;
  readonly text: string | null;
}

/** The links of an event. One without a web address is left out: a page is worth more than its links. */
export function readLinks(value: unknown, address: 'href' | 'src', words: 'text' | 'alt'): readonly SentLink[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MOST_LINKS).flatMap((item) => {
    const link = isObject(item) ? webAddress(item[address]) : null;
    if (link === null) return [];
    const text: unknown = Object.hasOwn(item as Fields, words) ? (item as Fields)[words] : null;
    return [{ href: link, text: typeof text === 'string' && text.trim() !== '' ? text.trim() : null }];
  });
}

/** The address of a page on the web; null for anything else: it could run as script where it is shown. */
export function webAddress(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > LONGEST_URL) return null;
  return /^https?:\/\//i.test(value) ? storable(value) : null;
}

/** Details that a sender gives in whatever shape, as texts by name. */
export function readDetails(value: unknown): Readonly<Record<string, string>> {
  const details: Record<string, string> = Object.create(null);
  const named = isObject(value) ? value : { details: value };
  for (const name of Object.keys(named)) {
    const text = textOf(named[name]);
    if (text !== null && text !== '') details[name] = text;
  }
  return details;
}
