import { type Labels, storable, textMap } from './labels.ts';

/** Most annotations kept of one alert; later ones are dropped. */
const MOST = 64;
/** Longest annotation kept, in characters; the rest is cut with an ellipsis. */
const LONGEST = 8_192;

/**
 * Cleans annotations that came out of JSON: human text, so what is too much is cut and what is no text is dropped,
 * never refused. No prototype; NUL and halves of surrogate pairs become U+FFFD.
 */
export function cleanAnnotations(input: unknown): Labels {
  const clean = textMap();
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return clean;
  let count = 0;
  for (const name of Object.keys(input)) {
    const value: unknown = (input as Record<string, unknown>)[name];
    if (typeof value !== 'string' || name === '') continue;
    if (++count > MOST) break;
    const text = storable(value);
    clean[storable(name.slice(0, 512))] = text.length > LONGEST ? storable(`${text.slice(0, LONGEST)}…`) : text;
  }
  return clean;
}
