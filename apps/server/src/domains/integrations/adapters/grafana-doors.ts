import type { SignatureSettings } from '@tocsin/contracts';
import type { DoorRequest, VendorDoor } from '#platform/http/door';
import { isKeyForm } from '../keys.ts';
import { takeSigned, type WebhookDoorsDeps } from './generic-webhook-doors.ts';
import { keyInPath, openDoor } from './open-door.ts';
import { failWebhook } from './webhook-answer.ts';

/** 10 MB: a contact point without a limit sends all alerts of a group in one body. */
const BODY_LIMIT = 10 * 1024 * 1024;

/** Grafana's own way to sign, where nothing else was said. */
const SIGNED: SignatureSettings = {
  header: 'x-grafana-alerting-signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: '',
  signs: 'body',
  toleranceSeconds: 300,
};

/** Grafana's alerting webhook at `/webhooks/grafana/<key>`, or with the key in the Authorization header. */
export function grafanaDoors(deps: WebhookDoorsDeps): readonly VendorDoor[] {
  return (['POST', 'PUT'] as const).flatMap((method) =>
    ['/webhooks/grafana/:key', '/webhooks/grafana'].map((url) =>
      openDoor(deps, {
        method,
        url,
        summary: 'Take alerts (Grafana alerting webhook)',
        bodyLimit: BODY_LIMIT,
        kinds: ['grafana'],
        keyOf: (request) => keyInPath(request) ?? keyInAuthorization(request),
        fail: failWebhook,
        handle: (integration, request, now) => takeSigned(deps, integration, request, { now, signed: SIGNED }),
      }),
    ),
  );
}

/** The key as the password (else the name) of Basic, or behind whatever scheme the contact point was given. */
function keyInAuthorization({ headers }: DoorRequest): string | null {
  const header = headers['authorization'];
  if (typeof header !== 'string' || header.length > 1_000) return null;
  const [scheme = '', credentials] = header.trim().split(/\s+/, 2);
  if (credentials === undefined) return scheme;
  if (scheme.toLowerCase() !== 'basic') return credentials;
  const [name = '', password = ''] = Buffer.from(credentials, 'base64').toString('utf8').split(':', 2);
  return isKeyForm(password) ? password : name;
}
