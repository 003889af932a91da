import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  alertList,
  explainBody,
  explanation,
  me,
  onCallList,
  pageActAnswer,
  pageDetail,
  pageList,
  problem,
  userList,
  verifyReport,
} from '@tocsin/contracts';
import * as samples from './samples.ts';

/** One request as the fake server saw it. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly key: string | undefined;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Answers by `METHOD /path`; every answer must fit its contract, or the test fails. */
export type Replies = Readonly<Record<string, (asked: Asked) => Reply>>;

/** An answer in a contract's shape. */
export function ok(schema: { readonly parse: (value: unknown) => unknown }, body: unknown, status = 200): () => Reply {
  return () => ({ status, body: schema.parse(body) });
}

/** An error answer. */
export function refused(status: number, code: string, detail: string, next = 'Do something else.'): () => Reply {
  const body = { type: `urn:tocsin:error:${code}`, title: code, status, code, detail, next, requestId: 'req-1' };
  return () => ({ status, body: problem.parse(body) });
}

/** The key that the fake server takes. */
export const KEY = 'tocsin_test';

/** What the fake server answers unless a test says otherwise. */
const usual: Replies = {
  'GET /api/v1/pages': ok(pageList, { items: samples.pages, nextCursor: null }),
  [`GET /api/v1/pages/${samples.PAGE}`]: ok(pageDetail, samples.heldPage),
  'GET /api/v1/pages/12': ok(pageDetail, samples.heldPage),
  [`POST /api/v1/pages/${samples.PAGE}/acknowledge`]: ok(pageActAnswer, samples.acknowledged),
  'GET /api/v1/alerts': ok(alertList, { items: samples.alerts, nextCursor: null }),
  [`GET /api/v1/alerts/${samples.ALERT}/explain`]: ok(explanation, samples.explained),
  'POST /api/v1/explain': ({ body }) => {
    explainBody.parse(body);
    return { status: 200, body: explanation.parse(samples.explained) };
  },
  'GET /api/v1/oncall': ok(onCallList, samples.onCall),
  'GET /api/v1/users': ok(userList, { users: [samples.user, samples.otherUser] }),
  'GET /api/v1/me': ok(me, { user: samples.user, teamIds: [], permissions: ['pages:read'], via: 'api-key' }),
  'GET /api/v1/verify': ok(verifyReport, samples.report),
};

/** Starts a Tocsin server of paper on a free port. */
export async function startFakeServer(replies: Replies = {}) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void answer(request, { ...usual, ...replies }, asked).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    stop: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, replies: Replies, seen: Asked[]): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://fake');
  const text = Buffer.concat(chunks).toString('utf8');
  const asked: Asked = {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body: text === '' ? undefined : JSON.parse(text),
    key: request.headers['idempotency-key'] as string | undefined,
  };
  seen.push(asked);
  if (request.headers.authorization !== `Bearer ${KEY}`)
    return refused(401, 'UNAUTHENTICATED', 'Sign in, or send an API key.')();
  const reply = replies[`${asked.method} ${asked.path}`];
  return reply ? reply(asked) : refused(404, 'NOT_FOUND', 'There is nothing at this address.')();
}
