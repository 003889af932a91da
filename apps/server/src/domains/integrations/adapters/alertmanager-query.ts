import {
  accepts,
  type CompiledMatcher,
  compileMatcher,
  compilePattern,
  type LabelView,
  type Matcher,
  parseMatcher,
  patternAccepts,
  withCatalog,
} from '#routing';

/** What suppresses an alert, as Alertmanager's clients read it. */
export interface ShownStatus {
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
  readonly mutedBy: readonly string[];
}

/** What a list of Alertmanager's API v2 is narrowed to. */
export interface AlertmanagerQuery {
  /** True when an alert with this status is to be listed. */
  wants(status: Pick<ShownStatus, 'silencedBy' | 'inhibitedBy'>): boolean;
  /** False when groups that their route mutes are to be left out. */
  readonly muted: boolean;
  /** True when these labels pass every `filter`. */
  accepts(view: LabelView): boolean;
  /** True when one of these receivers passes `receiver`. */
  receives(names: readonly string[]): boolean;
}

/** The query, or what Alertmanager's 400 would say of it. */
export type ReadQuery =
  | { readonly ok: true; readonly query: AlertmanagerQuery }
  | { readonly ok: false; readonly reason: string };

const FLAGS = ['active', 'silenced', 'inhibited', 'unprocessed', 'muted'] as const;

/** Reads the query of `/alerts` and `/alerts/groups`. Nothing is unprocessed: what was accepted was routed. */
export function readAlertmanagerQuery(query: URLSearchParams): ReadQuery {
  const filters = readFilters(query, FLAGS);
  if (!filters.ok) return filters;
  const { matchers, wants } = filters;
  const receiver = query.get('receiver');
  const pattern = receiver ? compilePattern(receiver) : null;
  if (pattern?.ok === false) return { ok: false, reason: `failed to parse receiver param: ${pattern.message}` };
  return {
    ok: true,
    query: {
      wants: ({ silencedBy, inhibitedBy }) =>
        (wants('active') || silencedBy.length + inhibitedBy.length > 0) &&
        (wants('silenced') || silencedBy.length === 0) &&
        (wants('inhibited') || inhibitedBy.length === 0),
      muted: wants('muted'),
      accepts: (view) => matchers.every((matcher) => accepts(matcher, view)),
      receives: (names) => !pattern?.ok || names.some((name) => patternAccepts(pattern.pattern, name)),
    },
  };
}

/** The `filter`s of a query and its flags, each true when it is left out. */
export function readFilters<Flag extends string>(
  query: URLSearchParams,
  flags: readonly Flag[],
):
  | { readonly ok: true; readonly matchers: readonly CompiledMatcher[]; readonly wants: (flag: Flag) => boolean }
  | { readonly ok: false; readonly reason: string } {
  for (const name of flags) {
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
  return { ok: true, matchers, wants: (flag) => booleanOf(query.get(flag)) !== false };
}

/**
 * Whether a silence passes the filters of a list: each is held against the value of the silence's own matcher of that
 * name. One for an empty value asks only whether the name is there.
 */
export function filterAccepts(filters: readonly CompiledMatcher[], matchers: readonly Matcher[]): boolean {
  const values: Record<string, string> = Object.create(null);
  for (const { name, value } of matchers) values[name] = value;
  const view = withCatalog(values);
  return filters.every((filter) => {
    const isThere = Object.hasOwn(values, filter.name);
    const isNegative = filter.op === '!=' || filter.op === '!~';
    return (filter.value === '' && isThere === isNegative) || accepts(filter, view);
  });
}

/** A boolean as Go's strconv reads it; true when absent, null when it is none. */
function booleanOf(text: string | null): boolean | null {
  if (text === null || text === '') return true;
  if (/^(1|t|true)$/i.test(text)) return true;
  return /^(0|f|false)$/i.test(text) ? false : null;
}
