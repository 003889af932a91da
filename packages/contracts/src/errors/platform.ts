/** Errors that any request can meet. */
export const platformErrors = {
  INTERNAL: {
    status: 500,
    message: 'Something failed on our side.',
    next: 'Try again; if it stays, give the request id to whoever runs Tocsin.',
    exit: 1,
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    message: 'The database does not answer.',
    next: 'Try again in a few seconds.',
    exit: 75,
  },
  OVERLOADED: {
    status: 503,
    message: 'Too much is waiting to be stored.',
    next: 'Send again after the Retry-After time.',
    exit: 75,
  },
  NOT_FOUND: { status: 404, message: 'There is nothing at this address.', next: 'Check the address.', exit: 4 },
  METHOD_NOT_ALLOWED: {
    status: 405,
    message: 'This address does not take {method}.',
    next: 'See /api/v1/openapi.json for what it takes.',
    exit: 2,
  },
  BODY_INVALID: {
    status: 400,
    message: 'The request is not valid.',
    next: 'Mend the fields named in `faults` and send again.',
    exit: 2,
  },
  BODY_NOT_JSON: { status: 400, message: 'The body is not JSON: {why}', next: 'Send a JSON body.', exit: 2 },
  BODY_TOO_LARGE: {
    status: 413,
    message: 'The body is larger than {limit} bytes.',
    next: 'Send it in smaller parts.',
    exit: 2,
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    message: 'Content type {type} is not read here.',
    next: 'Send application/json.',
    exit: 2,
  },
  CURSOR_INVALID: {
    status: 400,
    message: 'This cursor is not one of ours.',
    next: 'Begin again without a cursor.',
    exit: 2,
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    message: 'This idempotency key was used for another request.',
    next: 'Use a new key for a new request.',
    exit: 5,
  },
  IDEMPOTENCY_ANSWER_UNKNOWN: {
    status: 409,
    message: 'This was already begun with the same key, and its answer is not known yet.',
    next: 'Send it again in a moment; if it stays so, read what it was to change: it is not done twice.',
    exit: 5,
  },
  VERSION_CONFLICT: {
    status: 409,
    message: 'Somebody changed this meanwhile.',
    next: 'Read it again, then repeat your change.',
    exit: 5,
  },
  RATE_LIMITED: {
    status: 429,
    message: 'Too many requests from here.',
    next: 'Wait for the Retry-After time.',
    exit: 75,
  },
} as const;
