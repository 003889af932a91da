import {
  escalationLastResort,
  escalationLastResortAnswer,
  escalationPolicyAnswer,
  escalationPolicyCheck,
  escalationPolicyDraft,
  escalationPolicyList,
  escalationPolicyUpdate,
  escalationSimulation,
  escalationSimulationQuery,
  pageActAnswer,
  pagePersonBody,
  pageResolveAnswer,
  pageSnoozeBody,
} from '@tocsin/contracts';
import { z } from 'zod';
import { AppError } from '#platform/errors';
import type { Actor } from '#platform/http/actor';
import { type Answer, type Route, route } from '#platform/http/route';
import { LONGEST_SNOOZE_SECONDS } from './acknowledge.ts';
import type { Instant, RunEvent, Severity } from './model.ts';
import { reasonsOnTheWire, refusalOf, runOnTheWire } from './present-run.ts';
import type { ActResult, Escalation } from './service.ts';

const byId = z.strictObject({ id: z.uuid() });

/** The routes of policies and of what people do with a page. */
export function escalationRoutes(escalation: Escalation): readonly Route[] {
  return [
    ...policyRoutes(escalation),
    ...lastResortRoutes(escalation),
    ...actRoutes(escalation),
    resolveRoute(escalation),
  ];
}

function policyRoutes({ policies }: Escalation): readonly Route[] {
  const tag = 'policies';
  const answer = (policy: Awaited<ReturnType<typeof policies.get>>, now: Instant, status = 200): Answer => ({
    status,
    body: { policy, warnings: policies.check(policy, now).warnings },
  });
  const url = '/api/v1/policies';
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'policies:read',
      summary: 'List escalation policies',
      answers: { 200: escalationPolicyList },
      handle: async () => ({ status: 200, body: { policies: await policies.list() } }),
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'policies:write',
      summary: 'Make an escalation policy',
      body: escalationPolicyDraft,
      answers: { 201: escalationPolicyAnswer },
      handle: async ({ body, actor, now }) => answer(await policies.create(body, { actor, now }), now, 201),
    }),
    route({
      method: 'POST',
      url: `${url}/check`,
      tag,
      permission: 'policies:read',
      summary: 'Check a draft without saving it',
      idempotent: false,
      body: escalationPolicyDraft,
      answers: { 200: escalationPolicyCheck },
      handle: async ({ body, now }) => ({ status: 200, body: policies.check(body, now) }),
    }),
    route({
      method: 'GET',
      url: `${url}/:id`,
      tag,
      permission: 'policies:read',
      summary: 'Read an escalation policy, with its warnings as of now',
      params: byId,
      answers: { 200: escalationPolicyAnswer },
      handle: async ({ params, now }) => answer(await policies.get(params.id), now),
    }),
    route({
      method: 'PUT',
      url: `${url}/:id`,
      tag,
      permission: 'policies:write',
      summary: 'Change an escalation policy; runs that froze it go on',
      params: byId,
      body: escalationPolicyUpdate,
      answers: { 200: escalationPolicyAnswer },
      handle: async ({ params, body, actor, now }) =>
        answer(await policies.update(params.id, body, { actor, now }), now),
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'policies:write',
      summary: 'Archive an escalation policy that nothing uses',
      params: byId,
      answers: { 204: null },
      handle: async ({ params, actor, now }) => {
        await policies.archive(params.id, { actor, now });
        return { status: 204 };
      },
    }),
    route({
      method: 'GET',
      url: `${url}/:id/simulate`,
      tag,
      permission: 'policies:read',
      summary: 'Who would be called, were a page opened at a moment and nobody answered',
      params: byId,
      query: escalationSimulationQuery,
      answers: { 200: escalationSimulation },
      handle: async ({ params, query, now }) => {
        const at = query.at === undefined ? now : Temporal.Instant.from(query.at);
        const severity = query.severity as Severity;
        const { policy, moments } = await policies.simulate(params.id, { at, urgency: query.urgency, severity });
        const told = moments.map((moment) => ({
          ...moment,
          at: moment.at.toString(),
          reasons: reasonsOnTheWire(moment.reasons),
        }));
        return { status: 200, body: { policyId: policy.id, policyVersion: policy.version, moments: told } };
      },
    }),
  ];
}

function lastResortRoutes({ policies }: Escalation): readonly Route[] {
  const url = '/api/v1/escalation/last-resort';
  const tag = 'policies';
  const told = async (now: Instant): Promise<Answer> => {
    const targets = await policies.lastResort();
    const warnings = policies.lastResortWarnings(now);
    return { status: 200, body: { targets, warnings } };
  };
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'settings:read',
      summary: 'Whom a page calls when its policy goes unanswered',
      answers: { 200: escalationLastResortAnswer },
      handle: ({ now }) => told(now),
    }),
    route({
      method: 'PUT',
      url,
      tag,
      permission: 'settings:write',
      summary: 'Set whom a page calls when its policy goes unanswered',
      body: escalationLastResort,
      answers: { 200: escalationLastResortAnswer },
      handle: async ({ body, actor, now }) => {
        await policies.saveLastResort(body.targets, { actor, now });
        return told(now);
      },
    }),
  ];
}

const onPage = {
  method: 'POST',
  tag: 'pages',
  permission: 'pages:act',
  params: byId,
  answers: { 200: pageActAnswer },
} as const;
const url = '/api/v1/pages/:id';

type ActCall = { readonly params: { readonly id: string }; readonly now: Instant; readonly actor: Actor };

/** Acts that a page which has ended cannot grant; the others (acknowledge, give back, end) are then harmless. */
const NEEDS_LIVE_RUN: readonly RunEvent['kind'][] = ['snooze', 'reassign', 'escalate-now', 'add-responder'];

function actRoutes(escalation: Escalation): readonly Route[] {
  const act = async ({ params, now, actor }: ActCall, event: (by: string, at: Instant) => RunEvent) => {
    const by = personOf(actor);
    return told(await escalation.act(params.id, now, (at) => event(by, at)), event(by, now).kind);
  };
  return [
    route({
      ...onPage,
      url: `${url}/acknowledge`,
      summary: 'Take a page; a second acknowledge is harmless',
      handle: (call) => act(call, (by, at) => ({ kind: 'acknowledge', by, at })),
    }),
    route({
      ...onPage,
      url: `${url}/unacknowledge`,
      summary: 'Give a page back: it escalates at once',
      handle: (call) => act(call, (by) => ({ kind: 'unacknowledge', by })),
    }),
    route({
      ...onPage,
      url: `${url}/snooze`,
      summary: 'Quiet until a moment',
      body: pageSnoozeBody,
      handle: (call) => act(call, (by, at) => ({ kind: 'snooze', until: untilOf(call.body, at), by })),
    }),
    route({
      ...onPage,
      url: `${url}/reassign`,
      summary: 'Give a page to another person, who is called at once',
      body: pagePersonBody,
      handle: (call) => act(call, (by) => ({ kind: 'reassign', to: call.body.userId, by })),
    }),
    route({
      ...onPage,
      url: `${url}/escalate`,
      summary: 'Take the next step of the policy at once',
      handle: (call) => act(call, (by) => ({ kind: 'escalate-now', by })),
    }),
    route({
      ...onPage,
      url: `${url}/responders`,
      summary: 'Call one more person',
      body: pagePersonBody,
      handle: (call) => act(call, (by) => ({ kind: 'add-responder', user: call.body.userId, by })),
    }),
    route({
      ...onPage,
      url: `${url}/end`,
      summary: 'Stop calling for a page whose alerts still fire',
      handle: (call) => act(call, (by) => ({ kind: 'end', by })),
    }),
  ];
}

function resolveRoute(escalation: Escalation): Route {
  return route({
    ...onPage,
    url: `${url}/resolve`,
    summary: 'Resolve the alerts of a page by hand',
    answers: { 200: pageResolveAnswer },
    handle: async ({ params, actor, now }) => {
      const resolved = await escalation.resolve(params.id, personOf(actor), now);
      return { status: 200, body: { pageId: params.id, resolved } };
    },
  });
}

/** Only a person can hold, give or end a page: a holder is called when the acknowledgement expires. */
function personOf(actor: Actor): string {
  if (actor.kind !== 'user') throw new AppError('ACTOR_NOT_A_PERSON');
  return actor.userId;
}

function untilOf(
  body: { readonly until?: string | undefined; readonly forSeconds?: number | undefined },
  at: Instant,
): Instant {
  return body.until === undefined ? at.add({ seconds: body.forSeconds ?? 0 }) : Temporal.Instant.from(body.until);
}

/** A refused wish, or one that needs a live run where there is none, is an error; an acknowledge that came too late is none. */
function told({ outcome, reasons, page, run }: ActResult, wish: RunEvent['kind']): Answer {
  const refusal = refusalOf(reasons);
  if (refusal?.kind === 'person-unreachable') throw new AppError('PERSON_UNREACHABLE', { why: refusal.reason });
  if (refusal !== null) throw new AppError('SNOOZE_INVALID', { maximumSeconds: LONGEST_SNOOZE_SECONDS });
  const because = new Set(reasons.map((reason) => reason.kind));
  if (because.has('no-run')) throw new AppError('PAGE_NOT_CALLING', { why: 'it never called anybody' });
  if (because.has('already-ended') && NEEDS_LIVE_RUN.includes(wish))
    throw new AppError('PAGE_NOT_CALLING', { why: 'it has ended' });
  const wire = run === null ? null : runOnTheWire(run);
  return {
    status: 200,
    body: { outcome, reasons: reasonsOnTheWire(reasons), pageId: page.id, version: page.version, run: wire },
  };
}
