import type { Style } from '../io.ts';
import { clean } from '../output/clean.ts';
import { type Column, table } from '../output/table.ts';
import { folded, lines, plural } from '../output/text.ts';
import type { ImportPlan } from './imports.ts';

type PlannedRoute = ImportPlan['routes'][number];

/** What was or would be made of a file, what maps to what, and what does not. */
export function importText(file: string, plan: ImportPlan, made: boolean, style: Style): string {
  const { routes, timeIntervals, inhibitRules, notMapped } = plan;
  const count = [
    plural(routes.length, 'route'),
    plural(timeIntervals.length, 'time interval'),
    plural(inhibitRules.length, 'inhibition rule'),
  ].join(', ');
  const indented = (text: string) =>
    `  ${folded(clean(text), style.columns === null ? null : style.columns - 2, '    ')}`;
  return lines([
    `${made ? 'Made of' : 'Plan for'} ${clean(file)}: ${count}.`,
    '',
    table(routes, columnsOf(plan), style.columns),
    ...section(
      'Time intervals',
      timeIntervals.map(({ name, here }) => indented(name + noteOf(here))),
    ),
    ...section(
      'Inhibition rules',
      inhibitRules.map(({ key, name, here }) => indented((name ?? key) + noteOf(here))),
    ),
    ...section(
      'Not taken over',
      notMapped.map(({ what, why }) => indented(`${what}: ${why}`)),
    ),
    '',
    made
      ? 'Done. The routes stand last under the root of the tree.'
      : 'Nothing was changed. The same with --yes makes it, last under the root of the tree.',
  ]);
}

const noteOf = (here: 'new' | 'same') => (here === 'same' ? ' (is here already)' : '');

function section(head: string, rows: readonly string[]): readonly string[] {
  return rows.length === 0 ? [] : ['', `${head}:`, ...rows];
}

function columnsOf({ routes, receivers }: ImportPlan): readonly Column<PlannedRoute>[] {
  const parents = new Map(routes.map(({ key, parentKey }) => [key, parentKey]));
  const depthOf = (key: string): number => {
    const parent = parents.get(key) ?? null;
    return parent === null ? 0 : 1 + depthOf(parent);
  };
  const bullet = (key: string) => {
    const depth = depthOf(key);
    return depth === 0 ? '' : `${'·'.repeat(depth)} `;
  };
  return [
    { head: 'ROUTE', cell: ({ key, name }) => bullet(key) + name },
    {
      head: 'WANTS',
      cell: ({ matcherText, parentKey }) => (parentKey === null ? 'everything' : matcherText),
      flexible: true,
    },
    { head: 'CALLS', cell: (route) => callsOf(route, receivers) },
    { head: '', cell: (route) => (route.continue ? 'goes on' : ''), leftOut: 1 },
  ];
}

function callsOf({ receiver }: PlannedRoute, receivers: ImportPlan['receivers']): string {
  const found = receivers.find(({ name }) => name === receiver);
  if (found !== undefined && found.integrations.length === 0) return 'nobody';
  return found?.policy ? `policy ${found.policy}` : "the service's owner";
}
