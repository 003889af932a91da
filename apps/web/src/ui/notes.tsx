import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

const icons: Record<'red' | 'amber' | 'green' | 'blue', IconName> = {
  red: 'warn',
  amber: 'warn',
  green: 'check',
  blue: 'info',
};

/** A sentence that must not be overlooked. A red one interrupts a screen reader, others wait their turn. */
export function Note({
  tone,
  children,
}: {
  readonly tone: 'red' | 'amber' | 'green' | 'blue';
  readonly children: ReactNode;
}) {
  return (
    <div className={`note ${tone}`} role={tone === 'red' ? 'alert' : 'status'}>
      <Icon name={icons[tone]} />
      <div>{children}</div>
    </div>
  );
}

/** A part of a page with its heading. */
export function Section({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className="sec" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {aside === undefined ? null : <small>{aside}</small>}
      </header>
      {children}
    </section>
  );
}
