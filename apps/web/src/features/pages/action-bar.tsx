import { ActionButton } from '#ui/button.tsx';
import { Note } from '#ui/notes.tsx';
import { ProblemNote } from '#ui/problem-note.tsx';
import { deedsFor, deedWords, doneWords } from './deeds.ts';
import type { PageRow } from './model.ts';
import { pressOf, useDeed } from './queries.ts';

/** What can be done to a page. Pending looks like neither before nor done; what failed stays until it is tried again. */
export function ActionBar({
  page,
  myId,
  nameOf,
}: {
  readonly page: PageRow;
  readonly myId: string;
  readonly nameOf: (id: string) => string;
}) {
  const deed = useDeed(page.id);
  const under = deed.isPending ? deed.variables.deed : null;
  const offered = deedsFor(page, myId);
  // What is under way stays visible, also when the page has changed meanwhile.
  const deeds = under !== null && !offered.includes(under) ? [under, ...offered] : offered;
  return (
    <>
      {deeds.length > 0 ? (
        <div className="acts" role="group" aria-label="What to do">
          {deeds.map((one, i) => (
            <ActionButton
              key={one}
              icon={deedWords[one].icon}
              primary={i === 0}
              pending={one === under}
              disabled={under !== null}
              onPress={() => deed.mutate(pressOf(one))}
            >
              {one === under ? (
                deedWords[one].pending
              ) : (
                <>
                  <span className="hide-phone">{deedWords[one].press}</span>
                  <span className="only-phone">{deedWords[one].short}</span>
                </>
              )}
            </ActionButton>
          ))}
        </div>
      ) : null}
      <div className="told" aria-live="polite">
        {deed.isPending && deed.failureCount > 0 ? (
          <Note tone="amber">
            Not confirmed yet. Trying again ({deed.failureCount} {deed.failureCount === 1 ? 'try' : 'tries'} failed).
          </Note>
        ) : null}
        {deed.isSuccess ? (
          <Note tone={deed.data.outcome === 'changed' ? 'green' : 'blue'}>
            {doneWords(deed.variables.deed, deed.data, nameOf)}
          </Note>
        ) : null}
        {deed.isError ? (
          <>
            <ProblemNote error={deed.error} retry={() => deed.mutate(deed.variables)} />
          </>
        ) : null}
      </div>
    </>
  );
}
