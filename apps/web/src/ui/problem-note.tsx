import { ApiProblem } from '#api/client.ts';
import { Note } from './notes.tsx';

/** Why something failed, what to do next, and a way to try again. Loud on purpose. */
export function ProblemNote({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const facts = error instanceof ApiProblem ? error.facts : null;
  return (
    <Note tone="red">
      <p>
        <b>{facts?.detail ?? 'Something failed in this page.'}</b> {facts?.next ?? 'Load the page again.'}
      </p>
      {facts && facts.faults.length > 0 ? (
        <ul>
          {facts.faults.map(({ path, message }) => (
            <li key={path}>
              {path}: {message}
            </li>
          ))}
        </ul>
      ) : null}
      {facts?.requestId && facts.status >= 500 ? (
        <p className="muted">
          Request <code>{facts.requestId}</code>
        </p>
      ) : null}
      {retry ? (
        <p>
          <button className="btn" type="button" onClick={retry}>
            Try again
          </button>
        </p>
      ) : null}
    </Note>
  );
}
