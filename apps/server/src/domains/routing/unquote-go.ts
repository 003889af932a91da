const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

const BYTES = /(?:\\x[0-9a-fA-F]{2}|\\[0-7]{3})+/y;
const CODE_POINT = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;

/**
 * The text a double-quoted Go string stands for, from what is between its quotes; null when Go would refuse it.
 * Byte escapes (`\xf0`, `\360`) must add up to UTF-8; a raw line feed and a surrogate code point are refused.
 */
export function unquoteGo(body: string): string | null {
  if (body.includes('\n')) return null;
  let text = '';
  let at = 0;
  for (;;) {
    const next = body.indexOf('\\', at);
    if (next < 0) return text + body.slice(at);
    text += body.slice(at, next);
    const piece = unescapeAt(body, next);
    if (piece === null) return null;
    text += piece.text;
    at = next + piece.length;
  }
}

function unescapeAt(body: string, at: number): { text: string; length: number } | null {
  const simple = SIMPLE[body[at + 1] ?? ''];
  if (simple !== undefined) return { text: simple, length: 2 };
  BYTES.lastIndex = at;
  const bytes = BYTES.exec(body)?.[0];
  if (bytes !== undefined) {
    const text = decodeBytes(bytes);
    return text === null ? null : { text, length: bytes.length };
  }
  CODE_POINT.lastIndex = at;
  const point = CODE_POINT.exec(body);
  if (point === null) return null;
  const code = Number.parseInt((point[1] ?? point[2]) as string, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return null;
  return { text: String.fromCodePoint(code), length: point[0].length };
}

function decodeBytes(escapes: string): string | null {
  const values = escapes
    .split('\\')
    .slice(1)
    .map((e) => (e.startsWith('x') ? Number.parseInt(e.slice(1), 16) : Number.parseInt(e, 8)));
  if (values.some((v) => v > 255)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(values));
  } catch {
    // TextDecoder throws exactly when the bytes are no UTF-8, which is the answer asked for.
    return null;
  }
}
