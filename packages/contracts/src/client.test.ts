import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ApiProblem, exitCodeOf } from './client/api-problem.ts';
import { createEventParser } from './client/event-parser.ts';
import { createHttp, newIdempotencyKey } from './client/http.ts';
import { followLive, type LiveEvent, retryAfter } from './client/live.ts';
import { everyItem } from './client/paging.ts';
import { readAnswer } from './client/read-answer.ts';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
  readonly headers: Headers;
}

/** A server in a function: answers each call by its turn and remembers what was asked. */
function fakeServer(...answers: readonly (Response | Error | ((sent: Sent) => Response))[]) {
  const sent: Sent[] = [];
  const fetch = async (input: unknown, init: RequestInit = {}) => {
    init.signal?.throwIfAborted();
    const call = { url: String(input), init, headers: new Headers(init.headers) };
    sent.push(call);
    const answer = answers[sent.length - 1] ?? new Error('nobody is there');
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer(call) : answer;
  };
  return { fetch: fetch as typeof globalThis.fetch, sent };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const thing = z.strictObject({ name: z.string() });
const failed = (promise: Promise<unknown>) => promise.then(() => null).catch((error: unknown) => error as ApiProblem);

test('a call sends the key of who asks, leaves out what is not given, and reads the answer by its schema', async () => {
  const { fetch, sent } = fakeServer(json({ name: 'Ann' }));
  const http = createHttp({ baseUrl: 'http://t.test/', apiKey: 'tocsin_k', fetch });
  const query = { state: 'firing', cursor: undefined, limit: 5 };
  expect(await http.send({ method: 'GET', path: '/api/v1/x', query, answer: thing })).toEqual({ name: 'Ann' });
  expect(sent[0]?.url).toBe('http://t.test/api/v1/x?state=firing&limit=5');
  expect(sent[0]?.headers.get('authorization')).toBe('Bearer tocsin_k');
  expect(sent[0]?.headers.has('idempotency-key')).toBe(false);
});

test('each write carries a key of its own, a repeated one the same', async () => {
  const { fetch, sent } = fakeServer(json({ name: 'a' }), json({ name: 'a' }), json({ name: 'a' }));
  const http = createHttp({ baseUrl: '', fetch });
  const write = { method: 'POST', path: '/x', body: { a: 1 }, answer: thing } as const;
  await http.send(write);
  await http.send(write);
  await http.send(write, { idempotencyKey: 'mine' });
  const keys = sent.map(({ headers }) => headers.get('idempotency-key'));
  expect(new Set(keys).size).toBe(3);
  expect(keys[0]).toMatch(/^[\x21-\x7e]{16,200}$/);
  expect(keys[2]).toBe('mine');
  expect(newIdempotencyKey()).not.toBe(newIdempotencyKey());
});

test('an error answer is a problem with its code, what to do next and its faults', async () => {
  const problem = {
    type: 'urn:tocsin:error:SNOOZE_INVALID',
    title: 'Snooze invalid',
    status: 422,
    code: 'SNOOZE_INVALID',
    detail: 'A snooze ends in the future.',
    next: 'Choose another time.',
    faults: [{ path: 'until', message: 'is past' }, 'junk'],
    requestId: 'r-1',
  };
  const { fetch } = fakeServer(json(problem, 422, { 'retry-after': '7' }));
  const error = await failed(createHttp({ baseUrl: '', fetch }).send({ method: 'GET', path: '/x', answer: thing }));
  expect(error).toBeInstanceOf(ApiProblem);
  expect(error?.facts).toEqual({
    code: 'SNOOZE_INVALID',
    status: 422,
    detail: 'A snooze ends in the future.',
    next: 'Choose another time.',
    faults: [{ path: 'until', message: 'is past' }],
    requestId: 'r-1',
    retryAfterSeconds: 7,
  });
});

test.each<[string, Response | Error, string, number]>([
  ['nobody answers', new TypeError('fetch failed'), 'UNREACHABLE', 0],
  ['a proxy answers with a page', new Response('<h1>Bad gateway</h1>', { status: 502 }), 'ANSWER_UNEXPECTED', 502],
  ['the answer lacks a field', json({}), 'ANSWER_UNEXPECTED', 200],
  ['a page stands where the API should', new Response('<!doctype html>'), 'ANSWER_UNEXPECTED', 200],
])('it is a problem when %s', async (_what, answer, code, status) => {
  const { fetch } = fakeServer(answer);
  const error = await failed(createHttp({ baseUrl: '', fetch }).send({ method: 'GET', path: '/x', answer: thing }));
  expect([error?.code, error?.facts.status]).toEqual([code, status]);
});

test('a call that its caller gives up is no problem', async () => {
  const { fetch } = fakeServer(json({ name: 'a' }));
  const http = createHttp({ baseUrl: '', fetch });
  const error = await failed(http.send({ method: 'GET', path: '/x', answer: thing }, { signal: AbortSignal.abort() }));
  expect(error).not.toBeInstanceOf(ApiProblem);
});

test('unknown fields are left out at any depth, also within a union; anything else is refused', () => {
  const schema = z.strictObject({ items: z.array(z.union([thing, z.strictObject({ n: z.int() })])) });
  const newer = {
    items: [
      { name: 'a', colour: 'red' },
      { n: 1, more: { x: 1 } },
    ],
    total: 2,
  };
  expect(readAnswer(schema, newer)).toEqual({ ok: true, value: { items: [{ name: 'a' }, { n: 1 }] } });
  expect(newer.items[0]).toHaveProperty('colour');
  expect(readAnswer(schema, { items: [{ name: 1 }] }).ok).toBe(false);
  expect(readAnswer(thing, { nome: 'a' }).ok).toBe(false);
});

test('exit codes come from the registry, and an unknown code is a plain failure', () => {
  expect(['PAGE_NOT_FOUND', 'OVERLOADED', 'UNREACHABLE', 'NEVER_HEARD', 'toString'].map(exitCodeOf)).toEqual([
    4, 75, 75, 1, 1,
  ]);
});

test('a list is read page by page, no further than asked', async () => {
  const asked: (string | undefined)[] = [];
  const read = async (cursor: string | undefined) => {
    asked.push(cursor);
    const n = Number(cursor ?? 0);
    return { items: [n, n + 1], nextCursor: n < 4 ? String(n + 2) : null };
  };
  expect(await Array.fromAsync(everyItem(read))).toEqual([0, 1, 2, 3, 4, 5]);
  expect(asked).toEqual([undefined, '2', '4']);
  expect(await Array.fromAsync(everyItem(read, 2))).toEqual([0, 1]);
  expect(asked).toHaveLength(4);
});

const TEXT =
  'retry: 2000\n\nid: 7-1\nevent: hints\ndata: [1,\ndata: 2]\n\n: alive\n\nid: 8-2\r\nevent: hints\r\ndata: é\r\n\r\n';

test('events come out the same wherever the text was cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(TEXT.length)), (cuts) => {
      const parser = createEventParser();
      const places = [0, ...cuts.toSorted((a, b) => a - b), TEXT.length];
      const events = places.slice(1).flatMap((end, i) => parser.push(TEXT.slice(places[i], end)));
      expect(events).toEqual([
        { event: 'hints', data: '[1,\n2]' },
        { event: 'hints', data: 'é' },
      ]);
      expect([parser.lastEventId(), parser.retryMs()]).toEqual(['8-2', 2000]);
    }),
  );
});

test('an event that was cut in the middle does not count as seen', () => {
  const parser = createEventParser('7-1');
  parser.push('id: 8-2\nevent: hints\ndata: [1]\n');
  expect(parser.lastEventId()).toBe('7-1');
});

/** A stream of these pieces; after them it breaks, or ends. */
const stream = (pieces: readonly string[], breaks: boolean) => () =>
  new Response(
    new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces[0];
        if (piece !== undefined) {
          pieces = pieces.slice(1);
          controller.enqueue(new TextEncoder().encode(piece));
        } else if (breaks) controller.error(new Error('cut'));
        else controller.close();
      },
    }),
    { headers: { 'content-type': 'text/event-stream' } },
  );

async function heard(server: ReturnType<typeof fakeServer>, most: number) {
  const leaving = new AbortController();
  const waits: number[] = [];
  const events: LiveEvent[] = [];
  const wait = async (ms: number) => void waits.push(ms);
  const http = createHttp({ baseUrl: '', fetch: server.fetch });
  for await (const event of followLive(http, { signal: leaving.signal, wait })) {
    events.push(event);
    if (events.length >= most) leaving.abort();
  }
  return { events, waits, resumedAt: server.sent.map(({ headers }) => headers.get('last-event-id')) };
}

const HINTS = 'id: 9-1\nevent: hints\ndata: [{"kind":"page","id":null,"version":3,"extra":1}]\n\n';

test('a broken stream is resumed from the last event heard', async () => {
  const server = fakeServer(stream(['retry: 500\n\nevent: ready\ndata: {}\n\n', HINTS], true), stream([], false));
  const { events, waits, resumedAt } = await heard(server, 5);
  expect(events.map(({ kind }) => kind)).toEqual(['open', 'resync', 'hints', 'lost', 'open']);
  expect(events[2]).toEqual({ kind: 'hints', hints: [{ kind: 'page', id: null, version: 3 }] });
  expect(resumedAt).toEqual([null, '9-1']);
  expect(waits).toEqual([500]);
});

test('while nobody answers it waits longer each time, and says what is wrong', async () => {
  const { events, waits } = await heard(fakeServer(), 3);
  expect(events).toMatchObject([
    { kind: 'lost', retryMs: 1000, problem: { code: 'UNREACHABLE' } },
    { retryMs: 2000 },
    {},
  ]);
  expect(waits.slice(0, 2)).toEqual([1000, 2000]);
  expect(retryAfter(40, null, null)).toBe(15_000);
});

test('hints of a form that is not known ask to read everything anew', async () => {
  const { events } = await heard(fakeServer(stream(['event: hints\ndata: {"v":2}\n\n'], false)), 2);
  expect(events[1]).toEqual({ kind: 'resync' });
});

test('who is not let in is told so, and it is not tried again', async () => {
  const body = { code: 'UNAUTHENTICATED', detail: 'Sign in.', next: '', requestId: 'r' };
  const server = fakeServer(json(body, 401));
  expect((await failed(heard(server, 9)))?.code).toBe('UNAUTHENTICATED');
  expect(server.sent).toHaveLength(1);
});
