import type { MatcherOp } from './matcher.ts';
import { RESERVED, SPACE } from './matcher-format.ts';
import { type Located, type Reading, refuse } from './reading.ts';
import { unquoteGo } from './unquote-go.ts';

type Token = {
  readonly kind: 'open' | 'close' | 'comma' | 'operator' | 'text';
  readonly text: string;
  readonly position: number;
};

type Refusal = ReturnType<typeof refuse>;

const BLANKS = new RegExp(`[${SPACE}]+`, 'y');
const BARE = new RegExp(`[^${RESERVED}]+`, 'y');
const QUOTED = /"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const OPERATOR = /=~|=|!=|!~/y;
const PUNCTUATION: Readonly<Record<string, Token['kind']>> = { '{': 'open', '}': 'close', ',': 'comma' };

/**
 * Reads a list in Alertmanager's UTF-8 grammar: `[{] name op value {, name op value} [,] [}]`, names and values
 * either in double quotes with Go's escapes or bare without reserved characters. Braces come in pairs.
 */
export function parseUtf8List(text: string): Reading {
  const scanned = scan(text);
  if (!scanned.ok) return scanned;
  const { tokens } = scanned;
  const end = text.length;
  const opened = tokens[0]?.kind === 'open';
  const matchers: Located[] = [];
  let at = opened ? 1 : 0;
  while (at < tokens.length && tokens[at]?.kind !== 'close') {
    const one = readMatcher(tokens, at, end);
    if (!one.ok) return one;
    matchers.push(one.matcher);
    at += 3;
    const next = tokens[at];
    if (next === undefined || next.kind === 'close') break;
    if (next.kind !== 'comma') return refuse('separator-expected', next.position, 'expected a comma or closing brace');
    at++;
  }
  return readEnd(tokens, at, opened, end) ?? { ok: true, matchers };
}

function readMatcher(tokens: readonly Token[], at: number, end: number): { ok: true; matcher: Located } | Refusal {
  const [name, op, value] = tokens.slice(at, at + 3);
  if (name?.kind !== 'text') return refuse('name-expected', name?.position ?? end, 'expected a label name');
  if (op?.kind !== 'operator') return refuse('operator-expected', op?.position ?? end, 'expected = != =~ or !~');
  if (value?.kind !== 'text') return refuse('value-expected', value?.position ?? end, 'expected a label value');
  const matcher = { name: name.text, op: op.text as MatcherOp, value: value.text, position: name.position };
  return { ok: true, matcher };
}

/** Checks the braces and that nothing follows; null when all is well. */
function readEnd(tokens: readonly Token[], at: number, opened: boolean, end: number): Refusal | null {
  const close = tokens[at];
  if (opened && close === undefined) return refuse('unbalanced-brace', end, 'the closing brace is missing');
  if (!opened && close !== undefined) return refuse('unbalanced-brace', close.position, 'the opening brace is missing');
  const rest = tokens[at + 1];
  return rest === undefined ? null : refuse('trailing-text', rest.position, 'expected the end of the text');
}

function scan(text: string): { ok: true; tokens: readonly Token[] } | Refusal {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text[at] as string;
    const blanks = take(BLANKS, text, at);
    const kind = PUNCTUATION[c];
    if (blanks !== null) {
      at += blanks.length;
      continue;
    }
    const raw = kind === undefined ? (take(OPERATOR, text, at) ?? take(QUOTED, text, at) ?? take(BARE, text, at)) : c;
    if (raw === null) return refuseCharacter(c, at);
    const value = c === '"' ? unquoteGo(raw.slice(1, -1)) : raw;
    if (value === null) return refuse('bad-escape', at, 'an escape or line break that a quoted string cannot hold');
    tokens.push({ kind: kind ?? (c === '=' || c === '!' ? 'operator' : 'text'), text: value, position: at });
    at += raw.length;
  }
  return { ok: true, tokens };
}

function refuseCharacter(c: string, at: number): Refusal {
  switch (c) {
    case '"':
      return refuse('unbalanced-quote', at, 'the closing double quote is missing');
    case '!':
      return refuse('operator-expected', at, 'expected != or !~');
    default:
      return refuse('unexpected-character', at, `${c} must stand in double quotes`);
  }
}

function take(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}
