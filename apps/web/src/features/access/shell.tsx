import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { api } from '#api/client.ts';
import { useMe } from '#api/session.ts';
import { Icon, type IconName } from '#ui/icon.tsx';
import { Person } from '#ui/marks.tsx';

const places: readonly { readonly to: '/' | '/alerts' | '/on-call'; readonly icon: IconName; readonly word: string }[] =
  [
    { to: '/', icon: 'bell', word: 'Pages' },
    { to: '/alerts', icon: 'alerts', word: 'Alerts' },
    { to: '/on-call', icon: 'calendar', word: 'On call' },
  ];

function Places() {
  return places.map(({ to, icon, word }) => (
    <Link key={to} to={to} activeOptions={{ exact: false }} activeProps={{ 'aria-current': 'page' }}>
      <Icon name={icon} />
      <span>{word}</span>
    </Link>
  ));
}

/** The frame of every page behind the door. */
export function Shell() {
  return (
    <div className="app">
      <a className="skip" href="#main">
        Skip to content
      </a>
      <nav className="side" aria-label="Main">
        <Link className="org" to="/">
          <span className="logo">
            <Icon name="mark" />
          </span>
          <b>Tocsin</b>
        </Link>
        <div className="nav">
          <Places />
        </div>
        <WhoAmI />
      </nav>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <nav className="tabbar" aria-label="Sections">
        <Places />
      </nav>
    </div>
  );
}

function WhoAmI() {
  const me = useMe();
  const queries = useQueryClient();
  const signOut = useMutation({
    mutationFn: () => api.access.signOut(),
    onSettled: () => queries.resetQueries(),
  });
  if (!me.data) return null;
  return (
    <div className="whoami">
      <Person id={me.data.user.id} name={me.data.user.name} />
      <button className="btn ghost" type="button" onClick={() => signOut.mutate()} disabled={signOut.isPending}>
        <Icon name="leave" />
        Sign out
      </button>
    </div>
  );
}
