import { storable } from '#alerts';
import { isObject, type ReadObject, textOf as textOfValue } from '../json-object.ts';
import { priorities, type Priority } from './opsgenie-text.ts';

/** Characters kept of each field; more is cut, as Opsgenie cuts it. */
export const LIMITS = {
  message: 130,
  alias: 512,
  description: 15_000,
  entity: 512,
  source: 100,
  user: 100,
  note: 25_000,
  tag: 50,
  tags: 20,
  action: 50,
  actions: 10,
  responders: 50,
  details: 8_000,
} as const;

/** Why a request is refused: `syntax` is no JSON at all, `fields` names what is wrong in Opsgenie's form. */
export type Refusal =
  | { readonly ok: false; readonly kind: 'syntax'; readonly reason: string }
  | { readonly ok: false; readonly kind: 'fields'; readonly errors: Readonly<Record<string, string>> };
/** A tag as it is kept: cut, and without the comma that separates tags. */
export function tagOf(tag: string): string {
  return cut(tag.replaceAll(',', ' ').trim(), LIMITS.tag);
}

/** The first characters, never half a surrogate pair, as a text that PostgreSQL stores. */
export function cut(text: string, most: number): string {
  return storable(text.length > most ? text.slice(0, most).replace(/[\ud800-\udbff]$/, '') : text);
}

/** Reads the fields of one body and remembers what is wrong with them. */
export interface FieldReader {
  /** A text, trimmed and cut; null when absent or blank. */
  text(name: string, most: number): string | null;
  /** Texts, blank ones left out. */
  list(name: string, most: number): readonly string[];
  details(): Readonly<Record<string, string>>;
  priority(): Priority | null;
  responders(): readonly string[];
  /** The value at a name, whatever it is. */
  raw(name: string): unknown;
  /** Notes a fault; answers `instead`, so that reading goes on. */
  refuse<T>(name: string, fault: string, instead: T): T;
  refusal(): Refusal | null;
}

/** A reader over a body; a body that is no object is refused at once. */
export function readBody(read: ReadObject): { readonly ok: true; readonly field: FieldReader } | Refusal {
  if (!read.ok) return { ok: false, kind: 'syntax', reason: read.reason };
  const { object } = read;
  const errors: Record<string, string> = {};
  const raw = (name: string) => (Object.hasOwn(object, name) ? object[name] : null);
  const refuse = <T>(name: string, fault: string, instead: T): T => {
    errors[name] = fault;
    return instead;
  };
  const field: FieldReader = {
    raw,
    refuse,
    refusal: () => (Object.keys(errors).length > 0 ? { ok: false, kind: 'fields', errors } : null),
    text(name, most) {
      const value = raw(name);
      if (value === null || value === undefined) return null;
      if (typeof value === 'object') return refuse(name, 'should be a string', null);
      return cut(String(value as string | number | boolean).trim(), most) || null;
    },
    list(name, most) {
      const value = raw(name);
      if (value === null || value === undefined) return [];
      if (!Array.isArray(value)) return refuse(name, 'should be an array of strings', []);
      const texts = value.slice(0, most * 4).map((one) => (isObject(one) ? null : textOfValue(one)?.trim()));
      return [...new Set(texts.filter((one) => typeof one === 'string' && one !== ''))].slice(0, most) as string[];
    },
    details: () => detailsOf(raw('details'), refuse),
    priority() {
      const value = raw('priority');
      if (value === null || value === undefined || value === '') return null;
      const found = priorities.find((one) => one === value);
      return found ?? refuse('priority', `should be one of [ ${priorities.join(', ')} ]`, null);
    },
    responders: () => respondersOf(raw('responders') ?? raw('teams'), refuse),
  };
  return { ok: true, field };
}

/** Details as texts; what goes over Opsgenie's 8,000 characters in all is left out, from the end. */
function detailsOf(value: unknown, refuse: FieldReader['refuse']): Readonly<Record<string, string>> {
  const details: Record<string, string> = Object.create(null);
  if (value === null || value === undefined) return details;
  if (!isObject(value)) return refuse('details', 'should be an object of strings', details);
  let left: number = LIMITS.details;
  for (const name of Object.keys(value)) {
    const key = cut(name.trim(), 200);
    const text = textOfValue(value[name]) ?? '';
    left -= key.length;
    if (key === '' || left <= 0) continue;
    details[key] = cut(text, left);
    left -= text.length;
  }
  return details;
}

const RESPONDER_TYPES = new Set(['team', 'user', 'escalation', 'schedule']);

/** Responders as `type:name`; `teams` of the older form have no type. */
function respondersOf(value: unknown, refuse: FieldReader['refuse']): readonly string[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) return refuse('responders', 'should be an array', []);
  return value.slice(0, LIMITS.responders).flatMap((one) => {
    const responder = responderOf(one);
    if (responder === null) return refuse('responders#type', 'Invalid responder type', []);
    return responder === '' ? [] : [responder];
  });
}

/** One responder; null when its type is none, empty when it names nobody. */
export function responderOf(value: unknown): string | null {
  if (!isObject(value)) return typeof value === 'string' ? `team:${nameOf(value)}` : null;
  const type = textOfValue(value['type'])?.toLowerCase() ?? 'team';
  if (!RESPONDER_TYPES.has(type)) return null;
  const name = nameOf(textOfValue(value['name']) ?? textOfValue(value['username']) ?? textOfValue(value['id']) ?? '');
  return name === '' ? '' : `${type}:${name}`;
}

const nameOf = (text: string) => cut(text.replaceAll(',', ' ').trim(), 100);
