/** Errors of how people and machines are reached. */
export const notificationErrors = {
  CONTACT_METHOD_NOT_FOUND: {
    status: 404,
    message: 'There is no such contact method.',
    next: 'List your contact methods to find its id.',
    exit: 4,
  },
  CONTACT_METHOD_EXISTS: {
    status: 409,
    message: 'This address is already one of yours.',
    next: 'Use the one that is there.',
    exit: 5,
  },
  CONTACT_METHOD_VERIFIED: {
    status: 409,
    message: 'This address is confirmed already.',
    next: 'Nothing is to be done.',
    exit: 5,
  },
  CONTACT_METHOD_UNVERIFIED: {
    status: 409,
    message: 'This address is not confirmed yet.',
    next: 'Enter the code that was sent to it.',
    exit: 5,
  },
  CONTACT_METHODS_TOO_MANY: {
    status: 422,
    message: 'A person has at most {most} contact methods.',
    next: 'Remove one that is no longer used.',
    exit: 5,
  },
  CHANNEL_NOT_SET_UP: {
    status: 422,
    message: 'This Tocsin cannot send by {channel}.',
    next: 'Ask whoever runs it to set that channel up.',
    exit: 5,
  },
  CODE_INVALID: { status: 422, message: 'The code is wrong or too old.', next: 'Ask for a new one.', exit: 2 },
  CONTACT_ADDRESS_INVALID: {
    status: 422,
    message: 'This is not an address of {channel}.',
    next: 'Write it as that channel has it; a phone number with its country, e.g. +49 30 901820.',
    exit: 2,
  },
  PHONE_NUMBER_REFUSED: {
    status: 422,
    message: 'Tocsin does not send to this number: {why}.',
    next: 'Use another number, or ask whoever runs this Tocsin to allow its country.',
    exit: 2,
  },
  PHONE_QUOTA_REACHED: {
    status: 429,
    message: 'Too many codes and tests were sent by phone ({quota}).',
    next: 'Try again after {at}. Pages are not held back by this.',
    exit: 75,
  },
  PHONE_PROVIDERS_INVALID: {
    status: 422,
    message: 'The phone providers cannot be used as they stand.',
    next: 'Mend what the details name.',
    exit: 2,
  },
  NOTIFICATION_RULE_TWICE: {
    status: 422,
    message: 'Two rules of one urgency name the same contact method.',
    next: 'Keep one of them.',
    exit: 2,
  },
  WEBHOOK_ENDPOINT_NOT_FOUND: {
    status: 404,
    message: 'There is no such webhook endpoint.',
    next: 'List the webhook endpoints to find its id.',
    exit: 4,
  },
} as const;
