import { compileMatcher, type Matcher, type MatcherOp, parseMatchers } from '#routing';
import { type At, entriesAt, isAbsent, itemsAt, type Reading, refuse, textAt } from './yaml-text.ts';

/** Names of the older map forms: what Prometheus called a label name before UTF-8. */
const CLASSIC_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * The matchers of a route or of one side of an inhibition rule: the maps `match` and `match_re` of old files and the
 * list `matchers`, in which every text may hold several. All of them must accept.
 */
export function matchersAt(reading: Reading, fields: ReadonlyMap<string, At>, prefix = ''): readonly Matcher[] {
  return [
    ...mapAt(reading, fields.get(`${prefix}match`), '='),
    ...mapAt(reading, fields.get(`${prefix}match_re`), '=~'),
    ...listAt(reading, fields.get(`${prefix}matchers`)),
  ];
}

function mapAt(reading: Reading, at: At | undefined, op: MatcherOp): readonly Matcher[] {
  return [...(entriesAt(reading, at) ?? [])].flatMap(([name, entry]) => {
    const value = textAt(reading, entry) ?? '';
    if (!CLASSIC_NAME.test(name)) return refuse(reading, entry, `${name} is no label name here`) ?? [];
    if (op === '=~' && isAbsent(reading, entry)) return refuse(reading, entry, 'a regular expression is missing') ?? [];
    const matcher: Matcher = { name, op, value };
    const compiled = compileMatcher(matcher);
    return compiled.ok ? [matcher] : (refuse(reading, entry, compiled.error.message) ?? []);
  });
}

function listAt(reading: Reading, at: At | undefined): readonly Matcher[] {
  return (itemsAt(reading, at) ?? []).flatMap((item) => {
    const parsed = parseMatchers(textAt(reading, item) ?? '', 'fallback');
    if (parsed.ok) return parsed.matchers;
    const { message, position } = parsed.error;
    return refuse(reading, item, `${message} (at character ${position + 1} of the matcher)`) ?? [];
  });
}

/** A list of label names; null where nothing is written. Any text but the empty one is a name. */
export function labelNamesAt(reading: Reading, at: At | undefined): readonly string[] | null {
  return (
    itemsAt(reading, at)?.flatMap((item) => {
      const name = textAt(reading, item) ?? '';
      return name === '' ? (refuse(reading, item, 'an empty text is no label name') ?? []) : [name];
    }) ?? null
  );
}
