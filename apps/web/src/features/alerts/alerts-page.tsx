import { Link, useNavigate } from '@tanstack/react-router';
import { LiveBadge } from '#api/live.tsx';
import { Icon } from '#ui/icon.tsx';
import { ListSkeleton, MoreButton } from '#ui/list-parts.tsx';
import { Severity, State } from '#ui/marks.tsx';
import { usePageTitle } from '#ui/page-title.ts';
import { ProblemNote } from '#ui/problem-note.tsx';
import { Age, ZoneLine } from '#ui/times.tsx';
import { type AlertSummary, alertMarkOf, shownLabels } from './alert-view.ts';
import { type AlertSearch, type AlertShow, alertShows, useAlerts } from './queries.ts';
import './alerts.css';

const words: Readonly<Record<AlertShow, string>> = {
  firing: 'Firing',
  acknowledged: 'Acknowledged',
  resolved: 'Resolved',
  all: 'All',
};

/** Every alert, newest first; the filter stands in the address. */
export function AlertsPage(search: AlertSearch) {
  const heading = usePageTitle('Alerts');
  return (
    <>
      <header className="head sticky">
        <h1 ref={heading}>Alerts</h1>
        <nav className="tabs" aria-label="Which alerts">
          {alertShows.map((show) => (
            <Link
              key={show}
              to="/alerts"
              search={{ ...(show === 'firing' ? {} : { show }), ...(search.q ? { q: search.q } : {}) }}
              activeOptions={{ exact: true, includeSearch: true }}
            >
              {words[show]}
            </Link>
          ))}
        </nav>
        <LiveBadge />
      </header>
      <Filter {...search} />
      <List {...search} />
    </>
  );
}

function Filter({ show, q }: AlertSearch) {
  const navigate = useNavigate();
  return (
    <form
      className="filter"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const text = new FormData(event.currentTarget).get('q');
        const next = typeof text === 'string' ? text.trim() : '';
        void navigate({
          to: '/alerts',
          search: { ...(show === 'firing' ? {} : { show }), ...(next ? { q: next } : {}) },
        });
      }}
    >
      <label className="vh" htmlFor="q">
        Search titles
      </label>
      <Icon name="search" />
      <input className="input" id="q" name="q" type="search" placeholder="Search titles" defaultValue={q} key={q} />
    </form>
  );
}

function List(search: AlertSearch) {
  const alerts = useAlerts(search);
  if (alerts.isPending) return <ListSkeleton />;
  const items = alerts.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {alerts.isError ? <ProblemNote error={alerts.error} retry={() => void alerts.refetch()} /> : null}
      {items.length > 0 ? (
        <table className="list alerts-list" aria-busy={alerts.isFetching}>
          <caption className="vh">Alerts, newest first</caption>
          <colgroup>
            <col className="c-state" />
            <col className="c-sev" />
            <col />
            <col className="c-service" />
            <col className="c-age" />
          </colgroup>
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Severity</th>
              <th scope="col">What</th>
              <th scope="col">Service</th>
              <th scope="col" className="num">
                Age
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((alert) => (
              <Row key={alert.id} alert={alert} />
            ))}
          </tbody>
        </table>
      ) : alerts.isError ? null : (
        <p className="nothing">{search.q ? `No alert has “${search.q}” in its title.` : 'There is no such alert.'}</p>
      )}
      {alerts.hasNextPage ? (
        <MoreButton pending={alerts.isFetchingNextPage} onPress={() => void alerts.fetchNextPage()} />
      ) : null}
      <ZoneLine />
    </>
  );
}

function Row({ alert }: { readonly alert: AlertSummary }) {
  const mark = alertMarkOf(alert);
  const service = alert.labels['service'] ?? '';
  return (
    <tr className={`row${alert.state === 'resolved' ? ' done' : ''}`}>
      <td className="k-state">
        <State mark={mark} />
      </td>
      <td className="k-sev">
        <Severity level={alert.severity} />
      </td>
      <td className="title">
        <span className="tcell">
          <Link className="ell" to="/alerts/$id" params={{ id: alert.id }}>
            {alert.title}
          </Link>
          <span className="ell muted hide-phone labels">{shownLabels(alert.labels).join('  ')}</span>
        </span>
      </td>
      <td className="k-service soft">{service}</td>
      <td className="k-age num soft">
        <Age at={alert.openedAt} until={alert.resolvedAt} />
      </td>
      <td className="k-phone">
        <State mark={mark} />
        <Severity level={alert.severity} />
        <span className="ell muted">{service}</span>
      </td>
    </tr>
  );
}
