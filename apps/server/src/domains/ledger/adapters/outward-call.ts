/** Why an outward call brought no yes. */
export type OutwardFailure = 'timeout' | 'connection-failed' | 'redirected' | 'refused' | 'server-error';

/** What became of it. */
export type OutwardResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly retryable: boolean; readonly reason: OutwardFailure; readonly detail: string };

/** A call to an address that the operator wrote into the configuration file. */
export interface OutwardCall {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Makes one outward call. */
export type CallOutward = (call: OutwardCall) => Promise<OutwardResult>;

const TIMEOUT_MS = 5_000;

/**
 * Calls an address of the operator's own choice: not one that a user can aim, so the egress guard does not stand
 * before it (an emergency channel inside the house is the usual case). No redirect is followed: a POST would arrive as
 * a GET without its text. Never throws; ends within 5 s.
 */
export const callOutward: CallOutward = async ({ url, method, headers, body }) => {
  try {
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { 'user-agent': 'Tocsin', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    await answer.body?.cancel();
    return judge(answer.status);
  } catch (error) {
    const timedOut = (error as Error).name === 'TimeoutError';
    const cause = (error as { cause?: { code?: string } }).cause;
    return {
      ok: false,
      retryable: true,
      reason: timedOut ? 'timeout' : 'connection-failed',
      detail: cause?.code ?? '',
    };
  }
};

function judge(status: number): OutwardResult {
  if (status >= 200 && status < 300) return { ok: true };
  const detail = `HTTP ${status}`;
  if (status >= 300 && status < 400) return { ok: false, retryable: false, reason: 'redirected', detail };
  if (status >= 500 || status === 429) return { ok: false, retryable: true, reason: 'server-error', detail };
  return { ok: false, retryable: false, reason: 'refused', detail };
}
