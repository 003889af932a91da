import { Link } from '@tanstack/react-router';
import { LiveBadge } from '#api/live.tsx';
import { useMe, useNames } from '#api/session.ts';
import { Icon } from '#ui/icon.tsx';
import { Labels } from '#ui/labels.tsx';
import { ListSkeleton } from '#ui/list-parts.tsx';
import { Person, Severity, State } from '#ui/marks.tsx';
import { Note, Section } from '#ui/notes.tsx';
import { usePageTitle } from '#ui/page-title.ts';
import { ProblemNote } from '#ui/problem-note.tsx';
import { Age, Moment, ZoneLine } from '#ui/times.tsx';
import { ActionBar } from './action-bar.tsx';
import { Chain } from './chain.tsx';
import { Members } from './members.tsx';
import { Messages } from './messages.tsx';
import type { PageDetail } from './model.ts';
import { NextStep } from './next-step.tsx';
import { usePage } from './queries.ts';
import { nextViewOf, stateMarkOf } from './row-view.ts';
import './pages.css';

/** One page: what it is, what to do, how it travelled. */
export function PagePage({ id }: { readonly id: string }) {
  const page = usePage(id);
  return (
    <>
      <div className="ahead sticky">
        <div className="cluster">
          <nav className="crumb" aria-label="Where">
            <Link to="/">Pages</Link>
            <Icon name="chevR" />
            <span>{page.data ? `Page ${page.data.page.number}` : 'Page'}</span>
          </nav>
          <LiveBadge />
        </div>
        {page.data ? <Head {...page.data} /> : null}
      </div>
      {page.isError ? (
        <div className="wrap">
          <ProblemNote error={page.error} retry={() => void page.refetch()} />
        </div>
      ) : null}
      {page.isPending ? <ListSkeleton /> : null}
      {page.data ? <Body {...page.data} /> : null}
    </>
  );
}

function Head({ page }: PageDetail) {
  const me = useMe();
  const nameOf = useNames();
  const heading = usePageTitle(page.title);
  const next = nextViewOf(page);
  const mark = stateMarkOf(page);
  const mine = page.mine && page.state === 'firing';
  const source = page.service?.name ?? page.team?.name;
  return (
    <>
      <h1 ref={heading}>{page.title}</h1>
      <div className="line">
        <State mark={mine ? { ...mark, word: `${mark.word}, yours` } : mark} pill mine={mine && mark.tone === 'red'} />
        <Severity level={page.severity} />
        {source ? <span>{source}</span> : null}
        <span className="muted">
          {page.resolvedAt ? 'lasted ' : 'for '}
          <Age at={page.openedAt} until={page.resolvedAt} />
        </span>
        {page.counts.total > 1 ? <span className="muted">{page.counts.total} alerts in one page</span> : null}
        {page.holder ? <Person id={page.holder.id} name={page.holder.name} /> : null}
        {next ? <NextStep next={next} /> : null}
      </div>
      <ActionBar page={page} myId={me.data?.user.id ?? ''} nameOf={nameOf} />
    </>
  );
}

function Body(detail: PageDetail) {
  const { page, chain, members, labels, route, policy } = detail;
  return (
    <>
      <div className="cols">
        <div className="lead">
          {chain.missing > 0 ? (
            <Note tone="red">
              <b>
                {chain.missing === 1
                  ? 'A link of this page is stalled.'
                  : `${chain.missing} links of this page are stalled.`}
              </b>{' '}
              Do not rely on it alone: tell who must know.
            </Note>
          ) : null}
          <Chain chain={chain} />
          <Messages chain={chain} />
          <Members page={page} members={members} />
        </div>
        <aside className="ctx" aria-label="Context">
          <Section title="What it is">
            <dl className="kv">
              {page.service ? <Pair name="Service" value={page.service.name} /> : null}
              {page.team ? <Pair name="Team" value={page.team.name} /> : null}
              <Pair name="Route" value={route.name} />
              <Pair name="Policy" value={policy?.name ? `${policy.name}, version ${policy.version}` : 'none'} />
              <Pair name="Urgency" value={page.urgency} />
              <dt>Opened</dt>
              <dd>
                <Moment at={page.openedAt} />
              </dd>
              {page.next ? <Pair name="Next" value={page.next.sentence} /> : null}
            </dl>
          </Section>
          <Labels title="Labels in common" labels={Object.entries(labels)} />
        </aside>
      </div>
      <ZoneLine />
    </>
  );
}

function Pair({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
