import { NotUnderstood, type Search, termOf } from './opsgenie-term.ts';

/** Longest query, and the most terms and brackets in one, so that neither we nor the database can be kept busy by it. */
const LONGEST = 1_000;
const MOST_TERMS = 50;
const DEEPEST = 10;

/** A search, or what about it is not understood. */
export type ReadSearch =
  | { readonly ok: true; readonly search: Search | null }
  | { readonly ok: false; readonly reason: string };
/** Reads a query; null when it is blank. What is not understood is refused: a wrong list is worse than none. */
export function readSearch(query: string): ReadSearch {
  if (query.trim() === '') return { ok: true, search: null };
  if (query.length > LONGEST) return { ok: false, reason: `longer than ${LONGEST} characters` };
  try {
    const reader = new Reader(tokensOf(query));
    return { ok: true, search: reader.whole() };
  } catch (error) {
    if (error instanceof NotUnderstood) return { ok: false, reason: error.message };
    throw error;
  }
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'sign';
  readonly text: string;
}

/** Signs, quoted texts and words; a word ends at a blank, a bracket or a comparison. A colon between digits is a time's. */
function tokensOf(query: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = /\s+|"((?:[^"\\]|\\.)*)"|(<=|>=|!=|[():=<>])|((?:[^\s()"=<>:]|(?<=\d):(?=\d))+)/y;
  while (pattern.lastIndex < query.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(query);
    if (!match) throw new NotUnderstood(`at character ${at + 1}: a quotation mark is not closed`);
    const [, quoted, sign, word] = match;
    if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replaceAll(/\\(.)/g, '$1') });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
  }
  return tokens;
}

/** Recursive descent: OR binds weakest, then AND (also by mere neighbourhood), then NOT. */
class Reader {
  private at = 0;
  private terms = 0;
  private depth = 0;
  private readonly tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  whole(): Search {
    const search = this.any(() => this.operand());
    const left = this.tokens[this.at];
    if (left) throw new NotUnderstood(`“${left.text}” is not expected here`);
    return search;
  }

  private any(operand: () => Search): Search {
    const of = [this.all(operand)];
    while (this.takes('OR')) of.push(this.all(operand));
    return of.length === 1 ? (of[0] as Search) : { kind: 'any', of };
  }

  private all(operand: () => Search): Search {
    const of = [operand()];
    while (this.takes('AND') || this.continues()) of.push(operand());
    return of.length === 1 ? (of[0] as Search) : { kind: 'all', of };
  }

  private continues(): boolean {
    const next = this.tokens[this.at];
    return next !== undefined && !(next.kind === 'sign' && next.text !== '(') && !isWord(next, 'OR');
  }

  private operand(): Search {
    if (this.takes('NOT')) return { kind: 'not', of: this.operand() };
    const open = this.tokens[this.at];
    if (open?.kind === 'sign' && open.text === '(') return this.inBrackets(() => this.any(() => this.operand()));
    const token = this.value();
    const sign = this.tokens[this.at];
    if (token.kind === 'quoted' || sign?.kind !== 'sign' || /^[()]$/.test(sign.text))
      return { kind: 'text', text: token.text };
    this.at += 1;
    return this.values(token.text, sign.text);
  }

  /** What stands behind `field:`, one value or several in brackets. */
  private values(field: string, sign: string): Search {
    const one = (): Search => {
      if (this.takes('NOT')) return { kind: 'not', of: one() };
      const open = this.tokens[this.at];
      if (open?.kind === 'sign' && open.text === '(') return this.inBrackets(() => this.any(one));
      return termOf(field, sign, this.value().text);
    };
    return one();
  }

  private inBrackets(read: () => Search): Search {
    this.at += 1;
    this.depth += 1;
    if (this.depth > DEEPEST) throw new NotUnderstood(`more than ${DEEPEST} brackets deep`);
    const search = read();
    const close = this.tokens[this.at];
    if (close?.text !== ')' || close.kind !== 'sign') throw new NotUnderstood('a bracket is not closed');
    this.at += 1;
    this.depth -= 1;
    return search;
  }

  private value(): Token {
    const token = this.tokens[this.at];
    if (!token) throw new NotUnderstood('a value is missing at the end');
    if (token.kind === 'sign') throw new NotUnderstood(`a value is missing before “${token.text}”`);
    this.at += 1;
    this.terms += 1;
    if (this.terms > MOST_TERMS) throw new NotUnderstood(`more than ${MOST_TERMS} terms`);
    return token;
  }

  private takes(word: string): boolean {
    const next = this.tokens[this.at];
    if (next === undefined || !isWord(next, word)) return false;
    this.at += 1;
    return true;
  }
}

function isWord({ kind, text }: Token, word: string): boolean {
  return kind === 'word' && text.toUpperCase() === word;
}
