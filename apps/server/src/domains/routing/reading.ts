import type { Matcher, MatcherError, MatcherFault } from './matcher.ts';

/** A matcher with the place of its name in the text, for errors found later. */
export type Located = Matcher & { readonly position: number };

/** What one grammar read. */
export type Reading =
  | { readonly ok: true; readonly matchers: readonly Located[] }
  | { readonly ok: false; readonly error: MatcherError };

/** A refusal as a value. */
export function refuse(reason: MatcherFault, position: number, message: string): { ok: false; error: MatcherError } {
  return { ok: false, error: { reason, position, message } };
}
