/** The basic letters of GSM 03.38: one septet each. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** Letters of its extension table: an escape and the letter, two septets. */
const EXTENDED = new Set('^{}\\[~]|€\f');
/** Septets in one message, and in each part of a longer one (the rest is the header that joins them). */
const GSM_SINGLE = 160;
const GSM_PART = 153;
/** The same in UTF-16 units, which one foreign letter makes of the whole message. */
const UCS2_SINGLE = 70;
const UCS2_PART = 67;

/** How many septets a text takes; null when it holds a letter that the alphabet has not. */
export function septetsOf(text: string): number | null {
  let septets = 0;
  for (const letter of text) {
    if (BASIC.has(letter)) septets += 1;
    else if (EXTENDED.has(letter)) septets += 2;
    else return null;
  }
  return septets;
}

/** What a text costs: messages that the network makes of it. */
export function segmentsOf(text: string): number {
  const septets = septetsOf(text);
  if (septets !== null) return septets <= GSM_SINGLE ? 1 : Math.ceil(septets / GSM_PART);
  return text.length <= UCS2_SINGLE ? 1 : Math.ceil(text.length / UCS2_PART);
}

/** What stands in for letters that the alphabet has not; whatever has a mark on it loses the mark. */
const INSTEAD: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '‚': "'",
  '′': "'",
  '`': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '″': '"',
  '«': '"',
  '»': '"',
  '–': '-',
  '—': '-',
  '−': '-',
  '‐': '-',
  '‑': '-',
  '…': '...',
  '•': '*',
  '·': '*',
  '×': 'x',
  '÷': '/',
  '⁄': '/',
  '→': '->',
  '←': '<-',
  '≥': '>=',
  '≤': '<=',
  '≠': '!=',
  '≈': '~',
  '±': '+-',
  '°': ' deg',
  µ: 'u',
  μ: 'u',
  '™': 'TM',
  '©': '(c)',
  '®': '(R)',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ı: 'i',
  œ: 'oe',
  Œ: 'OE',
  þ: 'th',
  Þ: 'Th',
  ð: 'd',
  Ð: 'D',
};

/**
 * A text in the phone network's own alphabet, and how many letters of it were lost: one stray letter would halve what
 * a message holds. Pictures are left out and not counted: the words say what matters.
 */
export function toGsm(text: string): { readonly text: string; readonly lost: number } {
  let lost = 0;
  let out = '';
  for (const letter of text.normalize('NFC')) {
    if (BASIC.has(letter) || EXTENDED.has(letter)) out += letter;
    else if (INSTEAD[letter] !== undefined) out += INSTEAD[letter];
    else if (/\p{Extended_Pictographic}|\p{Cf}|\p{Variation_Selector}/u.test(letter)) out += '';
    else if (/\s/u.test(letter)) out += ' ';
    else {
      const bare = letter.normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll('⁄', '/');
      if (bare !== '' && septetsOf(bare) !== null) out += bare;
      else {
        out += '?';
        lost += 1;
      }
    }
  }
  return { text: out, lost };
}
