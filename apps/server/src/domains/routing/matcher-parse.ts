import { compileMatcher, isStorable, type Matcher, type MatcherError } from './matcher.ts';
import { parseClassicList, parseClassicOne } from './parse-classic.ts';
import { parseUtf8List } from './parse-utf8.ts';
import { type Reading, refuse } from './reading.ts';

/**
 * Grammar of matcher texts. 'classic': Alertmanager before 0.27 (names `[a-zA-Z_:][a-zA-Z0-9_:]*`, lenient values).
 * 'utf8': its strict parser (quoted or unquoted UTF-8 names, Go string escapes). 'fallback': what Alertmanager
 * runs by default, and what every edge of ours should use.
 */
export type ParseMode = 'classic' | 'utf8' | 'fallback';

/** Matchers read from a text; `grammar` tells which parser's reading was taken. */
export type ParsedMatchers =
  | { readonly ok: true; readonly matchers: readonly Matcher[]; readonly grammar: 'classic' | 'utf8' }
  | { readonly ok: false; readonly error: MatcherError };

/** One matcher read from a text. */
export type ParsedMatcher =
  | { readonly ok: true; readonly matcher: Matcher; readonly grammar: 'classic' | 'utf8' }
  | { readonly ok: false; readonly error: MatcherError };

/** Longest accepted text, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 65_536;

/**
 * Reads a list of matchers, separated by commas, with or without braces; empty text and `{}` are the empty list.
 * In 'fallback' both grammars read it: where only one accepts, its reading counts; where both accept and differ,
 * the classic one (existing files keep their meaning, as in Alertmanager); where none does, the UTF-8 error.
 */
export function parseMatchers(text: string, mode: ParseMode): ParsedMatchers {
  return parseWith(text, mode, parseUtf8List, parseClassicList);
}

/**
 * Reads exactly one matcher, without braces: Alertmanager's rule for each `filter=` of its API.
 * Commas belong to the value for the classic grammar: `a=b,c=d` is a matcher on `b,c=d` in 'fallback'.
 */
export function parseMatcher(text: string, mode: ParseMode): ParsedMatcher {
  if (mode !== 'classic' && (text.startsWith('{') || text.endsWith('}'))) {
    return refuse(
      'unbalanced-brace',
      text.startsWith('{') ? 0 : text.length - 1,
      'one matcher is written without braces',
    );
  }
  const parsed = parseWith(text, mode, readOneUtf8, parseClassicOne);
  if (!parsed.ok) return parsed;
  const [matcher] = parsed.matchers;
  if (matcher === undefined) return refuse('not-one-matcher', 0, 'expected one matcher, found none');
  return { ok: true, matcher, grammar: parsed.grammar };
}

function readOneUtf8(text: string): Reading {
  const reading = parseUtf8List(text);
  if (!reading.ok || reading.matchers.length === 1) return reading;
  return refuse('not-one-matcher', 0, `expected one matcher, found ${reading.matchers.length}`);
}

type Reader = (text: string) => Reading;

function parseWith(text: string, mode: ParseMode, utf8: Reader, classic: Reader): ParsedMatchers {
  if (text.length > MAX_TEXT_LENGTH) {
    return refuse('input-too-long', MAX_TEXT_LENGTH, `longer than ${MAX_TEXT_LENGTH} characters`);
  }
  if (!isStorable(text)) return refuse('unstorable-text', 0, 'the text holds NUL or half a surrogate pair');
  switch (mode) {
    case 'utf8':
      return checked(utf8(text), 'utf8');
    case 'classic':
      return checked(classic(text), 'classic');
    case 'fallback':
      return preferred(checked(utf8(text), 'utf8'), checked(classic(text), 'classic'));
  }
}

function preferred(utf8: ParsedMatchers, classic: ParsedMatchers): ParsedMatchers {
  if (!classic.ok) return utf8;
  if (!utf8.ok) return classic;
  return sameMatchers(utf8.matchers, classic.matchers) ? utf8 : classic;
}

function sameMatchers(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((m, i) => m.name === b[i]?.name && m.op === b[i]?.op && m.value === b[i]?.value);
}

/** Refuses what no grammar forbids but no matcher may be: empty names, bad regexes, escapes that make NUL. */
function checked(reading: Reading, grammar: 'classic' | 'utf8'): ParsedMatchers {
  if (!reading.ok) return reading;
  const matchers: Matcher[] = [];
  for (const { name, op, value, position } of reading.matchers) {
    const compiled = compileMatcher({ name, op, value });
    if (!compiled.ok) return { ok: false, error: { ...compiled.error, position } };
    matchers.push({ name, op, value });
  }
  return { ok: true, matchers, grammar };
}
