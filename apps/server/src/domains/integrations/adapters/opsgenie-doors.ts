import { AppError } from '#platform/errors';
import type { Db } from '#platform/db';
import type { DoorAnswer, DoorRequest, VendorDoor } from '#platform/http/door';
import type { NewId } from '#platform/ids';
import type { Integration } from '../model.ts';
import { type AlertName, findOpsgenieAlert, findPerson } from '../requests/search.ts';
import { findRequest, type OpsgenieRequest, saveRequest } from '../requests/store.ts';
import { contentTypeOf, type DoorDeps, keyInHeader, openDoor } from './open-door.ts';
import { createEvent, readCreate } from './opsgenie.ts';
import { opsgenieActs, type OpsgenieActKind, type OwnerName, readAct } from './opsgenie-acts.ts';
import { opsgenieAnswers, type OpsgenieAnswers } from './opsgenie-answers.ts';
import { type CarryOutDeps, carryOut } from './opsgenie-carry-out.ts';
import { faceOf, requestFace } from './opsgenie-face.ts';
import { countAlerts, listAlerts } from './opsgenie-list.ts';

/** What Opsgenie's doors need. */
export interface OpsgenieDoorsDeps extends DoorDeps, Omit<CarryOutDeps, 'integrations' | 'personOf'> {
  readonly newId: NewId;
  readonly db: { readonly paging: Db; readonly reports: Db };
  /** The status of a request could not be kept; the request itself was carried out. */
  readonly onStatusLost: (error: unknown) => void;
  /** Takes a ping of a heartbeat by name; false when the integration has none of that name. */
  readonly pingHeartbeat?: (integrationId: string, name: string, now: Temporal.Instant) => Promise<boolean>;
}

/** One request under way: who sends it, when, and how it is answered. */
export interface Sent {
  readonly integration: Integration;
  readonly request: DoorRequest;
  readonly now: Temporal.Instant;
  readonly answers: OpsgenieAnswers;
}

/** 1 MB: the largest alert that Opsgenie takes is 50 KB of characters. */
const BODY_LIMIT = 1024 * 1024;

/**
 * Opsgenie's Alert API at `/v2/alerts` with the key as `Authorization: GenieKey <key>`, and its heartbeat pings. Acts
 * are carried out before the 202, so that their status is there to be asked for at once; an act that is impossible is
 * answered 202 too, as there, and its status says why.
 */
export function opsgenieDoors(deps: OpsgenieDoorsDeps): readonly VendorDoor[] {
  const answers = opsgenieAnswers(deps);
  const at = '/v2/alerts';
  const door = (
    method: VendorDoor['method'],
    path: string,
    summary: string,
    handle: (sent: Sent) => Promise<DoorAnswer> | DoorAnswer,
  ): readonly VendorDoor[] =>
    // Opsgenie's own SDK writes a slash behind every path.
    [path, `${path}/`].map((url) =>
      openDoor(deps, {
        method,
        url,
        summary: `${summary} (Opsgenie)`,
        bodyLimit: BODY_LIMIT,
        kinds: ['opsgenie'],
        keyOf: (request) => keyInHeader(request, 'GenieKey'),
        fail: answers.fail,
        handle: (integration, request, now) => handle({ integration, request, now, answers }),
      }),
    );
  const pings = (['POST', 'GET', 'PUT', 'PATCH'] as const).flatMap((method) =>
    door(method, '/v2/heartbeats/:name/ping', 'Ping a heartbeat', (sent) => ping(deps, sent)),
  );
  return [
    ...door('POST', at, 'Create an alert', (sent) => create(deps, sent)),
    ...door('GET', at, 'List alerts', (sent) => listAlerts(deps, sent)),
    ...door('GET', `${at}/count`, 'Count alerts', (sent) => countAlerts(deps, sent)),
    ...door('GET', `${at}/requests/:id`, 'What became of a request', (sent) => requestStatus(deps, sent)),
    ...door('GET', `${at}/:identifier`, 'Read an alert', (sent) => read(deps, sent)),
    ...opsgenieActs.flatMap((kind) =>
      door(kind.method, `${at}/:identifier${kind.path}`, kind.action, (sent) => act(deps, sent, kind)),
    ),
    ...pings,
  ];
}

async function create(deps: OpsgenieDoorsDeps, sent: Sent): Promise<DoorAnswer> {
  const { integration, request, now, answers } = sent;
  const created = readCreate(request.body);
  if (!created.ok) {
    deps.onRefused(integration.id, 1);
    return answers.refused(created, now);
  }
  const requestId = deps.newId();
  const { fields, note } = created;
  const event = createEvent(fields, { integration, note, nowMs: now.epochMilliseconds, ownKey: requestId });
  const refused = await deps.integrations.take(integration, [event], {
    body: request.body,
    contentType: contentTypeOf(request),
    now,
  });
  if (refused.length > 0) {
    deps.onRefused(integration.id, 1);
    return answers.refused({ ok: false, kind: 'fields', errors: { message: 'can not be stored' } }, now);
  }
  const done = { success: true, action: 'Create', status: 'Created alert' };
  await keepStatus(deps, sent, {
    id: requestId,
    ...done,
    alertId: null,
    alias: fields.alias,
    identity: event.identity,
  });
  return answers.accepted(requestId, now);
}

async function act(deps: OpsgenieDoorsDeps, sent: Sent, kind: OpsgenieActKind): Promise<DoorAnswer> {
  const { integration, request, now, answers } = sent;
  const name = nameIn(request);
  const wish = readAct(kind, request.body, request);
  if (name === null || 'ok' in wish) return answers.refused('ok' in wish ? wish : NO_SUCH_TYPE, now);
  const alert = await findOpsgenieAlert(deps.db.paging, integration.id, name);
  const carrying = { ...deps, personOf: (owner: OwnerName) => findPerson(deps.db.paging, owner) };
  const sentBody = { body: request.body, contentType: contentTypeOf(request) };
  const wrong = alert
    ? await carryOut(carrying, { act: wish, alert, integration, request: sentBody, now }).catch(inWords)
    : 'Alert does not exist';
  const id = deps.newId();
  const alias = alert?.annotations['alias'] ?? null;
  const status = { success: wrong === null, status: wrong ?? kind.done };
  await keepStatus(deps, sent, { id, ...status, action: kind.action, alertId: alert?.id ?? null, alias });
  return answers.accepted(id, now);
}

/** An act that people could not do either has its reason in words; anything else is our trouble, and is answered so. */
function inWords(error: unknown): string {
  if (error instanceof AppError) return error.message;
  throw error;
}

async function read(deps: OpsgenieDoorsDeps, { integration, request, now, answers }: Sent): Promise<DoorAnswer> {
  const name = nameIn(request);
  if (name === null) return answers.refused(NO_SUCH_TYPE, now);
  const alert = await findOpsgenieAlert(deps.db.reports, integration.id, name);
  if (!alert) return answers.said(404, { message: `There is no alert with ${name.type} ${name.value}` }, now);
  return answers.data(faceOf(alert, integration, true), now);
}

async function requestStatus(
  deps: OpsgenieDoorsDeps,
  { integration, request, now, answers }: Sent,
): Promise<DoorAnswer> {
  const id = request.params['id'] ?? '';
  const found = UUID.test(id) ? await findRequest(deps.db.paging, integration.id, id) : null;
  return found
    ? answers.data(requestFace(found), now)
    : answers.said(404, { message: 'Request not found. It might be older than a day.' }, now);
}

async function ping(deps: OpsgenieDoorsDeps, { integration, request, now, answers }: Sent): Promise<DoorAnswer> {
  const name = request.params['name'] ?? '';
  const isKnown = (await deps.pingHeartbeat?.(integration.id, name, now)) ?? false;
  return isKnown
    ? answers.said(202, { result: 'PONG - Heartbeat received' }, now)
    : answers.said(404, { message: `There is no heartbeat called ${name.slice(0, 200)}` }, now);
}

/** The address of a heartbeat that Opsgenie's senders know by a name: `Nightly Backup` → `nightly-backup`. */
export function heartbeatSlug(name: string): string {
  return name
    .slice(0, 200)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._]+/g, '-')
    .replace(/^[._-]+/, '')
    .slice(0, 80)
    .replace(/-$/, '');
}

/** Keeps what became of a request. It has been carried out by now: a sender turned away for this would do it twice. */
async function keepStatus(
  deps: OpsgenieDoorsDeps,
  { integration, now }: Sent,
  request: Omit<OpsgenieRequest, 'integrationId' | 'at'> & { readonly identity?: string },
): Promise<void> {
  await saveRequest(deps.db.paging, { ...request, integrationId: integration.id, at: now }).catch(deps.onStatusLost);
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NO_SUCH_TYPE = {
  ok: false,
  kind: 'fields',
  errors: { identifierType: 'should be one of [ id, tiny, alias ]' },
} as const;

/** How a request names its alert; null when it names a type that there is not. */
function nameIn({ params, query }: DoorRequest): AlertName | null {
  const type = query.get('identifierType')?.toLowerCase() ?? 'id';
  if (type !== 'id' && type !== 'tiny' && type !== 'alias') return null;
  return { type, value: (params['identifier'] ?? '').toWellFormed().replaceAll('\0', '\ufffd') };
}
