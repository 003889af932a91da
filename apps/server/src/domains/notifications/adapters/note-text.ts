import type { NoteMessage } from './channel.ts';

/** How long a text is for a channel: in letters, UTF-16 units or bytes. */
export type Measure = (text: string) => number;

export const letters: Measure = (text) => Array.from(text).length;
export const bytes: Measure = (text) => Buffer.byteLength(text);
export const units: Measure = (text) => text.length;

/** Cuts a text to fit, at whole letters, with an ellipsis for what is gone. */
export function cut(text: string, room: number, measure: Measure = letters): string {
  if (measure(text) <= room) return text;
  const left = room - measure('…');
  let taken = '';
  let size = 0;
  for (const letter of text) {
    size += measure(letter);
    if (size > left) break;
    taken += letter;
  }
  return left < 0 ? '' : `${taken.trimEnd()}…`;
}

/** Whether a note calls somebody. */
export function isUrgent({ kind }: NoteMessage): boolean {
  return kind === 'page' || kind === 'alarm';
}

/** Tells a repeat from a second message where the provider itself cannot: the same for every try of one notification. */
export function refOf(key: string): string {
  return `ref ${key.replaceAll('-', '').slice(-8)}`;
}

/** A line may take this share of all room, so that no one line pushes out the others. */
const SHARE_OF_LINE = 0.5;
/** Room kept for how many lines were left out. */
const REST = 12;

/**
 * The body of a note as plain lines: lead, rows, sections, tail. What does not fit gives way in that order from the end,
 * but never the tail, which carries links; of a list that is left out the number is said.
 */
export function noteBody(
  note: Pick<NoteMessage, 'lead' | 'rows' | 'sections'>,
  options: { readonly room: number; readonly measure?: Measure; readonly tail: readonly string[] },
): string {
  const { room, measure = letters, tail } = options;
  const head = [...(note.lead === null ? [] : [note.lead]), ...note.rows.map(({ name, value }) => `${name}: ${value}`)];
  const most = Math.floor(room * SHARE_OF_LINE);
  let left = room - measure(tail.join('\n')) - REST;
  const taken: string[] = [];
  const take = (line: string): boolean => {
    const size = measure(line) + 1;
    if (size > left) return false;
    taken.push(line);
    left -= size;
    return true;
  };
  for (const line of head) take(cut(line, Math.min(most, left - 1), measure));
  for (const { title, lines } of note.sections) {
    if (!take(`${title}:`)) break;
    const gone = lines.findIndex((line) => !take(`- ${line}`));
    if (gone >= 0) {
      taken.push(`- ${lines.length - gone} more`);
      break;
    }
  }
  return [...taken, ...tail].join('\n').trim();
}
