import type { StateMark } from '#ui/marks.tsx';
import { entryMarkOf } from './chain-view.ts';
import type { ChainEntry, ChainLink } from './model.ts';

/** One message with what became of it. */
export interface MessageView {
  readonly id: string;
  /** To whom and by what, as the server says it: `email to Maya Lindqvist (work)`. */
  readonly to: string;
  readonly queuedAt: string;
  readonly mark: StateMark;
  /** What was tried, oldest first. */
  readonly tries: readonly { readonly key: string; readonly at: string; readonly sentence: string }[];
}

/**
 * The messages of a page with their delivery results. The server tells each as `addressee: result.` under `queued`;
 * tries and receipts stand under `sent` and `receipt`.
 */
export function messagesOf(links: readonly Pick<ChainLink, 'name' | 'entries'>[]): readonly MessageView[] {
  const entriesOf = (name: ChainLink['name']) => links.find((link) => link.name === name)?.entries ?? [];
  const tries = [...entriesOf('sent'), ...entriesOf('receipt')];
  return entriesOf('queued').map((entry): MessageView => {
    const { to, result } = split(entry.sentence);
    const own = tries.filter(({ ref }) => ref.id === entry.ref.id);
    return {
      id: entry.ref.id,
      to,
      queuedAt: entry.at,
      mark: markOf(entry, result),
      tries: own.map(({ at, sentence, ref }, i) => ({
        key: `${ref.kind}-${ref.id}-${i}`,
        at,
        sentence: split(sentence).result || sentence,
      })),
    };
  });
}

function split(sentence: string): { readonly to: string; readonly result: string } {
  const at = sentence.lastIndexOf(': ');
  if (at < 0) return { to: sentence, result: '' };
  const result = sentence.slice(at + 2).replace(/\.$/, '');
  return { to: sentence.slice(0, at), result: result.slice(0, 1).toUpperCase() + result.slice(1) };
}

function markOf(entry: ChainEntry, result: string): StateMark {
  if (/^failed/i.test(result)) return { icon: 'warn', word: result, tone: 'red' };
  if (/^cancelled/i.test(result)) return { icon: 'x', word: result, tone: 'grey' };
  const mark = entryMarkOf(entry);
  return result === '' ? mark : { ...mark, word: result };
}
