import type { SignatureSettings } from '@tocsin/contracts';
import type { DoorAnswer, DoorRequest, VendorDoor } from '#platform/http/door';
import type { Integration } from '../model.ts';
import type { Payloads } from '../payloads/service.ts';
import type { Integrations } from '../service.ts';
import { checkSignature } from '../signature.ts';
import { bodyOf, type DoorDeps, keyInHeader, keyInPath, openDoor } from './open-door.ts';
import { answerOutcome, failWebhook } from './webhook-answer.ts';

/** What the doors of webhooks need. */
export interface WebhookDoorsDeps extends Pick<DoorDeps, 'clock' | 'onRefused'> {
  readonly integrations: Pick<Integrations, 'byKey' | 'take' | 'secretOf'>;
  readonly payloads: Pick<Payloads, 'intake' | 'wasTaken' | 'noteTaken'>;
}

/** 1 MB: one event of one sender, or a list of a thousand. */
const BODY_LIMIT = 1024 * 1024;

/** How a generic webhook is signed when a secret is set and nothing else was said. */
const SIGNED: SignatureSettings = {
  header: 'x-webhook-signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: '',
  signs: 'body',
  toleranceSeconds: 300,
};

/** Any JSON at `/webhooks/generic/<key>`, or at `/webhooks/generic` with the key as Bearer token. */
export function genericWebhookDoors(deps: WebhookDoorsDeps): readonly VendorDoor[] {
  return (['POST', 'PUT'] as const).flatMap((method) =>
    ['/webhooks/generic/:key', '/webhooks/generic'].map((url) =>
      openDoor(deps, {
        method,
        url,
        summary: 'Take alerts as any JSON, by the mapping of the integration',
        bodyLimit: BODY_LIMIT,
        kinds: ['webhook'],
        keyOf: (request) => keyInPath(request) ?? keyInHeader(request, 'Bearer'),
        fail: failWebhook,
        handle: (integration, request, now) => takeSigned(deps, integration, request, { now, signed: SIGNED }),
      }),
    ),
  );
}

/**
 * Takes a request that may have to be signed: by the integration's settings, or as `signed` says once a secret is set. A
 * delivery that is signed with its date is taken once. It is remembered after the commit: a sender turned away with 503
 * comes again with the very same delivery.
 */
export async function takeSigned(
  deps: WebhookDoorsDeps,
  integration: Integration,
  request: DoorRequest,
  { now, signed }: { readonly now: Temporal.Instant; readonly signed: SignatureSettings | null },
): Promise<DoorAnswer> {
  const secrets = deps.integrations.secretOf(integration, now);
  const settings = integration.settings.hmac ?? (secrets.length > 0 ? signed : null);
  const checked = settings ? checkSignature(request, settings, secrets, now.epochMilliseconds) : null;
  if (checked && !checked.ok) {
    deps.onRefused(integration.id, 1);
    return failWebhook(401, checked.reason);
  }
  const once = checked?.once ?? null;
  const delivery = once && { integrationId: integration.id, key: once.key };
  if (delivery && (await deps.payloads.wasTaken(delivery))) {
    deps.onRefused(integration.id, 1);
    return failWebhook(409, 'this delivery was taken before');
  }
  const outcome = await deps.payloads.intake(integration, bodyOf(request), now);
  if (delivery && once) await deps.payloads.noteTaken(delivery, once.expiresAtMs);
  if (outcome.refused.length > 0) deps.onRefused(integration.id, outcome.refused.length);
  return answerOutcome(outcome);
}
