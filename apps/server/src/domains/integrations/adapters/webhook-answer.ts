import type { DoorAnswer } from '#platform/http/door';
import type { Outcome } from '../payloads/service.ts';

/** Items named in one answer at most; all of them are kept with the dead letter. */
const MOST_NAMED = 50;

/** The webhooks' form of an error, for senders that only look at the status and for people who read on. */
export function failWebhook(status: number, message: string, retryAfterSeconds?: number): DoorAnswer {
  const answer = answerWith(status, { status: 'error', message });
  return retryAfterSeconds === undefined
    ? answer
    : { ...answer, headers: { 'retry-after': String(retryAfterSeconds) } };
}

/** What became of a request: 200 when all of it was understood, else 400 that names what was not; the rest was taken. */
export function answerOutcome({ accepted, ignored, refused }: Outcome): DoorAnswer {
  if (refused.length === 0) return answerWith(200, { status: 'accepted', accepted, ignored });
  const whole = refused.find(({ index }) => index === null);
  const message = whole?.reason ?? `${refused.length} of ${accepted + ignored + refused.length} alerts were refused`;
  return answerWith(400, { status: 'error', message, accepted, ignored, refused: refused.slice(0, MOST_NAMED) });
}

function answerWith(status: number, body: unknown): DoorAnswer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(body)}\n` };
}
