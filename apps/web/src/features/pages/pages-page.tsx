import { Link } from '@tanstack/react-router';
import { LiveBadge } from '#api/live.tsx';
import { useMe } from '#api/session.ts';
import { ListSkeleton, MoreButton } from '#ui/list-parts.tsx';
import { usePageTitle } from '#ui/page-title.ts';
import { ProblemNote } from '#ui/problem-note.tsx';
import { ZoneLine } from '#ui/times.tsx';
import { FirstSteps } from './first-steps.tsx';
import { PageRowView } from './page-row.tsx';
import { usePages } from './queries.ts';
import { Quiet } from './quiet.tsx';
import { partsOf, type Show, shows } from './row-view.ts';
import './pages.css';

const words: Readonly<Record<Show, string>> = { open: 'Open', mine: 'Mine', all: 'All' };

/** Home: the pages, live, in the order of need. */
export function PagesPage({ show }: { readonly show: Show }) {
  const heading = usePageTitle('Pages');
  return (
    <>
      <header className="head sticky">
        <h1 ref={heading}>Pages</h1>
        <nav className="tabs" aria-label="Which pages">
          {shows.map((one) => (
            <Link
              key={one}
              to="/"
              search={one === 'open' ? {} : { show: one }}
              activeOptions={{ exact: true, includeSearch: true }}
            >
              {words[one]}
            </Link>
          ))}
        </nav>
        <LiveBadge />
      </header>
      <List show={show} />
    </>
  );
}

function List({ show }: { readonly show: Show }) {
  const pages = usePages(show);
  const me = useMe();
  if (pages.isPending) return <ListSkeleton />;
  const all = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  const shown = show === 'open' ? all.filter(({ state }) => state !== 'resolved') : all;
  return (
    <>
      {pages.isError ? <ProblemNote error={pages.error} retry={() => void pages.refetch()} /> : null}
      {shown.length > 0 ? (
        <table className="list pages-list" aria-busy={pages.isFetching}>
          <caption className="vh">Pages, those that need somebody first</caption>
          <colgroup>
            <col className="c-state" />
            <col className="c-sev" />
            <col />
            <col className="c-service" />
            <col className="c-age" />
            <col className="c-holder" />
            <col className="c-next" />
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
              <th scope="col">Holder</th>
              <th scope="col">Next</th>
            </tr>
          </thead>
          {partsOf(shown, me.data?.user.id ?? '').map((part) => (
            <tbody key={part.title}>
              <tr className="part">
                <th colSpan={7} scope="colgroup">
                  {part.title} <small>{part.aside}</small>
                </th>
              </tr>
              {part.pages.map((page) => (
                <PageRowView key={page.id} page={page} />
              ))}
            </tbody>
          ))}
        </table>
      ) : null}
      {shown.length === 0 && !pages.isError ? (
        all.length === 0 && show !== 'mine' ? (
          <FirstSteps />
        ) : (
          <Quiet lastResolvedAt={newestResolve(all)} show={show} />
        )
      ) : null}
      {pages.hasNextPage ? (
        <MoreButton pending={pages.isFetchingNextPage} onPress={() => void pages.fetchNextPage()} />
      ) : null}
      <ZoneLine />
    </>
  );
}

function newestResolve(pages: readonly { readonly resolvedAt: string | null }[]): string | null {
  return pages.reduce<string | null>(
    (newest, { resolvedAt }) =>
      resolvedAt !== null && (newest === null || Date.parse(resolvedAt) > Date.parse(newest)) ? resolvedAt : newest,
    null,
  );
}
