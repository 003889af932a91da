import { type Client, everyItem } from '../client.ts';
import type { Outcome, Style } from '../io.ts';
import { clean } from '../output/clean.ts';
import { type Column, table } from '../output/table.ts';
import { lines, plural } from '../output/text.ts';
import { age, zoneLine } from '../output/time.ts';
import { UsageError } from '../usage-error.ts';
import { explanationText } from './explain-text.ts';
import { namesOf } from './oncall.ts';

type Alert = Awaited<ReturnType<Client['alerts']['list']>>['items'][number];

/** What `tocsin alerts` is asked for. */
export interface AlertsArgs {
  readonly state: 'firing' | 'acknowledged' | 'resolved' | 'all';
  readonly filter: string | undefined;
  readonly limit: number;
}

/** Lists alerts, newest first. */
export async function listAlerts(client: Client, { state, filter, limit }: AlertsArgs): Promise<Outcome> {
  const read = (cursor: string | undefined) =>
    client.alerts.list({ state: state === 'all' ? undefined : state, filter, limit: Math.min(200, limit), cursor });
  const alerts = await Array.fromAsync(everyItem(read, limit));
  return { data: { alerts }, text: (style) => alertsText(alerts, state, style), exit: 0 };
}

function alertsText(alerts: readonly Alert[], state: AlertsArgs['state'], style: Style): string {
  if (alerts.length === 0) return lines([`There is no alert${state === 'all' ? '' : ` that is ${state}`}.`]);
  const columns: readonly Column<Alert>[] = [
    { head: 'STATE', cell: (alert) => (alert.heldByHand ? 'resolved by hand' : alert.state) },
    { head: 'SEV', cell: ({ severity }) => `SEV${severity}` },
    { head: 'WHAT', cell: ({ title }) => title, flexible: true },
    { head: 'SERVICE', cell: ({ labels }) => labels['service'] ?? '', leftOut: 1 },
    {
      head: 'AGE',
      cell: ({ openedAt, resolvedAt }) => age(openedAt, resolvedAt ? Temporal.Instant.from(resolvedAt) : style.now),
      align: 'right',
    },
    { head: 'ID', cell: ({ id }) => id },
  ];
  return lines([
    table(alerts, columns, style.columns),
    '',
    `${plural(alerts.length, 'alert')}. ${zoneLine(style.zone, style.now)}`,
  ]);
}

/** Labels given as `a=b,c=d`; a comma or quote in a value stands in double quotes: `a="b,c"`. */
export function parseLabels(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  let rest = text.trim();
  while (rest !== '') {
    const match = /^([^=,"\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,"]*))\s*(?:,\s*|$)/.exec(rest);
    if (!match)
      throw new UsageError(
        `Labels are not understood at: ${clean(rest)}`,
        'Write them as --labels alertname=Down,service=checkout',
      );
    labels[match[1] as string] = (match[2]?.replaceAll(/\\(.)/g, '$1') ?? match[3] ?? '').trim();
    rest = rest.slice(match[0].length);
  }
  if (Object.keys(labels).length === 0)
    throw new UsageError('There are no labels.', 'Write them as --labels alertname=Down,service=checkout');
  return labels;
}

/** Why a stored alert goes where it goes, or where one with these labels would go. */
export async function explain(
  client: Client,
  what: { readonly alertId: string } | { readonly labels: Readonly<Record<string, string>> },
): Promise<Outcome> {
  const explanation =
    'alertId' in what
      ? await client.alerts.explainStored(what.alertId)
      : await client.alerts.explain({ labels: { ...what.labels } });
  const names = await namesOf(client);
  return {
    data: explanation,
    text: (style) => explanationText(explanation, (id) => names.get(id) ?? id, style),
    exit: 0,
  };
}
