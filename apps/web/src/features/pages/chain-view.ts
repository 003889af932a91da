import type { IconName } from '#ui/icon.tsx';
import type { StateMark } from '#ui/marks.tsx';
import type { ChainEntry, ChainLink } from './model.ts';

/** How a link or a fact is drawn; the shapes are told apart without colour. */
export interface LinkMark {
  readonly className: 'stored' | 'waiting' | 'answered' | 'stalled' | 'todo';
  readonly icon: IconName | null;
  /** Said to who does not see the drawing. */
  readonly word: string;
}

const marks: Readonly<Record<ChainLink['state'], LinkMark>> = {
  stored: { className: 'stored', icon: 'tick', word: 'Stored' },
  waiting: { className: 'waiting', icon: 'clock', word: 'Waiting' },
  answered: { className: 'answered', icon: 'half', word: 'Answered' },
  stalled: { className: 'stalled', icon: 'x', word: 'Stalled' },
  'not-yet': { className: 'todo', icon: null, word: 'Not yet' },
};

/** How a state of the chain is drawn. */
export function linkMarkOf(state: ChainLink['state']): LinkMark {
  return marks[state];
}

/** A link's name as a heading: `accepted` → `Accepted`. */
export function linkTitle(name: string): string {
  return name === '' ? '' : name[0]?.toUpperCase() + name.slice(1).replaceAll('-', ' ');
}

/** The chain in one sentence: `7 facts stored, none missing`. */
export function chainSummary({ stored, missing }: { readonly stored: number; readonly missing: number }): string {
  const facts = `${stored} ${stored === 1 ? 'fact' : 'facts'} stored`;
  return missing === 0 ? `${facts}, none missing` : `${facts}, ${missing} missing or late`;
}

/**
 * What a stored reason says beyond the sentence beside it, in plain words: its kind and its plain details. Null when
 * there is nothing more to tell.
 */
export function reasonText(reason: unknown, sentence = ''): string | null {
  if (typeof reason === 'string') return beyond(reason.replaceAll('-', ' '), sentence);
  if (typeof reason !== 'object' || reason === null) return null;
  const { kind, ...details } = reason as Record<string, unknown>;
  const parts = Object.entries(details).flatMap(([name, value]) => {
    const inner = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)['kind'] : undefined;
    if (typeof inner === 'string') return [`${spaced(name)}: ${inner.replaceAll('-', ' ')}`];
    const said = [value]
      .flat()
      .filter((one) => typeof one === 'number' || (typeof one === 'string' && !UUID.test(one)));
    return said.length === 0 || said.every((one) => sentence.includes(String(one)))
      ? []
      : [`${spaced(name)} ${said.join(', ')}`];
  });
  const head = typeof kind === 'string' ? beyond(kind.replaceAll('-', ' '), sentence) : null;
  const text = [head, parts.join(', ')].filter(Boolean).join(': ');
  return text === '' ? null : text;
}

function beyond(words: string, sentence: string): string | null {
  return words === '' || sentence.toLowerCase().includes(words.toLowerCase()) ? null : words;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

function spaced(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A fact's state as a mark for the table of messages. */
export function entryMarkOf({ state }: Pick<ChainEntry, 'state'>): StateMark {
  switch (state) {
    case 'stored':
      return { icon: 'tick', word: 'Done', tone: 'green' };
    case 'answered':
      return { icon: 'half', word: 'Answered', tone: 'amber' };
    case 'waiting':
      return { icon: 'clock', word: 'Waiting', tone: 'grey' };
    case 'stalled':
      return { icon: 'warn', word: 'Failed or late', tone: 'red' };
    case 'not-yet':
      return { icon: 'clock', word: 'Not yet', tone: 'grey' };
  }
}
