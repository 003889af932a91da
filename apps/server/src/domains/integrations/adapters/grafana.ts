import { isObject } from '../json-object.ts';
import type { Integration, ReadBody } from '../model.ts';
import { parseAlertmanagerWebhook } from './alertmanager-webhook.ts';
import { readUrl } from './alertmanager.ts';

/** What Grafana adds to an alert that leads somewhere, and what the link is called. */
const LINKS = { panelURL: 'panel', dashboardURL: 'dashboard', imageURL: 'image', silenceURL: 'silence' } as const;
/** Values shown of one alert at most; a rule has one for each of its queries. */
const MOST_VALUES = 20;

/**
 * Reads the body of Grafana's alerting webhook (wire-formats.md section 5): Alertmanager's, and for each alert the values
 * that fired it and links to its panel, dashboard, image and silence, which become annotations.
 */
export function parseGrafana(body: Buffer, integration: Integration, nowMs: number): ReadBody {
  return parseAlertmanagerWebhook(body, integration, nowMs, extrasOf);
}

function extrasOf(alert: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const extras: Record<string, string> = Object.create(null);
  for (const [field, name] of Object.entries(LINKS)) {
    const url = readUrl(alert[field]);
    if (url !== null) extras[name] = url;
  }
  const values = valuesOf(alert['values']);
  if (values !== '') extras['values'] = values;
  return extras;
}

/** `A = 1, B = 97.3`; a query without an answer has null and is left out. */
function valuesOf(values: unknown): string {
  if (!isObject(values)) return '';
  return Object.entries(values)
    .slice(0, MOST_VALUES)
    .filter(([, value]) => typeof value === 'number')
    .map(([query, value]) => `${query.slice(0, 50)} = ${value}`)
    .join(', ');
}
