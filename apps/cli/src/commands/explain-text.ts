import { simulatedMoment } from '@tocsin/contracts';
import type { Client } from '../client.ts';
import type { Style } from '../io.ts';
import { clean } from '../output/clean.ts';
import { folded, lines } from '../output/text.ts';
import { duration } from '../output/time.ts';

type Explanation = Awaited<ReturnType<Client['alerts']['explain']>>;
type Destination = Explanation['destinations'][number];

/** An explanation as sentences: every route that was looked at, then what follows. */
export function explanationText(
  { alert, visits, destinations, configVersion }: Explanation,
  nameOf: (id: string) => string,
  style: Style,
): string {
  const looked = visits.map(({ name, depth, outcome }) => {
    const indent = '  '.repeat(depth + 1);
    const say = (word: string, text: string) => indented(`${word}${clean(text)}`, indent, style);
    if (outcome.kind === 'refused') {
      const saw = outcome.actual === '' ? `there is no ${outcome.label}` : `${outcome.label} is ${outcome.actual}`;
      return say('no   ', `${name}: asks for ${outcome.by}, ${saw}`);
    }
    return say(
      'yes  ',
      `${name}: ${outcome.by.length === 0 ? 'takes everything' : `matched by ${outcome.by.join(', ')}`}`,
    );
  });
  return lines([
    `${clean(alert.title)} (SEV${alert.severity})`,
    '',
    'Routes looked at:',
    ...looked,
    '',
    'What follows:',
    ...destinations.flatMap((destination) => [
      ...destinationLines(destination, style),
      ...callLines(destination.called, nameOf),
    ]),
    '',
    `By configuration ${configVersion}.`,
  ]);
}

function indented(text: string, indent: string, { columns }: Style): string {
  return indent + folded(text, columns === null ? null : columns - indent.length, `${indent}     `);
}

function destinationLines(
  { routeNames, options, reason, joins, mutedBy }: Destination,
  style: Style,
): readonly string[] {
  const fell = reason.kind === 'fell-through' ? ' (no other route wanted it)' : '';
  const does =
    options.mode === 'page'
      ? `calls people, ${options.urgency} urgency${policyText(options.policy)}`
      : options.mode === 'ticket'
        ? 'opens a ticket, calls nobody'
        : 'only records, calls nobody';
  return [
    indented(`${clean(routeNames.join(' / '))}${fell}: ${does}.`, '  ', style),
    ...joinLines(joins).map((line) => indented(line, '    ', style)),
    ...mutedBy.map(({ reason: why }) => indented(`Muted: ${clean(why)}`, '    ', style)),
  ];
}

function policyText(policy: Destination['options']['policy']): string {
  if (policy === null) return ', without a policy: the last resort at once';
  return policy.kind === 'service-owner' ? ", by the policy of the service's owner" : `, by policy ${policy.id}`;
}

function joinLines(joins: Destination['joins']): readonly string[] {
  switch (joins.kind) {
    case 'open-page':
      return [`Joins page ${joins.number}: ${clean(joins.title)}.`];
    case 'new-page':
      return [
        `Opens a new page: ${clean(joins.title)}${joins.waitSeconds > 0 ? `, decided after ${joins.waitSeconds} s` : ''}.`,
      ];
    case 'none':
      return [];
  }
}

/** Calls that are told; what follows repeats itself. */
const MOST_CALLS = 4;

function callLines(called: unknown, nameOf: (id: string) => string): readonly string[] {
  const moments = simulatedMoment.array().safeParse(called);
  if (!moments.success) return [];
  const told = moments.data
    .filter(({ calls }) => calls.length > 0)
    .map(({ afterSeconds, calls }) => {
      const names = calls.flatMap(({ users, endpoints }) => [
        ...users.map(({ userId }) => nameOf(userId)),
        ...endpoints.map((id) => `webhook ${id}`),
      ]);
      const when = afterSeconds === 0 ? 'at once' : `after ${duration(afterSeconds)}`;
      return `    Calls ${when}: ${clean(names.join(', ') || 'nobody')}`;
    });
  return told.length > MOST_CALLS ? [...told.slice(0, MOST_CALLS), '    and so on until somebody answers'] : told;
}
