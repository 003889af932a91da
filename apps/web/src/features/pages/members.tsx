import { Link } from '@tanstack/react-router';
import { alertMarkOf } from '#alerts/alert-view.ts';
import { Section } from '#ui/notes.tsx';
import { Severity, State } from '#ui/marks.tsx';
import { Age } from '#ui/times.tsx';
import type { PageDetail } from './model.ts';

/** The alerts told together as this page, the newest of them. */
export function Members({ page, members }: Pick<PageDetail, 'page' | 'members'>) {
  const { firing, total } = page.counts;
  const more = total - members.length;
  return (
    <Section title="Alerts of this page" aside={`${firing} of ${total} firing`}>
      <ul className="members">
        {members.map((alert) => (
          <li key={alert.id}>
            <State mark={alertMarkOf({ state: alert.status, heldByHand: false })} />
            <Severity level={alert.severity} />
            <Link className="quiet ell em" to="/alerts/$id" params={{ id: alert.id }}>
              {alert.title}
            </Link>
            <span className="muted">
              <Age at={alert.startsAt} until={alert.resolvedAt} />
            </span>
          </li>
        ))}
      </ul>
      {more > 0 ? <p className="muted">{more} more are not shown.</p> : null}
    </Section>
  );
}
