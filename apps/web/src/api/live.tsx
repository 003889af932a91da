import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { useNow } from '#ui/clock.ts';
import { Icon } from '#ui/icon.tsx';
import { api } from './client.ts';
import { afterEvent, type LiveState, liveWords, type Stale } from './live-state.ts';
import { keysOf } from './query-keys.ts';

const LiveContext = createContext<LiveState>({ kind: 'connecting' });

/** Follows the server's hints while anybody is signed in, and has what changed read anew. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [state, setState] = useState<LiveState>({ kind: 'connecting' });
  useEffect(() => {
    const leaving = new AbortController();
    void follow(queries, leaving.signal, setState);
    return () => leaving.abort();
  }, [queries]);
  return <LiveContext value={state}>{children}</LiveContext>;
}

async function follow(queries: QueryClient, signal: AbortSignal, tell: (state: LiveState) => void): Promise<void> {
  let state: LiveState = { kind: 'connecting' };
  try {
    for await (const event of api.live({ signal })) {
      const next = afterEvent(state, event, Date.now());
      state = next.state;
      tell(state);
      for (const stale of next.stale) void readAnew(queries, stale);
    }
  } catch {
    // Not let in any more: asking who we are shows the sign-in page.
    await queries.invalidateQueries({ queryKey: keysOf.me });
  }
}

async function readAnew(queries: QueryClient, stale: Stale): Promise<void> {
  if (stale === 'everything') return queries.invalidateQueries();
  await Promise.all(keysOf.stale(stale).map((queryKey) => queries.invalidateQueries({ queryKey })));
}

/** Says honestly whether the screen is live. */
export function LiveBadge() {
  const { word, tone } = liveWords(useContext(LiveContext), useNow());
  return (
    <span className={`live push${tone === 'wait' ? ' wait' : ''}`}>
      {tone === 'live' ? <Icon name="live" /> : <span className="spin" />}
      <span className={tone === 'live' ? 'hide-phone' : ''}>{word}</span>
      <span className="vh" role="status">
        {tone === 'live' ? 'Live updates on' : 'Live updates interrupted'}
      </span>
    </span>
  );
}
