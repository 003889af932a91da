import type { LiveEvent } from './client.ts';

/** Whether what is on the screen is followed as it changes. */
export type LiveState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** Cut off since then (epoch ms of this device). */
  | { readonly kind: 'lost'; readonly sinceMs: number };

/** Something to read anew: all of it, or one row of a kind. */
export type Stale = 'everything' | { readonly kind: string; readonly id: string | null };

/** What an event of the stream says about the connection, and what it makes stale. */
export function afterEvent(
  state: LiveState,
  event: LiveEvent,
  nowMs: number,
): { readonly state: LiveState; readonly stale: readonly Stale[] } {
  switch (event.kind) {
    case 'open':
      return { state: { kind: 'live' }, stale: [] };
    case 'resync':
      return { state, stale: ['everything'] };
    case 'hints':
      return { state, stale: event.hints.map(({ kind, id }) => ({ kind, id })) };
    case 'lost':
      return { state: state.kind === 'lost' ? state : { kind: 'lost', sinceMs: nowMs }, stale: [] };
  }
}

/** Data older than this without a live connection is marked with its age (milliseconds). */
const FRESH_MS = 30_000;

/** The words of the connection: `Live`, `Connecting`, `Reconnecting 4 s`, and from 30 s on how old the screen is. */
export function liveWords(state: LiveState, nowMs: number): { readonly word: string; readonly tone: 'live' | 'wait' } {
  switch (state.kind) {
    case 'live':
      return { word: 'Live', tone: 'live' };
    case 'connecting':
      return { word: 'Connecting', tone: 'wait' };
    case 'lost': {
      const seconds = Math.max(0, Math.floor((nowMs - state.sinceMs) / 1000));
      if (seconds * 1000 < FRESH_MS) return { word: `Reconnecting ${seconds} s`, tone: 'wait' };
      const length = seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
      return { word: `Reconnecting, shown as of ${length} ago`, tone: 'wait' };
    }
  }
}
