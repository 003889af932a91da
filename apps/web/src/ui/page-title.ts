import { useEffect, useRef } from 'react';

let isFirst = true;

/**
 * Names the browser's tab. A page that replaces another also takes the focus to its heading, so that a screen reader
 * says where one has come; the first page after loading leaves it alone.
 */
export function usePageTitle(title: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Tocsin`;
  }, [title]);
  useEffect(() => {
    const element = heading.current;
    if (element && !isFirst) {
      element.tabIndex = -1;
      element.focus({ preventScroll: true });
    }
    isFirst = false;
  }, []);
  return heading;
}
