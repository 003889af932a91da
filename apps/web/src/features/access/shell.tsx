import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { api } from '#api/client.ts';
import { useMe } from '#api/session.ts';
import { Icon, type IconName } from '#ui/icon.tsx';
import { Person } from '#ui/marks.tsx';

interface Place {
  readonly to: '/' | '/alerts' | '/on-call';
  /** Addresses that belong to it. */
  readonly within: RegExp;
  readonly icon: IconName;
  readonly word: string;
}

const places: readonly Place[] = [
  { to: '/', within: /^\/($|pages\/)/, icon: 'bell', word: 'Pages' },
  { to: '/alerts', within: /^\/alerts/, icon: 'alerts', word: 'Alerts' },
  { to: '/on-call', within: /^\/on-call/, icon: 'calendar', word: 'On call' },
];

function Places() {
  const { pathname } = useLocation();
  return places.map(({ to, within, icon, word }) => (
    <Link key={to} to={to} activeProps={{}} aria-current={within.test(pathname) ? 'page' : undefined}>
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
        <div className="only-phone">
          <WhoAmI />
        </div>
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
