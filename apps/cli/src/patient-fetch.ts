import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';

/**
 * A `fetch` that waits for the first byte of an answer until its caller's signal ends it: the built-in one gives up
 * after five minutes, and the verifier may take an hour. Bodies are text, whole; a redirect is an error.
 */
export const patientFetch: typeof fetch = async (input, init = {}) => {
  const answer = await answerOf(new URL(input instanceof Request ? input.url : input), init);
  const whole = await text(answer);
  const status = answer.statusCode ?? 0;
  if (status >= 300 && status < 400) throw new TypeError(`redirected to ${answer.headers.location ?? 'nowhere'}`);
  const headers = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return new Response(status === 204 ? null : whole, { status, headers });
};

function answerOf(url: URL, { method = 'GET', signal, body, headers }: RequestInit): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((done, failed) => {
    const options = { method, headers: Object.fromEntries(new Headers(headers)), ...(signal ? { signal } : {}) };
    const request = send(url, options, done);
    request.on('error', failed);
    request.end(typeof body === 'string' ? body : undefined);
  });
}
