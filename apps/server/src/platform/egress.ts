import { lookup as lookupAll } from 'node:dns/promises';
import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type AllowList, isGlobal, readAllowList } from '#platform/egress-addresses';

/** Why an outward call was not made, or brought no answer. A closed list; it labels metrics. */
export type EgressFailure =
  | 'url-invalid'
  | 'scheme-refused'
  | 'credentials-in-url'
  | 'port-refused'
  | 'address-refused'
  | 'name-not-found'
  | 'connection-failed'
  | 'connection-lost'
  | 'tls-failed'
  | 'timeout'
  | 'answer-invalid'
  | 'aborted';

/** One outward call. A body is sent as it stands; POST calls must carry a key of their own, a lost connection may be tried twice. */
export interface EgressRequest {
  readonly url: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** From the first look-up to the last byte, milliseconds. */
  readonly timeoutMs: number;
  /** At most this much of the answer is read; then the connection is closed. */
  readonly maxBytes: number;
  /** False: answered as soon as the status is known; the rest is drained within the same limits. */
  readonly readBody: boolean;
  readonly signal?: AbortSignal;
}

/** `complete` is false when the body was cut: too long, too slow, or the peer left. */
export type EgressAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: Buffer;
      readonly complete: boolean;
    }
  | { readonly ok: false; readonly reason: EgressFailure; readonly detail: string };

/** The one way out for calls that a user can aim: webhooks, checks, calendar imports. Follows no redirect. */
export interface Egress {
  request(request: EgressRequest): Promise<EgressAnswer>;
  close(): void;
}

/** The guard, which also says of an address alone whether it is refused. */
export interface GuardedEgress extends Egress {
  /** Why this address would never be called, whatever its name leads to; null when it might. */
  refuses(url: string): string | null;
}

/** An address as the resolver gives it. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

interface Guard {
  readonly allowed: AllowList;
  readonly resolve: (host: string) => Promise<readonly ResolvedAddress[]>;
}

class Refused extends Error {
  readonly reason: EgressFailure;
  constructor(reason: EgressFailure, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/**
 * Builds the guard. Every address of a name must be one of the open internet or in `allow` (see `readAllowList`), and
 * the connection goes to the very addresses that were checked, so a second answer of the resolver changes nothing.
 */
export function createEgress(options: {
  readonly allow: readonly string[];
  readonly resolve?: Guard['resolve'];
}): GuardedEgress {
  const guard: Guard = {
    allowed: readAllowList(options.allow),
    resolve: options.resolve ?? ((host) => lookupAll(host, { all: true, order: 'verbatim' })),
  };
  const limits = { keepAlive: true, maxSockets: 16, maxTotalSockets: 256, maxFreeSockets: 4, timeout: 30_000 };
  const agents = { http: new http.Agent(limits), https: new https.Agent(limits) };
  return {
    async request(request) {
      try {
        const target = readTarget(request.url, guard.allowed);
        const agent = target.protocol === 'https:' ? agents.https : agents.http;
        const first = await attempt({ request, target, guard, agent });
        // A kept connection that the peer had just closed says nothing about the peer: once more on a fresh one.
        return first === 'stale' ? await attemptFresh({ request, target, guard }) : first;
      } catch (error) {
        return failure(error);
      }
    },
    refuses(url) {
      try {
        readTarget(url, guard.allowed);
        return null;
      } catch (error) {
        const { reason, detail } = failure(error);
        return `${reason} (${detail})`;
      }
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

async function attemptFresh(call: Omit<Parameters<typeof attempt>[0], 'agent'>): Promise<EgressAnswer> {
  const answer = await attempt({ ...call, agent: false });
  return answer === 'stale' ? { ok: false, reason: 'connection-lost', detail: 'closed without an answer' } : answer;
}

interface Target {
  readonly protocol: 'http:' | 'https:';
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Reads and checks the address as the URL standard spells it, so that octal, hex and short forms are what they mean. */
function readTarget(text: string, allowed: AllowList): Target {
  if (text.length > 2048 || !URL.canParse(text)) throw new Refused('url-invalid', 'not an absolute address');
  const url = new URL(text);
  const { protocol } = url;
  if (protocol !== 'http:' && protocol !== 'https:') throw new Refused('scheme-refused', protocol);
  if (url.username || url.password)
    throw new Refused('credentials-in-url', 'leave user and password out of the address');
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
  if (!host) throw new Refused('url-invalid', 'no host');
  const port = Number(url.port || (protocol === 'https:' ? 443 : 80));
  const open = allowed.host(host) || allowed.address(host);
  if (!open && port !== 80 && port !== 443 && port < 1024) throw new Refused('port-refused', String(port));
  if (isIP(host) && !open && !isGlobal(host)) throw new Refused('address-refused', host);
  return { protocol, host, port, path: url.pathname + url.search };
}

/** The look-up of the connection itself: what it answers is what is connected to. */
function checkedLookup({ allowed, resolve }: Guard): LookupFunction {
  return (host, options, callback) => {
    const answer = async () => {
      const found = await resolve(host);
      if (found.length === 0) throw new Refused('name-not-found', host);
      for (const { address } of found) {
        if (!allowed.host(host) && !allowed.address(address) && !isGlobal(address))
          throw new Refused('address-refused', host);
      }
      return found;
    };
    // A callback is what the connection wants; nothing follows it in this chain.
    // oxlint-disable promise/no-callback-in-promise
    answer().then(
      (found) => {
        const first = found[0] as ResolvedAddress;
        if (options.all) callback(null, [...found]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 4),
    );
    // oxlint-enable promise/no-callback-in-promise
  };
}

function attempt(call: {
  readonly request: EgressRequest;
  readonly target: Target;
  readonly guard: Guard;
  readonly agent: http.Agent | false;
}): Promise<EgressAnswer | 'stale'> {
  const { request, target, guard, agent } = call;
  const { promise, resolve } = Promise.withResolvers<EgressAnswer | 'stale'>();
  const outgoing: ClientRequest = (target.protocol === 'https:' ? https : http).request({
    host: target.host,
    port: target.port,
    path: target.path,
    method: request.method,
    headers: { 'user-agent': 'Tocsin', 'accept-encoding': 'identity', ...contentLength(request), ...request.headers },
    agent,
    lookup: checkedLookup(guard),
    setDefaultHeaders: true,
  });
  let answered = false;
  const cut = (reason: EgressFailure) => () => outgoing.destroy(new Refused(reason, reason));
  const timer = setTimeout(cut('timeout'), request.timeoutMs);
  const abort = cut('aborted');
  if (request.signal?.aborted) abort();
  request.signal?.addEventListener('abort', abort, { once: true });
  outgoing.on('response', (answer) => {
    answered = true;
    drain(answer, request, resolve);
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    // Once there is a status the answer itself tells how it ended.
    if (answered) return;
    const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
    resolve(stale ? 'stale' : failure(error));
  });
  outgoing.on('close', () => {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', abort);
    if (!answered) resolve({ ok: false, reason: 'connection-lost', detail: 'closed without an answer' });
  });
  outgoing.end(request.body);
  return promise;
}

/** Reads the answer up to its limit. A cut after the status is still an answer, marked incomplete. */
function drain(answer: IncomingMessage, request: EgressRequest, resolve: (answer: EgressAnswer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const finish = (complete: boolean) =>
    resolve({
      ok: true,
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      body: Buffer.concat(chunks),
      complete,
    });
  if (!request.readBody) finish(false);
  answer.on('data', (chunk: Buffer) => {
    const left = request.maxBytes - size;
    if (request.readBody && left > 0) chunks.push(chunk.subarray(0, left));
    size += chunk.length;
    if (size > request.maxBytes) answer.destroy();
  });
  answer.on('end', () => finish(answer.complete));
  answer.on('close', () => finish(false));
  answer.on('error', () => finish(false));
}

function contentLength({ body }: EgressRequest): Record<string, string> {
  return body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
}

const FAILURE_OF_CODE: Readonly<Record<string, EgressFailure>> = {
  ENOTFOUND: 'name-not-found',
  EAI_AGAIN: 'name-not-found',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
};

function failure(error: unknown): Extract<EgressAnswer, { ok: false }> {
  if (error instanceof Refused) return { ok: false, reason: error.reason, detail: error.message };
  if (error instanceof AggregateError && error.errors[0] instanceof Refused) return failure(error.errors[0]);
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  const detail = code || message;
  if (code.startsWith('HPE_')) return { ok: false, reason: 'answer-invalid', detail };
  if (code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || /CERT|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return { ok: false, reason: 'tls-failed', detail };
  }
  if (code.startsWith('ERR_INVALID')) return { ok: false, reason: 'url-invalid', detail };
  return { ok: false, reason: FAILURE_OF_CODE[code] ?? 'connection-failed', detail };
}
