import { Link } from '@tanstack/react-router';
import { LiveBadge } from '#api/live.tsx';
import { useNames } from '#api/session.ts';
import { Icon } from '#ui/icon.tsx';
import { Labels } from '#ui/labels.tsx';
import { ListSkeleton } from '#ui/list-parts.tsx';
import { Severity, State } from '#ui/marks.tsx';
import { Section } from '#ui/notes.tsx';
import { usePageTitle } from '#ui/page-title.ts';
import { ProblemNote } from '#ui/problem-note.tsx';
import { Age, Moment, ZoneLine } from '#ui/times.tsx';
import { type AlertDetail, alertMarkOf, eventText, resolvedByText } from './alert-view.ts';
import { Explain } from './explain.tsx';
import { storedReason } from './explain-view.ts';
import { safeLink } from './safe-link.ts';
import { useAlert } from './queries.ts';
import './alerts.css';

/** One alert: what it says, where it went and why, what happened to it. */
export function AlertPage({ id }: { readonly id: string }) {
  const alert = useAlert(id);
  return (
    <>
      <div className="ahead sticky">
        <div className="cluster">
          <nav className="crumb" aria-label="Where">
            <Link to="/alerts">Alerts</Link>
            <Icon name="chevR" />
            <span className="mono">{alert.data?.fingerprint ?? 'Alert'}</span>
          </nav>
          <LiveBadge />
        </div>
        {alert.data ? <Head {...alert.data} /> : null}
      </div>
      {alert.isError ? (
        <div className="wrap">
          <ProblemNote error={alert.error} retry={() => void alert.refetch()} />
        </div>
      ) : null}
      {alert.isPending ? <ListSkeleton /> : null}
      {alert.data ? <Body {...alert.data} /> : null}
    </>
  );
}

function Head(alert: AlertDetail) {
  const heading = usePageTitle(alert.title);
  const nameOf = useNames();
  const by = resolvedByText(alert.resolvedBy, nameOf);
  const service = alert.labels['service'];
  return (
    <>
      <h1 ref={heading}>{alert.title}</h1>
      <div className="line">
        <State mark={alertMarkOf(alert)} pill />
        <Severity level={alert.severity} />
        {service ? <span>{service}</span> : null}
        <span className="muted">
          {alert.resolvedAt ? 'lasted ' : 'for '}
          <Age at={alert.startsAt} until={alert.resolvedAt} />
        </span>
        <span className="muted">received {alert.count === 1 ? 'once' : `${alert.count} times`}</span>
        {by ? <span className="muted">resolved by {by}</span> : null}
      </div>
    </>
  );
}

function Body(alert: AlertDetail) {
  const nameOf = useNames();
  const source = safeLink(alert.generatorUrl);
  return (
    <>
      <div className="cols">
        <div className="lead">
          <Section title="Where it went and why">
            <ul className="reasons">
              {alert.routing.map((routing) => (
                <li key={routing.routeId}>
                  <span>{storedReason(routing)}</span>
                  {alert.pages
                    .filter((page) => page.id === routing.pageId)
                    .map((page) => (
                      <Link key={page.id} to="/pages/$id" params={{ id: page.id }}>
                        Page {page.number}
                      </Link>
                    ))}
                </li>
              ))}
            </ul>
          </Section>
          <Explain alertId={alert.id} />
          <Section title="What happened to it">
            <ol className="events">
              {alert.events.map((event, i) => (
                <li key={`${event.at}-${i}`}>
                  <Moment at={event.at} />
                  <span>{eventText(event, nameOf)}</span>
                </li>
              ))}
            </ol>
          </Section>
        </div>
        <aside className="ctx" aria-label="Context">
          {source ? (
            <p>
              <a href={source} rel="noreferrer noopener">
                Open at its source
              </a>
            </p>
          ) : null}
          <Labels prose title="What it says" labels={Object.entries(alert.annotations)} />
          <Labels title="Labels" labels={alert.labelList.map(({ name, value }) => [name, value] as const)} />
        </aside>
      </div>
      <ZoneLine />
    </>
  );
}
