import { parseDuration } from './duration.ts';
import type { ConfigRoute } from './model.ts';
import { labelNamesAt, matchersAt } from './read-matchers.ts';
import { type At, entriesAt, fieldsAt, flagAt, isAbsent, itemsAt, type Reading, refuse, textAt } from './yaml-text.ts';

/** Deepest tree that the engine takes, the root being 1. */
const DEEPEST_ROUTE = 64;

const FIELDS = new Set([
  'receiver',
  'group_by',
  'match',
  'match_re',
  'matchers',
  'mute_time_intervals',
  'active_time_intervals',
  'continue',
  'routes',
  'group_wait',
  'group_interval',
  'repeat_interval',
  'labels',
]);

/** Reads a route and everything below it; null where none is written. */
export function routeAt(reading: Reading, at: At | undefined, level = 1): ConfigRoute | null {
  const fields = fieldsAt(reading, at, (name) => FIELDS.has(name));
  if (at === undefined || fields === null) return null;
  if (level > DEEPEST_ROUTE) return refuse(reading, at, `routes may stand ${DEEPEST_ROUTE} deep`);
  const children = (itemsAt(reading, fields.get('routes')) ?? []).flatMap((child) => {
    if (isAbsent(reading, child)) return refuse(reading, child, 'an empty route') ?? [];
    return routeAt(reading, child, level + 1) ?? [];
  });
  const receiver = textAt(reading, fields.get('receiver'));
  return {
    place: at.place,
    receiver: receiver === '' ? null : receiver,
    matchers: matchersAt(reading, fields),
    continue: flagAt(reading, fields.get('continue')),
    groupBy: groupByAt(reading, fields.get('group_by')),
    groupWaitSeconds: durationAt(reading, fields.get('group_wait')),
    groupIntervalSeconds: positiveAt(reading, fields.get('group_interval')),
    repeatIntervalSeconds: positiveAt(reading, fields.get('repeat_interval')),
    muteTimeIntervals: namesAt(reading, fields.get('mute_time_intervals')),
    activeTimeIntervals: namesAt(reading, fields.get('active_time_intervals')),
    labelNames: [...(entriesAt(reading, fields.get('labels'))?.keys() ?? [])],
    routes: children,
  };
}

/** `...` alone groups by all labels. An empty list groups by none, also below a route that groups by some. */
function groupByAt(reading: Reading, at: At | undefined): ConfigRoute['groupBy'] {
  const names = labelNamesAt(reading, at);
  if (at === undefined || names === null) return null;
  if (new Set(names).size < names.length && !names.every((name) => name === '...')) {
    return refuse(reading, at, 'a label stands in group_by twice');
  }
  if (!names.includes('...')) return names;
  return names.every((name) => name === '...')
    ? 'all'
    : refuse(reading, at, 'group_by has ... and other labels; ... stands alone');
}

/** Seconds of a duration; null where nothing is written. */
export function durationAt(reading: Reading, at: At | undefined): number | null {
  const text = textAt(reading, at);
  if (at === undefined || text === null) return null;
  const parsed = parseDuration(text);
  return parsed.ok ? parsed.seconds : refuse(reading, at, parsed.message);
}

function positiveAt(reading: Reading, at: At | undefined): number | null {
  const seconds = durationAt(reading, at);
  return at !== undefined && seconds === 0 ? refuse(reading, at, 'it may not be zero') : seconds;
}

function namesAt(reading: Reading, at: At | undefined): readonly string[] {
  return itemsAt(reading, at)?.map((item) => textAt(reading, item) ?? '') ?? [];
}
