import type { SignatureSettings } from '@tocsin/contracts';
import type { Changes } from '#changes';
import type { DoorAnswer, DoorRequest, VendorDoor } from '#platform/http/door';
import { readObject } from '../json-object.ts';
import type { Integration } from '../model.ts';
import type { Integrations } from '../service.ts';
import { checkSignature } from '../signature.ts';
import { readGithub } from './github.ts';
import { contentTypeOf, type DoorDeps, keyInPath, openDoor } from './open-door.ts';

/** GitHub's own limit. */
const BODY_LIMIT = 25 * 1024 * 1024;

/** How GitHub signs. There is no date in it: what comes twice is the same change, so that a replay does nothing. */
const SIGNED: SignatureSettings = {
  header: 'x-hub-signature-256',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
  signs: 'body',
  toleranceSeconds: 300,
};

/** What GitHub's door needs. */
export interface GithubDoorsDeps extends Pick<DoorDeps, 'clock' | 'onRefused' | 'keep'> {
  readonly integrations: Pick<Integrations, 'byKey' | 'take' | 'secretOf'>;
  readonly changes: Pick<Changes, 'record'>;
}

/** GitHub's webhooks at `/webhooks/github/<key>`: deployments, pushes, releases and the like become changes. Nothing pages. */
export function githubDoors(deps: GithubDoorsDeps): readonly VendorDoor[] {
  return [
    openDoor(deps, {
      method: 'POST',
      url: '/webhooks/github/:key',
      summary: 'Take deployments and other changes (GitHub webhooks)',
      bodyLimit: BODY_LIMIT,
      kinds: ['github'],
      keyOf: keyInPath,
      fail,
      handle: (integration, request, now) => take(deps, integration, request, now),
    }),
  ];
}

async function take(
  deps: GithubDoorsDeps,
  integration: Integration,
  request: DoorRequest,
  now: Temporal.Instant,
): Promise<DoorAnswer> {
  const secrets = deps.integrations.secretOf(integration, now);
  const checked = secrets.length > 0 ? checkSignature(request, SIGNED, secrets, now.epochMilliseconds) : null;
  const refuse = (status: number, message: string) => {
    deps.onRefused(integration.id, 1);
    return fail(status, message);
  };
  if (checked && !checked.ok) return refuse(401, checked.reason);
  const event = headerOf(request, 'x-github-event');
  const delivery = headerOf(request, 'x-github-delivery');
  if (event === null || delivery === null) return refuse(400, 'X-GitHub-Event and X-GitHub-Delivery are needed');
  const body = bodyOf(request);
  const read = body === null ? { ok: false as const, reason: 'the form has no field payload' } : readObject(body);
  if (!read.ok) return refuse(400, read.reason);
  const told = readGithub({ event, delivery, payload: read.object });
  switch (told.kind) {
    case 'pong':
      return answer(200, 'pong');
    case 'ignored':
      return answer(202, `ignored: ${told.why.slice(0, 200)} is no change that is kept`);
    case 'change':
      await deps.changes.record(integration, [told.change], now);
      return answer(202, 'recorded');
  }
}

/** The JSON of a delivery: the body, or the field `payload` where the webhook is set to send forms. */
function bodyOf(request: DoorRequest): Buffer | null {
  if (!/^application\/x-www-form-urlencoded/i.test(contentTypeOf(request) ?? '')) return request.body;
  const payload = new URLSearchParams(request.body.toString('utf8')).get('payload');
  return payload === null ? null : Buffer.from(payload, 'utf8');
}

function headerOf({ headers }: DoorRequest, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && value !== '' && value.length <= 200 ? value : null;
}

function answer(status: number, message: string): DoorAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify({ message }) };
}

function fail(status: number, message: string, retryAfterSeconds?: number): DoorAnswer {
  const failed = answer(status, message);
  return retryAfterSeconds === undefined
    ? failed
    : { ...failed, headers: { 'retry-after': String(retryAfterSeconds) } };
}
