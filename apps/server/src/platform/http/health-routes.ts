import { z } from 'zod';
import type { Metrics } from '#platform/metrics';
import { type Route, route } from './route.ts';

/** What health is asked of. */
export interface HealthDeps {
  readonly metrics: Metrics;
  /** False: `/metrics` needs a credential with `health:read`. */
  readonly metricsPublic: boolean;
  /** Null when requests can be served, else why not yet or no longer. */
  readonly notReady: () => Promise<string | null>;
}

const state = z.strictObject({ status: z.string() }).meta({ id: 'HealthState' });
/**
 * Health for orchestrators and load balancers: alive (`/healthz`: restart me when this fails), ready (`/readyz`: send me
 * requests), and the figures (`/metrics`). Whether pages go out on time is the ledger's to say (`/healthz/engine`).
 */
export function healthRoutes(deps: HealthDeps): readonly Route[] {
  const tag = 'health';
  return [
    route({
      method: 'GET',
      url: '/healthz',
      tag,
      permission: 'public',
      summary: 'Say that the process lives',
      answers: { 200: state },
      handle: async () => ({ status: 200, body: { status: 'ok' } }),
    }),
    route({
      method: 'GET',
      url: '/readyz',
      tag,
      permission: 'public',
      summary: 'Say whether requests can be served',
      answers: { 200: state, 503: state },
      async handle() {
        const reason = await deps.notReady();
        return reason === null ? { status: 200, body: { status: 'ready' } } : { status: 503, body: { status: reason } };
      },
    }),
    route({
      method: 'GET',
      url: '/metrics',
      tag,
      permission: deps.metricsPublic ? 'public' : 'health:read',
      summary: 'Give the figures to a Prometheus',
      answers: { 200: null },
      handle: async () => ({
        status: 200,
        body: await deps.metrics.text(),
        headers: { 'content-type': deps.metrics.contentType },
      }),
    }),
  ];
}
