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
  /** How late the engine is; `ok` while the oldest due wake-up is less than 5 s late. */
  readonly engine: () => Promise<{ readonly ok: boolean; readonly lateSeconds: number; readonly detail?: unknown }>;
}

const state = z.strictObject({ status: z.string() }).meta({ id: 'HealthState' });
const engineState = z
  .strictObject({ status: z.enum(['ok', 'late']), lateSeconds: z.number(), detail: z.unknown().optional() })
  .meta({ id: 'EngineState' });

/**
 * Health for orchestrators and load balancers: alive (`/healthz`: restart me when this fails), ready (`/readyz`: send me
 * requests), paging on time (`/healthz/engine`: wake somebody), and the figures (`/metrics`).
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
      url: '/healthz/engine',
      tag,
      permission: 'public',
      summary: 'Say whether pages go out on time',
      answers: { 200: engineState, 503: engineState },
      async handle() {
        const { ok, lateSeconds, detail } = await deps.engine();
        const body = { status: ok ? 'ok' : 'late', lateSeconds, ...(detail === undefined ? {} : { detail }) };
        return { status: ok ? 200 : 503, body };
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
