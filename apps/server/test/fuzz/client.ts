import http from 'node:http';
import type { Town } from './town.ts';

/** A request as it goes on the wire. */
export interface FuzzRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What came back; `ms`: after how long. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly ms: number;
}

/** Longer than any request may take: what is not answered by then is not answered. */
const GIVE_UP_MS = 10_000;
const agent = new http.Agent({ keepAlive: true });

/** Sends over a socket, and without one where the server closed it over a body that it will not read. */
export async function send(town: Town, request: FuzzRequest): Promise<Answer> {
  try {
    return await overSocket(town.url, request);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if ((code !== 'EPIPE' && code !== 'ECONNRESET') || request.body.length < 10_000) throw error;
    return injected(town, request);
  }
}

function overSocket(base: string, { method, path, headers, body }: FuzzRequest): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const call = http.request(
      { agent, host: hostname, port, method, path, headers: { ...headers, 'content-length': body.length } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
            body: Buffer.concat(chunks),
            ms: performance.now() - began,
          }),
        );
      },
    );
    call.setTimeout(GIVE_UP_MS, () => call.destroy(new Error(`no answer in ${GIVE_UP_MS} ms`)));
    call.on('error', reject);
    call.end(body);
  });
}

async function injected({ app }: Town, { method, path, headers, body }: FuzzRequest): Promise<Answer> {
  const began = performance.now();
  const answer = await app.inject({ method: method as 'POST', url: path, headers, payload: body });
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])),
    body: answer.rawPayload,
    ms: performance.now() - began,
  };
}
