import type { ReactNode } from 'react';
import { Icon } from '#ui/icon.tsx';
import { usePageTitle } from '#ui/page-title.ts';
import './door.css';

/** The frame of the pages that need no session. */
export function Door({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead: string;
  readonly children: ReactNode;
}) {
  const heading = usePageTitle(title);
  return (
    <div className="door">
      <main>
        <p className="brand">
          <span className="logo">
            <Icon name="mark" />
          </span>
          Tocsin
        </p>
        <header>
          <h1 ref={heading}>{title}</h1>
          <p>{lead}</p>
        </header>
        {children}
      </main>
    </div>
  );
}
