import { useQuery } from '@tanstack/react-query';
import { api } from '#api/client.ts';
import { LiveBadge } from '#api/live.tsx';
import { keysOf } from '#api/query-keys.ts';
import { useMe, useNames } from '#api/session.ts';
import { Icon } from '#ui/icon.tsx';
import { ListSkeleton } from '#ui/list-parts.tsx';
import { Person } from '#ui/marks.tsx';
import { usePageTitle } from '#ui/page-title.ts';
import { ProblemNote } from '#ui/problem-note.tsx';
import { DayTime, ZoneLine } from '#ui/times.tsx';
import { inOrder, type OnCallEntry, reasonText } from './oncall-view.ts';
import './oncall.css';

/** Who is on call in every schedule, until when, and where nobody is. */
export function OnCallPage() {
  const heading = usePageTitle('On call');
  const who = useQuery({
    queryKey: keysOf.oncall,
    queryFn: ({ signal }) => api.oncall.who({ limit: 200 }, { signal }),
    refetchInterval: 60_000,
  });
  const entries = inOrder(who.data?.items ?? []);
  return (
    <>
      <header className="head sticky">
        <h1 ref={heading}>On call</h1>
        <LiveBadge />
      </header>
      {who.isError ? <ProblemNote error={who.error} retry={() => void who.refetch()} /> : null}
      {who.isPending ? <ListSkeleton /> : null}
      {who.data && entries.length === 0 ? (
        <p className="nothing">There is no schedule yet, so nobody is on call by one.</p>
      ) : null}
      <ul className="oncall">
        {entries.map((entry) => (
          <Entry key={entry.scheduleId} entry={entry} />
        ))}
      </ul>
      <ZoneLine />
    </>
  );
}

function Entry({ entry }: { readonly entry: OnCallEntry }) {
  const nameOf = useNames();
  const me = useMe();
  return (
    <li className={entry.gap ? 'gap' : ''}>
      <h2>{entry.name}</h2>
      <div className="who">
        {entry.users.map(({ userId }) => (
          <span key={userId} className="cluster">
            <Person id={userId} name={nameOf(userId)} />
            {userId === me.data?.user.id ? <span className="tag">you</span> : null}
          </span>
        ))}
        {entry.gap ? (
          <span className="state red">
            <Icon name="warn" />
            Nobody
          </span>
        ) : null}
      </div>
      <span className="muted why">{reasonText(entry.reason)}</span>
      <span className="until">
        {entry.until ? (
          <>
            until <DayTime at={entry.until} />
          </>
        ) : (
          <span className="muted">without end</span>
        )}
      </span>
    </li>
  );
}
