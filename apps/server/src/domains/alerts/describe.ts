import type { Labels } from './labels.ts';
import type { Severity } from './model.ts';

const TITLE_LENGTH = 300;
const KIND_LENGTH = 200;

/** Names that senders use for how bad it is, as our SEV1 to SEV5. Unknown or missing reads as SEV3. */
const SEVERITIES: ReadonlyMap<string, Severity> = new Map(
  Object.entries<Severity>({
    sev1: 1,
    sev2: 2,
    sev3: 3,
    sev4: 4,
    sev5: 5,
    p0: 1,
    p1: 1,
    p2: 2,
    p3: 3,
    p4: 4,
    p5: 5,
    critical: 1,
    crit: 1,
    fatal: 1,
    emergency: 1,
    disaster: 1,
    page: 2,
    high: 2,
    error: 2,
    major: 2,
    warning: 3,
    warn: 3,
    medium: 3,
    average: 3,
    minor: 4,
    low: 4,
    notice: 4,
    ticket: 4,
    info: 5,
    informational: 5,
    information: 5,
    none: 5,
    debug: 5,
  }),
);

/** The severity that an alert's `severity` label (else `priority`) names. */
export function severityOf(labels: Labels): Severity {
  const name = labels['severity'] ?? labels['priority'];
  return (name === undefined ? undefined : SEVERITIES.get(name.toLowerCase())) ?? 3;
}

/** What an alert is about in one line: its summary, else its name and instance. */
export function titleOf(labels: Labels, annotations: Labels): string {
  const summary = annotations['summary'] || annotations['title'] || annotations['message'];
  const text =
    summary || [labels['alertname'] ?? 'Alert', labels['instance'] ?? labels['pod']].filter(Boolean).join(' on ');
  return text.length > TITLE_LENGTH ? `${cut(text, TITLE_LENGTH - 1)}…` : text;
}

/**
 * The kind of an alert: its service (else its integration) and its alertname, else its title with numbers blanked.
 * Two alerts of one kind are the same trouble in two places; the first of each kind is told even in a storm.
 */
export function kindOf(labels: Labels, annotations: Labels, integrationId: string): string {
  const what = labels['alertname'] ?? labels['class'] ?? titleOf(labels, annotations).replaceAll(/\d+/g, '#');
  const kind = `${labels['service'] ?? integrationId}/${what}`;
  return cut(kind, KIND_LENGTH);
}

/** The first characters, never half a surrogate pair: PostgreSQL refuses such text, and with it the alert. */
function cut(text: string, length: number): string {
  return text.length > length ? text.slice(0, length).replace(/[\ud800-\udbff]$/, '') : text;
}

/** The title of a group: the title of what opened it, or the group's labels when it has many. */
export function groupTitleOf(labels: Labels, firstTitle: string): string {
  const name = labels['alertname'];
  const where = labels['service'] ?? labels['cluster'] ?? labels['job'];
  return name && where ? `${name} on ${where}` : (name ?? firstTitle);
}
