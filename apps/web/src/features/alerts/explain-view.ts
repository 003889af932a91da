import { simulatedMoment } from '@tocsin/contracts';
import type { api } from '#api/client.ts';
import { duration } from '#ui/time.ts';

/** Why an alert went, or would go, where. */
export type Explanation = Awaited<ReturnType<(typeof api)['alerts']['explainStored']>>;

type Visit = Explanation['visits'][number];
type Destination = Explanation['destinations'][number];

/** One sentence of an explanation, and whether it says yes. */
export interface ExplainStep {
  readonly sentence: string;
  readonly tone: 'yes' | 'no' | 'plain';
  /** How deep in the tree; 0 is the root. */
  readonly depth: number;
}

/** What one route that was looked at said. */
export function visitStep({ name, depth, outcome }: Visit): ExplainStep {
  if (outcome.kind === 'refused') {
    const saw = outcome.actual === '' ? `the alert has no ${outcome.label}` : `${outcome.label} is ${outcome.actual}`;
    return { sentence: `${name} did not want it: it asks for ${outcome.by}, and ${saw}.`, tone: 'no', depth };
  }
  if (outcome.by.length === 0)
    return {
      sentence: depth === 0 ? `${name} takes every alert.` : `${name} takes all that reaches it.`,
      tone: 'plain',
      depth,
    };
  return { sentence: `${name} matched by ${outcome.by.join(', ')}.`, tone: 'yes', depth };
}

const plural = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** What follows on a route that has the alert: whom it calls, which page it joins. */
export function destinationSentences({ routeNames, options, reason, joins, mutedBy }: Destination): readonly string[] {
  const name = routeNames.at(-1) ?? 'a route';
  const got = reason.kind === 'fell-through' ? `No other route wanted it, so ${name} has it.` : `${name} has it.`;
  const muted = mutedBy.map(({ reason: why }) => `Muted, so nobody is called. ${why.replace(/\.?$/, '.')}`);
  return [`${got} ${modeText(options)}`, ...joinText(joins), ...muted];
}

function modeText({ mode, urgency, severity, policy }: Destination['options']): string {
  const as = severity === null ? '' : ` as SEV${severity}`;
  switch (mode) {
    case 'record':
      return 'It only records, and calls nobody.';
    case 'ticket':
      return `It opens a ticket${as}, and calls nobody.`;
    case 'page': {
      const whose =
        policy?.kind === 'service-owner'
          ? " by the policy of the service's owner"
          : policy
            ? ' by its own policy'
            : ', but names no policy';
      return `It calls people${as}, ${urgency} urgency${whose}.`;
    }
  }
}

function joinText(joins: Destination['joins']): readonly string[] {
  switch (joins.kind) {
    case 'open-page':
      return [`It joins page ${joins.number}, ${joins.title}, with ${plural(joins.firing, 'firing alert')}.`];
    case 'new-page':
      return [
        joins.waitSeconds > 0
          ? `It opens a new page, ${joins.title}, decided after ${joins.waitSeconds} s.`
          : `It opens a new page, ${joins.title}, at once.`,
      ];
    case 'none':
      return [];
  }
}

/** Calls that are told; what follows repeats itself. */
const MOST_CALLS = 4;

/** Whom a page would call if nobody answered: `At once: Bo Tanaka.` Empty when it calls nobody or nobody knows. */
export function callSentences(called: unknown, nameOf: (id: string) => string): readonly string[] {
  const moments = simulatedMoment.array().safeParse(called);
  if (!moments.success) return [];
  const told = moments.data.flatMap(({ afterSeconds, calls }) => {
    const names = calls.flatMap(({ users, endpoints }) => [
      ...users.map(({ userId }) => nameOf(userId)),
      ...endpoints.map(() => 'a webhook'),
    ]);
    const when = afterSeconds === 0 ? 'At once' : `After ${duration(afterSeconds)}`;
    return calls.length === 0 ? [] : [`${when}: ${names.length === 0 ? 'nobody can be called' : names.join(', ')}.`];
  });
  return told.length > MOST_CALLS ? [...told.slice(0, MOST_CALLS), 'And so on until somebody answers.'] : told;
}

/** Why a stored alert is where it is, from the reason stored with it. */
export function storedReason(routing: {
  readonly routeNames: readonly string[];
  readonly mode: string;
  /** Null where it is not stored any more. */
  readonly reason:
    | { readonly kind: 'matched'; readonly by: readonly string[] }
    | { readonly kind: 'fell-through' }
    | null;
}): string {
  const path = routing.routeNames.slice(1).join(', ') || routing.routeNames[0] || 'a route';
  const then =
    routing.mode === 'page'
      ? 'It calls people.'
      : routing.mode === 'ticket'
        ? 'It opens a ticket and calls nobody.'
        : 'It only records and calls nobody.';
  if (routing.reason === null) return `It went to route ${path}. ${then}`;
  if (routing.reason.kind === 'fell-through') return `No route wanted it, so ${path} caught it. ${then}`;
  const by = routing.reason.by.length > 0 ? ` by ${routing.reason.by.join(', ')}` : '';
  return `Route ${path} matched${by}. ${then}`;
}
