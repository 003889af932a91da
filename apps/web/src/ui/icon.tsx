import type { ReactNode } from 'react';

/** Drawings of 16 × 16, in the colour of the text around them. The five states keep their shapes everywhere. */
const drawings = {
  mark: (
    <>
      <path
        fill="currentColor"
        d="M8 1a1.2 1.2 0 0 0-1.2 1.2v.3C4.7 3 3.4 4.8 3.4 7v2.6L2.1 11.3a.8.8 0 0 0 .6 1.3h10.6a.8.8 0 0 0 .6-1.3L12.6 9.6V7c0-2.2-1.3-4-3.4-4.5v-.3A1.2 1.2 0 0 0 8 1Z"
      />
      <path fill="currentColor" d="M6.2 13.6a1.9 1.9 0 0 0 3.6 0Z" />
    </>
  ),
  alerts: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M3 4h.01" />
        <path d="M6 4h7.4" />
        <path d="M3 8h.01" />
        <path d="M6 8h7.4" />
        <path d="M3 12h.01" />
        <path d="M6 12h7.4" />
      </g>
    </>
  ),
  bell: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M4 6.6a4 4 0 0 1 8 0v2.1l1.2 1.9a.5.5 0 0 1-.4.8H3.2a.5.5 0 0 1-.4-.8L4 8.7Z" />
        <path d="M6.6 13.5a1.6 1.6 0 0 0 2.8 0" />
      </g>
    </>
  ),
  belloff: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M5 2.9A4 4 0 0 1 12 5.6v2.1" />
        <path d="M4 5.5v3.2l-1.2 1.9a.5.5 0 0 0 .4.8h7.6" />
        <path d="M6.6 13.5a1.6 1.6 0 0 0 2.8 0" />
        <path d="M2 2l12 12" />
      </g>
    </>
  ),
  calendar: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M2.4 6.4h11.2" />
        <path d="M5.4 1.8v2.6" />
        <path d="M10.6 1.8v2.6" />
        <rect x="2.4" y="3" width="11.2" height="10.6" rx="1.6" />
      </g>
    </>
  ),
  call: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M3.4 2.4h2.2l1 2.8-1.4 1.1a8 8 0 0 0 3.5 3.5l1.1-1.4 2.8 1v2.2c0 .7-.6 1.3-1.3 1.2C6.5 12.3 3 8.8 2.2 3.7c-.1-.7.5-1.3 1.2-1.3Z" />
      </g>
    </>
  ),
  check: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M5.4 8.2l1.8 1.8 3.5-3.8" />
        <circle cx="8" cy="8" r="5.75" />
      </g>
    </>
  ),
  chevR: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M6 3.8L10.2 8 6 12.2" />
      </g>
    </>
  ),
  clock: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M8 4.8V8l2.2 1.5" />
        <circle cx="8" cy="8" r="5.75" />
      </g>
    </>
  ),
  diamond: (
    <>
      <path
        fill="currentColor"
        d="M8.7 1.5a1 1 0 0 0-1.4 0L1.5 7.3a1 1 0 0 0 0 1.4l5.8 5.8a1 1 0 0 0 1.4 0l5.8-5.8a1 1 0 0 0 0-1.4Z"
      />
    </>
  ),
  half: (
    <>
      <circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path fill="currentColor" d="M8 3.6a4.4 4.4 0 0 1 0 8.8Z" />
    </>
  ),
  info: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M8 7.4v3.4" />
        <circle cx="8" cy="8" r="5.75" />
        <circle cx="8" cy="5.1" r=".5" fill="currentColor" stroke="none" />
      </g>
    </>
  ),
  layers: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M8 2.2l6 3.2-6 3.2-6-3.2Z" />
        <path d="M2 8.4l6 3.2 6-3.2" />
        <path d="M2 11.2l6 3.2 6-3.2" />
      </g>
    </>
  ),
  live: (
    <>
      <circle cx="8" cy="8" r="2.6" fill="currentColor" />
      <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" strokeWidth="1.2" opacity=".55" />
    </>
  ),
  mail: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M2.4 4.6L8 8.8l5.6-4.2" />
        <rect x="2.2" y="3.4" width="11.6" height="9.2" rx="1.2" />
      </g>
    </>
  ),
  more: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M2.4 4.4h11.2" />
        <path d="M2.4 8h11.2" />
        <path d="M2.4 11.6h11.2" />
      </g>
    </>
  ),
  moon: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M13.2 9.4A5.6 5.6 0 1 1 6.6 2.8a4.6 4.6 0 0 0 6.6 6.6Z" />
      </g>
    </>
  ),
  plug: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M5.6 1.8v3" />
        <path d="M10.4 1.8v3" />
        <path d="M3.8 4.8h8.4v2.4a4.2 4.2 0 0 1-8.4 0Z" />
        <path d="M8 11.4v2.8" />
      </g>
    </>
  ),
  push: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M7.2 12h1.6" />
        <rect x="4.2" y="1.6" width="7.6" height="12.8" rx="1.6" />
      </g>
    </>
  ),
  search: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M10.3 10.3l3.2 3.2" />
        <circle cx="7" cy="7" r="4.4" />
      </g>
    </>
  ),
  shield: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M8 1.8l5 1.9v3.9c0 3.2-2 5.4-5 6.6-3-1.2-5-3.4-5-6.6V3.7Z" />
        <path d="M5.8 8l1.6 1.6 2.8-3" />
      </g>
    </>
  ),
  sms: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M2.2 3.2h11.6v7.6H7.2L4.2 13.4v-2.6h-2Z" />
        <path d="M5.2 7h.01" />
        <path d="M8 7h.01" />
        <path d="M10.8 7h.01" />
      </g>
    </>
  ),
  tick: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M3.6 8.4l2.9 2.9 6-6.4" />
      </g>
    </>
  ),
  undo: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M3 6.2h6.2a3.6 3.6 0 0 1 0 7.2H6" />
        <path d="M5.8 3.4L3 6.2 5.8 9" />
      </g>
    </>
  ),
  up: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M4.6 11.4l6.8-6.8" />
        <path d="M5.8 4.6h5.6v5.6" />
      </g>
    </>
  ),
  user: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M3 13.4c.4-2.6 2.3-4 5-4s4.6 1.4 5 4" />
        <circle cx="8" cy="5.2" r="2.7" />
      </g>
    </>
  ),
  warn: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M8 2.2l6.2 11.2H1.8Z" />
        <path d="M8 6.6v3" />
        <path d="M8 11.6h.01" />
      </g>
    </>
  ),
  x: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M4 4l8 8" />
        <path d="M12 4l-8 8" />
      </g>
    </>
  ),
  globe: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M2.3 8h11.4" />
        <path d="M8 2.2c1.6 1.7 2.3 3.6 2.3 5.8S9.6 12.1 8 13.8C6.4 12.1 5.7 10.2 5.7 8S6.4 3.9 8 2.2Z" />
        <circle cx="8" cy="8" r="5.75" />
      </g>
    </>
  ),
  swap: (
    <>
      <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M2.6 5.4h10" />
        <path d="M10 2.8l2.6 2.6L10 8" />
        <path d="M13.4 10.6h-10" />
        <path d="M6 8l-2.6 2.6L6 13.2" />
      </g>
    </>
  ),
  copy: (
    <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
      <rect x="5.6" y="5.6" width="8" height="8" rx="1.4" />
      <path d="M3.4 10.4h-.2a1 1 0 0 1-1-1V3.4a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v.2" />
    </g>
  ),
  leave: (
    <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
      <path d="M6.4 2.8H3.6a1 1 0 0 0-1 1v8.4a1 1 0 0 0 1 1h2.8" />
      <path d="M10.2 5l3 3-3 3" />
      <path d="M13.2 8H6.4" />
    </g>
  ),
} as const satisfies Record<string, ReactNode>;

/** The name of a drawing. */
export type IconName = keyof typeof drawings;

/** A drawing beside a word that says the same; never alone, so it is hidden from screen readers. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="i" viewBox="0 0 16 16" aria-hidden="true">
      {drawings[name]}
    </svg>
  );
}
