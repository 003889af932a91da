import { Link } from '@tanstack/react-router';
import { Icon } from '#ui/icon.tsx';
import { Person, Severity, State } from '#ui/marks.tsx';
import { Age } from '#ui/times.tsx';
import type { PageRow } from './model.ts';
import { NextStep } from './next-step.tsx';
import { nextViewOf, stateMarkOf } from './row-view.ts';

/** One page in the list: a table row, on phones two lines. */
export function PageRowView({ page }: { readonly page: PageRow }) {
  const mark = stateMarkOf(page);
  const next = nextViewOf(page);
  const closed = page.state === 'resolved';
  const source = page.service?.name ?? page.team?.name ?? '';
  return (
    <tr className={`row${page.mine && !closed ? ' mine' : ''}${closed ? ' done' : ''}`}>
      <td className="k-state">
        <State mark={mark} />
      </td>
      <td className="k-sev">
        <Severity level={page.severity} />
      </td>
      <td className="title">
        <span className="tcell">
          <Link className="ell" to="/pages/$id" params={{ id: page.id }}>
            {page.title}
          </Link>
          {page.counts.total > 1 ? (
            <span className="tag">
              <span className="vh">group of </span>
              <Icon name="layers" />
              {page.counts.total}
              <span className="vh"> alerts</span>
            </span>
          ) : null}
        </span>
      </td>
      <td className="k-service soft">{source}</td>
      <td className="k-age num soft">
        <Age at={page.openedAt} until={page.resolvedAt} />
      </td>
      <td className="k-holder">
        {page.holder ? <Person id={page.holder.id} name={page.holder.name} /> : <span className="muted">Nobody</span>}
      </td>
      <td className="k-next">{next ? <NextStep next={next} /> : null}</td>
      <td className="k-phone">
        <State mark={mark} />
        <Severity level={page.severity} />
        <span className="ell muted">{source}</span>
      </td>
    </tr>
  );
}
