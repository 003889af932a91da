import type { z } from 'zod';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What came of reading an answer. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/**
 * Reads an answer by its schema, leniently: fields that this release does not know are left out, so that an older
 * client works with a newer server. Anything else that differs is refused.
 */
export function readAnswer<S extends z.ZodType>(schema: S, value: unknown): Reading<z.output<S>> {
  const first = schema.safeParse(value);
  if (first.success) return { ok: true, value: first.data };
  const unknownFields = unknownFieldsOf(first.error.issues, []);
  if (unknownFields === null) return { ok: false, why: described(first.error.issues) };
  const again = schema.safeParse(without(value, unknownFields));
  return again.success ? { ok: true, value: again.data } : { ok: false, why: described(again.error.issues) };
}

/** Paths of unknown fields when they are all that is wrong, else null. */
function unknownFieldsOf(issues: readonly Issue[], before: Path): readonly Path[] | null {
  const found: Path[] = [];
  for (const issue of issues) {
    const path = [...before, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      found.push(...issue.keys.map((key) => [...path, key]));
      continue;
    }
    const branches = issue.code === 'invalid_union' ? issue.errors : [];
    const fitting = branches.map((branch) => unknownFieldsOf(branch, path)).find((paths) => paths !== null);
    if (!fitting) return null;
    found.push(...fitting);
  }
  return found;
}

function without(value: unknown, paths: readonly Path[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const path of paths) {
    let at: unknown = copy;
    for (const key of path.slice(0, -1)) at = (at as Record<PropertyKey, unknown> | null | undefined)?.[key];
    if (typeof at === 'object' && at !== null) delete (at as Record<PropertyKey, unknown>)[path.at(-1) as PropertyKey];
  }
  return copy;
}

function described(issues: readonly Issue[]): string {
  return issues
    .slice(0, 3)
    .map((issue) => `${issue.path.map(String).join('.') || 'the whole'}: ${issue.message}`)
    .join('; ');
}
