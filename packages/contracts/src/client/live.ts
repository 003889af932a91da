import { z } from 'zod';
import { ApiProblem } from './api-problem.ts';
import { createEventParser, type SentEvent } from './event-parser.ts';
import type { Http } from './http.ts';

/** Something changed; read it anew. A null id stands for all of the kind. */
const hint = z.object({ kind: z.string(), id: z.string().nullable(), version: z.number() });

/** A change of something that may be on the screen. */
type Hint = z.output<typeof hint>;

/** What the stream of live updates tells. */
export type LiveEvent =
  /** Connected: what is on the screen is followed from here on. */
  | { readonly kind: 'open' }
  /** Anything may have changed: read everything anew. */
  | { readonly kind: 'resync' }
  | { readonly kind: 'hints'; readonly hints: readonly Hint[] }
  /** Cut off; tried again after this long. */
  | { readonly kind: 'lost'; readonly retryMs: number; readonly problem: ApiProblem | null };

/** Bounds of the stream. */
export interface LiveOptions {
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** A stream silent for longer is dead (the server says something every 15 s). */
  readonly silenceMs?: number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
const SILENCE_MS = 40_000;

/**
 * Follows the server's hints, for ever: resumes with Last-Event-ID after every cut, so that nothing between is missed;
 * where it cannot be resumed, `resync` says so. Ends by its signal; throws only when we are not let in (401, 403).
 */
export async function* followLive(http: Http, options: LiveOptions): AsyncGenerator<LiveEvent, void> {
  const wait = options.wait ?? pause;
  let lastEventId: string | null = null;
  let asked: number | null = null;
  let failures = 0;
  while (!options.signal.aborted) {
    let problem: ApiProblem | null = null;
    try {
      const connection = await connect(http, lastEventId, options);
      failures = 0;
      yield { kind: 'open' };
      for await (const event of connection.events) yield* told(event);
      lastEventId = connection.lastEventId();
      asked = connection.retryMs();
    } catch (error) {
      if (options.signal.aborted) return;
      if (error instanceof Cut) {
        lastEventId = error.lastEventId;
        asked = error.retryMs;
      } else {
        problem = error instanceof ApiProblem ? error : null;
        if (problem?.facts.status === 401 || problem?.facts.status === 403) throw error;
      }
    }
    if (options.signal.aborted) return;
    failures += 1;
    const retryMs = retryAfter(failures, asked, problem);
    yield { kind: 'lost', retryMs, problem };
    await wait(retryMs, options.signal);
  }
}

/** How long to wait after so many failures in a row: what the server asked for, doubled each time, at most 15 s. */
export function retryAfter(failures: number, askedMs: number | null, problem: ApiProblem | null): number {
  const doubled = (askedMs ?? FIRST_RETRY_MS) * 2 ** Math.min(failures - 1, 5);
  return Math.min(LONGEST_RETRY_MS, Math.max(doubled, (problem?.facts.retryAfterSeconds ?? 0) * 1000));
}

/** The stream broke off after it was open; carries the place to go on from. */
class Cut extends Error {
  readonly lastEventId: string | null;
  readonly retryMs: number | null;

  constructor(place: { readonly lastEventId: string | null; readonly retryMs: number | null }, cause: unknown) {
    super('the stream was cut', { cause });
    this.lastEventId = place.lastEventId;
    this.retryMs = place.retryMs;
  }
}

interface Connection {
  readonly events: AsyncGenerator<SentEvent, void>;
  lastEventId(): string | null;
  retryMs(): number | null;
}

async function connect(http: Http, lastEventId: string | null, options: LiveOptions): Promise<Connection> {
  const watch = watchSilence(options.silenceMs ?? SILENCE_MS);
  const headers: Record<string, string> = { accept: 'text/event-stream' };
  if (lastEventId) headers['last-event-id'] = lastEventId;
  const response = await http
    .open('/api/v1/stream', { headers, signal: AbortSignal.any([options.signal, watch.signal]) })
    .catch((error: unknown) => {
      watch.stop();
      throw error;
    });
  const parser = createEventParser(lastEventId);
  const { lastEventId: place, retryMs } = parser;
  async function* events(): AsyncGenerator<SentEvent, void> {
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    try {
      for (;;) {
        const part = await reader?.read();
        if (!part || part.done) return;
        watch.heard();
        yield* parser.push(decoder.decode(part.value, { stream: true }));
      }
    } catch (error) {
      throw new Cut({ lastEventId: place(), retryMs: retryMs() }, error);
    } finally {
      watch.stop();
      await reader?.cancel().catch(() => undefined); // already broken: there is nothing left to end
    }
  }
  return { events: events(), lastEventId: place, retryMs };
}

/** Aborts when nothing was heard for so long. */
function watchSilence(ms: number) {
  const dead = new AbortController();
  let timer = setTimeout(() => dead.abort(), ms);
  return {
    signal: dead.signal,
    heard() {
      clearTimeout(timer);
      timer = setTimeout(() => dead.abort(), ms);
    },
    stop: () => clearTimeout(timer),
  };
}

function* told({ event, data }: SentEvent): Generator<LiveEvent, void> {
  if (event === 'ready' || event === 'resync') yield { kind: 'resync' };
  if (event !== 'hints') return;
  const hints = readHints(data);
  yield hints ? { kind: 'hints', hints } : { kind: 'resync' };
}

/** The hints of an event; null when they are not understood, and then everything is to be read anew. */
function readHints(data: string): readonly Hint[] | null {
  try {
    return z.array(hint).parse(JSON.parse(data));
  } catch {
    return null; // a newer server's form: reading everything anew is always right
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
