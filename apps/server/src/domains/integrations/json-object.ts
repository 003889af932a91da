import { isShallow, MOST_DEPTH } from './bounds.ts';

/** The object that a body holds, or why it holds none. */
export type ReadObject =
  | { readonly ok: true; readonly object: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly reason: string };

/** Reads a body that must be one JSON object. Depth is judged on the bytes first; an empty body reads as `{}` where that is allowed. */
export function readObject(body: Buffer, empty: 'allowed' | 'refused' = 'refused'): ReadObject {
  if (empty === 'allowed' && body.length === 0) return { ok: true, object: {} };
  if (!isShallow(body)) return { ok: false, reason: `nested deeper than ${MOST_DEPTH} levels` };
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    return { ok: false, reason: `not JSON: ${(error as Error).message}`.slice(0, 300) };
  }
  if (!isObject(value)) return { ok: false, reason: 'the body must be a JSON object' };
  return { ok: true, object: value };
}

/** True for what JSON calls an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value of JSON as people read it: texts as they are, numbers and booleans written out, the rest as JSON; null for null. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** An own field of an object as text, trimmed; null when it is absent or blank. `in` would find what prototypes hold. */
export function fieldOf(object: Readonly<Record<string, unknown>>, name: string): string | null {
  return Object.hasOwn(object, name) ? textOf(object[name])?.trim() || null : null;
}
