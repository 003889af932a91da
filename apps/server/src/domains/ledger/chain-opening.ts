import type { Link } from './chain-model.ts';
import type { GroupFacts, Instant, Names, PageFacts, Payload } from './model.ts';
import { isOverdue } from './model.ts';
import { duration, plural } from './words.ts';

/** The first alert is on disk: the promise that a 2xx stands for. */
export function acceptedLink({ opening, group }: PageFacts): Link {
  const base = { name: 'accepted', until: null, reason: null, entries: [] } as const;
  if (opening === null)
    return { ...base, state: 'stalled', at: group.openedAt, sentence: 'No stored event says how this page began.' };
  const from = opening.integration === null ? '' : ` from ${opening.integration}`;
  const { receivedAt, at } = opening;
  const took =
    receivedAt === null
      ? ''
      : `, decided ${duration(at.epochMilliseconds - receivedAt.epochMilliseconds)} after it arrived`;
  return { ...base, state: 'stored', at, sentence: `On disk${from}${took}.` };
}

/** Which route took it and why. */
export function routedLink({ group, opening }: PageFacts, names: Names): Link {
  const route = names.thing('route', group.routeId);
  return {
    name: 'routed',
    state: 'stored',
    at: opening?.at ?? group.openedAt,
    until: null,
    sentence: `${matchedText(group.routeReason, route)} ${modeText(group)}`,
    reason: group.routeReason,
    entries: [],
  };
}

function matchedText(reason: Payload, route: string): string {
  if (reason['kind'] !== 'matched') return `No other route wanted it, so ${route} caught it.`;
  const by = Array.isArray(reason['by']) ? reason['by'].join(', ') : '';
  return by === '' ? `Route ${route} takes everything.` : `Route ${route} matched by ${by}.`;
}

function modeText({ mode, urgency }: GroupFacts): string {
  switch (mode) {
    case 'page':
      return `It calls people, ${urgency} urgency.`;
    case 'ticket':
      return 'It opens a ticket and calls nobody.';
    case 'record':
      return 'It only records.';
  }
}

/** The page it became or joined, and whether it still waits for others before anybody is called. */
export function groupedLink({ group, opening }: PageFacts, at: Instant): Link {
  const { number, total, firing, decidedAt, flushAt } = group;
  const base = { name: 'grouped', at: opening?.at ?? group.openedAt, reason: null, entries: [] } as const;
  const joined =
    total > 1 ? `${plural(total - 1, 'alert')} joined it, ${firing} of ${total} fire now.` : 'It is the only alert.';
  if (decidedAt !== null)
    return { ...base, state: 'stored', until: null, sentence: `Opened page ${number}. ${joined}` };
  if (flushAt === null)
    return {
      ...base,
      state: 'stalled',
      until: null,
      sentence: `Page ${number} was never decided and nothing will wake it.`,
    };
  const sentence = isOverdue(flushAt, at)
    ? `Page ${number} should have been decided ${duration(at.epochMilliseconds - flushAt.epochMilliseconds)} ago.`
    : `Opened page ${number}, waits for others before anybody is called. ${joined}`;
  return { ...base, state: isOverdue(flushAt, at) ? 'stalled' : 'waiting', until: flushAt, sentence };
}
