import type { Egress, EgressAnswer, EgressFailure } from '#platform/egress';
import { type ChannelFailure, SEND_TIMEOUT_MS, type SendContext, type SendResult } from './channel.ts';
import { oneLine } from './mime.ts';

/** What is read of an answer before the connection is closed. */
const ANSWER_BYTES = 65_536;
/** What is kept of a refusal's own words. */
const SAID_LETTERS = 160;

/** How an HTTP channel reaches its provider. */
export interface HttpOptions {
  readonly egress: Egress;
  /** For the whole call, milliseconds. */
  readonly timeoutMs?: number;
}

/** One POST. The key goes along as `Idempotency-Key`, for whoever heeds it, besides where the provider wants it. */
export interface HttpCall {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** What may not appear in a stored reason, should the provider echo it. */
  readonly secrets?: readonly string[];
}

/** How a provider answers in words of its own. Without this the status alone is its answer. */
export interface AnswerForm {
  /** Reads the body of a 2xx; null: that is not this provider's yes. */
  readonly yes: (body: string, status: number) => { readonly providerId?: string } | null;
  /** Says better than the status why something was refused. */
  readonly no?: (status: number, body: string) => ChannelFailure | null;
  /** How long it wants to be left alone, seconds, where its body says so. */
  readonly wish?: (body: string) => number | null;
}

/**
 * Makes one call and judges the answer. A provider that confirms in its body has confirmed only when the whole of it
 * has come and is in its form: a proxy's login page with 200, or an answer that never ends, is no yes.
 */
export async function postOnce(
  { egress, timeoutMs }: HttpOptions,
  call: HttpCall,
  { context, form }: { readonly context: SendContext; readonly form?: AnswerForm },
): Promise<SendResult> {
  const answer = await egress.request({
    url: call.url,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': context.key, ...call.headers },
    body: call.body,
    timeoutMs: timeoutMs ?? SEND_TIMEOUT_MS,
    maxBytes: ANSWER_BYTES,
    readBody: form !== undefined,
    signal: context.signal,
  });
  if (!answer.ok) return unanswered(answer.reason, answer.detail);
  if (form === undefined) return judgeStatus(answer, { now: context.now });
  const body = answer.body.toString('utf8');
  if (answer.status >= 200 && answer.status < 300) return confirmed(answer, form.yes(body, answer.status));
  return judgeStatus(answer, { now: context.now, form, body, secrets: call.secrets ?? [] });
}

function confirmed(
  { status, complete }: Extract<EgressAnswer, { ok: true }>,
  yes: { readonly providerId?: string } | null,
): SendResult {
  const detail = `HTTP ${status}`;
  if (!complete)
    return { ok: false, retryable: true, reason: 'answer-invalid', detail: `${detail}, and the answer did not end` };
  if (yes === null)
    return {
      ok: false,
      retryable: true,
      reason: 'answer-invalid',
      detail: `${detail}, but not the provider's own yes`,
    };
  return { ok: true, detail, ...yes };
}

interface Refusal {
  readonly now: Temporal.Instant;
  readonly form?: AnswerForm;
  readonly body?: string;
  readonly secrets?: readonly string[];
}

function judgeStatus(answer: Extract<EgressAnswer, { ok: true }>, refusal: Refusal): SendResult {
  const { status, headers } = answer;
  const { now, form, body = '', secrets = [] } = refusal;
  if (status >= 200 && status < 300) return { ok: true, detail: `HTTP ${status}` };
  const said = wordsOf(body, secrets);
  const detail = said === '' ? `HTTP ${status}` : `HTTP ${status}: ${said}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const wish = readRetryAfter(headers['retry-after'], now) ?? form?.wish?.(body) ?? null;
    const reason: ChannelFailure = status === 429 || status === 503 ? 'busy' : 'server-error';
    return { ok: false, retryable: true, reason, detail, ...(wish === null ? {} : { retryAfterSeconds: wish }) };
  }
  return { ok: false, retryable: false, reason: form?.no?.(status, body) ?? refusalOf(status), detail };
}

function refusalOf(status: number): ChannelFailure {
  if (status === 410) return 'gone';
  if (status === 401 || status === 403) return 'authentication';
  if (status === 404) return 'refused-address';
  return status >= 300 && status < 400 ? 'redirect' : 'refused-message';
}

function unanswered(reason: EgressFailure, detail: string): SendResult {
  switch (reason) {
    case 'url-invalid':
    case 'scheme-refused':
    case 'credentials-in-url':
    case 'port-refused':
    case 'address-refused':
      return { ok: false, retryable: false, reason: 'address-blocked', detail: `${reason}: ${detail}` };
    case 'name-not-found':
      return { ok: false, retryable: true, reason: 'connection-failed', detail };
    case 'connection-failed':
    case 'connection-lost':
    case 'tls-failed':
    case 'timeout':
    case 'answer-invalid':
    case 'aborted':
      return { ok: false, retryable: true, reason, detail };
  }
}

/** The provider's own words, short, without what is secret; markup says nothing. */
function wordsOf(body: string, secrets: readonly string[]): string {
  const { description, error, errorDescription, errors, message } = readJson(body) ?? {};
  const told = [description, errorDescription, errors, message, error].find((one) => one !== undefined) ?? body;
  const text = typeof told === 'string' ? told : JSON.stringify(told);
  if (text.trimStart().startsWith('<')) return '';
  const hushed = secrets.filter(Boolean).reduce((all, secret) => all.replaceAll(secret, '…'), text);
  return Array.from(oneLine(hushed)).slice(0, SAID_LETTERS).join('');
}

/** A JSON object, or null for anything else. */
export function readJson(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    // Not JSON: the caller says what that means.
    return null;
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Reads `Retry-After`, in seconds or as an HTTP date; null when it is neither. */
export function readRetryAfter(header: string | undefined, now: Temporal.Instant): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const [, day, month, year, time] =
    /^\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/.exec(header.trim()) ?? [];
  const number = MONTHS.indexOf(month ?? '') + 1;
  if (number === 0) return null;
  try {
    const at = Temporal.Instant.from(`${year}-${String(number).padStart(2, '0')}-${day}T${time}Z`);
    return Math.max(0, Math.ceil((at.epochMilliseconds - now.epochMilliseconds) / 1000));
  } catch {
    // A date that does not exist is no wish.
    return null;
  }
}
