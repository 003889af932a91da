import type { z } from 'zod';
import * as access from '../access.ts';
import * as alerts from '../alerts.ts';
import * as escalation from '../escalation.ts';
import * as integrations from '../integrations.ts';
import * as ledger from '../ledger.ts';
import * as oncall from '../oncall.ts';
import { type CallOptions, type Http, type QueryFields, segment } from './http.ts';

type Input<S extends z.ZodType> = z.input<S>;

/** Signing in, and who is there. */
export function accessCalls(http: Http) {
  return {
    setup: (options?: CallOptions) =>
      http.send({ method: 'GET', path: '/api/v1/setup', answer: access.setupState }, options),
    setUp: (body: Input<typeof access.setupBody>, options?: CallOptions) =>
      http.send({ method: 'POST', path: '/api/v1/setup', body, answer: access.user }, options),
    signIn: (body: Input<typeof access.signInBody>, options?: CallOptions) =>
      http.send({ method: 'POST', path: '/api/v1/session', body, answer: access.user }, options),
    signOut: (options?: CallOptions) => http.send({ method: 'DELETE', path: '/api/v1/session', answer: null }, options),
    me: (options?: CallOptions) => http.send({ method: 'GET', path: '/api/v1/me', answer: access.me }, options),
    users: (options?: CallOptions) =>
      http.send({ method: 'GET', path: '/api/v1/users', answer: access.userList }, options),
    teams: (options?: CallOptions) =>
      http.send({ method: 'GET', path: '/api/v1/teams', answer: access.teamList }, options),
  };
}

/** Alerts, and why they went where they went. */
export function alertCalls(http: Http) {
  return {
    list: (query: QueryFields, options?: CallOptions) =>
      http.send({ method: 'GET', path: '/api/v1/alerts', query, answer: alerts.alertList }, options),
    get: (id: string, options?: CallOptions) =>
      http.send({ method: 'GET', path: `/api/v1/alerts/${segment(id)}`, answer: alerts.alertDetail }, options),
    /** Why a stored alert went where it went, by the routes of today. */
    explainStored: (id: string, options?: CallOptions) =>
      http.send({ method: 'GET', path: `/api/v1/alerts/${segment(id)}/explain`, answer: alerts.explanation }, options),
    /** Where an alert with these labels would go. */
    explain: (body: Input<typeof alerts.explainBody>, options?: CallOptions) =>
      http.send({ method: 'POST', path: '/api/v1/explain', body, answer: alerts.explanation }, options),
  };
}

/** Pages and what people do with them. */
export function pageCalls(http: Http) {
  const act = (id: string, verb: string, body: unknown, options?: CallOptions) =>
    http.send(
      { method: 'POST', path: `/api/v1/pages/${segment(id)}/${verb}`, body, answer: escalation.pageActAnswer },
      options,
    );
  return {
    list: (query: QueryFields, options?: CallOptions) =>
      http.send({ method: 'GET', path: '/api/v1/pages', query, answer: ledger.pageList }, options),
    get: (id: string, query: QueryFields, options?: CallOptions) =>
      http.send({ method: 'GET', path: `/api/v1/pages/${segment(id)}`, query, answer: ledger.pageDetail }, options),
    acknowledge: (id: string, options?: CallOptions) => act(id, 'acknowledge', undefined, options),
    unacknowledge: (id: string, options?: CallOptions) => act(id, 'unacknowledge', undefined, options),
    escalate: (id: string, options?: CallOptions) => act(id, 'escalate', undefined, options),
    snooze: (id: string, body: Input<typeof escalation.pageSnoozeBody>, options?: CallOptions) =>
      act(id, 'snooze', body, options),
    reassign: (id: string, body: Input<typeof escalation.pagePersonBody>, options?: CallOptions) =>
      act(id, 'reassign', body, options),
    resolve: (id: string, options?: CallOptions) =>
      http.send(
        { method: 'POST', path: `/api/v1/pages/${segment(id)}/resolve`, answer: escalation.pageResolveAnswer },
        options,
      ),
  };
}

/** Who is on call. */
export function oncallCalls(http: Http) {
  return {
    who: (query: QueryFields, options?: CallOptions) =>
      http.send({ method: 'GET', path: '/api/v1/oncall', query, answer: oncall.onCallList }, options),
    next: (scheduleId: string, query: QueryFields, options?: CallOptions) =>
      http.send(
        { method: 'GET', path: `/api/v1/schedules/${segment(scheduleId)}/next`, query, answer: oncall.onCallNext },
        options,
      ),
  };
}

/** The verifier looks at its clock between slices: so much longer than its budget an answer is waited for. */
const VERIFY_GRACE_SECONDS = 50;

interface VerifyAsked {
  readonly budgetSeconds?: number;
  readonly seal?: number | undefined;
  readonly hash?: string | undefined;
}

/** What comes in, and whether everything stored holds together. */
export function operationCalls(http: Http) {
  return {
    integrations: (options?: CallOptions) =>
      http.send({ method: 'GET', path: '/api/v1/integrations', answer: integrations.integrationList }, options),
    createIntegration: (body: Input<typeof integrations.integrationDraft>, options?: CallOptions) =>
      http.send({ method: 'POST', path: '/api/v1/integrations', body, answer: integrations.integrationKey }, options),
    /** The server takes `budgetSeconds` at most, and says so when that was too short; the answer comes when all is looked at. */
    verify: ({ budgetSeconds = 10, ...seal }: VerifyAsked, options?: CallOptions) =>
      http.send(
        {
          method: 'GET',
          path: '/api/v1/verify',
          query: { budgetSeconds, ...seal },
          answer: ledger.verifyReport,
          timeoutMs: (budgetSeconds + VERIFY_GRACE_SECONDS) * 1000,
        },
        options,
      ),
  };
}
