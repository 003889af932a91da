/** Longest text that one field yields, in characters. */
export const LONGEST_TEXT = 8_000;

/**
 * A value of JSON as people read it: null for nothing or blank, lists of plain values with commas, objects as JSON.
 * Never longer than `most`, and never costs more than that: a body's whole text may be asked for once for each label.
 */
export function textOf(value: unknown, most: number = LONGEST_TEXT): string | null {
  if (typeof value === 'string') return cut(value.slice(0, most + 1).trim(), most) || null;
  if (typeof value === 'number' || typeof value === 'boolean') return cut(String(value), most);
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) {
    const plain = value.slice(0, most).filter((item) => item !== null && typeof item !== 'object');
    if (plain.length === Math.min(value.length, most)) return cut(plain.join(', '), most) || null;
  }
  const text: string[] = [];
  writeJson(value, { text, left: most });
  return cut(text.join(''), most);
}

/** The first characters, with an ellipsis where something was left out; never half a surrogate pair. */
export function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;
}

interface Budget {
  readonly text: string[];
  left: number;
}

/** Writes JSON until the budget is spent; what follows is left out. */
function writeJson(value: unknown, budget: Budget): void {
  const put = (piece: string) => {
    budget.text.push(piece);
    budget.left -= piece.length;
  };
  if (typeof value !== 'object' || value === null) {
    return put(JSON.stringify(typeof value === 'string' ? value.slice(0, Math.max(0, budget.left) + 1) : value));
  }
  if (Array.isArray(value)) {
    put('[');
    // Counted, not `for … in`: that lists all the places of a long array before it begins.
    for (let i = 0; i < value.length && budget.left >= 0; i += 1) {
      if (i > 0) put(',');
      writeJson(value[i], budget);
    }
    return put(']');
  }
  put('{');
  let first = true;
  for (const key in value) {
    if (budget.left < 0) return;
    if (!Object.hasOwn(value, key)) continue;
    put(`${first ? '' : ','}${JSON.stringify(key)}:`);
    writeJson((value as Readonly<Record<string, unknown>>)[key], budget);
    first = false;
  }
  put('}');
}
