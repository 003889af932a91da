import type { z } from 'zod';
import * as escalation from '../escalation.ts';
import * as preview from '../preview.ts';
import * as routing from '../routing.ts';
import * as silences from '../silences.ts';
import { type CallOptions, type Http, segment } from './http.ts';

type Input<S extends z.ZodType> = z.input<S>;

/** Planning an import, and making what it plans: routes, time intervals, inhibition rules. */
export function importCalls(http: Http) {
  return {
    plan: (body: Input<typeof preview.importPlanBody>, options?: CallOptions) =>
      http.send({ method: 'POST', path: '/api/v1/routing/import-plan', body, answer: preview.importPlan }, options),
    routes: (options?: CallOptions) =>
      http.send({ method: 'GET', path: '/api/v1/routing', answer: routing.routingTree }, options),
    createRoute: (body: Input<typeof routing.routeDraft>, options?: CallOptions) =>
      http.send({ method: 'POST', path: '/api/v1/routing', body, answer: routing.routeNode }, options),
    updateRoute: (id: string, body: Input<typeof routing.routeUpdate>, options?: CallOptions) =>
      http.send({ method: 'PATCH', path: `/api/v1/routing/${segment(id)}`, body, answer: routing.routeNode }, options),
    policies: (options?: CallOptions) =>
      http.send({ method: 'GET', path: '/api/v1/policies', answer: escalation.escalationPolicyList }, options),
    timeIntervals: (options?: CallOptions) =>
      http.send({ method: 'GET', path: '/api/v1/time-intervals', answer: silences.timeIntervalList }, options),
    createTimeInterval: (body: Input<typeof silences.timeIntervalDraft>, options?: CallOptions) =>
      http.send({ method: 'POST', path: '/api/v1/time-intervals', body, answer: silences.timeInterval }, options),
    inhibitRules: (options?: CallOptions) =>
      http.send({ method: 'GET', path: '/api/v1/inhibit-rules', answer: silences.inhibitRuleList }, options),
    createInhibitRule: (body: Input<typeof silences.inhibitRuleDraft>, options?: CallOptions) =>
      http.send({ method: 'POST', path: '/api/v1/inhibit-rules', body, answer: silences.inhibitRule }, options),
  };
}
