import {
  contactMethodAdded,
  contactMethodCode,
  contactMethodDraft,
  notificationRules,
  reachOfPerson,
  webhookEndpoint,
  webhookEndpointDraft,
  webhookEndpointList,
  webhookEndpointRotation,
  webhookEndpointSecret,
  webhookEndpointUpdate,
} from '@tocsin/contracts';
import { z } from 'zod';
import { AppError } from '#platform/errors';
import { type Actor, actorRef } from '#platform/http/actor';
import type { DoorAnswer, DoorRequest, VendorDoor } from '#platform/http/door';
import { type Route, route } from '#platform/http/route';
import type { Clock } from '#platform/clock';
import { renderUnavailable } from './ack-page.ts';
import type { StoredEndpoint } from './contacts/store.ts';
import type { ContactMethod, Id } from './model.ts';
import type { ReplyAnswer } from './replies/service.ts';
import type { Notifications } from './service.ts';

const byId = z.strictObject({ id: z.uuid() });
/** The answer to a form has two short fields. */
const FORM_LIMIT = 4_096;

/** The routes of contact methods, personal rules and webhook endpoints. */
export function notificationRoutes(notifications: Notifications): readonly Route[] {
  return [...reachRoutes(notifications), ...methodRoutes(notifications), ...endpointRoutes(notifications)];
}

function selfOf(actor: Actor): Id {
  if (actor.kind !== 'user') throw new AppError('ACTOR_NOT_A_PERSON');
  return actor.userId;
}

function methodOnWire({ id, channel, label, address, verifiedAt }: ContactMethod) {
  return { id, channel, label, address, verifiedAt: verifiedAt?.toString() ?? null };
}

function endpointOnWire({ id, name, url, teamId, previousSecretExpiresAt, version }: StoredEndpoint) {
  return { id, name, url, teamId, previousSecretExpiresAt: previousSecretExpiresAt?.toString() ?? null, version };
}

function reachRoutes({ contacts, channelNames }: Notifications): readonly Route[] {
  const tag = 'contact methods';
  const told = (userId: Id) => ({
    methods: contacts.methodsOf(userId).map(methodOnWire),
    rules: contacts.rulesOf(userId),
    channels: channelNames(),
  });
  return [
    route({
      method: 'GET',
      url: '/api/v1/me/reach',
      tag,
      permission: 'self:write',
      summary: 'How you are reached: contact methods and rules',
      answers: { 200: reachOfPerson },
      handle: async ({ actor }) => ({ status: 200, body: told(selfOf(actor)) }),
    }),
    route({
      method: 'GET',
      url: '/api/v1/people/:id/reach',
      tag,
      permission: 'people:write',
      summary: 'How somebody is reached',
      params: byId,
      answers: { 200: reachOfPerson },
      handle: async ({ params }) => ({ status: 200, body: told(params.id) }),
    }),
    route({
      method: 'PUT',
      url: '/api/v1/me/notification-rules',
      tag,
      permission: 'self:write',
      summary: 'Replace your notification rules',
      body: notificationRules,
      answers: { 200: reachOfPerson },
      handle: async ({ body, actor, now }) => {
        const userId = selfOf(actor);
        await contacts.saveRules(userId, body.rules, { by: actorRef(actor), now });
        return { status: 200, body: told(userId) };
      },
    }),
  ];
}

function methodRoutes({ contacts }: Notifications): readonly Route[] {
  const tag = 'contact methods';
  const url = '/api/v1/me/contact-methods';
  return [
    route({
      method: 'POST',
      url,
      tag,
      permission: 'self:write',
      summary: 'Add a contact method; a code is sent to it',
      body: contactMethodDraft,
      answers: { 201: contactMethodAdded },
      handle: async ({ body, actor, now }) => {
        const { method, secret } = await contacts.add({ ...body, userId: selfOf(actor) }, { by: actorRef(actor), now });
        return { status: 201, body: { method: methodOnWire(method), secret } };
      },
    }),
    route({
      method: 'POST',
      url: `${url}/:id/code`,
      tag,
      permission: 'self:write',
      summary: 'Send the code again',
      params: byId,
      answers: { 202: null },
      handle: async ({ params, actor, now }) => {
        await contacts.sendCode(selfOf(actor), params.id, { by: actorRef(actor), now });
        return { status: 202 };
      },
    }),
    route({
      method: 'POST',
      url: `${url}/:id/confirm`,
      tag,
      permission: 'self:write',
      summary: 'Confirm a contact method by its code',
      idempotent: false,
      params: byId,
      body: contactMethodCode,
      answers: { 204: null },
      handle: async ({ params, body, actor, now }) => {
        await contacts.confirm(selfOf(actor), { methodId: params.id, code: body.code }, { by: actorRef(actor), now });
        return { status: 204 };
      },
    }),
    route({
      method: 'POST',
      url: `${url}/:id/test`,
      tag,
      permission: 'self:write',
      summary: 'Send yourself a test by this contact method',
      params: byId,
      answers: { 202: null },
      handle: async ({ params, actor, now }) => {
        await contacts.test(selfOf(actor), params.id, { by: actorRef(actor), now });
        return { status: 202 };
      },
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'self:write',
      summary: 'Remove a contact method and the rules by it',
      params: byId,
      answers: { 204: null },
      handle: async ({ params, actor, now }) => {
        await contacts.remove(selfOf(actor), params.id, { by: actorRef(actor), now });
        return { status: 204 };
      },
    }),
  ];
}

function endpointRoutes({ contacts: { endpoints } }: Notifications): readonly Route[] {
  const tag = 'webhook endpoints';
  const url = '/api/v1/webhook-endpoints';
  return [
    route({
      method: 'GET',
      url,
      tag,
      permission: 'notifications:read',
      summary: 'List webhook endpoints',
      answers: { 200: webhookEndpointList },
      handle: async () => ({ status: 200, body: { endpoints: endpoints.list().map(endpointOnWire) } }),
    }),
    route({
      method: 'POST',
      url,
      tag,
      permission: 'webhooks:write',
      summary: 'Make a webhook endpoint; its secret is shown this once',
      body: webhookEndpointDraft,
      answers: { 201: webhookEndpointSecret },
      handle: async ({ body, actor, now }) => {
        const { endpoint, secret } = await endpoints.create(body, { actor, now });
        return { status: 201, body: { endpoint: endpointOnWire(endpoint), secret } };
      },
    }),
    route({
      method: 'PUT',
      url: `${url}/:id`,
      tag,
      permission: 'webhooks:write',
      summary: 'Change a webhook endpoint',
      params: byId,
      body: webhookEndpointUpdate,
      answers: { 200: webhookEndpoint },
      handle: async ({ params, body, actor, now }) => ({
        status: 200,
        body: endpointOnWire(await endpoints.update(params.id, body, { actor, now })),
      }),
    }),
    route({
      method: 'POST',
      url: `${url}/:id/rotate`,
      tag,
      permission: 'webhooks:write',
      summary: 'Give it a new secret; the one before stays good for a while',
      params: byId,
      body: webhookEndpointRotation,
      answers: { 200: webhookEndpointSecret },
      handle: async ({ params, body, actor, now }) => {
        const { endpoint, secret } = await endpoints.rotate(params.id, body.overlapSeconds, {
          actor,
          now,
        });
        return { status: 200, body: { endpoint: endpointOnWire(endpoint), secret } };
      },
    }),
    route({
      method: 'POST',
      url: `${url}/:id/test`,
      tag,
      permission: 'webhooks:write',
      summary: 'Send a test event',
      params: byId,
      answers: { 202: null },
      handle: async ({ params, actor, now }) => {
        await endpoints.test(params.id, { actor, now });
        return { status: 202 };
      },
    }),
    route({
      method: 'DELETE',
      url: `${url}/:id`,
      tag,
      permission: 'webhooks:write',
      summary: 'Archive a webhook endpoint',
      params: byId,
      answers: { 204: null },
      handle: async ({ params, actor, now }) => {
        await endpoints.archive(params.id, { actor, now });
        return { status: 204 };
      },
    }),
  ];
}

/** The 3 a.m. page: a form without script, so bytes in and a page out. GET never acts. */
export function replyDoors({ replies }: Pick<Notifications, 'replies'>, clock: Clock): readonly VendorDoor[] {
  const common = { url: '/a/:token', permission: 'link-token', fail } as const;
  const replyOf = (request: DoorRequest) => ({
    token: request.params['token'] ?? '',
    address: request.address,
    now: clock.now(),
  });
  return [
    {
      ...common,
      method: 'GET',
      summary: 'Show the page that a message links to',
      bodyLimit: 1,
      handle: async (request) => present(await replies.show(replyOf(request))),
    },
    {
      ...common,
      method: 'POST',
      summary: 'Acknowledge or escalate by the link of a message',
      bodyLimit: FORM_LIMIT,
      async handle(request) {
        const form = new URLSearchParams(request.body.toString('utf8'));
        return present(
          await replies.act({ ...replyOf(request), wish: form.get('do') ?? '', once: form.get('once') ?? '' }),
        );
      },
    },
  ];
}

function present({ status, document }: ReplyAnswer): DoorAnswer {
  return {
    status,
    contentType: 'text/html; charset=utf-8',
    body: document.html,
    headers: {
      'content-security-policy': document.contentSecurityPolicy,
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
    },
  };
}

function fail(status: number): DoorAnswer {
  return present({ status, document: renderUnavailable() });
}
