import { expect, test } from 'vitest';
import { createMetrics } from '#platform/metrics';
import { healthRoutes } from './health-routes.ts';
import { createHttpServer } from './server.ts';
import { testDeps } from './testkit.ts';

const metrics = createMetrics();
let reason: string | null = 'migrating';
const deps = {
  metrics,
  metricsPublic: false,
  notReady: async () => reason,
};
const open = (more = {}) =>
  createHttpServer({ routes: healthRoutes({ ...deps, ...more }) }, testDeps({ onServed: metrics.onServed }));

test('alive is not ready', async () => {
  const server = await open();
  const status = async (url: string) => (await server.inject({ url })).statusCode;
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503]);
  reason = null;
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 200]);
});

test('the figures need a credential unless opened, and tell routes by their pattern', async () => {
  const server = await open();
  expect((await server.inject({ url: '/metrics' })).statusCode).toBe(401);
  metrics.gauge('tocsin_test', 'A test.', () => 42);
  const answer = await server.inject({ url: '/metrics', headers: { authorization: 'Bearer viewer' } });
  expect(answer.headers['content-type']).toContain('text/plain');
  expect(answer.body).toContain('tocsin_test 42');
  expect(answer.body).toContain('tocsin_http_request_seconds_count{method="GET",route="/healthz",status="200"}');
  expect((await (await open({ metricsPublic: true })).inject({ url: '/metrics' })).statusCode).toBe(200);
});
