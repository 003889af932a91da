import type { Clock } from '#platform/clock';
import type { DoorAnswer } from '#platform/http/door';
import type { NewId } from '#platform/ids';
import type { Refusal } from './opsgenie-body.ts';

/** Answers in Opsgenie's form: each has an id and says in seconds how long it took. */
export interface OpsgenieAnswers {
  /** 202: carried out or found impossible already, which the status of the request tells. */
  accepted(requestId: string, began: Temporal.Instant): DoorAnswer;
  data(data: unknown, began: Temporal.Instant, more?: Readonly<Record<string, unknown>>): DoorAnswer;
  /** Any other answer with a word about it. */
  said(
    status: number,
    word: { readonly result: string } | { readonly message: string },
    began: Temporal.Instant,
  ): DoorAnswer;
  refused(refusal: Refusal, began: Temporal.Instant): DoorAnswer;
  fail(status: number, message: string, retryAfterSeconds?: number): DoorAnswer;
}

/** Builds the answers. */
export function opsgenieAnswers({ clock, newId }: { readonly clock: Clock; readonly newId: NewId }): OpsgenieAnswers {
  const answer = (status: number, body: object, began: Temporal.Instant, requestId = newId()): DoorAnswer => {
    const took = Math.max(0, (clock.now().epochMilliseconds - began.epochMilliseconds) / 1_000);
    return {
      status,
      contentType: 'application/json',
      headers: { 'x-request-id': requestId },
      body: JSON.stringify({ ...body, took, requestId }),
    };
  };
  const said: OpsgenieAnswers['said'] = (status, word, began) => answer(status, word, began);
  return {
    said,
    accepted: (requestId, began) => answer(202, { result: 'Request will be processed' }, began, requestId),
    data: (data, began, more = {}) => answer(200, { data, ...more }, began),
    refused(refusal, began) {
      if (refusal.kind === 'syntax')
        return said(400, { message: `Request body is not valid: ${refusal.reason}` }, began);
      const message = 'Request body is not processable. Please check the errors.';
      return answer(422, { message, errors: refusal.errors }, began);
    },
    fail(status, message, retryAfterSeconds) {
      const failed = said(status, { message: status === 401 ? 'Could not authenticate' : message }, clock.now());
      return retryAfterSeconds === undefined
        ? failed
        : { ...failed, headers: { ...failed.headers, 'retry-after': String(retryAfterSeconds) } };
    },
  };
}
