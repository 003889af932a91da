import { Icon, type IconName } from './icon.tsx';

/** A state as icon, word and colour; the three always stand together. */
export interface StateMark {
  readonly icon: IconName;
  readonly word: string;
  readonly tone: 'red' | 'amber' | 'green' | 'blue' | 'grey' | 'ink';
}

/** A state in a row; `pill` with a ground in a head; `mine` is the one red fill. */
export function State({
  mark,
  pill,
  mine,
}: {
  readonly mark: StateMark;
  readonly pill?: boolean;
  readonly mine?: boolean;
}) {
  return (
    <span className={`state ${mark.tone}${pill ? ' pill' : ''}${mine ? ' mine' : ''}`}>
      <Icon name={mark.icon} />
      {mark.word}
    </span>
  );
}

/** A severity chip: told by weight, never by colour. */
export function Severity({ level }: { readonly level: number }) {
  return <span className={`sev s${level}`}>SEV{level}</span>;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function firstLetter(word: string | undefined): string {
  for (const { segment } of segmenter.segment(word ?? '')) return segment;
  return '';
}

/** The first letters of the first and last name. */
function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const last = words.length > 1 ? firstLetter(words.at(-1)) : '';
  return (firstLetter(words[0]) + last).toUpperCase() || '?';
}

/** One of six hues, always the same for a person. */
function hueOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 6007;
  return (sum % 6) + 1;
}

/** A person with initials and name. */
export function Person({ id, name }: { readonly id: string; readonly name: string }) {
  return (
    <span className="person">
      <span className={`av a${hueOf(id)}`} aria-hidden="true">
        {initialsOf(name)}
      </span>
      <span className="ell">{name}</span>
    </span>
  );
}
