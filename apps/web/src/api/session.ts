import { useQuery } from '@tanstack/react-query';
import { api } from './client.ts';
import { keysOf } from './query-keys.ts';

/** Who is signed in; a problem with status 401 means nobody. */
export function useMe() {
  return useQuery({
    queryKey: keysOf.me,
    queryFn: ({ signal }) => api.access.me({ signal }),
    staleTime: 300_000,
  });
}

/** Names of people, services and teams by id; ids stand everywhere, names only on the screen. */
export function useNames(): (id: string) => string {
  const people = useQuery({
    queryKey: keysOf.people,
    queryFn: ({ signal }) => api.access.users({ signal }),
    staleTime: 300_000,
  });
  const users = people.data?.users ?? [];
  return (id) => users.find((user) => user.id === id)?.name ?? (people.isPending ? '…' : 'a former member');
}
