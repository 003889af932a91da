import { readRetryAfter, sign } from '#notifications';
import type { Egress, EgressAnswer, EgressFailure } from '#platform/egress';
import type { Id, Instant, TryFailure, TryResult } from '../model.ts';

/** A receiver has this long for the whole of its answer. */
export const CALL_TIMEOUT_MS = 5_000;
/** What is kept of an answer. */
const ANSWER_BYTES = 1_024;

/** One call: where to, what, and the secrets that are good now. */
export interface Call {
  readonly url: string;
  readonly eventId: Id;
  readonly body: string;
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
  readonly now: Instant;
}

/**
 * Posts a signed event, as Standard Webhooks has it: `webhook-id` is the event's, the same for every try, so a receiver
 * can drop a repeat; the signature covers id, time of the try and body, once for each secret. Never throws.
 */
export async function callReceiver(
  { egress, timeoutMs }: { readonly egress: Egress; readonly timeoutMs?: number },
  { url, eventId, body, secrets, signal, now }: Call,
): Promise<TryResult> {
  const seconds = String(Math.floor(now.epochMilliseconds / 1_000));
  const answer = await egress.request({
    url,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': eventId,
      'webhook-timestamp': seconds,
      'webhook-signature': sign(`${eventId}.${seconds}.${body}`, secrets),
    },
    body,
    timeoutMs: timeoutMs ?? CALL_TIMEOUT_MS,
    maxBytes: ANSWER_BYTES,
    readBody: true,
    signal,
  });
  return answer.ok ? judge(answer, now) : unanswered(answer.reason, answer.detail);
}

/** A 2xx is a yes once its status is there, however its body ends. */
function judge(answer: Extract<EgressAnswer, { ok: true }>, now: Instant): TryResult {
  const { status, headers } = answer;
  // PostgreSQL takes no NUL; bytes that are no UTF-8 are replaced.
  const said = answer.body.toString('utf8').replaceAll('\0', '�');
  if (status >= 200 && status < 300) return { ok: true, status, answer: said };
  const retryAfterSeconds = readRetryAfter(headers['retry-after'], now);
  return { ok: false, ...refusal(status), status, detail: null, answer: said, retryAfterSeconds };
}

function refusal(status: number): { readonly retryable: boolean; readonly reason: TryFailure } {
  if (status === 408 || status === 425 || status === 429 || status === 503) return { retryable: true, reason: 'busy' };
  if (status >= 500) return { retryable: true, reason: 'server-error' };
  if (status === 410) return { retryable: false, reason: 'gone' };
  return { retryable: false, reason: status >= 300 && status < 400 ? 'redirect' : 'refused' };
}

function unanswered(failure: EgressFailure, detail: string): TryResult {
  const { retryable, reason } = meaningOf(failure);
  return { ok: false, retryable, reason, status: null, detail, answer: null, retryAfterSeconds: null };
}

function meaningOf(failure: EgressFailure): { readonly retryable: boolean; readonly reason: TryFailure } {
  switch (failure) {
    case 'url-invalid':
    case 'scheme-refused':
    case 'credentials-in-url':
    case 'port-refused':
    case 'address-refused':
      return { retryable: false, reason: 'address-blocked' };
    case 'name-not-found':
      return { retryable: true, reason: 'connection-failed' };
    case 'connection-failed':
    case 'connection-lost':
    case 'tls-failed':
    case 'timeout':
    case 'answer-invalid':
    case 'aborted':
      return { retryable: true, reason: failure };
  }
}
