import { useState } from 'react';
import { Icon } from './icon.tsx';
import { Section } from './notes.tsx';

/** Text to copy as it is. Where the browser refuses the clipboard (plain http), it can still be selected. */
export function CodeBlock({
  title,
  text,
  help,
}: {
  readonly title: string;
  readonly text: string;
  readonly help?: string;
}) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  const canCopy = typeof navigator.clipboard?.writeText === 'function';
  return (
    <Section title={title} aside={help}>
      <div className="copyable">
        <pre className="codeblock">{text}</pre>
        {canCopy ? (
          <button className="btn" type="button" onClick={copy} aria-label={`Copy: ${title}`}>
            <Icon name={copied ? 'tick' : 'copy'} />
            {copied ? 'Copied' : 'Copy'}
          </button>
        ) : null}
      </div>
    </Section>
  );
}
