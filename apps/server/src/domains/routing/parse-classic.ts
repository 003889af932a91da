import type { MatcherOp } from './matcher.ts';
import { SPACE } from './matcher-format.ts';
import { type Located, type Reading, refuse } from './reading.ts';

const HEAD = /[\t\n\f\r ]*([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|=|!=|!~)[\t\n\f\r ]*/y;
const NOT_SPACE = new RegExp(`[^${SPACE}]`);
const UNICODE_SPACE = new RegExp(`[${SPACE}]`);
const ASCII_SPACE = /[\t\n\f\r ]/;

/**
 * Reads a list in the grammar of old Prometheus and Alertmanager: braces optional and independent of each other,
 * commas split outside double quotes, a last empty piece (a trailing comma) is nothing.
 */
export function parseClassicList(text: string): Reading {
  const start = text.startsWith('{') ? 1 : 0;
  const end = text.endsWith('}') && text.length > start ? text.length - 1 : text.length;
  const pieces = splitAtCommas(text, start, end);
  const last = pieces.pop();
  if (last !== undefined && NOT_SPACE.test(text.slice(last.start, last.end))) {
    const trimmed = text.slice(last.start, last.end).search(NOT_SPACE);
    pieces.push({ start: last.start + trimmed, end: trimEnd(text, last.start, last.end, UNICODE_SPACE) });
  }
  const matchers: Located[] = [];
  for (const piece of pieces) {
    const one = parsePiece(text, piece.start, piece.end);
    if (!one.ok) return one;
    matchers.push(...one.matchers);
  }
  return { ok: true, matchers };
}

/** Reads one matcher; whatever follows the operator, commas and braces too, is the value. */
export function parseClassicOne(text: string): Reading {
  return parsePiece(text, 0, text.length);
}

/** Pieces between commas. A backslash hides the next quote; a comma in quotes does not end that, as in the original. */
function splitAtCommas(text: string, start: number, end: number): { start: number; end: number }[] {
  const pieces: { start: number; end: number }[] = [];
  let from = start;
  let quoted = false;
  let escaped = false;
  for (let i = start; i < end; i++) {
    const c = text[i];
    if (c === ',') {
      if (quoted) continue;
      pieces.push({ start: from, end: i });
      from = i + 1;
    } else if (c === '"') {
      if (!escaped) quoted = !quoted;
      escaped = false;
    } else {
      escaped = c === '\\' && !escaped;
    }
  }
  pieces.push({ start: from, end });
  return pieces;
}

function parsePiece(text: string, start: number, end: number): Reading {
  const piece = text.slice(0, end);
  HEAD.lastIndex = start;
  const head = HEAD.exec(piece);
  if (head === null) return refuse('name-expected', start, 'expected a label name and one of = != =~ !~');
  const valueStart = start + head[0].length;
  const value = unescapeValue(text.slice(valueStart, trimEnd(text, valueStart, end, ASCII_SPACE)), valueStart);
  if (!value.ok) return value;
  const position = start + head[0].search(/[^\t\n\f\r ]/);
  const located = { name: head[1] as string, op: head[2] as MatcherOp, value: value.text, position };
  return { ok: true, matchers: [located] };
}

/** OpenMetrics escapes; a backslash before anything else stands for itself. A quote may only be first and last. */
function unescapeValue(raw: string, at: number): { ok: true; text: string } | ReturnType<typeof refuse> {
  const quoted = raw.startsWith('"');
  let closed = !quoted;
  let text = '';
  for (let i = quoted ? 1 : 0; i < raw.length; i++) {
    const c = raw[i] as string;
    const isLast = i === raw.length - 1;
    if (c === '\\' && !isLast) {
      const next = raw[++i] as string;
      if (next === 'n') text += '\n';
      else text += next === '"' || next === '\\' ? next : c + next;
    } else if (c === '"') {
      if (closed || !isLast) return refuse('unbalanced-quote', at + i, 'an unescaped double quote inside a value');
      closed = true;
    } else {
      text += c;
    }
  }
  return closed ? { ok: true, text } : refuse('unbalanced-quote', at, 'the closing double quote is missing');
}

function trimEnd(text: string, start: number, end: number, space: RegExp): number {
  let at = end;
  while (at > start && space.test(text[at - 1] as string)) at--;
  return at;
}
