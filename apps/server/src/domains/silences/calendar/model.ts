import type { Matcher } from '#routing';

/** Most of a feed that is read. */
export const MOST_BYTES: number = 2 * 1024 * 1024;
/** Events of a feed at most; one with more is refused whole. */
export const MOST_EVENTS = 10_000;
/** Occurrences that are planned of one feed, the earliest first. */
export const MOST_OCCURRENCES = 1_000;
/** How far ahead occurrences are planned; the next reading goes on from there. */
export const AHEAD = { hours: 90 * 24 };
/** How far back occurrences are read, so that one that ended lately is told from one that was taken out. */
export const BACK = { hours: 24 };

/** How an event says which alerts it mutes; the calendar's own matchers stand in where it says nothing. */
export type EventMatchers =
  | { readonly kind: 'none' }
  /** A line `matchers: service="db"` of its description. */
  | { readonly kind: 'description' }
  /** Its categories are values of a label. */
  | { readonly kind: 'categories'; readonly label: string };

/** One stretch of time that a calendar's event takes, [startsAt, endsAt). */
export interface Occurrence {
  readonly uid: string;
  /** Tells occurrences of a recurring event apart: the start that its rule gives it. Empty for an event that happens once. */
  readonly key: string;
  readonly name: string;
  readonly categories: readonly string[];
  /** What its description says after `matchers:`; null when it has no such line. */
  readonly matcherLine: string | null;
  readonly startsAt: Temporal.Instant;
  readonly endsAt: Temporal.Instant;
}

/** Something in a feed that cannot be used, and where it stands. */
export interface CalendarFault {
  /** From 1; 0 when it is not a matter of the text. */
  readonly line: number;
  /** The event that it spoils; null when it spoils the whole feed. */
  readonly uid: string | null;
  readonly message: string;
}

/** What a feed's text says. One bad event spoils itself alone; it is named, and what was planned of it stays. */
export type Expanded =
  | {
      readonly ok: true;
      readonly events: number;
      readonly occurrences: readonly Occurrence[];
      readonly faults: readonly CalendarFault[];
    }
  | { readonly ok: false; readonly fault: CalendarFault };

/** What an expansion goes by. */
export interface ExpandOptions {
  /** Zone of all-day events and of times that name none. */
  readonly zone: string;
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
}

/** A window that a calendar wants. */
export interface WantedWindow {
  readonly uid: string;
  readonly key: string;
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly startsAt: Temporal.Instant;
  readonly endsAt: Temporal.Instant;
}

/** A fault as one line for people. */
export const faultText = ({ line, message }: Omit<CalendarFault, 'uid'>): string =>
  line > 0 ? `line ${line}: ${message}` : message;

/** The place of a calendar's address, for sealing. */
export const aboutCalendar = (id: string): string => `maintenance_calendars/${id}.url`;
