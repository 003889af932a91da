import { useEffect, useRef } from 'react';

/** Names the browser's tab, and tells a screen reader of the new page by moving the focus to its heading. */
export function usePageTitle(title: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Tocsin`;
  }, [title]);
  return heading;
}
