import { cut } from './text.ts';

/** Longest text that a template yields, in characters. */
const LONGEST = 1_000;
/** Longest text that one placeholder yields. */
const LONGEST_PIECE = 500;

/**
 * Fills `{{/pointer}}` placeholders; nothing else is a placeholder, and what fills one is not read again. Null when it has
 * placeholders and none of them yields anything, so that a default can count.
 */
export function fillTemplate(template: string, textAt: (pointer: string) => string | null): string | null {
  let found = 0;
  let asked = 0;
  const text = template.replaceAll(/\{\{([^{}]*)\}\}/g, (_whole, pointer: string) => {
    asked += 1;
    const piece = textAt(pointer.trim());
    if (piece !== null) found += 1;
    return piece === null ? '' : cut(piece, LONGEST_PIECE);
  });
  return asked > 0 && found === 0 ? null : cut(text.replaceAll(/\s+/g, ' ').trim(), LONGEST) || null;
}
