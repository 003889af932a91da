import type { DoorAnswer, VendorDoor } from '#platform/http/door';
import { contentTypeOf, type DoorDeps, keyInPath, openDoor } from './open-door.ts';
import { readSlack } from './slack-in.ts';

const BODY_LIMIT = 1024 * 1024;

/** An incoming webhook in Slack's shape at `/services/<key>`; also with parts behind the key, as Slack's own addresses have. */
export function slackInDoors(deps: DoorDeps): readonly VendorDoor[] {
  return ['/services/:key', '/services/:key/*'].map((url) =>
    openDoor(deps, {
      method: 'POST',
      url,
      summary: 'Take a message (Slack incoming webhook)',
      bodyLimit: BODY_LIMIT,
      kinds: ['slack'],
      keyOf: keyInPath,
      fail,
      async handle(integration, request, now) {
        const contentType = contentTypeOf(request);
        const read = readSlack(request.body, { contentType, integration, nowMs: now.epochMilliseconds });
        if (!read.ok) {
          deps.onRefused(integration.id, 1);
          return words(400, read.word);
        }
        const refused = await deps.integrations.take(integration, read.events, {
          body: request.body,
          contentType,
          now,
        });
        if (refused.length > 0) deps.onRefused(integration.id, refused.length);
        return refused.length === read.events.length ? words(400, 'invalid_payload') : words(200, 'ok');
      },
    }),
  );
}

/** Slack's errors are words in plain text. */
function fail(status: number, _message: string, retryAfterSeconds?: number): DoorAnswer {
  const answer =
    status === 401
      ? words(403, 'invalid_token')
      : status >= 500
        ? words(status, status === 503 ? 'service_unavailable' : 'internal_error')
        : words(status, status === 413 ? 'payload_too_large' : 'invalid_payload');
  return retryAfterSeconds === undefined
    ? answer
    : { ...answer, headers: { 'retry-after': String(retryAfterSeconds) } };
}

function words(status: number, body: string): DoorAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}
