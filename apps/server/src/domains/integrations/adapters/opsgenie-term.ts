import { parseRfc3339 } from '#platform/clock';

/** A search as Opsgenie writes it, e.g. `status: open AND tag: (db OR "eu west") AND createdAt > 1700000000000`. */
export type Search =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Search[] }
  | { readonly kind: 'not'; readonly of: Search }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly field: TextField; readonly text: string }
  | { readonly kind: 'detail'; readonly key: string; readonly text: string }
  | { readonly kind: 'state'; readonly field: 'open' | 'acknowledged' | 'snoozed'; readonly is: boolean }
  | { readonly kind: 'number'; readonly field: 'count'; readonly op: Comparison; readonly value: number }
  | { readonly kind: 'time'; readonly field: TimeField; readonly op: Comparison; readonly atMs: number };

export type Comparison = '=' | '<' | '<=' | '>' | '>=';
export type TextField = (typeof textFields)[number];
export type TimeField = (typeof timeFields)[number];

const textFields = [
  'id',
  'tinyId',
  'alias',
  'message',
  'description',
  'tag',
  'priority',
  'entity',
  'source',
  'owner',
  'responders',
] as const;
const timeFields = ['createdAt', 'updatedAt', 'lastOccurredAt'] as const;
const SAME: Readonly<Record<string, string>> = {
  alertid: 'id',
  tags: 'tag',
  teams: 'responders',
  team: 'responders',
  responder: 'responders',
  isacknowledged: 'acknowledged',
  issnoozed: 'snoozed',
};
const NAMES = new Map(
  [...textFields, ...timeFields, 'status', 'acknowledged', 'snoozed', 'count'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

/** What about a query is not understood. */
export class NotUnderstood extends Error {}

/** One comparison of a search: `name` and `sign` as written, e.g. `createdAt` and `>`. */
export function termOf(name: string, sign: string, text: string): Search {
  if (sign === '!=') return { kind: 'not', of: termOf(name, '=', text) };
  const op = sign === ':' ? '=' : (sign as Comparison);
  const detail = /^details\.(.+)$/i.exec(name)?.[1];
  const lower = name.toLowerCase();
  const field = NAMES.get(SAME[lower] ?? lower);
  if (detail === undefined && field === undefined) throw new NotUnderstood(`there is no field “${name}” to search by`);
  const time = timeFields.find((one) => one === field);
  if (time) return { kind: 'time', field: time, op, atMs: momentOf(text) };
  if (field === 'count') return { kind: 'number', field, op, value: numberOf(text) };
  if (op !== '=') throw new NotUnderstood(`“${name}” can not be compared by ${sign}`);
  if (detail !== undefined) return { kind: 'detail', key: detail, text };
  if (field === 'status') return statusOf(text);
  if (field === 'acknowledged' || field === 'snoozed') return { kind: 'state', field, is: booleanOf(name, text) };
  return { kind: 'field', field: field as TextField, text };
}

function statusOf(text: string): Search {
  switch (text.toLowerCase()) {
    case 'open':
      return { kind: 'state', field: 'open', is: true };
    case 'closed':
      return { kind: 'state', field: 'open', is: false };
    case 'acked':
    case 'acknowledged':
      return { kind: 'state', field: 'acknowledged', is: true };
    case 'snoozed':
      return { kind: 'state', field: 'snoozed', is: true };
    default:
      throw new NotUnderstood(`status is open or closed, not “${text}”`);
  }
}

function booleanOf(name: string, text: string): boolean {
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  throw new NotUnderstood(`${name} is true or false, not “${text}”`);
}

function numberOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new NotUnderstood(`“${text}” is no number`);
}

/** Epoch milliseconds, an ISO 8601 date or time, or the day first as Opsgenie's own examples have it; UTC. */
function momentOf(text: string): number {
  if (/^\d{10}$/.test(text)) return Number(text) * 1_000;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const turned = text.replace(/^(\d\d)-(\d\d)-(\d{4})/, '$3-$2-$1');
  const date = /^\d{4}-\d\d-\d\d$/.test(turned) ? `${turned}T00:00:00Z` : turned;
  const full = /^\d{4}-\d\d-\d\d[tT]\d\d:\d\d$/.test(date) ? `${date}:00Z` : date;
  const ms = parseRfc3339(/[zZ]$|[+-]\d\d:\d\d$/.test(full) ? full : `${full}Z`);
  if (Number.isNaN(ms)) throw new NotUnderstood(`“${text}” is no time`);
  return ms;
}
