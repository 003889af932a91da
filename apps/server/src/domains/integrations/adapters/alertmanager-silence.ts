import type { Matcher } from '#routing';
import { type PutSilence, silenceState, type StoredSilence } from '#silences';
import { isObject, readObject } from '../json-object.ts';

/** Matchers of one silence at most. */
const MOST_MATCHERS = 100;
/** Longest text of a silence, in UTF-16 units. */
const LONGEST_TEXT = 8_192;
/** Annotations of one silence at most. */
const MOST_ANNOTATIONS = 64;

/** A silence as its sender means it, or what Alertmanager's 400 would say. */
export type ReadSilence =
  | { readonly ok: true; readonly silence: PutSilence }
  | { readonly ok: false; readonly reason: string };

class Refused extends Error {}

/** Reads the body of a POST of API v2. Only shape is judged here; `validateSilence` judges the rest. */
export function readSilence(body: Buffer): ReadSilence {
  const read = readObject(body);
  if (!read.ok) return read;
  try {
    return { ok: true, silence: silenceOf(read.object) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, reason: error.message };
    throw error;
  }
}

type Fields = Readonly<Record<string, unknown>>;

const own = (object: Fields, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined);

function silenceOf(object: Fields): PutSilence {
  const matchers = own(object, 'matchers');
  if (!Array.isArray(matchers)) throw new Refused('matchers in body is required');
  if (matchers.length > MOST_MATCHERS) throw new Refused(`a silence has at most ${MOST_MATCHERS} matchers`);
  const id = textOf(object, 'id', true);
  if (id !== '' && !isUuid(id)) throw new Refused('id in body must be a UUID');
  return {
    id: id === '' ? null : id,
    matchers: matchers.map(matcherOf),
    startsAt: timeOf(object, 'startsAt'),
    endsAt: timeOf(object, 'endsAt'),
    createdBy: textOf(object, 'createdBy'),
    comment: textOf(object, 'comment'),
    annotations: annotationsOf(own(object, 'annotations')),
  };
}

function matcherOf(value: unknown, index: number): Matcher {
  if (!isObject(value)) throw new Refused(`matchers.${index} in body must be an object`);
  const flag = (name: string, otherwise: boolean) => {
    const found = own(value, name) ?? otherwise;
    if (typeof found !== 'boolean') throw new Refused(`matchers.${index}.${name} in body must be a boolean`);
    return found;
  };
  const isEqual = flag('isEqual', true);
  const isRegex = flag('isRegex', false);
  const op = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
  return { name: textOf(value, 'name'), op, value: textOf(value, 'value', true) };
}

function textOf(object: Fields, name: string, mayMiss = false): string {
  const value = own(object, name) ?? (mayMiss ? '' : undefined);
  if (typeof value !== 'string') throw new Refused(`${name} in body is required`);
  if (value.length > LONGEST_TEXT) throw new Refused(`${name} in body is too long`);
  if (!value.isWellFormed() || value.includes('\0')) throw new Refused(`${name} in body cannot be stored`);
  return value;
}

function timeOf(object: Fields, name: string): Temporal.Instant {
  const text = textOf(object, name);
  try {
    return Temporal.Instant.from(text).round({ smallestUnit: 'microsecond', roundingMode: 'floor' });
  } catch {
    // Temporal throws exactly when the text is no moment, which is the answer asked for.
    throw new Refused(`${name} in body must be of type date-time: ${JSON.stringify(text.slice(0, 100))}`);
  }
}

function annotationsOf(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new Refused('annotations in body must be an object');
  const names = Object.keys(value);
  if (names.length > MOST_ANNOTATIONS) throw new Refused(`a silence has at most ${MOST_ANNOTATIONS} annotations`);
  const annotations: Record<string, string> = Object.create(null);
  for (const name of names) {
    if (!name.isWellFormed() || name.includes('\0')) throw new Refused('annotations in body cannot be stored');
    annotations[name] = textOf(value, name);
  }
  return annotations;
}

/** Whether a text has the form of an id. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

const time = (at: Temporal.Instant) => at.toString({ fractionalSecondDigits: 3 });

/** A silence as Alertmanager's clients read it. */
export function silenceToWire(silence: StoredSilence, now: Temporal.Instant): object {
  const annotations = Object.keys(silence.annotations).length > 0 ? { annotations: silence.annotations } : {};
  return {
    id: silence.id,
    status: { state: silenceState(silence, now) },
    updatedAt: time(silence.updatedAt),
    comment: silence.comment,
    createdBy: silence.createdBy,
    startsAt: time(silence.startsAt),
    endsAt: time(silence.endsAt),
    matchers: silence.matchers.map(({ name, op, value }) => ({
      isEqual: op === '=' || op === '=~',
      isRegex: op === '=~' || op === '!~',
      name,
      value,
    })),
    ...annotations,
  };
}

const ORDER = { active: 0, pending: 1, expired: 2 } as const;

/** Alertmanager's order: active ones by their end, then pending ones by their start, then expired ones, the last ended first. */
export function sortSilences(silences: readonly StoredSilence[], now: Temporal.Instant): readonly StoredSilence[] {
  const { compare } = Temporal.Instant;
  return [...silences].sort((a, b) => {
    const [stateA, stateB] = [silenceState(a, now), silenceState(b, now)];
    if (stateA !== stateB) return ORDER[stateA] - ORDER[stateB];
    if (stateA === 'pending') return compare(a.startsAt, b.startsAt);
    return stateA === 'active' ? compare(a.endsAt, b.endsAt) : compare(b.endsAt, a.endsAt);
  });
}
