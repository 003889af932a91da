import { z } from 'zod';
import { AppError, type Fault } from '#platform/errors';

/** Arrays and objects of a body may stand in each other at most so deep. */
const DEEPEST = 32;
/** More faults than this are not listed. */
const MOST_FAULTS = 50;

/** What a request brought, not yet parsed. */
export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** The schema with unknown keys as faults, if it is an object that does not say otherwise. Objects inside say it themselves. */
export function strictly(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema;
}

interface Schemas {
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
}

/** Parses all parts of a request; all faults at once, else BODY_INVALID. A part without a schema must be empty. */
export function readInput(schemas: Schemas, raw: RawInput): { params: unknown; query: unknown; body: unknown } {
  const faults: Fault[] = [];
  const params = readPart(schemas.params, raw.params, { prefix: 'params.', faults });
  const query = readPart(schemas.query, raw.query, { prefix: 'query.', faults });
  const body = readPart(schemas.body, raw.body, { prefix: '', faults });
  if (faults.length > 0) throw new AppError('BODY_INVALID', { faults: faults.slice(0, MOST_FAULTS) });
  return { params, query, body };
}

function readPart(
  schema: z.ZodType | undefined,
  value: unknown,
  out: { readonly prefix: string; readonly faults: Fault[] },
): unknown {
  const at = (path: string) => (path === '' ? out.prefix.slice(0, -1) || 'body' : out.prefix + path);
  const unstorable = findUnstorable(value);
  if (unstorable) {
    out.faults.push({ path: at(unstorable.path), message: unstorable.message });
    return undefined;
  }
  if (!schema) {
    if (isEmpty(value)) return undefined;
    const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    out.faults.push(
      ...(names.length > 0
        ? names.map((name) => ({ path: at(name), message: UNKNOWN }))
        : [{ path: at(''), message: UNKNOWN }]),
    );
    return undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  out.faults.push(...faultsOf(result.error).map((fault) => ({ path: at(fault.path), message: fault.message })));
  return undefined;
}

const UNKNOWN = 'is not known here';

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** A schema's complaints as faults with dotted paths; an unknown key is a fault of its own name. */
export function faultsOf(error: z.ZodError): readonly Fault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, []));
}

function faultsOfIssue(issue: z.core.$ZodIssue, before: readonly PropertyKey[]): readonly Fault[] {
  const path = [...before, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: dotted([...path, key]), message: UNKNOWN }));
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that got furthest is most likely the one that was meant.
    const depth = (issues: readonly z.core.$ZodIssue[]) => Math.max(0, ...issues.map((inner) => inner.path.length));
    const closest = issue.errors.reduce((best, branch) => (depth(branch) > depth(best) ? branch : best));
    if (depth(closest) > 0) return closest.flatMap((inner) => faultsOfIssue(inner, path));
  }
  return [{ path: dotted(path), message: issue.message }];
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

/** Reads a JSON body; an absent one is undefined. `forms`: also what a page without script sends, as texts by name. */
export function readBody(body: Buffer | undefined, contentType: string | undefined, forms: boolean): unknown {
  if (body === undefined || body.length === 0) return undefined;
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (forms && type === 'application/x-www-form-urlencoded')
    return Object.fromEntries(new URLSearchParams(body.toString()));
  // Also a defence: other sites' forms cannot send this type without being asked first.
  if (type !== 'application/json')
    throw new AppError('MEDIA_TYPE_UNSUPPORTED', { type: type.slice(0, 100) || '(none)' });
  try {
    return JSON.parse(strictUtf8.decode(body));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message.slice(0, 200) : 'it is not UTF-8.';
    throw new AppError('BODY_NOT_JSON', { why });
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** The first text that PostgreSQL cannot store (NUL, half a surrogate pair) or place that is too deep, else null. */
function findUnstorable(value: unknown, path: readonly string[] = []): Fault | null {
  if (typeof value === 'string') {
    return isStorable(value)
      ? null
      : { path: dotted(path), message: 'has a character that cannot be stored (NUL or half a surrogate pair)' };
  }
  if (typeof value !== 'object' || value === null) return null;
  if (path.length >= DEEPEST) return { path: dotted(path), message: `stands deeper than ${DEEPEST} levels` };
  for (const [key, item] of Object.entries(value)) {
    const found = isStorable(key)
      ? findUnstorable(item, [...path, key])
      : { path: dotted(path), message: 'has a key that cannot be stored' };
    if (found) return found;
  }
  return null;
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
