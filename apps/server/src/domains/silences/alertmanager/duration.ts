/** Units of a duration in the order they must come, in milliseconds; a year has 365 days. */
const UNITS: readonly (readonly [unit: string, milliseconds: number])[] = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];

const FORM = new RegExp(`^${UNITS.map(([unit]) => `(?:(\\d+)${unit})?`).join('')}$`);

/** What 63 bits of nanoseconds hold: about 292 years. */
const MOST_MILLISECONDS = 9_223_372_036_854;

/** Seconds of a duration in Prometheus' form (`1h30m`, `0`); a text that is none is refused with the reason. */
export function parseDuration(
  text: string,
): { readonly ok: true; readonly seconds: number } | { readonly ok: false; readonly message: string } {
  if (text === '0') return { ok: true, seconds: 0 };
  const parts = text === '' ? null : FORM.exec(text);
  if (parts === null) {
    return { ok: false, message: `${text === '' ? 'nothing' : text} is no duration; write one such as 30s or 1h30m` };
  }
  const milliseconds = UNITS.reduce((sum, [, length], i) => sum + Number(parts[i + 1] ?? 0) * length, 0);
  if (milliseconds > MOST_MILLISECONDS) return { ok: false, message: `${text} is out of range` };
  return { ok: true, seconds: milliseconds / 1000 };
}
