import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiProblem, api } from '#api/client.ts';
import { LiveProvider } from '#api/live.tsx';
import { keysOf } from '#api/query-keys.ts';
import { useMe } from '#api/session.ts';
import { ProblemNote } from '#ui/problem-note.tsx';
import { Door } from './door.tsx';
import { SetupPage } from './setup-page.tsx';
import { SignInPage } from './sign-in-page.tsx';

/** Lets in who is signed in; others see the door of the page they asked for. */
export function Gate({ children }: { readonly children: ReactNode }) {
  const me = useMe();
  const nobody = me.error instanceof ApiProblem && me.error.facts.status === 401;
  const setup = useQuery({
    queryKey: keysOf.setup,
    queryFn: ({ signal }) => api.access.setup({ signal }),
    enabled: nobody,
  });
  if (nobody) {
    if (setup.isPending) return null;
    return setup.data?.open ? <SetupPage tokenNeeded={setup.data.tokenNeeded} /> : <SignInPage />;
  }
  if (me.data) return <LiveProvider>{children}</LiveProvider>;
  if (me.isPending) return null;
  return (
    <Door title="Tocsin cannot be reached" lead="Pages go on without this screen.">
      <ProblemNote error={me.error} retry={() => void me.refetch()} />
    </Door>
  );
}
