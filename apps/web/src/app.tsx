import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Link,
  RouterProvider,
  redirect,
} from '@tanstack/react-router';
import { ApiProblem } from '#api/client.ts';
import { Gate } from '#access/gate.tsx';
import { Shell } from '#access/shell.tsx';
import { type AlertSearch, alertShows } from '#alerts/queries.ts';
import { PagesPage } from '#pages/pages-page.tsx';
import { type Show, shows } from '#pages/row-view.ts';
import { ProblemNote } from '#ui/problem-note.tsx';

const root = createRootRoute({
  component: () => (
    <Gate>
      <Shell />
    </Gate>
  ),
  notFoundComponent: () => (
    <p className="nothing">
      There is nothing at this address. <Link to="/">Go to the pages</Link>
    </p>
  ),
  errorComponent: ({ error }) => <ProblemNote error={error} retry={() => location.reload()} />,
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: (search): { show?: Exclude<Show, 'open'> } => {
    const show = shows.find((one) => one === search['show']);
    return show === undefined || show === 'open' ? {} : { show };
  },
  component: function Home() {
    return <PagesPage show={home.useSearch().show ?? 'open'} />;
  },
});

const PagePage = lazyRouteComponent(() => import('#pages/page-page.tsx'), 'PagePage');
const page = createRoute({
  getParentRoute: () => root,
  path: '/pages/$id',
  component: function Page() {
    const { id } = page.useParams();
    return <PagePage key={id} id={id} />;
  },
});

const AlertsPage = lazyRouteComponent(() => import('#alerts/alerts-page.tsx'), 'AlertsPage');
const alerts = createRoute({
  getParentRoute: () => root,
  path: '/alerts',
  validateSearch: (search): Partial<AlertSearch> => {
    const show = alertShows.find((one) => one === search['show']);
    const q = typeof search['q'] === 'string' || typeof search['q'] === 'number' ? String(search['q']) : '';
    return {
      ...(show === undefined || show === 'firing' ? {} : { show }),
      ...(q === '' ? {} : { q: q.slice(0, 200) }),
    };
  },
  component: function Alerts() {
    const { show = 'firing', q = '' } = alerts.useSearch();
    return <AlertsPage show={show} q={q} />;
  },
});

const AlertPage = lazyRouteComponent(() => import('#alerts/alert-page.tsx'), 'AlertPage');
const alert = createRoute({
  getParentRoute: () => root,
  path: '/alerts/$id',
  component: function Alert() {
    const { id } = alert.useParams();
    return <AlertPage key={id} id={id} />;
  },
});

const oncall = createRoute({
  getParentRoute: () => root,
  path: '/on-call',
  component: lazyRouteComponent(() => import('#oncall/oncall-page.tsx'), 'OnCallPage'),
});

// The door stands in the place of any page; this is only the address that the server prints at its first start.
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  beforeLoad: () => {
    throw redirect({ to: '/', replace: true });
  },
});

const router = createRouter({
  routeTree: root.addChildren([home, page, alerts, alert, oncall, setup]),
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

/** Whether a failed read is worth trying again: what was refused will be refused again. */
function isWorthAnother(failures: number, error: Error): boolean {
  const status = error instanceof ApiProblem ? error.facts.status : 0;
  return failures < 2 && (status === 0 || status >= 500);
}

const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 5_000, retry: isWorthAnother, networkMode: 'always' } },
});

/** The whole web app. */
export function App() {
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
