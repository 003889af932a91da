/** A JSON pointer taken apart; `fromRoot` counts from the whole body, else it counts from the one alert. */
export interface Pointer {
  readonly fromRoot: boolean;
  readonly path: readonly string[];
}

const FORM = /^#?(\/([^~/]|~[01])*)*$/;

/** Takes a pointer apart (RFC 6901; with `#` in front, as in a URI's fragment, from the root). Null when it is none. */
export function parsePointer(text: string): Pointer | null {
  if (!FORM.test(text)) return null;
  const fromRoot = text.startsWith('#');
  const [, ...segments] = (fromRoot ? text.slice(1) : text).split('/');
  return { fromRoot, path: segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~')) };
}

/** What stands at a path; undefined when nothing does. Own fields only: `/constructor` of a body without one is nothing. */
export function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) && !/^(0|[1-9]\d{0,8})$/.test(segment)) return undefined;
    if (!Object.hasOwn(value, segment)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[segment];
  }
  return value;
}
