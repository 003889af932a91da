import { widthOf } from './clean.ts';

/** `1 page`, `3 pages`. */
export function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** Lines as one text, ended by a line break; empty ones at the end are left out. */
export function lines(texts: readonly string[]): string {
  return `${texts.join('\n').trimEnd()}\n`;
}

/** A text folded to so many columns, each line but the first indented; unfolded where there is no terminal. */
export function folded(text: string, columns: number | null, indent = ''): string {
  if (columns === null || widthOf(text) <= columns) return text;
  const out: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > columns) {
      out.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...out, line].join('\n');
}
