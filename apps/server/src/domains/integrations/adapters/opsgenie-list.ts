import type { DoorAnswer } from '#platform/http/door';
import { countOpsgenieAlerts, type ListPlace, listOpsgenieAlerts, sortFields } from '../requests/search.ts';
import type { OpsgenieDoorsDeps, Sent } from './opsgenie-doors.ts';
import { faceOf } from './opsgenie-face.ts';
import { readSearch } from './opsgenie-query.ts';

/** Alerts of one answer at most. */
const MOST_AT_ONCE = 100;
/** How far a list can be paged through, as Opsgenie has it. */
const LAST_PLACE = 20_000;

/** `GET /v2/alerts?query=&limit=&offset=&sort=&order=`. */
export async function listAlerts(deps: Pick<OpsgenieDoorsDeps, 'db'>, sent: Sent): Promise<DoorAnswer> {
  const { integration, request, now, answers } = sent;
  const place = placeIn(request.query);
  const read = readSearch(queryIn(request.query));
  if (typeof place === 'string' || !read.ok)
    return answers.said(
      422,
      { message: typeof place === 'string' ? place : `query: ${read.ok ? '' : read.reason}` },
      now,
    );
  const alerts = await listOpsgenieAlerts(deps.db.reports, {
    integrationId: integration.id,
    search: read.search,
    // One more than is shown says whether there is a next part.
    place: { ...place, limit: place.limit + 1 },
  });
  const shown = alerts.slice(0, place.limit).map((alert) => faceOf(alert, integration, false));
  return answers.data(shown, now, { paging: pagingOf(request.query, place, alerts.length > place.limit) });
}

/** `GET /v2/alerts/count?query=`. */
export async function countAlerts(deps: Pick<OpsgenieDoorsDeps, 'db'>, sent: Sent): Promise<DoorAnswer> {
  const { integration, request, now, answers } = sent;
  const read = readSearch(queryIn(request.query));
  if (!read.ok) return answers.said(422, { message: `query: ${read.reason}` }, now);
  const count = await countOpsgenieAlerts(deps.db.reports, { integrationId: integration.id, search: read.search });
  return answers.data({ count }, now);
}

function queryIn(query: URLSearchParams): string {
  return (query.get('query') ?? '').toWellFormed().replaceAll('\0', '\ufffd');
}

function placeIn(query: URLSearchParams): ListPlace | string {
  const limit = numberIn(query, 'limit', 20);
  const offset = numberIn(query, 'offset', 0);
  const sort = sortFields.find((field) => field === (query.get('sort') ?? 'createdAt'));
  const order = query.get('order')?.toLowerCase() ?? 'desc';
  if (limit === null || limit < 1 || limit > MOST_AT_ONCE) return `limit should be between 1 and ${MOST_AT_ONCE}`;
  if (offset === null || offset + limit > LAST_PLACE)
    return `offset and limit together should be at most ${LAST_PLACE}`;
  if (sort === undefined) return `sort should be one of [ ${sortFields.join(', ')} ]`;
  return order === 'asc' || order === 'desc' ? { sort, order, offset, limit } : 'order should be asc or desc';
}

function numberIn(query: URLSearchParams, name: string, otherwise: number): number | null {
  const text = query.get(name);
  if (text === null || text === '') return otherwise;
  return /^\d{1,6}$/.test(text) ? Number(text) : null;
}

/** Addresses of the parts around this one, without the host: the sender knows by which name it reached us. */
function pagingOf(query: URLSearchParams, place: ListPlace, hasNext: boolean) {
  const at = (offset: number) => {
    const next = new URLSearchParams(query);
    next.set('offset', String(offset));
    next.set('limit', String(place.limit));
    return `/v2/alerts?${next}`;
  };
  return {
    first: at(0),
    ...(place.offset > 0 ? { prev: at(Math.max(0, place.offset - place.limit)) } : {}),
    ...(hasNext && place.offset + 2 * place.limit <= LAST_PLACE ? { next: at(place.offset + place.limit) } : {}),
  };
}
