import {
  accepts,
  type CompiledMatcher,
  compileMatcher,
  compilePattern,
  type LabelView,
  parseMatcher,
  patternAccepts,
} from '#routing';

/** What a list of Alertmanager's API v2 is narrowed to. */
export interface AlertmanagerQuery {
  readonly active: boolean;
  /** True when these labels pass every `filter`. */
  accepts(view: LabelView): boolean;
  /** True when one of these receivers passes `receiver`. */
  receives(names: readonly string[]): boolean;
}

/** The query, or what Alertmanager's 400 would say of it. */
export type ReadQuery =
  | { readonly ok: true; readonly query: AlertmanagerQuery }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads the query of `/alerts` and `/alerts/groups`. Nothing is suppressed or unprocessed yet, so `silenced`,
 * `inhibited`, `muted` and `unprocessed` can only be right or wrong, not change anything.
 */
export function readAlertmanagerQuery(query: URLSearchParams): ReadQuery {
  for (const name of ['active', 'silenced', 'inhibited', 'unprocessed', 'muted']) {
    if (booleanOf(query.get(name)) === null)
      return { ok: false, reason: `${name} in query must be of type boolean: ${JSON.stringify(query.get(name))}` };
  }
  const matchers: CompiledMatcher[] = [];
  for (const text of query.getAll('filter')) {
    const parsed = parseMatcher(text, 'fallback');
    const compiled = parsed.ok ? compileMatcher(parsed.matcher) : parsed;
    if (!compiled.ok) return { ok: false, reason: `bad matcher format: ${text}: ${compiled.error.message}` };
    matchers.push(compiled.matcher);
  }
  const receiver = query.get('receiver');
  const pattern = receiver ? compilePattern(receiver) : null;
  if (pattern?.ok === false) return { ok: false, reason: `failed to parse receiver param: ${pattern.message}` };
  return {
    ok: true,
    query: {
      active: booleanOf(query.get('active')) !== false,
      accepts: (view) => matchers.every((matcher) => accepts(matcher, view)),
      receives: (names) => !pattern?.ok || names.some((name) => patternAccepts(pattern.pattern, name)),
    },
  };
}

/** A boolean as Go's strconv reads it; true when absent, null when it is none. */
function booleanOf(text: string | null): boolean | null {
  if (text === null || text === '') return true;
  if (/^(1|t|true)$/i.test(text)) return true;
  return /^(0|f|false)$/i.test(text) ? false : null;
}
