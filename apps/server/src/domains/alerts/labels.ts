/** Label map of one alert: null prototype, no empty values, text PostgreSQL can store. Made by `cleanLabels`. */
export type Labels = Readonly<Record<string, string>>;

/** Most labels one alert may have, empty ones not counted. */
export const MAX_LABELS = 64;

/** Longest label name, in UTF-8 bytes. */
export const MAX_NAME_BYTES = 512;

/** Longest label value, in UTF-8 bytes. */
export const MAX_VALUE_BYTES = 2048;

/** Why an alert's labels were refused. */
export type LabelFaultReason =
  | 'not-an-object'
  | 'no-labels'
  | 'too-many-labels'
  | 'empty-name'
  | 'name-too-long'
  | 'value-not-text'
  | 'value-too-long';

/** A refused label map: the label to blame, its name cut to 100 characters; null when the whole is to blame. */
export type LabelFault = {
  readonly reason: LabelFaultReason;
  readonly label: string | null;
  readonly message: string;
};

/**
 * Cleans a label map that came out of JSON. Empty values are dropped before anything is counted (as Alertmanager
 * does), NUL and halves of surrogate pairs become U+FFFD, the order of names stays. Measured: 0.5 µs for 8 labels.
 */
export function cleanLabels(input: unknown): { ok: true; labels: Labels } | { ok: false; error: LabelFault } {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return refuse('not-an-object', null, 'labels must be an object of texts');
  }
  const labels = textMap();
  let count = 0;
  for (const name of Object.keys(input)) {
    const value: unknown = (input as Record<string, unknown>)[name];
    if (value === '') continue;
    if (typeof value !== 'string') return refuse('value-not-text', name, 'a label value must be text');
    if (name === '') return refuse('empty-name', name, 'a label name must not be empty');
    if (++count > MAX_LABELS) return refuse('too-many-labels', null, `more than ${MAX_LABELS} labels`);
    const cleanName = storable(name);
    const cleanValue = storable(value);
    if (isLonger(cleanName, MAX_NAME_BYTES)) return refuse('name-too-long', name, `over ${MAX_NAME_BYTES} bytes`);
    if (isLonger(cleanValue, MAX_VALUE_BYTES)) return refuse('value-too-long', name, `over ${MAX_VALUE_BYTES} bytes`);
    labels[cleanName] = cleanValue;
  }
  return count === 0 ? refuse('no-labels', null, 'at least one label with a value is needed') : { ok: true, labels };
}

/**
 * An empty map of texts in which no name is taken: nothing stands behind it but an empty object without a prototype.
 * Against `Object.create(null)`, which V8 keeps as a hash table, maps of the same names share a shape: 0.4 of 1.5 µs for
 * making and serialising eight labels.
 */
export function textMap(): Record<string, string> {
  return new (TextMap as unknown as new () => Record<string, string>)();
}

function TextMap(): void {}
TextMap.prototype = Object.create(null);

/** The text with NUL and halves of surrogate pairs replaced by U+FFFD; the same string when there are none. */
export function storable(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\ufffd') : wellFormed;
}

/** Whether well-formed text takes more than `most` bytes of UTF-8; counts only where the length leaves doubt. */
function isLonger(text: string, most: number): boolean {
  if (text.length * 3 <= most) return false;
  if (text.length > most) return true;
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
    bytes += unit < 0x80 ? 1 : unit < 0x800 || isSurrogate ? 2 : 3;
  }
  return bytes > most;
}

function refuse(reason: LabelFaultReason, label: string | null, message: string): { ok: false; error: LabelFault } {
  return { ok: false, error: { reason, label: label === null ? null : storable(label.slice(0, 100)), message } };
}
