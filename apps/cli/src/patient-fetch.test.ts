import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { patientFetch } from './patient-fetch.ts';

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/never') return;
    if (request.url === '/elsewhere') response.writeHead(302, { location: '/' });
    else response.writeHead(request.url === '/empty' ? 204 : 404, { 'x-of': request.method ?? '' });
    if (request.url === '/empty') response.end();
    else request.pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('status, headers and body arrive', async () => {
  const answer = await patientFetch(`${url}/`, { method: 'POST', body: 'ä', headers: { accept: 'text/plain' } });
  expect([answer.status, answer.ok, answer.headers.get('x-of'), await answer.text()]).toEqual([
    404,
    false,
    'POST',
    'ä',
  ]);
  const empty = await patientFetch(`${url}/empty`);
  expect([empty.status, await empty.text()]).toEqual([204, '']);
});

test('an answer is waited for until the signal ends it', async () => {
  await expect(patientFetch(`${url}/never`, { signal: AbortSignal.timeout(20) })).rejects.toThrow();
});

test('a redirect is not followed: the key would go where nobody sent it', async () => {
  await expect(patientFetch(`${url}/elsewhere`)).rejects.toThrow('redirected to /');
});
