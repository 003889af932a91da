import { useNames } from '#api/session.ts';
import { Section } from '#ui/notes.tsx';
import { ProblemNote } from '#ui/problem-note.tsx';
import { callSentences, destinationSentences, visitStep } from './explain-view.ts';
import { useExplanation } from './queries.ts';

/** The routes of today, each with what it says to this alert: made by the functions that route. */
export function Explain({ alertId }: { readonly alertId: string }) {
  const explanation = useExplanation(alertId);
  const nameOf = useNames();
  if (explanation.isError) return <ProblemNote error={explanation.error} retry={() => void explanation.refetch()} />;
  if (!explanation.data) return null;
  const { visits, destinations, configVersion } = explanation.data;
  return (
    <Section title="If it came in now" aside={`Configuration ${configVersion}`}>
      <ol className="trace">
        {visits.map((visit) => {
          const step = visitStep(visit);
          return (
            <li key={visit.routeId} className={`${step.tone} d${Math.min(step.depth, 5)}`}>
              {step.sentence}
            </li>
          );
        })}
        {destinations.map((destination) => (
          <li key={destination.routeId} className="end">
            {destinationSentences(destination).join(' ')}
            <ol className="calls">
              {callSentences(destination.called, nameOf).map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ol>
          </li>
        ))}
      </ol>
    </Section>
  );
}
