import type { EgressAnswer, GuardedEgress } from '#platform/egress';
import { MOST_BYTES } from '../calendar/model.ts';

/** For each call; a feed may redirect to another. */
const TIMEOUT_MS = 10_000;
const MOST_REDIRECTS = 3;

/** What a feed answered. */
export type FeedAnswer =
  | { readonly kind: 'text'; readonly text: string; readonly etag: string | null }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly message: string };

/** `webcal:` is how calendars link to themselves: https under another name. */
export const httpUrl = (url: string): string => url.replace(/^webcals?:\/\//i, 'https://');

/** Fetches a feed. Each redirect is checked by the guard as the first address was; none leads from https to http. */
export async function fetchFeed(
  egress: GuardedEgress,
  { url, etag, signal }: { readonly url: string; readonly etag: string | null; readonly signal: AbortSignal },
): Promise<FeedAnswer> {
  let at = httpUrl(url);
  for (let hops = 0; ; hops += 1) {
    const answer = await egress.request({
      url: at,
      method: 'GET',
      headers: { accept: 'text/calendar, */*;q=0.1', ...(etag === null ? {} : { 'if-none-match': etag }) },
      timeoutMs: TIMEOUT_MS,
      // One more than is read, so that one that is too large shows.
      maxBytes: MOST_BYTES + 1,
      readBody: true,
      signal,
    });
    const next = redirectOf(answer, at);
    if (next === null) return readAnswer(answer);
    if (hops === MOST_REDIRECTS) return failed('it redirects again and again');
    if (at.startsWith('https:') && !next.startsWith('https:')) return failed('it redirects from https to http');
    at = next;
  }
}

const failed = (message: string): FeedAnswer => ({ kind: 'failed', message });

function redirectOf(answer: EgressAnswer, from: string): string | null {
  if (!answer.ok || ![301, 302, 303, 307, 308].includes(answer.status)) return null;
  const { location } = answer.headers;
  return location !== undefined && URL.canParse(location, from) ? new URL(location, from).href : null;
}

/** Details name no address: a calendar's is a secret. */
function readAnswer(answer: EgressAnswer): FeedAnswer {
  if (!answer.ok) return failed(`it cannot be reached: ${answer.reason} (${answer.detail.slice(0, 100)})`);
  if (answer.status === 304) return { kind: 'unchanged' };
  if (answer.status !== 200) return failed(`it answered ${answer.status}`);
  if (answer.body.length > MOST_BYTES) return failed(`it is larger than ${MOST_BYTES / 1024 / 1024} MB`);
  if (!answer.complete) return failed('its answer was cut off');
  const { etag } = answer.headers;
  return {
    kind: 'text',
    text: answer.body.toString('utf8'),
    etag: etag !== undefined && etag.length <= 500 ? etag : null,
  };
}
