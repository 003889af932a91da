import type { Matcher } from './matcher.ts';

/** White space as Alertmanager's parser sees it (Unicode White_Space), as the inside of a character class. */
export const SPACE = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

/** Characters that end an unquoted name or value, as the inside of a character class. */
export const RESERVED = `${SPACE}{}!=~,\\\\"'\``;

const NEEDS_QUOTES = new RegExp(`[${RESERVED}]`);

/**
 * Canonical text of a matcher: value always quoted, name only where it must be, so that old clients (amtool 0.25)
 * read every classic name. Parsing it again in mode 'utf8' or 'fallback' gives the same matcher.
 */
export function formatMatcher(matcher: Matcher): string {
  const name = NEEDS_QUOTES.test(matcher.name) ? quote(matcher.name) : matcher.name;
  return name + matcher.op + quote(matcher.value);
}

/** Canonical text of a list: `{a="b",c=~"d.*"}`. */
export function formatMatchers(matchers: readonly Matcher[]): string {
  return `{${matchers.map(formatMatcher).join(',')}}`;
}

/** Quotes with the three escapes that the classic and the UTF-8 parser read alike. */
function quote(text: string): string {
  const escaped = text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
  return `"${escaped}"`;
}
