import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api } from '#api/client.ts';
import { keysOf } from '#api/query-keys.ts';

/** The list's tabs. */
export const alertShows = ['firing', 'acknowledged', 'resolved', 'all'] as const;

/** One of the list's tabs. */
export type AlertShow = (typeof alertShows)[number];

/** What the list is asked for; it stands in the address. */
export interface AlertSearch {
  readonly show: AlertShow;
  readonly q: string;
}

/** Alerts, newest first. */
export function useAlerts({ show, q }: AlertSearch) {
  return useInfiniteQuery({
    queryKey: [...keysOf.alerts, 'list', show, q],
    queryFn: ({ pageParam, signal }) =>
      api.alerts.list(
        { limit: 100, cursor: pageParam, state: show === 'all' ? undefined : show, q: q === '' ? undefined : q },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
}

/** One alert. */
export function useAlert(id: string) {
  return useQuery({ queryKey: keysOf.alert(id), queryFn: ({ signal }) => api.alerts.get(id, { signal }) });
}

/** What the routes of today make of an alert. */
export function useExplanation(id: string) {
  return useQuery({
    queryKey: [...keysOf.alert(id), 'explain'],
    queryFn: ({ signal }) => api.alerts.explainStored(id, { signal }),
  });
}
