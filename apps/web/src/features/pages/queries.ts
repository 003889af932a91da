import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiProblem, api, newIdempotencyKey } from '#api/client.ts';
import { keysOf } from '#api/query-keys.ts';
import { localZone } from '#ui/times.tsx';
import { type Deed, type DeedAnswer } from './deeds.ts';
import type { Show } from './row-view.ts';

/** The list of pages as one of its tabs asks for it. */
export function usePages(show: Show) {
  return useInfiniteQuery({
    queryKey: [...keysOf.pages, 'list', show],
    queryFn: ({ pageParam, signal }) =>
      api.pages.list(
        { limit: 100, cursor: pageParam, zone: localZone.zone, ...(show === 'mine' ? { mine: true } : {}) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
}

/** One page with its chain. */
export function usePage(id: string) {
  return useQuery({
    queryKey: keysOf.page(id),
    queryFn: ({ signal }) => api.pages.get(id, { zone: localZone.zone }, { signal }),
  });
}

/** One press of a button: the key is made once, so that tries of the same press are done once. */
export interface Press {
  readonly deed: Deed;
  readonly key: string;
}

/** A new press of a deed's button. */
export function pressOf(deed: Deed): Press {
  return { deed, key: newIdempotencyKey() };
}

const MOST_TRIES = 4;

/**
 * Does a deed to a page. It stays pending until the server has confirmed and the page was read anew; bad signal is
 * tried again with the same key, a refusal is not.
 */
export function useDeed(pageId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ deed, key }: Press) => done(pageId, deed, key),
    retry: (failures, error) =>
      failures < MOST_TRIES &&
      error instanceof ApiProblem &&
      (error.code === 'UNREACHABLE' || error.facts.status === 503),
    retryDelay: (failures) => Math.min(8_000, 1_000 * 2 ** failures),
    networkMode: 'always',
    onSettled: () => queries.invalidateQueries({ queryKey: keysOf.pages }),
  });
}

async function done(id: string, deed: Deed, idempotencyKey: string): Promise<DeedAnswer> {
  const options = { idempotencyKey };
  switch (deed) {
    case 'acknowledge':
      return api.pages.acknowledge(id, options);
    case 'unacknowledge':
      return api.pages.unacknowledge(id, options);
    case 'escalate':
      return api.pages.escalate(id, options);
    case 'snooze':
      return api.pages.snooze(id, { forSeconds: 3600 }, options);
    case 'resolve': {
      const { resolved } = await api.pages.resolve(id, options);
      return { outcome: resolved > 0 ? 'changed' : 'unchanged', reasons: [] };
    }
  }
}
