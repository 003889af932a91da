import { type CalendarFault, MOST_BYTES, MOST_EVENTS } from './model.ts';

/** Components inside each other at most: an alarm in an event in a calendar is three. */
const DEEPEST = 8;
/** Definitions of zones that are looked at. */
const MOST_ZONES = 200;

/** One component as text, and the line of the calendar that it begins on (from 1). */
export interface Block {
  readonly line: number;
  readonly text: string;
}

/** The events and definitions of zones of a calendar, each as a text of its own. */
export type SplitText =
  | { readonly ok: true; readonly events: readonly Block[]; readonly zones: readonly Block[] }
  | { readonly ok: false; readonly fault: CalendarFault };

/**
 * Takes a calendar's text apart into its events, so that one that cannot be read spoils itself alone, and so that the
 * parser never meets a text that is deep or endless.
 */
export function splitText(text: string): SplitText {
  if (text.length > MOST_BYTES) return refuse(1, `it is larger than ${MOST_BYTES / 1024 / 1024} MB`);
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const events: Block[] = [];
  const zones: Block[] = [];
  const open: string[] = [];
  let begunAt = 0;
  let seen = false;
  for (const [index, line] of lines.entries()) {
    const mark = /^(BEGIN|END):([A-Za-z0-9-]{1,60})[ \t]*$/i.exec(line);
    if (!mark) {
      if (open.length === 0 && line.trim() !== '') return refuse(index + 1, noCalendar(line));
      continue;
    }
    const name = (mark[2] as string).toUpperCase();
    if ((mark[1] as string).toUpperCase() === 'BEGIN') {
      if (open.length === 0 && name !== 'VCALENDAR') return refuse(index + 1, noCalendar(line));
      open.push(name);
      seen = true;
      if (open.length > DEEPEST) return refuse(index + 1, `components stand more than ${DEEPEST} deep in each other`);
      if (open.length === 2) begunAt = index;
      continue;
    }
    if (open.at(-1) !== name) return refuse(index + 1, `END:${name} without its BEGIN`);
    open.pop();
    if (open.length !== 1) continue;
    const block = () => ({ line: begunAt + 1, text: lines.slice(begunAt, index + 1).join('\r\n') });
    if (name === 'VTIMEZONE' && zones.length < MOST_ZONES) zones.push(block());
    if (name !== 'VEVENT') continue;
    if (events.length === MOST_EVENTS) return refuse(index + 1, `it has more than ${MOST_EVENTS} events`);
    events.push(block());
  }
  if (!seen) return refuse(1, 'it is empty');
  if (open.length > 0) return refuse(lines.length, `it is cut off: ${open.at(-1)} does not end`);
  return { ok: true, events, zones };
}

const noCalendar = (line: string) => `this is no calendar: there stands ${JSON.stringify(line.trim().slice(0, 40))}`;

const refuse = (line: number, message: string): SplitText => ({
  ok: false,
  fault: { line, uid: null, message },
});
