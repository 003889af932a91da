import type { InhibitRule } from '../model.ts';
import { checkConfig } from './check-config.ts';
import type { AlertmanagerConfig, ConfigFault, ConfigReceiver } from './model.ts';
import { intervalsAt } from './read-intervals.ts';
import { labelNamesAt, matchersAt } from './read-matchers.ts';
import { durationAt, routeAt } from './read-route.ts';
import { GLOBAL_FIELDS } from './global-fields.ts';
import { type At, entriesAt, fieldsAt, itemsAt, openYaml, type Reading, refuse, textAt } from './yaml-text.ts';

const CONFIG_FIELDS = new Set([
  'global',
  'route',
  'inhibit_rules',
  'receivers',
  'templates',
  'mute_time_intervals',
  'time_intervals',
  'tracing',
  'event_recorder',
]);
const RULE_FIELDS = new Set([
  'name',
  'source_match',
  'source_match_re',
  'source_matchers',
  'target_match',
  'target_match_re',
  'target_matchers',
  'equal',
]);

/** Five minutes: what Alertmanager takes when the file does not say. */
const DEFAULT_RESOLVE_TIMEOUT_SECONDS = 300;

/** A configuration, or everything for which it is refused, in the order of the text. */
export type ConfigRead =
  | { readonly ok: true; readonly config: AlertmanagerConfig }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/**
 * Reads an Alertmanager configuration of 0.25 or later, and refuses what it refuses. What receivers say of their
 * integrations is not read: they stay where they are.
 */
export function readAlertmanagerConfig(text: string): ConfigRead {
  const { reading, root } = openYaml(text);
  if (reading.faults.length > 0) return { ok: false, faults: reading.faults };
  const fields = fieldsAt(reading, root, (name) => CONFIG_FIELDS.has(name)) ?? new Map<string, At>();
  const global = fieldsAt(reading, fields.get('global'), (name) => GLOBAL_FIELDS.has(name));
  const intervalNames = new Set<string>();
  const route = routeAt(reading, fields.get('route'));
  const intervals = [
    ...intervalsAt(reading, fields.get('mute_time_intervals'), intervalNames),
    ...intervalsAt(reading, fields.get('time_intervals'), intervalNames),
  ];
  const receivers = receiversAt(reading, fields.get('receivers'));
  const config = {
    receivers,
    inhibitRules: inhibitRulesAt(reading, fields.get('inhibit_rules')),
    intervals,
    templates: itemsAt(reading, fields.get('templates'))?.map((item) => textAt(reading, item) ?? '') ?? [],
    resolveTimeoutSeconds: durationAt(reading, global?.get('resolve_timeout')) ?? DEFAULT_RESOLVE_TIMEOUT_SECONDS,
    globals: [...(global?.keys() ?? [])],
  };
  if (route === null) {
    if (reading.faults.length === 0) refuse(reading, root, 'there is no route');
  } else checkConfig(reading, route, { receivers, intervalNames });
  if (route !== null && reading.faults.length === 0) return { ok: true, config: { route, ...config } };
  return { ok: false, faults: reading.faults.toSorted((a, b) => a.line - b.line || a.column - b.column) };
}

function receiversAt(reading: Reading, at: At | undefined): readonly ConfigReceiver[] {
  const names = new Set<string>();
  return (itemsAt(reading, at) ?? []).flatMap((item) => {
    const fields = fieldsAt(reading, item, (name) => name === 'name' || name === 'labels' || /._configs$/.test(name));
    const name = textAt(reading, fields?.get('name')) ?? '';
    if (name === '') return refuse(reading, item, 'a receiver needs a name') ?? [];
    if (names.has(name)) return refuse(reading, item, `a receiver ${name} is there already`) ?? [];
    names.add(name);
    const integrations = [...(fields ?? [])].flatMap(([field, list]) => {
      if (!field.endsWith('_configs')) return [];
      const entries = itemsAt(reading, list) ?? [];
      for (const entry of entries) entriesAt(reading, entry);
      return entries.length === 0 ? [] : [{ kind: field.slice(0, -'_configs'.length), count: entries.length }];
    });
    return [{ name, integrations }];
  });
}

function inhibitRulesAt(reading: Reading, at: At | undefined): readonly InhibitRule[] {
  return (itemsAt(reading, at) ?? []).map((item, index) => {
    const fields = fieldsAt(reading, item, (name) => RULE_FIELDS.has(name)) ?? new Map<string, At>();
    return {
      id: `inhibit_rules[${index}]`,
      name: textAt(reading, fields.get('name')) || null,
      sourceMatchers: matchersAt(reading, fields, 'source_'),
      targetMatchers: matchersAt(reading, fields, 'target_'),
      equal: labelNamesAt(reading, fields.get('equal')) ?? [],
    };
  });
}
