import { Section } from './notes.tsx';

/** Labels or annotations, as text: what stands in them was written by strangers. */
export function Labels({
  title,
  labels,
  prose,
}: {
  readonly title: string;
  readonly labels: readonly (readonly [string, string])[];
  /** Sentences rather than names and numbers. */
  readonly prose?: boolean;
}) {
  if (labels.length === 0) return null;
  return (
    <Section title={title}>
      <dl className="kv">
        {labels.map(([name, value]) => (
          <div className="pair" key={name}>
            <dt>{name}</dt>
            <dd className={prose ? undefined : 'mono'}>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
