import type { api } from '#api/client.ts';
import type { StateMark } from '#ui/marks.tsx';

type Alerts = (typeof api)['alerts'];

/** An alert in a list, as the API tells it. */
export type AlertSummary = Awaited<ReturnType<Alerts['list']>>['items'][number];

/** An alert with everything known of it. */
export type AlertDetail = Awaited<ReturnType<Alerts['get']>>;

/** How an alert's state is shown. One resolved by hand while its source goes on says so. */
export function alertMarkOf(alert: { readonly state: AlertSummary['state']; readonly heldByHand: boolean }): StateMark {
  switch (alert.state) {
    case 'firing':
      return { icon: 'diamond', word: 'Firing', tone: 'red' };
    case 'acknowledged':
      return { icon: 'half', word: 'Acknowledged', tone: 'amber' };
    case 'resolved':
      return { icon: 'check', word: alert.heldByHand ? 'Resolved by hand' : 'Resolved', tone: 'green' };
  }
}

/** Labels shown beside an alert in a list, the telling ones first, few enough for a row. */
export function shownLabels(labels: Readonly<Record<string, string>>, most = 3): readonly string[] {
  const dull = new Set(['alertname', 'severity', 'service']);
  const telling = ['instance', 'namespace', 'cluster', 'job', 'env', 'region'];
  const rank = (name: string) => (telling.includes(name) ? telling.indexOf(name) : telling.length);
  return Object.entries(labels)
    .filter(([name]) => !dull.has(name))
    .toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([name, value]) => `${name}=${value}`);
}

/** Who or what ended an alert. */
export function resolvedByText(by: string | null, nameOf: (id: string) => string): string | null {
  if (by === null) return null;
  if (by === 'source') return 'its source';
  if (by === 'expiry') return 'its source falling silent';
  return by.startsWith('user:') ? nameOf(by.slice(5)) : by.replace(/^system:/, '');
}

/** A stored change of an alert in plain words; a kind this release does not know is shown by its name. */
export function eventText(
  { kind, change }: { readonly kind: string; readonly change: unknown },
  nameOf: (id: string) => string,
): string {
  const facts = (typeof change === 'object' && change !== null ? change : {}) as Record<string, unknown>;
  const by = typeof facts['by'] === 'string' ? resolvedByText(facts['by'], nameOf) : null;
  switch (kind) {
    case 'opened':
      return typeof facts['severity'] === 'number' ? `Opened as SEV${facts['severity']}.` : 'Opened.';
    case 'began-earlier':
      return 'Its source says that it began earlier.';
    case 'resolved':
      return by === null ? 'Resolved.' : `Resolved by ${by}.`;
    case 'released':
      return `Let go by ${by ?? 'its source'}.`;
    case 'amended': {
      const fields = Array.isArray(facts['fields']) ? facts['fields'].filter((one) => typeof one === 'string') : [];
      return `Its sender changed ${fields.length > 0 ? fields.join(', ') : 'it'}.`;
    }
    default:
      return `${kind.slice(0, 1).toUpperCase()}${kind.slice(1).replaceAll('-', ' ')}.`;
  }
}
